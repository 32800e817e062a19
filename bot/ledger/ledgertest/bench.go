package ledgertest

import (
	"fmt"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Bench measures the operations of the contract on one store.
func Bench(b *testing.B, database func(testing.TB) Database) {
	b.Run("create", func(b *testing.B) {
		s := database(b).Open(time.Now)
		for b.Loop() {
			enter(b, s, "CPC-ada")
		}
	})
	b.Run("create-64-at-once", func(b *testing.B) {
		s := database(b).Open(time.Now)
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				enter(b, s, "CPC-ada")
			}
		})
	})
	b.Run("swap", func(b *testing.B) {
		s := database(b).Open(time.Now)
		r := enter(b, s, "CPC-ada")
		for b.Loop() {
			r = replace(b, s, r)
		}
	})
	b.Run("claim-and-release", func(b *testing.B) {
		s := database(b).Open(time.Now)
		enter(b, s, "CPC-ada")
		for b.Loop() {
			got, err := s.Claim(b.Context(), ledger.JobStep, "one", time.Minute, 16)
			if err != nil || len(got) != 1 {
				b.Fatal(got, err)
			}
			if err := s.Release(b.Context(), "one", got[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("claim-among-10000-open", func(b *testing.B) {
		s := database(b).Open(time.Now)
		fill(b, s, 10_000)
		r := enter(b, s, "CPC-ada")
		for b.Loop() {
			got, err := s.Claim(b.Context(), ledger.JobStep, "one", time.Minute, 16)
			if err != nil || len(got) != 1 || got[0].Req.ID != r.ID {
				b.Fatal(got, err)
			}
			if err := s.Release(b.Context(), "one", got[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("next-among-10000-open", func(b *testing.B) {
		s := database(b).Open(time.Now)
		fill(b, s, 10_000)
		for b.Loop() {
			if _, err := s.Next(b.Context(), ""); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// fill stores n requests that are not due for an hour.
func fill(b *testing.B, s ledger.Store, n int) {
	b.Helper()
	for i := range n {
		r := ask(fmt.Sprint("pc-", i), s.Now())
		r.Due = s.Now().Add(time.Hour)
		if _, err := ledger.CreateWithID(b.Context(), s, r); err != nil {
			b.Fatal(err)
		}
	}
}

package sqlite_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
)

func ask(t testing.TB, s *sqlite.Store, pc string) ledger.Request {
	t.Helper()
	r, err := ledger.CreateWithID(t.Context(), s, ledger.New(command.Order{PC: pc}, auth.Person{Org: "T1", ID: "U_ADA"}, "C1", ledger.Interaction{Envelope: pc}, 1, s.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestClaimsDoNotWaitForTheDiskAndFactsDo(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	waits := func(what string, want int64, do func() error) {
		t.Helper()
		before := s.Syncs()
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := s.Syncs() - before; got != want {
			t.Errorf("%s waits for the disk %d times, want %d", what, got, want)
		}
	}
	var r ledger.Request
	var told ledger.Job
	waits("a request", 1, func() error { r = ask(t, s, "CPC-ada"); return nil })
	waits("a claim", 0, func() error {
		got, err := s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 10)
		if len(got) != 1 {
			t.Errorf("claimed %d", len(got))
		}
		return err
	})
	waits("a renewal", 0, func() error { return s.Renew(t.Context(), "one", time.Minute, ledger.JobStep, []string{string(r.ID)}) })
	if mode := s.Synchronous(t); mode != 1 {
		t.Errorf("synchronous is %d with claims, want 1, NORMAL", mode)
	}
	waits("a swap", 1, func() error {
		_, err := ledger.Update(t.Context(), s, r, func(r *ledger.Revision) error { return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now()) })
		return err
	})
	waits("the claim of a notification", 0, func() error {
		got, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 10)
		told = got[0]
		return err
	})
	waits("a cursor", 1, func() error {
		_, err := s.Finish(t.Context(), "one", told, 2, time.Time{})
		return err
	})
	var all sync.WaitGroup // what is claimed beside facts is on disk with them
	for i := range 20 {
		all.Go(func() { ask(t, s, string(rune('a'+i))) })
		all.Go(func() { _, _ = s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 1) })
	}
	all.Wait()
}

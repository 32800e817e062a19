package sqlite_test

import (
	"errors"
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

// A fact is on disk when it is told, whatever the writer has done before.
func TestFactsCommitWithFullAndClaimsWithNormal(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const normal, full = 1, 2
	for i, claim := range []bool{false, true, false, false, true, true, false, true, false} {
		mode, want := 0, full
		if claim {
			mode, want = s.ClaimSynchronous(t), normal
		} else {
			mode = s.FactSynchronous(t)
		}
		if mode != want {
			t.Errorf("write %d (a claim: %v) commits with synchronous=%d, want %d", i, claim, mode, want)
		}
	}
	refused := errors.New("refused")
	for range 3 { // a write that fails leaves nothing behind that the next one commits with
		if err := s.FailingClaim(t.Context(), refused); !errors.Is(err, refused) {
			t.Error(err)
		}
		if mode := s.FactSynchronous(t); mode != full {
			t.Errorf("after a claim that failed a fact commits with synchronous=%d", mode)
		}
	}
	var all sync.WaitGroup // beside each other: a transaction that holds a fact waits
	for range 50 {
		all.Go(func() {
			if mode := s.FactSynchronous(t); mode != full {
				t.Errorf("beside claims a fact commits with synchronous=%d", mode)
			}
		})
		all.Go(func() { s.ClaimSynchronous(t) })
	}
	all.Wait()
}

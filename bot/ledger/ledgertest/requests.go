package ledgertest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

func keepsWhatItIsGiven(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	r := enter(t, s, "CPC-ada")
	if r.Version != 1 || r.Events != 1 || r.NewEvents != nil {
		t.Errorf("entered as version %d with %d events and %d news", r.Version, r.Events, len(r.NewEvents))
	}
	if diff := cmp.Diff(r.Request, get(t, s, r.ID).Request); diff != "" {
		t.Errorf("not what was entered:\n%s", diff)
	}
	must(t, r.Locate(ledger.Target{ID: "pc-1", Name: "CPC-ada", Provisioned: s.Now()}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: "1.2"}, s.Now(), time.Hour))
	next := replace(t, s, r)
	if next.Version != 2 || next.Events != 2 {
		t.Errorf("replaced as version %d with %d events", next.Version, next.Events)
	}
	if diff := cmp.Diff(next.Request, get(t, s, r.ID).Request); diff != "" {
		t.Errorf("not what was replaced:\n%s", diff)
	}
	events, err := s.Events(t.Context(), r.ID, 0)
	must(t, err)
	if len(events) != 2 || events[0].Kind != ledger.WasAsked || events[0].By != ada || events[1].Kind != ledger.WasShown || events[1].Seq != 2 {
		t.Errorf("events: %+v", events)
	}
	if events, err = s.Events(t.Context(), r.ID, 1); err != nil || len(events) != 1 {
		t.Errorf("events after the first: %+v, %v", events, err)
	}
	if _, err := s.Get(t.Context(), "R-NONE"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("get of nothing: %v", err)
	}
	if _, err := s.Replace(t.Context(), ledger.Revision{Request: ledger.Request{ID: "R-NONE", Version: 1}}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("replace of nothing: %v", err)
	}
}

func refusesATakenID(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	first := enter(t, s, "CPC-ada")
	other := ask("CPC-bob", s.Now())
	other.ID = first.ID
	if _, err := s.Create(t.Context(), other); !errors.Is(err, ledger.ErrIDTaken) {
		t.Errorf("got %v, want ErrIDTaken", err)
	}
	if got := get(t, s, first.ID); got.Order.PC != "CPC-ada" {
		t.Errorf("the first was overwritten: %+v", got)
	}
}

func refusesAStaleSwap(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	loser := r
	must(t, r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now()))
	replace(t, s, r)
	must(t, loser.Locate(ledger.Target{ID: "pc-1"}))
	must(t, loser.Show(ledger.Thread{Channel: "C1", TS: "1"}, s.Now(), time.Hour))
	if _, err := s.Replace(t.Context(), loser); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	events, err := s.Events(t.Context(), r.ID, 0)
	must(t, err)
	if len(events) != 2 || events[1].Kind != ledger.WasRefused {
		t.Errorf("the loser left events: %+v", events)
	}
}

func oneOfManySwapsWins(t *testing.T, database func(testing.TB) Database) {
	open := database(t).Open
	stores := []ledger.Store{open(newClock().now), open(newClock().now)}
	r := enter(t, stores[0], "CPC-ada")
	var won, stale atomic.Int32
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			mine := r
			if err := mine.Refuse(ledger.Cause{Code: ledger.NoSuchPC, Detail: fmt.Sprint(i)}, r.Asked); err != nil {
				t.Error(err)
			}
			switch _, err := stores[i%2].Replace(t.Context(), mine); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, ledger.ErrStale):
				stale.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || stale.Load() != 31 {
		t.Errorf("%d won, %d were stale", won.Load(), stale.Load())
	}
	if events, _ := stores[1].Events(t.Context(), r.ID, 0); len(events) != 2 {
		t.Errorf("%d events, want 2", len(events))
	}
}

func oneLiveRequestPerTarget(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	first, second := enter(t, s, "CPC-ada"), enter(t, s, "CPC-ada")
	must(t, first.Locate(ledger.Target{ID: "pc-1"}))
	first = replace(t, s, first)
	must(t, second.Locate(ledger.Target{ID: "pc-1"}))
	_, err := s.Replace(t.Context(), second)
	var taken *ledger.TakenError
	if !errors.As(err, &taken) || taken.By != first.ID {
		t.Fatalf("got %v, want taken by %s", err, first.ID)
	}
	if got := get(t, s, second.ID); got.Target.ID != "" || got.Version != 1 {
		t.Errorf("the second was changed: %+v", got)
	}
	must(t, first.Refuse(ledger.Cause{Code: ledger.WrongState}, s.Now()))
	replace(t, s, first)
	if _, err := s.Replace(t.Context(), second); err != nil {
		t.Errorf("the target is still taken after the end: %v", err)
	}
}

func aDecisionLandsInTimeOrNotAtAll(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	r := approved(t, s)
	late := r
	must(t, late.Deny(ben, clock.now()))
	clock.pass(8 * time.Hour) // while it waits for the write
	if _, err := s.Replace(t.Context(), late); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("a decision that lands after the end: %v", err)
	}
	if got := get(t, s, r.ID); got.State != ledger.Approved {
		t.Errorf("it is %s", got.State)
	}
}

func aNoteDisturbsNothing(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	r := approved(t, s)
	for range 3 {
		must(t, s.AppendEvent(t.Context(), r.ID, r.Repelled(ada, auth.Approve, auth.OwnRequest, s.Now())))
	}
	must(t, s.AppendEvent(t.Context(), r.ID, r.Repelled(ben, auth.Approve, auth.NotListed, s.Now())))
	must(t, r.Deny(ben, s.Now()))
	r = replace(t, s, r) // still lands: the appended events did not change the version
	events, err := s.Events(t.Context(), r.ID, 0)
	must(t, err)
	var kinds []ledger.Kind
	for i, e := range events {
		kinds = append(kinds, e.Kind)
		if e.Seq != i+1 {
			t.Errorf("event %d has the number %d", i+1, e.Seq)
		}
	}
	want := []ledger.Kind{ledger.WasAsked, ledger.WasShown, ledger.WasRepelled, ledger.WasRepelled, ledger.WasDenied}
	if diff := cmp.Diff(want, kinds); diff != "" || r.Events != 5 {
		t.Errorf("%d events:\n%s", r.Events, diff)
	}
	if err := s.AppendEvent(t.Context(), "R-NONE", ledger.Event{}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a note on nothing: %v", err)
	}
}

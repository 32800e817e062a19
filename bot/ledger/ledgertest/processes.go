package ledgertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

func survivesAReopening(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	open := database(t).Open
	s := open(clock.now)
	r := enter(t, s, "CPC-ada")
	must(t, s.Close())
	if _, err := s.Replace(t.Context(), r); err == nil {
		t.Error("a closed store took a write")
	}
	s = open(clock.now)
	if diff := cmp.Diff(r.Request, get(t, s, r.ID).Request); diff != "" {
		t.Errorf("after reopening:\n%s", diff)
	}
	if _, err := ledger.CreateWithID(t.Context(), s, ledger.New(r.Order, ada, "C1", r.Interaction, 0, s.Now())); err == nil {
		t.Error("the dedup keys are lost after reopening")
	}
}

func twoProcessesShareIt(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	open := database(t).Open
	one, two := open(clock.now), open(clock.now)
	r := enter(t, one, "CPC-ada")
	_, err := ledger.Update(t.Context(), two, r.Request, func(r *ledger.Revision) error {
		return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, two.Now())
	})
	must(t, err)
	if got := get(t, one, r.ID); got.State != ledger.Refused {
		t.Errorf("one process does not see what the other wrote: %s", got.State)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ledger.CreateWithID(ctx, two, ask("CPC-bob", clock.now())); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func countsTheSocketsOfWhoLives(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	open := database(t).Open
	one, two := open(clock.now), open(clock.now)
	beat := func(s ledger.Store, worker string, sockets int, lease time.Duration, want int) {
		t.Helper()
		if sum, err := s.Heartbeat(t.Context(), worker, sockets, lease); err != nil || sum != want {
			t.Errorf("%s with %d: %d in all, %v; want %d", worker, sockets, sum, err, want)
		}
	}
	beat(one, "one", 2, time.Minute, 2)
	beat(two, "two", 3, time.Minute, 5)
	beat(one, "one", 1, time.Minute, 4)
	clock.pass(40 * time.Second)
	beat(two, "two", 3, time.Minute, 4)
	clock.pass(21 * time.Second) // the lease of one has ended
	beat(two, "two", 2, time.Minute, 2)
	beat(two, "two", 0, 0, 0)
}

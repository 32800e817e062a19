package ledgertest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

var (
	ada = auth.Person{Org: "E1", ID: "U_ADA"}
	ben = auth.Person{Org: "E1", ID: "U_BEN"}
)

// clock is a clock that only moves when a test moves it.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *clock) now() time.Time { return time.UnixMicro(c.at.Load()).UTC() }

func (c *clock) pass(d time.Duration) { c.at.Add(d.Microseconds()) }

var count atomic.Int64

// ask makes a request of ada for a machine, with an interaction of its own. It does not store it.
func ask(pc string, at time.Time) ledger.Revision {
	n := count.Add(1)
	i := ledger.Interaction{Envelope: fmt.Sprintf("envelope-%d", n), Trigger: fmt.Sprintf("trigger-%d", n)}
	o := command.Order{PC: pc, OS: command.Windows11, Reason: "it “forgot” <everyone> & me"}
	return ledger.New(o, ada, "C1", i, 0, at)
}

// enter stores a request of ada for a machine.
func enter(t testing.TB, s ledger.Store, pc string) ledger.Revision {
	t.Helper()
	return create(t, s, ask(pc, s.Now()))
}

// create stores a request, to be revised.
func create(t testing.TB, s ledger.Store, r ledger.Revision) ledger.Revision {
	t.Helper()
	made, err := ledger.CreateWithID(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return *made.Revise()
}

func replace(t testing.TB, s ledger.Store, r ledger.Revision) ledger.Revision {
	t.Helper()
	next, err := s.Replace(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return *next.Revise()
}

func get(t testing.TB, s ledger.Store, id ledger.ID) ledger.Revision {
	t.Helper()
	r, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return *r.Revise()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// waiting stores a request of ada for a machine of its own that waits for an approval.
func waiting(t testing.TB, s ledger.Store) ledger.Revision {
	t.Helper()
	r := ask("CPC", s.Now())
	r.ApprovalsNeeded = 1
	r = create(t, s, r)
	must(t, r.Locate(ledger.Target{ID: "pc of " + string(r.ID)}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), 8*time.Hour))
	return replace(t, s, r)
}

// approved stores a request of ada for a machine of its own that needs exactly the approvals of by,
// and has them. Without by it needs none.
func approved(t testing.TB, s ledger.Store, by ...auth.Person) ledger.Revision {
	t.Helper()
	r := ask("CPC", s.Now())
	r.ApprovalsNeeded = len(by)
	r = create(t, s, r)
	must(t, r.Locate(ledger.Target{ID: "pc of " + string(r.ID)}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), 8*time.Hour))
	for _, p := range by {
		must(t, r.Approve(p, s.Now(), 8*time.Hour))
	}
	return replace(t, s, r)
}

// submit moves a request to submitting, as a worker does just before the call.
func submit(ctx context.Context, s ledger.Store, r ledger.Revision, b ledger.Budget) error {
	if err := r.Submit("call of "+string(r.ID), s.Now(), s.Now().Add(30*time.Second)); err != nil {
		return err
	}
	_, err := s.Submit(ctx, r, b)
	return err
}

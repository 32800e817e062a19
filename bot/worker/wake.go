package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"cloudpc-bot/bot/ledger"
)

// queue is what a worker does of one kind of work.
type queue struct {
	kind     ledger.JobKind
	wake     chan struct{} // holds a value if there may be work
	free     chan int      // each value is a number of free places
	inFlight inFlight
	debounce debounce              // delays waking
	doing    atomic.Pointer[doing] // nil before the first claim

	mu      sync.Mutex // guards what follows
	offered int        // places that a write may fill
	closed  bool       // no job starts any more
}

func newQueue(kind ledger.JobKind) *queue {
	return &queue{kind: kind, wake: make(chan struct{}, 1), free: make(chan int, maxInFlight+1)}
}

// ring says that there may be work.
func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Wake says that there may be work of this kind.
func (w *Worker) Wake(kind ledger.JobKind) { w.queues[kind].ring() }

// WakeAt says that there will be work of this kind at a given time. If that is more than Idle away it
// does nothing, because the ledger is polled before then anyway.
func (w *Worker) WakeAt(kind ledger.JobKind, at time.Time) {
	switch in := at.Sub(w.Store.Now()); {
	case in <= 0:
		w.Wake(kind)
	case in < w.Idle:
		time.AfterFunc(in, w.queues[kind].ring)
	}
}

// InFlight is how many jobs of a kind are in flight, or may be as soon as a write has returned.
func (w *Worker) InFlight(kind ledger.JobKind) int {
	q := w.queues[kind]
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.offered + len(q.inFlight.keys())
}

// WakeFollowers wakes the queues that continue with a request that was just stored, but for those whose
// jobs were handed over with it.
func (w *Worker) WakeFollowers(r *ledger.Revision) {
	if !r.Due.IsZero() && !r.Handover.Has(ledger.JobStep) {
		w.WakeAt(ledger.JobStep, r.Due)
	}
	for _, a := range r.Audiences() {
		switch q := w.queues[a.Kind]; {
		case r.Handover.Has(a.Kind):
		case a.Due && a.After == 0:
			q.ring()
		case a.Due: // usually another event follows at once, and is told with it
			q.debounce.after(a.After, q.ring)
		}
	}
}

// watchChanges wakes all queues when another process may have created work. The hints of the store
// can be late or missing (PostgreSQL's NOTIFY is lost while the connection is down), so the claim loops
// also poll at least every Idle.
func (w *Worker) watchChanges(ctx context.Context) {
	changes := w.Store.Changes()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			for kind := range w.queues {
				w.Wake(kind)
			}
		}
	}
}

// debounce is one timer for many calls that all wait for the same duration. A call that comes while it
// runs makes it run once more.
type debounce struct {
	mu             sync.Mutex
	running, rerun bool
}

// after calls do once d has passed, and once more after another d if after was called meanwhile.
func (t *debounce) after(d time.Duration, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rerun = t.running; t.running {
		return
	}
	t.running = true
	time.AfterFunc(d, func() {
		t.mu.Lock()
		rerun := t.rerun
		t.running, t.rerun = false, false
		t.mu.Unlock()
		do()
		if rerun {
			t.after(d, do)
		}
	})
}

// nextDue is the ledger's last answer to when work is due next, and when it was asked.
type nextDue struct{ asked, at time.Time }

// idleFor is how long to sleep, by an answer of the ledger that is younger than Idle. It may be reused
// for that long, because work that this process creates meanwhile wakes the loop by itself.
func (w *Worker) idleFor(ctx context.Context, known *nextDue) time.Duration {
	now := w.Store.Now()
	if age := now.Sub(known.asked); age < 0 || age >= w.Idle || !known.at.IsZero() && !known.at.After(now) {
		next, err := w.Store.Next(ctx, w.name)
		if err != nil {
			return w.Idle
		}
		*known = nextDue{now, next}
	}
	rest := w.Idle - now.Sub(known.asked)
	if !known.at.IsZero() {
		rest = min(rest, known.at.Sub(now))
	}
	return max(rest, 5*time.Millisecond)
}

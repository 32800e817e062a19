package worker

import (
	"context"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Queue is one of the two kinds of work: executions or notifications.
type Queue struct {
	*Config
	wake     chan struct{} // holds a value if there may be work
	inFlight inFlight
}

func newQueue(c *Config) *Queue { return &Queue{Config: c, wake: make(chan struct{}, 1)} }

// Wake says that there may be work.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// WakeAt says that there will be work at a given time. If that is more than Idle away it does nothing,
// because the ledger is polled before then anyway.
func (q *Queue) WakeAt(at time.Time) {
	switch in := at.Sub(q.Store.Now()); {
	case in <= 0:
		q.Wake()
	case in < q.Idle:
		time.AfterFunc(in, q.Wake)
	}
}

// InFlight is how many requests are in flight.
func (q *Queue) InFlight() int { return len(q.inFlight.ids()) }

// WakeFollowers wakes the queues that continue with a request that was just stored. r still has its new
// events.
func (w *Worker) WakeFollowers(r *ledger.Request) {
	if !r.Due.IsZero() {
		w.Execution.WakeAt(r.Due)
	}
	switch is, after := r.NotifyAfter(); {
	case is && after == 0:
		w.Notification.Wake()
	case is: // usually another event follows at once, and goes into the same notification
		w.debounce.after(after, w.Notification.Wake)
	}
}

// watchChanges wakes both queues when another process may have created work. The hints of the store
// can be late or missing (PostgreSQL's NOTIFY is lost while the connection is down), so the claim loops
// also poll at least every Idle.
func (w *Worker) watchChanges(ctx context.Context) {
	changes := w.Store.Changes()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			w.Execution.Wake()
			w.Notification.Wake()
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
		next, err := w.Store.Next(ctx)
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

package worker

import (
	"context"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Queue is one of the two kinds of work.
type Queue struct {
	*Config
	wake     chan struct{} // a full one says that there may be work
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

// WakeAt says that there is work from a moment on, unless it is so far off that the ledger is
// looked at before.
func (q *Queue) WakeAt(at time.Time) {
	switch in := at.Sub(q.Store.Now()); {
	case in <= 0:
		q.Wake()
	case in < q.Idle:
		time.AfterFunc(in, q.Wake)
	}
}

// InFlight is how many requests are worked on.
func (q *Queue) InFlight() int { return len(q.inFlight.ids()) }

// WakeFollowers wakes who goes on with a request that was just stored with its news.
func (w *Worker) WakeFollowers(r *ledger.Request) {
	if !r.Due.IsZero() {
		w.Execution.WakeAt(r.Due)
	}
	switch is, after := r.NotifyAfter(); {
	case is && after == 0:
		w.Notification.Wake()
	case is: // mostly, something follows meanwhile that is told along with it
		w.debounce.after(after, w.Notification.Wake)
	}
}

// watchChanges wakes both queues when another process may have made work.
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

// debounce is one timer for all that can wait as long as each other: what comes while it runs
// has it run once more.
type debounce struct {
	mu             sync.Mutex
	running, again bool
}

// after calls do when d is over, and once more where after was called meanwhile.
func (t *debounce) after(d time.Duration, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.again = t.running; t.running {
		return
	}
	t.running = true
	time.AfterFunc(d, func() {
		t.mu.Lock()
		again := t.again
		t.running, t.again = false, false
		t.mu.Unlock()
		do()
		if again {
			t.after(d, do)
		}
	})
}

// nextDue is what the ledger said of when there is work next.
type nextDue struct{ asked, at time.Time }

// idleFor is how long there is nothing to do, by what the ledger has said within Idle. What
// this process adds meanwhile wakes by itself.
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

// Package worker hands out what is due on a ledger to whoever does it, and keeps the claims of
// what is in flight alive. Two queues are worked on apart from each other: the execution of
// requests, and the notifications about them. Several workers may share a ledger, in one process
// or many; a claim only keeps two of them from the same effort, and correctness never rests on it.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ledger"
)

// MaxClaimAge is for how long one claim is worked on at most; two calls of two minutes fit well.
const MaxClaimAge = 10 * time.Minute

// Config is the ledger that a worker works on, and its times.
type Config struct {
	Store ledger.Store
	Log   *slog.Logger

	Idle   time.Duration // the longest rest between looks at the ledger
	Census time.Duration // how often the workers on the ledger are counted
	Pause  time.Duration // the first pause after a failure that passes; it doubles up to sixty times that
}

// Worker claims what is due and has it done.
type Worker struct {
	Config
	Execution, Notification *Queue

	name     string       // in claims
	stopping atomic.Bool  // asked to stop: nothing new is begun
	unacked  atomic.Int64 // gestures that are not acknowledged yet
	debounce debounce     // wakes the notifications
}

// New makes a worker on a ledger, with a name of its own.
func New(c Config) *Worker {
	w := &Worker{Config: c, name: uuid.NewString()}
	w.Execution, w.Notification = newQueue(&w.Config), newQueue(&w.Config)
	return w
}

// Name is how the worker's claims are known in the ledger.
func (w *Worker) Name() string { return w.name }

// Stop says that nothing new is to be begun.
func (w *Worker) Stop() { w.stopping.Store(true) }

// Stopping reports whether the worker was asked to stop.
func (w *Worker) Stopping() bool { return w.stopping.Load() }

// Acknowledging says that somebody waits for an acknowledgement until done is called: meanwhile
// less is taken up, because Slack's three seconds run.
func (w *Worker) Acknowledging() (done func()) {
	w.unacked.Add(1)
	return func() { w.unacked.Add(-1) }
}

// FinalWrite is for the last write of some work, also where that was cut short. A bot that is
// being stopped has little time for it: what it leaves behind ends by itself.
func (w *Worker) FinalWrite(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := 5 * time.Second
	if w.Stopping() {
		timeout = time.Second
	}
	return context.WithTimeout(context.WithoutCancel(ctx), timeout)
}

// BackOff is how long to leave something alone after it failed so many times.
func (w *Worker) BackOff(failures int) time.Duration {
	d := w.Pause << min(failures, 6)
	return Jitter(min(d, 60*w.Pause))
}

// Jitter takes up to a fifth off a duration, so that what begins together spreads.
func Jitter(d time.Duration) time.Duration { return d - rand.N(d/5+1) }

// Sleep lasts for d, unless ctx ends.
func Sleep(ctx context.Context, d time.Duration) { sleep(ctx, nil, d) }

// sleep lasts for d, unless it is woken or ctx ends.
func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) (woken bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
		return true
	case <-t.C:
	}
	return false
}

// Grace is a context that ends a while after ctx does.
func Grace(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(by, func() { cancel(errors.New("stopped")) })
	})
	return longer, func() { stop(); cancel(context.Canceled) }
}

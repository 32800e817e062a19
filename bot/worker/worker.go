// Package worker claims what is due in a ledger, hands it to the code that does it, and renews the
// leases of what is in flight. Each kind of work has places of its own, so that none waits for another.
// Several workers may share a ledger, in one process or many.
//
// A claim only keeps two workers from wasting effort on the same job. Correctness never depends on
// it: that rests on the ledger's compare-and-swap, because a lease can always end while its holder is
// paused and does not notice.
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

// MaxClaimAge is how long one claim is worked on at most. Two calls to Graph of two minutes each fit
// well within it.
const MaxClaimAge = 10 * time.Minute

// Store is what a worker needs of the ledger.
type Store interface {
	ledger.Clock
	ledger.Queue
	ledger.Presence
}

// Observer learns what only a worker notices, as for metrics. Its methods must return at once.
type Observer interface {
	// LostClaim: somebody else had gone on with a job by the time this worker was done with it.
	LostClaim(kind ledger.JobKind)
	// ForeignSockets: so many sockets of the app belong to no bot on this ledger.
	ForeignSockets(n int)
}

// Config is what a Worker needs.
type Config struct {
	Store Store
	Log   *slog.Logger

	Observer Observer // nil = nobody

	Idle           time.Duration // the longest time between two polls of the ledger
	HeartbeatEvery time.Duration // the interval of the heartbeat
	Pause          time.Duration // the first back-off after a failure that may pass; it doubles, up to sixty times Pause
}

// Worker claims what is due and hands it to the code that does it.
type Worker struct {
	Config

	queues   map[ledger.JobKind]*queue
	name     string       // of this worker in claims
	stopping atomic.Bool  // asked to stop: start nothing new
	unacked  atomic.Int64 // interactions not acknowledged yet
}

// New makes a worker on a ledger, with a random unique name.
func New(c Config) *Worker {
	w := &Worker{Config: c, name: uuid.NewString(), queues: map[ledger.JobKind]*queue{}}
	for _, kind := range ledger.JobKinds() {
		w.queues[kind] = newQueue(kind)
	}
	return w
}

// Name is the worker's name in the ledger's claims.
func (w *Worker) Name() string { return w.name }

// LostClaim says that somebody else had gone on with a job by the time this worker was done with it.
func (w *Worker) LostClaim(kind ledger.JobKind) {
	if w.Observer != nil {
		w.Observer.LostClaim(kind)
	}
}

// Stop tells the worker to start nothing new.
func (w *Worker) Stop() { w.stopping.Store(true) }

// Stopping reports whether the worker was asked to stop.
func (w *Worker) Stopping() bool { return w.stopping.Load() }

// Acknowledging says that an interaction waits for its acknowledgement until done is called. Until
// then the worker starts less work, because Slack waits only 3 s.
func (w *Worker) Acknowledging() (done func()) {
	w.unacked.Add(1)
	return func() { w.unacked.Add(-1) }
}

// FinalWrite is the context for the last write of some work, even if ctx has ended: 5 s, or 1 s if the
// worker is stopping. If that write is missing, the lease ends by itself.
func (w *Worker) FinalWrite(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := 5 * time.Second
	if w.Stopping() {
		timeout = time.Second
	}
	return context.WithTimeout(context.WithoutCancel(ctx), timeout)
}

// BackOff is how long to wait after this many failures: Pause, doubled for each, at most sixty times
// Pause, with jitter.
func (w *Worker) BackOff(failures int) time.Duration {
	d := w.Pause << min(failures, 6)
	return Jitter(min(d, 60*w.Pause))
}

// Jitter shortens a duration by up to a fifth, at random, so that work that began at the same time
// spreads out.
func Jitter(d time.Duration) time.Duration { return d - rand.N(d/5+1) }

// Sleep returns after d, or when ctx ends.
func Sleep(ctx context.Context, d time.Duration) { sleepUnlessWoken(ctx, nil, d) }

// sleepUnlessWoken returns after d, or when ctx ends, or when wake delivers a value; woken reports the last.
func sleepUnlessWoken(ctx context.Context, wake <-chan struct{}, d time.Duration) (woken bool) {
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

// Grace is a context that ends the given time after ctx does. It keeps the values of ctx.
func Grace(ctx context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(by, func() { cancel(errors.New("stopped")) })
	})
	return longer, func() { stop(); cancel(context.Canceled) }
}

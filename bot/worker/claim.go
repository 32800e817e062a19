package worker

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudpc-bot/bot/ledger"
)

// Lease is how long a claim lasts, unless it is renewed: so long after a crash somebody else goes on.
const Lease = 10 * time.Second

const (
	maxInFlight      = 40                     // requests worked on at once, for each queue; twice as many as Graph reads in one call
	maxWhileGestures = 8                      // of them, while somebody waits for an acknowledgement
	yieldFor         = 250 * time.Millisecond // for which nothing new is taken up beside them, at most
	renewEvery       = 3 * time.Second        // how often a lease is renewed while the work lasts
)

// Work is how what is due of one queue is done.
type Work struct {
	Batches func([]ledger.Request) [][]ledger.Request // what of a claim belongs together; nil = each alone
	Do      func(context.Context, []ledger.Request)   // works on a batch and ends its claims
	// PutBack releases a claim of what is in flight already, so that it is done once more
	// afterwards; nil = what was claimed twice is done twice, at the same time.
	PutBack func(context.Context, ledger.Request)
}

// Run claims what is due and has it done, until ctx ends; then it waits for what is in flight.
// What it does runs in the context working, which lasts a little longer. What belongs together
// of a claim is done together, and is free together: it is claimed together again.
func (w *Worker) Run(ctx, working context.Context, execution, notification Work) error {
	var g errgroup.Group
	g.Go(func() error { w.claimLoop(ctx, working, w.Execution, w.Store.Claim, execution); return nil })
	g.Go(func() error {
		w.claimLoop(ctx, working, w.Notification, w.Store.ClaimNotification, notification)
		return nil
	})
	return g.Wait()
}

type claim func(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error)

func (w *Worker) claimLoop(ctx, working context.Context, q *Queue, claim claim, work Work) {
	free := make(chan int, maxInFlight+1) // places, several at a time
	free <- maxInFlight
	var next nextDue
	woken := false
	for vain := 0; ctx.Err() == nil; {
		n := w.atOnce(ctx, free, take(ctx, free))
		got, err := claim(working, w.name, Lease, n) // not ctx: a claim that lands after all would be nobody's
		fresh := q.inFlight.add(got, work.PutBack != nil)
		if n > len(fresh) {
			free <- n - len(fresh)
		}
		for _, batch := range work.batches(fresh) {
			go func() {
				defer func() { free <- len(batch) }()
				work.Do(working, batch)
				q.inFlight.done(working, batch, work.PutBack)
			}()
		}
		switch {
		case err != nil && ctx.Err() == nil:
			vain++
			w.Log.Error("ledger: claim", "error", err)
			woken = sleep(ctx, q.wake, w.BackOff(vain))
		case len(got) < n: // there is no more
			vain = 0
			if woken { // or there is, and was passed over, since somebody had a lock on it just then
				next = nextDue{}
			}
			woken = sleep(ctx, q.wake, w.idleFor(ctx, &next))
		default:
			vain = 0
		}
	}
	for back := 0; back < maxInFlight; {
		back += <-free
	}
}

func (w Work) batches(claimed []ledger.Request) (batches [][]ledger.Request) {
	if w.Batches != nil {
		return w.Batches(claimed)
	}
	return EachAlone(claimed)
}

// EachAlone makes each request a batch of its own.
func EachAlone(claimed []ledger.Request) (batches [][]ledger.Request) {
	for _, r := range claimed {
		batches = append(batches, []ledger.Request{r})
	}
	return batches
}

// Keep keeps the worker known to the ledger until ctx ends: it renews the leases of what is in
// flight, tells that it lives and how many sockets its process holds, and listens for what other
// processes change.
func (w *Worker) Keep(ctx context.Context, sockets func() SocketCount) {
	var all sync.WaitGroup
	all.Go(func() { w.renewLeases(ctx) })
	all.Go(func() { w.heartbeat(ctx, sockets) })
	all.Go(func() { w.watchChanges(ctx) })
	all.Wait()
}

// renewLeases renews the leases of what is in flight until ctx ends.
func (w *Worker) renewLeases(ctx context.Context) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			executions, notifications := w.Execution.inFlight.ids(), w.Notification.inFlight.ids()
			if len(executions)+len(notifications) == 0 {
				continue
			}
			if err := w.Store.Renew(ctx, w.name, Lease, executions, notifications); err != nil {
				w.Log.Warn("leases not renewed", "error", err)
			}
		}
	}
}

// atOnce is for how many of n free places to take up new work. While somebody waits for an
// acknowledgement few are enough: it is for them that Slack's three seconds run. Where those few
// hang and somebody always waits, as many more go on after a while.
func (w *Worker) atOnce(ctx context.Context, free chan int, n int) int {
	for began := time.Now(); w.unacked.Load() > 0 && ctx.Err() == nil; {
		n += freed(free)
		most := maxWhileGestures - (maxInFlight - n)
		if time.Since(began) > yieldFor {
			most = maxWhileGestures
		}
		if most = min(most, n); most > 0 {
			if n > most {
				free <- n - most
			}
			return most
		}
		sleep(ctx, nil, time.Millisecond)
	}
	return n
}

// take waits for a free place and takes all that are free.
func take(ctx context.Context, free <-chan int) int {
	select {
	case n := <-free:
		return n + freed(free)
	case <-ctx.Done():
		return 0
	}
}

// freed takes all places that are free, and waits for none.
func freed(free <-chan int) (n int) {
	for {
		select {
		case more := <-free:
			n += more
		default:
			return n
		}
	}
}

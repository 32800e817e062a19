package worker

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cloudpc-bot/bot/ledger"
)

// Lease is how long a claim lasts unless it is renewed. It is also how long after a crash another
// worker takes over.
const Lease = 10 * time.Second

const (
	maxInFlight    = 40                     // requests in flight per queue; twice as many as Graph reads in one call
	maxWhileAcking = 8                      // the same while an interaction waits for its acknowledgement
	yieldFor       = 250 * time.Millisecond // how long, at most, that keeps new work from starting
	renewEvery     = 3 * time.Second        // how often leases of work in flight are renewed
)

// Work is how the requests claimed from one queue are worked on.
type Work struct {
	Batches func([]ledger.Request) [][]ledger.Request // splits claimed requests into batches; nil = each alone
	Do      func(context.Context, []ledger.Request)   // works on a batch and ends its claims
	// PutBack releases the claim of a request that was claimed again while it was in flight, so
	// that it is claimed once more afterwards. Without PutBack such a request is worked on twice,
	// concurrently.
	PutBack func(context.Context, ledger.Request)
}

// Run claims what is due in both queues and works on it until ctx ends; then it waits for the work in
// flight. The work runs with the context working, which should last a little longer than ctx. The
// places of a batch become free together, so its requests tend to be claimed together again.
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
	free := make(chan int, maxInFlight+1) // each value is a number of free places
	free <- maxInFlight
	var next nextDue
	woken := false
	for vain := 0; ctx.Err() == nil; {
		n := w.atOnce(ctx, free, take(ctx, free))
		got, err := claim(working, w.name, Lease, n) // not ctx: if it were cancelled but the claim landed, nobody would work on it
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
			w.Log.Error("the ledger did not hand out claims", "error", err)
			woken = sleepUnlessWoken(ctx, q.wake, w.BackOff(vain))
		case len(got) < n: // nothing more is due
			vain = 0
			if woken { // or it is, but the claim skipped it because another process had its row locked
				next = nextDue{}
			}
			woken = sleepUnlessWoken(ctx, q.wake, w.idleFor(ctx, &next))
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

// EachAlone puts each request into a batch of its own.
func EachAlone(claimed []ledger.Request) (batches [][]ledger.Request) {
	for _, r := range claimed {
		batches = append(batches, []ledger.Request{r})
	}
	return batches
}

// Keep runs beside Run until ctx ends. It renews the leases of work in flight, sends the heartbeat
// with the number of sockets that this process holds, and wakes the queues when another process has
// changed something.
func (w *Worker) Keep(ctx context.Context, sockets func() SocketCount) {
	var all sync.WaitGroup
	all.Go(func() { w.renewLeases(ctx) })
	all.Go(func() { w.heartbeat(ctx, sockets) })
	all.Go(func() { w.watchChanges(ctx) })
	all.Wait()
}

// renewLeases renews the leases of work in flight until ctx ends.
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
				w.Log.Warn("the ledger did not renew leases", "error", err)
			}
		}
	}
}

// atOnce returns how many of n free places to use now, and puts the others back. While an interaction
// waits for its acknowledgement at most maxWhileAcking requests are in flight, so that the ledger is
// free to answer within Slack's 3 s. If those hang while interactions keep waiting, maxWhileAcking
// more start after yieldFor.
func (w *Worker) atOnce(ctx context.Context, free chan int, n int) int {
	for began := time.Now(); w.unacked.Load() > 0 && ctx.Err() == nil; {
		n += freed(free)
		most := maxWhileAcking - (maxInFlight - n)
		if time.Since(began) > yieldFor {
			most = maxWhileAcking
		}
		if most = min(most, n); most > 0 {
			if n > most {
				free <- n - most
			}
			return most
		}
		sleepUnlessWoken(ctx, nil, time.Millisecond)
	}
	return n
}

// take waits until a place is free, and takes all free places. It returns 0 once ctx has ended.
func take(ctx context.Context, free <-chan int) int {
	select {
	case n := <-free:
		return n + freed(free)
	case <-ctx.Done():
		return 0
	}
}

// freed takes all free places without waiting.
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

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
	maxInFlight    = 40                     // jobs in flight of each kind; twice as many as Graph reads in one call
	maxWhileAcking = 8                      // the same while an interaction waits for its acknowledgement
	yieldFor       = 250 * time.Millisecond // how long, at most, that keeps new work from starting
	renewEvery     = 3 * time.Second        // how often leases of work in flight are renewed
)

// Work is how jobs of one kind are done.
type Work struct {
	Batches func([]ledger.Job) [][]ledger.Job   // splits claimed jobs into batches; nil = each alone
	Do      func(context.Context, []ledger.Job) // does a batch and ends its claims
	// Alone: a job that is claimed again while it is in flight is not done a second time beside it; that
	// claim is released when the first is done, so that it is claimed once more.
	Alone bool
}

// Run claims what is due of each kind and does it until ctx ends; then it waits for the work in
// flight. The work runs with the context working, which should last a little longer than ctx. The
// places of a batch become free together, so its jobs tend to be claimed together again.
func (w *Worker) Run(ctx, working context.Context, works map[ledger.JobKind]Work) error {
	var g errgroup.Group
	for kind, work := range works {
		g.Go(func() error { w.claimLoop(ctx, working, w.queues[kind], work); return nil })
	}
	return g.Wait()
}

func (w *Worker) claimLoop(ctx, working context.Context, q *queue, work Work) {
	q.doing.Store(&doing{working, work})
	q.free <- maxInFlight
	var next nextDue
	woken := false
	for vain := 0; ctx.Err() == nil; {
		n := w.atOnce(ctx, q.free, take(ctx, q.free))
		got, err := w.Store.Claim(working, q.kind, w.name, Lease, n) // not ctx: if it were cancelled but the claim landed, nobody would work on it
		if started := w.start(q, got); n > started {
			q.free <- n - started
		}
		switch {
		case err != nil && ctx.Err() == nil:
			vain++
			w.Log.Error("the ledger did not hand out claims", "job", string(q.kind), "error", err)
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
	for back := q.close(); back < maxInFlight; {
		back += <-q.free
	}
}

// close has no job start any more, and returns how many places are offered to writes: nobody waits for
// those, because a write can hang for longer than a process may take to stop.
func (q *queue) close() (offered int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	return q.offered
}

// doing is how a queue's jobs are done.
type doing struct {
	ctx context.Context
	Work
}

// start does claimed jobs, each in a place that is taken for it and free again at the end. It returns how
// many: not those which this worker is doing already.
func (w *Worker) start(q *queue, claimed []ledger.Job) int {
	d := q.doing.Load()
	fresh := q.inFlight.add(claimed, d.Alone)
	for _, batch := range d.batches(fresh) {
		go func() {
			defer func() { q.free <- len(batch) }()
			d.Do(d.ctx, batch)
			for _, j := range batch {
				for q.inFlight.reclaimed(j.Key) {
					w.Release(d.ctx, j)
				}
			}
		}()
	}
	return len(fresh)
}

// Release gives a claim back before its job was done, or without any progress: it is due at once. If that
// fails the lease ends by itself, as it does where the grace of the shutdown is over.
func (w *Worker) Release(ctx context.Context, j ledger.Job) {
	if w.Stopping() && ctx.Err() != nil {
		return
	}
	ctx, cancel := w.FinalWrite(ctx)
	defer cancel()
	if err := w.Store.Release(ctx, w.name, j); err != nil {
		w.Log.Warn("the ledger did not release a claim", "job", string(j.Kind), "request", j.Key, "error", err)
	}
	w.Wake(j.Kind)
}

func (w Work) batches(claimed []ledger.Job) (batches [][]ledger.Job) {
	if w.Batches != nil {
		return w.Batches(claimed)
	}
	return EachAlone(claimed)
}

// EachAlone puts each job into a batch of its own.
func EachAlone(claimed []ledger.Job) (batches [][]ledger.Job) {
	for _, j := range claimed {
		batches = append(batches, []ledger.Job{j})
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
			for kind, q := range w.queues {
				keys := q.inFlight.keys()
				if len(keys) == 0 {
					continue
				}
				if err := w.Store.Renew(ctx, w.name, Lease, kind, keys); err != nil {
					w.Log.Warn("the ledger did not renew leases", "job", string(kind), "error", err)
				}
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

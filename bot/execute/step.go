package execute

import (
	"context"
	"errors"
	"sync"
	"time"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

// workOn works on a batch. The machines that it wants to look at are read together.
func (e *Executor) workOn(ctx context.Context, batch []ledger.Request) {
	if len(batch) == 1 {
		e.work(ctx, batch[0], e.Fleet.CloudPC)
		return
	}
	var ids []string
	for _, r := range batch {
		ids = append(ids, r.Target.ID)
	}
	var readings []graph.Reading
	if !e.Worker.Stopping() {
		readings = e.Fleet.CloudPCs(ctx, ids)
	}
	var all sync.WaitGroup
	for i, r := range batch {
		all.Go(func() {
			e.work(ctx, r, func(context.Context, string) (graph.CloudPC, error) { return readings[i].CloudPC, readings[i].Err })
		})
	}
	all.Wait()
}

// machineReader is how a step sees the machine of its request.
type machineReader func(ctx context.Context, id string) (graph.CloudPC, error)

// work does the next thing for one request, and the next, until nothing is due; the last swap
// ends the claim. The first step sees the machine by look, later ones look for themselves.
func (e *Executor) work(ctx context.Context, r ledger.Request, look machineReader) {
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	for !e.Worker.Stopping() {
		next, err := e.step(ctx, r, look)
		switch {
		case err == nil && next.Free:
			return
		case errors.Is(err, ledger.ErrStale): // somebody was faster: what is to do now is claimed anew
			e.release(ctx, r)
			return
		case err != nil:
			e.Requests.LogOf(r).Warn("step failed", "state", string(r.State), "error", err)
			worker.Sleep(ctx, e.Worker.BackOff(1))
			e.release(ctx, r)
			return
		}
		r, look = next, e.Fleet.CloudPC
	}
	e.release(ctx, r)
}

// release ends a claim that did not end with a swap.
func (e *Executor) release(ctx context.Context, r ledger.Request) {
	if e.Worker.Stopping() && ctx.Err() != nil { // its time is over; the claim ends by itself
		return
	}
	ctx, cancel := e.Worker.FinalWrite(ctx)
	defer cancel()
	if err := e.Requests.Store.Release(ctx, e.Worker.Name(), r.ID); err != nil {
		e.Requests.LogOf(r).Warn("claim not released", "error", err)
	}
	e.Worker.Execution.Wake()
}

// step looks at the state and does the one next thing, and returns the request as it is
// then. An error leaves it as it was, and due.
func (e *Executor) step(ctx context.Context, r ledger.Request, look machineReader) (ledger.Request, error) {
	switch r.State {
	case ledger.Resolving:
		return e.resolve(ctx, r)
	case ledger.Pending:
		return e.remind(ctx, r)
	case ledger.Approved:
		return e.submit(ctx, r)
	case ledger.Submitting:
		return e.markInterrupted(ctx, r)
	case ledger.Unconfirmed:
		return e.seekEvidence(ctx, r, look)
	case ledger.Provisioning:
		return e.follow(ctx, r, look)
	}
	return r, ledger.ErrStale // it has ended since it was claimed
}

// wait puts a request off after something that passes: until the rest is over that a service
// asked for, else longer each time.
func (e *Executor) wait(ctx context.Context, r ledger.Request, c ledger.Cause, rest time.Duration) (ledger.Request, error) {
	if rest > 0 {
		return e.rest(ctx, r, c, cooldown.Cap(rest))
	}
	now := e.Requests.Store.Now()
	return e.Requests.Replace(ctx, r, func(r *ledger.Request) error {
		return r.Wait(c, now.Add(e.Worker.BackOff(r.Tries)), now)
	})
}

// rest puts a request off for a while that is no failure: the next pause is no longer for it.
func (e *Executor) rest(ctx context.Context, r ledger.Request, c ledger.Cause, d time.Duration) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	return e.Requests.Replace(ctx, r, func(r *ledger.Request) error { return r.Rest(c, now.Add(d), now) })
}

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

// workOn works on a batch. The machines of a batch of several requests are read together.
func (e *Executor) workOn(ctx context.Context, batch []ledger.Job) {
	if len(batch) == 1 {
		e.takeSteps(ctx, batch[0], e.Fleet.CloudPC)
		return
	}
	var ids []string
	for _, j := range batch {
		ids = append(ids, j.Req.Target.ID)
	}
	var readings []graph.Reading
	if !e.Worker.Stopping() {
		readings = e.Fleet.CloudPCs(ctx, ids)
	}
	var all sync.WaitGroup
	for i, j := range batch {
		all.Go(func() {
			e.takeSteps(ctx, j, func(context.Context, string) (graph.CloudPC, error) { return readings[i].CloudPC, readings[i].Err })
		})
	}
	all.Wait()
}

// machineReader reads the machine of a request, or returns a reading made before.
type machineReader func(ctx context.Context, id string) (graph.CloudPC, error)

// takeSteps takes one step of a request after another until nothing is due; the last swap ends the claim.
// The first step reads the machine with look, later ones ask Graph.
func (e *Executor) takeSteps(ctx context.Context, j ledger.Job, look machineReader) {
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	for r := j.Req; !e.Worker.Stopping(); {
		next, err := e.step(ctx, r, look)
		switch {
		case err == nil && next.Idle:
			return
		case errors.Is(err, ledger.ErrStale): // the request has changed: claim it again to see what is due now
			e.Worker.LostClaim(j.Kind)
			e.Worker.Release(ctx, j)
			return
		case err != nil:
			e.Requests.LogOf(r).Warn("the next step of a request failed", "state", string(r.State), "error", err)
			worker.Sleep(ctx, e.Worker.BackOff(1))
			e.Worker.Release(ctx, j)
			return
		}
		r, look = next, e.Fleet.CloudPC
	}
	e.Worker.Release(ctx, j)
}

// step takes the one next step that the request's state asks for, and returns the request as it is
// then. If it fails, the request is unchanged and still due.
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

// wait postpones a request because of an obstacle that passes: by rest, if a service asked for a
// cooldown, else by a back-off that grows each time.
func (e *Executor) wait(ctx context.Context, r ledger.Request, c ledger.Cause, rest time.Duration) (ledger.Request, error) {
	if rest > 0 {
		return e.rest(ctx, r, c, cooldown.Cap(rest))
	}
	now := e.Requests.Store.Now()
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		return r.Wait(c, now.Add(e.Worker.BackOff(r.Tries)), now)
	})
}

// rest postpones a request by d without counting a failure, so the next back-off does not grow.
func (e *Executor) rest(ctx context.Context, r ledger.Request, c ledger.Cause, d time.Duration) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Rest(c, now.Add(d), now) })
}

package execute

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// throttledCounts is how many failures a call counts for that Graph throttles without saying for how
// long: it is left alone for some seconds, and then longer each time, up to a minute.
const throttledCounts = 3

// freshness is how old what was read just before the call may become before it is written
// down, besides the time that one answer of Graph's may take: who slept over it reads anew.
const freshness = 30 * time.Second

// submit acts on an approval: it looks at people and machine once more, writes down that
// the call goes out, makes the call, and writes down what came of it.
func (e *Executor) submit(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if end := e.Requests.ApprovalEnds(r); !e.Requests.Store.Now().Before(end) {
		return e.Requests.Replace(ctx, r, func(r *ledger.Request) error {
			r.Expires = end
			return r.Expire(e.Requests.Store.Now())
		})
	}
	// The swap is what the brakes hold; to look at them first saves the looks at Graph that
	// would be old when they are released.
	brakes, err := e.Requests.Store.Brakes(ctx)
	if err != nil {
		return r, err
	}
	if held, _ := heldBy(&ledger.FrozenError{Brakes: brakes}); brakes.Frozen {
		return e.wait(ctx, r, *held, 0)
	}
	stale := e.Requests.Store.Now().Add(e.GraphTimeout + freshness) // what is read from here on counts until then
	seen, no, passes, err := e.recheck(ctx, r)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return e.missMachine(ctx, r)
	case err != nil:
		e.Requests.LogOf(r).Warn("Graph did not say whether the machine is as it was", "error", err)
		return e.wait(ctx, r, causeOf(err), retryAfter(err))
	case no == nil && passes != nil:
		return e.rest(ctx, r, *passes, e.FollowInterval/4)
	}
	if no == nil { // people last: a look at Graph can take long
		var waits *ledger.Cause
		var rest time.Duration
		if no, waits, rest = e.Judge.JudgeAgain(ctx, r); waits != nil {
			return e.wait(ctx, r, *waits, rest)
		}
	}
	if no != nil {
		return e.Requests.Replace(ctx, r, func(r *ledger.Request) error { return r.Void(*no, e.Requests.Store.Now()) })
	}
	if e.Worker.Stopping() {
		return r, nil // it is due still, for whoever comes next
	}
	return e.callGraph(ctx, r, seen, stale)
}

// callGraph writes down that the call goes out, unless that comes after what was seen of the
// machine is stale, makes the call, and writes down what came of it.
func (e *Executor) callGraph(ctx context.Context, r ledger.Request, seen ledger.Target, stale time.Time) (ledger.Request, error) {
	// The deadline by this process's own clock is taken first, so that it never lies
	// after the one in the ledger, whatever the swap takes; and none lies after the approval's end.
	callID, started, now := uuid.NewString(), time.Now(), e.Requests.Store.Now()
	lasts := min(e.GraphTimeout, e.Requests.ApprovalEnds(r).Sub(now))
	deadline := started.Add(lasts)
	out := func(ctx context.Context, r ledger.Request) (ledger.Request, error) {
		return e.Requests.Store.Submit(ctx, r, e.Budget)
	}
	sent, err := e.Requests.ReplaceWith(ctx, out, r, func(r *ledger.Request) error {
		r.Expires = e.Requests.ApprovalEnds(*r)
		r.Target = r.Target.AsOf(seen)
		err := r.Submit(callID, now, now.Add(lasts))
		if stale.Before(r.Within) {
			r.Within = stale
		}
		return err
	})
	if held, until := heldBy(err); held != nil {
		return e.rest(ctx, r, *held, max(until.Sub(now), e.Worker.BackOff(r.Tries)))
	}
	if err != nil {
		if sent, err = e.swapLanded(ctx, r.ID, callID, err); err != nil {
			return r, err
		}
	}
	r = sent
	calling, cancel := context.WithDeadline(graph.WithCallID(ctx, callID), deadline)
	defer cancel()
	err = e.Fleet.Reprovision(calling, r.Target.ID, graph.Build{OS: string(r.Order.OS), Account: string(r.Order.Account)})
	return e.recordAnswer(ctx, r, e.answerOf(callID, r.Rejections, r.Order.OS != "" || r.Order.Account != "", err))
}

// heldBy says why a submission was held, and until when at least.
func heldBy(err error) (*ledger.Cause, time.Time) {
	var frozen *ledger.FrozenError
	var over *ledger.BudgetError
	switch {
	case errors.As(err, &frozen):
		return &ledger.Cause{Code: ledger.Frozen, Detail: frozen.By.ID}, time.Time{}
	case errors.As(err, &over):
		return &ledger.Cause{Code: ledger.TooMany, Detail: over.Of.ID}, over.Until
	}
	return nil, time.Time{}
}

// swapLanded is the request after a swap whose answer was lost, if it did land; else the swap's
// error is it. Only this call knows its id, so nobody else can have made it.
func (e *Executor) swapLanded(ctx context.Context, id ledger.ID, callID string, lost error) (ledger.Request, error) {
	r, err := e.Requests.Store.Get(ctx, id)
	if err != nil || r.State != ledger.Submitting || r.Submission.CallID != callID {
		return r, lost
	}
	return r, nil
}

package execute

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// throttledCounts is how many failures a throttled call (429) counts as if it has no Retry-After, so
// that the back-off begins with some seconds and grows to a minute.
const throttledCounts = 3

// freshness is how long the swap to submitting may come after the checks before the call, in addition
// to GraphTimeout for one answer of Graph. A process that was paused for longer has to check again.
const freshness = 30 * time.Second

// submit acts on an approval: it has the machine's owner told, checks machine and people once more,
// stores that the call goes out, makes the call, and stores the answer.
func (e *Executor) submit(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if end := e.Requests.ApprovalEnds(r); !e.Requests.Store.Now().Before(end) {
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
			r.Expires = end
			return r.Expire(e.Requests.Store.Now())
		})
	}
	if next, done, err := e.announce(ctx, r); done {
		return next, err
	}
	// The swap itself obeys the brakes. Looking at them first only saves reading from Graph what
	// would be stale by the time the brakes are released.
	brakes, err := e.Requests.Store.Brakes(ctx)
	if err != nil {
		return r, err
	}
	if stop, _ := stoppedBy(&ledger.FrozenError{Brakes: brakes}); brakes.Frozen {
		return e.wait(ctx, r, *stop, 0)
	}
	own, no, waits, rest := e.ownSignIn(ctx, r)
	switch {
	case no != nil:
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Void(*no, e.Requests.Store.Now()) })
	case waits != nil:
		return e.wait(ctx, r, *waits, rest)
	}
	stale := e.Requests.Store.Now().Add(e.GraphTimeout + freshness) // what is read from here on is valid until then
	seen, no, passes, err := e.recheck(ctx, r)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return e.missMachine(ctx, r)
	case err != nil:
		e.Requests.LogOf(r).Warn("Graph did not answer the check of the machine before the call", "error", err)
		return e.wait(ctx, r, causeOf(err), retryAfter(err))
	case no == nil && passes != nil:
		return e.rest(ctx, r, *passes, e.FollowInterval/4)
	}
	if no == nil { // people last, so that these facts are the freshest: a read from Graph can take long
		var waits *ledger.Cause
		var rest time.Duration
		if no, waits, rest = e.Judge.JudgeAgain(ctx, r); waits != nil {
			return e.wait(ctx, r, *waits, rest)
		}
	}
	if no != nil {
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Void(*no, e.Requests.Store.Now()) })
	}
	if e.Worker.Stopping() {
		return r, nil // still due, for the next worker
	}
	return e.callGraph(ctx, r, seen, stale, own)
}

// callGraph stores that the call goes out, makes the call, with the requester's own sign-in if there is one,
// and stores the answer. The first swap fails with ErrStale if it would land after stale, when the checks
// before the call are too old.
func (e *Executor) callGraph(ctx context.Context, r ledger.Request, seen ledger.Target, stale time.Time, own *heldSignIn) (ledger.Request, error) {
	// This process's own deadline is taken before the swap, so that it is never later than the
	// deadline in the ledger, however long the swap takes. Neither is later than the approval's end.
	callID, started, now := uuid.NewString(), time.Now(), e.Requests.Store.Now()
	lasts := min(e.GraphTimeout, e.Requests.ApprovalEnds(r).Sub(now))
	deadline := started.Add(lasts)
	out := func(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
		return e.Requests.Store.Submit(ctx, r, e.Budget)
	}
	sent, err := e.Requests.ReplaceWith(ctx, out, r, func(r *ledger.Revision) error {
		r.Expires = e.Requests.ApprovalEnds(r.Request)
		r.Target = r.Target.AsOf(seen)
		err := r.Submit(callID, now, now.Add(lasts))
		if stale.Before(r.SwapBefore) {
			r.SwapBefore = stale
		}
		return err
	})
	if stop, until := stoppedBy(err); stop != nil {
		return e.rest(ctx, r, *stop, max(until.Sub(now), e.Worker.BackOff(r.Tries)))
	}
	if err != nil {
		if sent, err = e.swapLanded(ctx, r.ID, callID, err); err != nil {
			return r, err
		}
	}
	r = sent
	calling, cancel := context.WithDeadline(graph.WithCallID(ctx, callID), deadline)
	defer cancel()
	err = e.reprovision(calling, r, own)
	a := e.answerOf(callID, r.Rejections, r.Order.OS != "" || r.Order.Account != "", err)
	if own != nil {
		a.Cause = ownCause(a.Cause, err)
	}
	return e.recordAnswer(ctx, r, a)
}

// stoppedBy is why the brakes or the budget stopped a submission, and the earliest time at which it may
// pass, zero if that is not known. The cause is nil for any other error.
func stoppedBy(err error) (*ledger.Cause, time.Time) {
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

// swapLanded reads the request after the swap to submitting failed with lost: the swap may have landed
// all the same. If the request carries callID it did, since no other worker knows that id. Otherwise
// swapLanded returns lost.
func (e *Executor) swapLanded(ctx context.Context, id ledger.ID, callID string, lost error) (ledger.Request, error) {
	r, err := e.Requests.Store.Get(ctx, id)
	if err != nil || r.State != ledger.Submitting || r.Submission.CallID != callID {
		return r, lost
	}
	return r, nil
}

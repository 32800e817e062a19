package execute

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
)

// resolve finds the machine, takes it for this request, and posts the card. If one of these is not
// possible, the request is refused before anybody was asked to approve it.
func (e *Executor) resolve(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if e.Requests.TimeToResolve(r) <= 0 { // so long after the command nobody expects an answer, let alone a wipe
		switch {
		case r.Cause.Code != "":
			return e.refuse(ctx, r, r.Cause)
		case r.Target.ID != "": // only the card was missing
			return e.refuse(ctx, r, ledger.Cause{Code: ledger.SlackSilent})
		}
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.TooOld})
	}
	if r.Target.ID == "" {
		return e.locate(ctx, r)
	}
	return e.post(ctx, r)
}

// locate finds the one machine that the order names, and takes it for this request.
func (e *Executor) locate(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	looking, cancel := context.WithTimeout(ctx, e.Requests.TimeToResolve(r))
	defer cancel()
	pc, no, err := e.find(looking, r)
	var target ledger.Target
	if err == nil && no == nil {
		target, err = e.inspect(looking, pc)
	}
	switch {
	case err != nil:
		e.Requests.LogOf(r).Warn("Graph did not answer the search for the machine", "error", err)
		return e.tryAgain(ctx, r, causeOf(err), retryAfter(err))
	case no != nil:
		return e.refuse(ctx, r, *no)
	case pc.Beta && !pc.Status.AllowsReprovision() && !pc.Status.Passes(): // v1.0 shows no status, so there Graph itself has to refuse
		return e.refuse(ctx, r, wrongState(pc))
	}
	earlier, err := e.unfinished(ctx, target.ID)
	if err != nil {
		return r, err
	}
	next, err := e.Requests.Replace(ctx, r, func(r *ledger.Request) error {
		r.Earlier = earlier
		return r.Locate(target)
	})
	var taken *ledger.TakenError
	if errors.As(err, &taken) {
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.Taken, Detail: string(taken.By)})
	}
	return next, err
}

func (e *Executor) refuse(ctx context.Context, r ledger.Request, c ledger.Cause) (ledger.Request, error) {
	return e.Requests.Replace(ctx, r, func(r *ledger.Request) error { return r.Refuse(c, e.Requests.Store.Now()) })
}

// tryAgain postpones a request that is resolving: by rest, if a service asked for a cooldown, else by
// the back-off. The request is refused with c once the requester cannot be expected to wait longer.
func (e *Executor) tryAgain(ctx context.Context, r ledger.Request, c ledger.Cause, rest time.Duration) (ledger.Request, error) {
	left := e.Requests.TimeToResolve(r)
	if left <= 0 {
		return e.refuse(ctx, r, c)
	}
	if rest == 0 {
		rest = e.Worker.BackOff(r.Tries)
		r.Tries++
	}
	return e.rest(ctx, r, c, min(cooldown.Cap(rest), left))
}

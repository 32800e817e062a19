package execute

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// resolve finds the machine, takes it for this request, and posts the card. If one of these is not
// possible, the request is refused before anybody was asked to approve it.
func (e *Executor) resolve(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if e.Requests.TimeToResolve(r) <= 0 { // so long after the command nobody expects an answer, let alone a wipe
		switch {
		case r.IsSelfService() && !r.Self.SignedIn.IsZero() && !e.Requests.Store.Now().Before(r.Self.Until):
			return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInEnded))
		case r.IsSelfService() && r.Self.SignedIn.IsZero():
			return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInExpired))
		case r.IsSelfService() && r.Picked == "" && r.Offered:
			return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInNotConfirmed))
		case len(r.Choices) > 0 && r.Picked == "" && r.Offered:
			return e.refuse(ctx, r, ledger.Cause{Code: ledger.NonePicked})
		case len(r.Choices) > 0 && r.Picked == "":
			return e.refuse(ctx, r, ledger.Cause{Code: ledger.NotOffered})
		case r.Cause.Code != "":
			return e.refuse(ctx, r, r.Cause)
		case r.Target.ID != "": // only the card was missing
			return e.refuse(ctx, r, ledger.Cause{Code: ledger.SlackSilent})
		}
		if r.IsSelfService() {
			return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInNotConfirmed))
		}
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.TooOld})
	}
	switch {
	case r.IsSelfService() && r.Self.SignedIn.IsZero():
		return e.awaitSignIn(ctx, r)
	case r.IsSelfService() && len(r.Choices) == 0:
		return e.listOwn(ctx, r)
	case r.Target.ID != "":
		return e.post(ctx, r)
	case len(r.Choices) > 0 && r.Picked == "":
		return e.offer(ctx, r)
	}
	return e.locate(ctx, r)
}

// locate finds the one machine that the order names, and takes it for this request. If there are
// several, the requester has to pick one.
func (e *Executor) locate(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	looking, cancel := context.WithTimeout(ctx, e.Requests.TimeToResolve(r))
	defer cancel()
	found, no, err := e.find(looking, r)
	if errors.Is(err, errSlackSilent) {
		return e.tryAgain(ctx, r, ledger.Cause{Code: ledger.NoEmail, Detail: r.Order.PC}, slackRest(err))
	}
	var in graph.Inspection
	var preview ledger.Preview
	if err == nil && no == nil && len(found.several) == 0 {
		in, preview, no, err = e.inspect(looking, r, found)
	}
	pc, target := in.CloudPC, targetOf(in.CloudPC, in.Policy)
	switch {
	case err != nil:
		e.Requests.LogOf(r).Warn("Graph did not answer the search for the machine", "error", err)
		return e.tryAgain(ctx, r, causeOf(err), retryAfter(err))
	case no != nil && no.Code == ledger.NoSuchPC && r.Picked == "":
		return e.refuseUnknown(ctx, r, *no)
	case no != nil:
		return e.refuse(ctx, r, *no)
	case r.IsSelfService() && !isOwn(pc, r.Self.Account):
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.NotOwn})
	case len(found.several) > 0:
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Offer(found.several, e.Requests.Store.Now()) })
	case e.Protected.names(target) != "":
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.Protected, Detail: e.Protected.names(target)})
	case pc.Beta && !pc.Status.AllowsReprovision() && !pc.Status.Passes(): // v1.0 shows no status, so there Graph itself has to refuse
		return e.refuse(ctx, r, wrongState(pc))
	}
	earlier, err := e.unfinished(ctx, target.ID)
	if err != nil {
		return r, err
	}
	of := r
	of.Target = target
	owner, err := e.ownerAt(ctx, of)
	if err != nil {
		return r, err
	}
	next, err := e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		r.Earlier, r.Preview, r.Owner = earlier, preview, owner
		if r.FoundBy == "" {
			r.FoundBy = found.by
		}
		return r.Locate(target)
	})
	var taken *ledger.TakenError
	if errors.As(err, &taken) {
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.Taken, Detail: string(taken.By)})
	}
	return next, err
}

func (e *Executor) refuse(ctx context.Context, r ledger.Request, c ledger.Cause) (ledger.Request, error) {
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Refuse(c, e.Requests.Store.Now()) })
}

// nearTime is how long a refusal waits for the names of the machines, to suggest near ones.
const nearTime = 5 * time.Second

// refuseUnknown refuses a request because no machine is what was typed, and keeps the names that are
// near it.
func (e *Executor) refuseUnknown(ctx context.Context, r ledger.Request, c ledger.Cause) (ledger.Request, error) {
	reading, cancel := context.WithTimeout(ctx, nearTime)
	defer cancel()
	near := e.Directory.Near(reading, c.Detail)
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		r.Near = near
		return r.Refuse(c, e.Requests.Store.Now())
	})
}

// offer shows the requester the machines that fit, and waits for the pick. It is due once the time for
// that is over. If the bot stops between the two, they are shown once more.
func (e *Executor) offer(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	await := func(r *ledger.Revision) error {
		return r.AwaitPick(e.Requests.Store.Now().Add(e.Requests.TimeToResolve(r.Request)))
	}
	if r.Offered { // due, but the time is not over: nothing to do but wait
		return e.Requests.Replace(ctx, r, await)
	}
	until, shows := e.Requests.Store.Now().Add(e.Requests.TimeToResolve(r)), words.Picker
	if r.IsSelfService() {
		shows = words.OwnMachines
	}
	line, picks := shows(r, until)
	err := e.Outbox.Offer(ctx, r.FromChannel, r.Requester, line, picks)
	var no *causes.RefusedError
	switch {
	case errors.As(err, &no):
		e.Requests.LogOf(r).Warn("Slack refused to show the requester the machines to pick from", "error", err)
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.NotOffered})
	case err != nil:
		return e.tryAgain(ctx, r, ledger.Cause{Code: ledger.NotOffered}, slackRest(err))
	}
	return e.Requests.Replace(ctx, r, await)
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

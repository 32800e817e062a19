package execute

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

// A request of self-service uses the requester's own token for three things: it shows who signed in, lists their
// machines, and makes the call. Everything else is read with the bot's permission, and only of a machine
// that the sign-in listed and whose user is who signed in.

// mostOwn is how many machines of their own somebody may choose from: as many as fit a message with a way out. Others
// are left out.
const mostOwn = 40

// listOwn looks for the machines that the signed-in person may reprovision: those that Graph lists for them, and
// shows to the bot as theirs.
func (e *Executor) listOwn(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	s := e.signIns.done(r.ID)
	if s == nil {
		return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInLost))
	}
	looking, cancel := context.WithTimeout(ctx, e.Requests.TimeToResolve(r))
	defer cancel()
	listed, err := s.own.Mine(looking)
	if err != nil {
		e.Requests.LogOf(r).Warn("Graph did not list the machines of who signed in", "error", err)
		c := ownCause(causeOf(err), err)
		if c.Code == ledger.OwnForbidden || c.Code == ledger.NoSignIn {
			return e.refuse(ctx, r, c)
		}
		return e.tryAgain(ctx, r, c, retryAfter(err))
	}
	var ids []string
	for _, pc := range listed {
		ids = append(ids, pc.ID)
	}
	var choices []ledger.Choice
	for _, reading := range e.Fleet.CloudPCs(looking, ids) {
		pc := reading.CloudPC
		switch {
		case errors.Is(reading.Err, graph.ErrNotFound):
		case reading.Err != nil:
			e.Requests.LogOf(r).Warn("Graph did not show a machine of who signed in", "error", reading.Err)
			return e.tryAgain(ctx, r, causeOf(reading.Err), retryAfter(reading.Err))
		case isOwn(pc, r.Self.Account) && len(choices) < mostOwn:
			choices = append(choices, choiceOf(pc))
		}
	}
	if len(choices) == 0 {
		return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInNoMachine))
	}
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Offer(choices, e.Requests.Store.Now()) })
}

// isOwn reports whether a machine, as the bot reads it, is an account's and nobody else's.
func isOwn(pc graph.CloudPC, a ledger.Account) bool {
	return !pc.Shared() && pc.UserPrincipalName != "" && strings.EqualFold(pc.UserPrincipalName, a.Name)
}

// ownSignIn is the sign-in with which the call of a request is made; nil without a cause for every request that
// is not of self-service. The cause no voids the request; waits passes, and rest is how long asking again is useless.
// The token's person is compared with the one on the card.
func (e *Executor) ownSignIn(ctx context.Context, r ledger.Request) (s *heldSignIn, no, waits *ledger.Cause, rest time.Duration) {
	if !r.IsSelfService() {
		return nil, nil, nil, 0
	}
	because := func(why ledger.NoSignInWhy) *ledger.Cause { c := ledger.NoSignInBecause(why); return &c }
	if s = e.signIns.done(r.ID); s == nil {
		return nil, because(ledger.SignInLost), nil, 0
	}
	s.mu.Lock()
	is, own, over := s.account, s.own, s.over
	s.mu.Unlock()
	if over {
		return nil, because(ledger.SignInEnded), nil, 0
	}
	access, err := own.Access(ctx)
	switch {
	case errors.Is(err, graph.ErrSignInOver):
		return nil, because(ledger.SignInEnded), nil, 0
	case err != nil:
		e.Requests.LogOf(r).Warn("Entra did not give a token of who signed in", "error", err)
		c := causeOf(err)
		return nil, nil, &c, retryAfter(err)
	case !strings.EqualFold(is.ObjectID, r.Self.Account.ObjectID), !strings.EqualFold(is.Tenant, r.Self.Account.Tenant), !isOf(access, r.Self.Account):
		return nil, because(ledger.SignInOtherAccount), nil, 0
	}
	return s, nil, nil, 0
}

// reprovision makes the call: of self-service with the requester's token, which s has, and never with the bot's; of
// any other request with the bot's. Where somebody approved, the path names the person on the card.
func (e *Executor) reprovision(ctx context.Context, r ledger.Request, s *heldSignIn) (err error) {
	switch {
	case !r.IsSelfService():
		return e.Fleet.Reprovision(ctx, r.Target.ID, graph.Build{OS: string(r.Order.OS), Account: string(r.Order.Account)})
	case r.ApprovalsNeeded > 0:
		err = s.own.ReprovisionOf(ctx, r.Self.Account.ObjectID, r.Target.ID)
	default:
		err = s.own.ReprovisionMine(ctx, r.Target.ID)
	}
	if errors.Is(err, graph.ErrSignInOver) { // a cached token would be tried again
		s.mu.Lock()
		s.over = true
		s.mu.Unlock()
	}
	return err
}

// ownCause is the cause of an error that a person's own token met: what is said of the bot's permission and
// identity is not true of it.
func ownCause(c ledger.Cause, err error) ledger.Cause {
	switch {
	case errors.Is(err, graph.ErrSignInOver):
		return ledger.NoSignInBecause(ledger.SignInEnded)
	case errors.Is(err, graph.ErrUnauthorized):
		c.Code, c.Detail = ledger.NoSignIn, string(ledger.SignInEnded)
	case c.Code == ledger.Forbidden:
		c.Code = ledger.OwnForbidden
	case c.Code == ledger.BadIdentity:
		c.Code = ledger.NoToken
	}
	return c
}

// looksGone is in how many looks in a row a process has to be gone before its requests end. A clock that leaps, as
// after a machine was suspended, lets the heartbeat of every process run out until its next one.
const looksGone = 3

// EndOrphans ends, until ctx does, requests of self-service whose process is gone: the sign-in is lost with it.
func (e *Executor) EndOrphans(ctx context.Context) {
	gone := map[ledger.ID]int{} // in how many looks
	for {
		ids, err := e.Requests.Store.Orphaned(ctx)
		if err != nil && ctx.Err() == nil {
			e.Requests.Log.Warn("the ledger did not say which requests wait for a process that is gone; trying again", "error", err)
		}
		again := map[ledger.ID]int{}
		for _, id := range ids {
			if again[id] = gone[id] + 1; again[id] >= looksGone {
				e.endOrphan(ctx, id)
			}
		}
		if gone = again; err != nil {
			clear(gone)
		}
		if worker.Sleep(ctx, e.Worker.HeartbeatEvery); ctx.Err() != nil {
			return
		}
	}
}

func (e *Executor) endOrphan(ctx context.Context, id ledger.ID) {
	r, err := e.Requests.Store.Get(ctx, id)
	if err == nil && r.Self.Holder == e.Worker.Name() {
		return
	}
	if err == nil {
		_, err = e.Requests.Update(ctx, r, func(r *ledger.Revision) error {
			if r.State == ledger.Resolving {
				return r.Refuse(ledger.NoSignInBecause(ledger.SignInLost), e.Requests.Store.Now())
			}
			return r.Void(ledger.NoSignInBecause(ledger.SignInLost), e.Requests.Store.Now())
		})
	}
	if err != nil && !errors.As(err, new(*ledger.MoveError)) && ctx.Err() == nil {
		e.Requests.Log.Warn("the ledger did not end a request that waits for a process that is gone; trying again", "request", string(id), "error", err)
	}
}

package execute

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

// awaitSignIn has the requester sign in, if this process does not wait for that already; else it shows them the
// code once more.
func (e *Executor) awaitSignIn(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if e.SelfService == nil || r.Self.Holder != e.Worker.Name() {
		return e.refuse(ctx, r, ledger.NoSignInBecause(ledger.SignInLost))
	}
	if one := e.signIns.of(r.ID); one != nil {
		e.showCodeAgain(ctx, r, one)
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.AwaitSignIn(r.Self.Until) })
	}
	one, why, err := e.beginSignIn(ctx, r)
	switch {
	case err != nil:
		return r, err
	case one == nil:
		return e.refuse(ctx, r, ledger.NoSignInBecause(why))
	}
	next, err := e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.AwaitSignIn(r.Self.Until) })
	if errors.Is(err, ledger.ErrStale) {
		e.signIns.drop(r.ID)
		return next, err
	}
	e.signIns.running.Go(func() { e.signInUntilOver(one.lasting, r, one) }) // also if the ledger's answer was lost: the write may have landed
	return next, err
}

// beginSignIn makes room for a sign-in, or returns why there is none: the requester is signing in for another
// request, or too many people are.
func (e *Executor) beginSignIn(ctx context.Context, r ledger.Request) (*heldSignIn, ledger.NoSignInWhy, error) {
	for {
		one, other := e.signIns.begin(r.ID, r.Requester)
		switch {
		case one != nil:
			return one, "", nil
		case other == "":
			return nil, ledger.SignInTooMany, nil
		}
		old, err := e.Requests.Store.Get(ctx, other)
		switch {
		case err != nil:
			return nil, "", err
		case !old.State.Ended():
			return nil, ledger.SignInAlready, nil
		}
		e.signIns.drop(other) // given up at another process a moment ago
	}
}

// signInUntilOver waits for a sign-in, records it, and keeps it until its request needs it no more.
func (e *Executor) signInUntilOver(ctx context.Context, r ledger.Request, one *heldSignIn) {
	defer e.signIns.drop(r.ID)
	over := make(chan struct{})
	go func() { defer close(over); defer one.cancel(); e.awaitOver(ctx, r.ID) }()
	s, err := e.SelfService.Begin(func(code auth.DeviceCode) error { return e.showCode(ctx, r, one, code) })
	var account auth.Account
	if err == nil {
		account, err = s.Wait(ctx)
	}
	if ctx.Err() == nil {
		e.recordSignIn(ctx, r, one, s.Own, account, err)
	}
	<-over
}

// awaitOver waits until a request does not need the sign-in any more. Changes by other processes show after
// a few seconds.
func (e *Executor) awaitOver(ctx context.Context, id ledger.ID) {
	for ctx.Err() == nil {
		changed, stop := e.Requests.Watch(id)
		r, err := e.Requests.Store.Get(ctx, id)
		if err == nil && (r.State.Ended() || r.State == ledger.Provisioning || r.State == ledger.Unconfirmed) {
			stop()
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-time.After(e.Worker.HeartbeatEvery):
		}
		stop()
	}
}

// showTime is how long the bot tries to show a code.
const showTime = time.Minute

// showCode shows the requester a code that is new.
func (e *Executor) showCode(ctx context.Context, r ledger.Request, one *heldSignIn, code auth.DeviceCode) error {
	if left := e.Requests.Store.Now().Add(time.Until(code.Until)); left.Before(r.Self.Until) { // by the ledger's clock
		r.Self.Until = left
	}
	one.mu.Lock()
	one.code, one.until = code, r.Self.Until
	one.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, showTime)
	defer cancel()
	line, picks := words.SignInCode(r, code.URL, code.Code, r.Self.Until)
	for try := 0; ; try++ {
		err := e.Outbox.Offer(ctx, r.FromChannel, r.Requester, line, picks)
		if err == nil || errors.As(err, new(*causes.RefusedError)) || ctx.Err() != nil {
			one.mu.Lock()
			one.unshown = err != nil
			one.mu.Unlock()
			return err
		}
		worker.Sleep(ctx, max(slackRest(err), e.Worker.BackOff(try)))
	}
}

// showCodeAgain shows the same code again, once. It is best effort: they can ask for it once more.
func (e *Executor) showCodeAgain(ctx context.Context, r ledger.Request, one *heldSignIn) {
	one.mu.Lock()
	code, until := one.code, one.until
	one.mu.Unlock()
	if code.Code == "" {
		return
	}
	line, picks := words.SignInCode(r, code.URL, code.Code, until)
	if err := e.Outbox.Offer(ctx, r.FromChannel, r.Requester, line, picks); err != nil {
		e.Requests.LogOf(r).Warn("Slack did not show a code for a sign-in again", "error", err)
	}
}

// recordSignIn stores who has signed in, or why nobody has. While the ledger fails it tries again, until the
// request is over.
func (e *Executor) recordSignIn(ctx context.Context, r ledger.Request, one *heldSignIn, own Own, account auth.Account, err error) {
	change, err := e.signedIn(ctx, r, one, own, account, err)
	if err != nil { // Slack or Entra did not answer; the person can start again
		e.Requests.LogOf(r).Warn("a sign-in was not completed", "error", err)
	}
	for try := 0; ctx.Err() == nil; try++ {
		_, err := e.Requests.Update(ctx, r, change)
		if err == nil || errors.As(err, new(*ledger.MoveError)) || ctx.Err() != nil {
			return
		}
		e.Requests.LogOf(r).Error("the ledger did not take a sign-in; trying again", "error", err)
		worker.Sleep(ctx, e.Worker.BackOff(try))
	}
}

// signedIn is the change that a sign-in makes of its request, which ends if it does not count. The error is only for
// the log.
func (e *Executor) signedIn(ctx context.Context, r ledger.Request, one *heldSignIn, own Own, account auth.Account, failed error) (func(*ledger.Revision) error, error) {
	end := func(why ledger.NoSignInWhy, err error) (func(*ledger.Revision) error, error) {
		return func(r *ledger.Revision) error {
			return r.Refuse(ledger.NoSignInBecause(why), e.Requests.Store.Now())
		}, err
	}
	one.mu.Lock()
	unshown := one.unshown
	one.mu.Unlock()
	var refused *auth.SignInError
	switch {
	case unshown:
		return end(ledger.SignInUnshown, failed)
	case errors.As(failed, &refused):
		return end(ledger.NoSignInWhy(refused.Why), failed)
	case failed != nil:
		return end(ledger.SignInUnknown, failed)
	case !strings.EqualFold(account.Tenant, e.SelfService.Tenant):
		return end(ledger.SignInOtherTenant, nil)
	case account.Guest:
		return end(ledger.SignInGuest, nil)
	}
	match, err := e.emailMatch(ctx, r, account)
	if err != nil {
		return func(r *ledger.Revision) error {
			return r.Refuse(ledger.Cause{Code: ledger.Unjudged}, e.Requests.Store.Now())
		}, err
	}
	if no := judge.SameAddress(match, r.ApprovalsNeeded); no != nil {
		return end(ledger.NoSignInWhy(no.Detail), nil)
	}
	access, err := own.Access(ctx)
	if err != nil {
		return end(ledger.SignInUnknown, err)
	}
	if !isOf(access, ledger.Account{ObjectID: account.ObjectID, Tenant: account.Tenant}) {
		return end(ledger.SignInOtherAccount, nil)
	}
	now := e.Requests.Store.Now()
	until := now.Add(time.Until(access.Until)) // by the ledger's clock
	one.mu.Lock()
	one.account, one.own = account, own
	one.mu.Unlock()
	return func(r *ledger.Revision) error {
		return r.SignIn(ledger.Account{ObjectID: account.ObjectID, Tenant: account.Tenant, Name: account.Name}, match, until, now)
	}, nil
}

// emailMatch asks Slack for the requester's e-mail address until it says something, within showTime.
func (e *Executor) emailMatch(ctx context.Context, r ledger.Request, account auth.Account) (ledger.EmailMatch, error) {
	ctx, cancel := context.WithTimeout(ctx, showTime)
	defer cancel()
	for try := 0; ; try++ {
		match, err := e.Judge.EmailMatch(ctx, r.Requester, account.Name)
		if err == nil || ctx.Err() != nil {
			return match, err
		}
		worker.Sleep(ctx, max(slackRest(err), e.Worker.BackOff(try)))
	}
}

// isOf reports whether a token is that of an account, as far as it can be read: nothing in it is verified, but a
// token that says something else is not used.
func isOf(a graph.Access, account ledger.Account) bool {
	return !a.Known || a.Person && strings.EqualFold(a.ObjectID, account.ObjectID) && strings.EqualFold(a.Tenant, account.Tenant)
}

package execute

import (
	"context"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// ownerAt is what the card says of the machine's owner: who is to be told once it is approved. It is best
// effort, because the owner is looked up again then.
func (e *Executor) ownerAt(ctx context.Context, r ledger.Request) (ledger.Owner, error) {
	if !e.NotifyOwner {
		return ledger.Owner{}, nil
	}
	o, err := e.Judge.OwnerOf(ctx, r)
	if err != nil {
		e.Requests.LogOf(r).Info("Slack did not say whose machine it is", "error", err)
		return ledger.Owner{}, nil
	}
	o.NoVeto, err = e.vetoedBefore(ctx, r, o.Person)
	return o, err
}

// vetoedBefore reports whether the owner of the machine said "not now" to another request for it within
// [ledger.VetoRest].
func (e *Executor) vetoedBefore(ctx context.Context, r ledger.Request, owner auth.Person) (bool, error) {
	for old, err := range e.Requests.Store.Find(ctx, ledger.Query{Target: r.Target.ID}) {
		switch {
		case err != nil:
			return false, err
		case old.Cause.Code == ledger.Vetoed && old.Decided.By == owner && r.Asked.Before(old.Ended.Add(ledger.VetoRest)):
			return true, nil
		case r.Asked.Sub(old.Asked) > ledger.VetoRest+e.Requests.ApprovalTTL*2: // too long ago to have been vetoed within a day
			return false, nil
		}
	}
	return false, nil
}

// announce has the owner told, once, after the approval, and waits for what they say. It reports whether
// there was something to do; if not, the request goes on.
func (e *Executor) announce(ctx context.Context, r ledger.Request) (next ledger.Request, done bool, err error) {
	now := e.Requests.Store.Now()
	if now.Before(r.Owner.Until) && r.Owner.Untold == "" { // due for another reason than the end of the notice
		next, err = e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
			return r.Rest(ledger.Cause{Code: ledger.OwnerNotice, Until: r.Owner.Until}, r.Owner.Until, now)
		})
		return next, true, err
	}
	if !e.NotifyOwner || !r.Announced.IsZero() {
		return r, false, nil
	}
	o, err := e.Judge.OwnerOf(ctx, r)
	if err != nil {
		e.Requests.LogOf(r).Warn("Slack did not say whose machine it is", "error", err)
		next, err = e.wait(ctx, r, ledger.Cause{Code: ledger.OwnerUnknown}, slackRest(err))
		return next, true, err
	}
	if o.Untold != "" && o.Untold == r.Owner.Untold { // the card says so
		return r, false, nil
	}
	if o.NoVeto, err = e.vetoedBefore(ctx, r, o.Person); err != nil {
		return r, true, err
	}
	next, err = e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Announce(o, e.noticeEnds(r.Request, o), now) })
	return next, true, err
}

// noticeEnds is until when an owner may say "not now": counted from the approval, whether or not the
// message reaches them. It is zero where nobody is told, or where they have said it already.
func (e *Executor) noticeEnds(r ledger.Request, o ledger.Owner) time.Time {
	if e.OwnerNotice == 0 || o.Untold != "" || o.NoVeto {
		return time.Time{}
	}
	approved := r.Decided.At
	if approved.IsZero() { // none was needed
		approved = r.Shown
	}
	return approved.Add(e.OwnerNotice)
}

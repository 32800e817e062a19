package intake

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// DenyReason handles the submitted form that asks for the reason of a denial. An empty reason is
// ignored.
func (i *Intake) DenyReason(ctx context.Context, f Form) Response {
	why := words.Plain(f.Reason, 300)
	if why == "" {
		return Response{}
	}
	return i.ackWithin(ctx, time.Now(), actor{Person: f.By}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.Requests.Store.Get(ctx, f.Request)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			i.Log.Warn("the ledger has no request for this reason", "request", string(f.Request), "by", f.By.ID, "error", err)
			return Response{}
		case err != nil: // unacknowledged, the form stays open and keeps what was typed
			i.Log.Error("the ledger did not answer: the reason was not stored", "request", string(f.Request), "by", f.By.ID, "error", err)
			return Response{Unacked: true}
		}
		f.By = i.Judge.AsIn(r, f.By)
		v := i.Judge.Judge(ctx, auth.Attempt{By: f.By, Act: auth.Deny, Requester: r.Requester}, r.Card.Channel)
		if !v.Allowed {
			i.Requests.RecordRefusal(ctx, r, f.By, auth.Deny, v)
			return Response{Line: words.MayNot(v)}
		}
		r, err = i.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.Explain(f.By, why, i.Requests.Store.Now()) })
		var late *ledger.DecidedError
		switch {
		case errors.As(err, &late):
			i.Requests.LogOf(r).Info("the reason came too late", "by", f.By.ID, "error", err)
		case err != nil:
			i.Requests.LogOf(r).Error("the ledger did not take the reason", "by", f.By.ID, "error", err)
			return Response{Unacked: true}
		}
		return Response{}
	})
}

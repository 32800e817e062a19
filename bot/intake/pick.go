package intake

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// parsePick reads the value of a button that picks a machine, as words.Picker writes it: "R-7K3F 2" is
// the third choice of that request.
func parsePick(value string) (id ledger.ID, n int, ok bool) {
	of, index, _ := strings.Cut(value, " ")
	id, ok = ledger.ParseID(of)
	n, err := strconv.Atoi(index)
	return id, n, ok && err == nil && value == fmt.Sprintf("%s %d", id, n)
}

// pick handles the press that picks one of several machines. The button's value is the request's id and
// an index into the choices that the ledger keeps; who may pick is judged like any press.
func (i *Intake) pick(ctx context.Context, c Click) Response {
	id, n, ok := parsePick(c.Value)
	if !ok {
		i.Log.Warn("Slack sent a press that the bot cannot read", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownRequest(words.Plain(c.Value, 20))}
	}
	return i.ackWithin(ctx, time.Now(), actor{c.By, c.At.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.Requests.Store.Get(ctx, id)
		if err != nil {
			return i.pressUnread(id, c, err)
		}
		c.By = i.Judge.AsIn(r, c.By)
		act := auth.Pick
		if r.IsSelfService() {
			act = auth.SelfService
		}
		v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: act, Requester: r.Requester}, c.At.Channel)
		if !v.Allowed {
			i.Requests.RecordRefusal(ctx, r, c.By, act, v)
			if v.Reason == auth.NotTheirs {
				return Response{Line: words.NotYourPick()}
			}
			return Response{Line: words.MayNot(v)}
		}
		if r.IsSelfService() {
			return i.confirmForm(r, n)
		}
		r, err = i.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.Pick(n, c.By, i.Requests.Store.Now()) })
		var lost *ledger.LostPickError
		switch {
		case err == nil:
			return Response{Line: words.PickedOne(r)}
		case errors.As(err, &lost):
			return Response{Line: words.PickedBefore(r, lost.Picked)}
		}
		return i.replyTo(r, err)
	})
}

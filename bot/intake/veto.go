package intake

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// veto handles "not now", which the person whose machine it is says in the direct message that told them.
// Who that is, a fresh look says. Until the call to Graph is out it stops the request; after that the
// answer says that it is too late.
func (i *Intake) veto(ctx context.Context, c Click) Response {
	id, ok := ledger.ParseID(c.Value)
	if !ok {
		i.Log.Warn("Slack sent a press that the bot cannot read", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownRequest(words.Plain(c.Value, 20))}
	}
	return i.ackWithin(ctx, time.Now(), actor{c.By, c.At.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.noticed(ctx, id)
		if err != nil {
			return i.pressUnread(id, c, err)
		}
		c.By = i.Judge.AsIn(r, c.By)
		verdict := i.Judge.JudgeVeto(ctx, c.By, r, c.At.Channel)
		if verdict.Allowed && r.State != ledger.Approved { // whatever message it is on
			if c.At != r.Owner.Notice && isNotice(r, c) {
				i.inFlight.Go(func() { i.reviseCopy(ctx, r, c.At) })
			}
			return Response{Line: words.TooLateToVeto(r)}
		}
		if verdict.Allowed && !isNotice(r, c) {
			verdict = auth.Verdict{Reason: auth.OtherCard}
		}
		if !verdict.Allowed {
			i.Requests.RecordRefusal(ctx, r, c.By, auth.Veto, verdict)
			if verdict.Reason == auth.OtherCard {
				return Response{Line: words.OtherCard(r, "")}
			}
			return Response{Line: words.MayNot(verdict)}
		}
		noted := r.Owner.Notice
		r, err = i.Requests.Update(ctx, r, func(r *ledger.Revision) error {
			if r.Owner.Notice.IsZero() {
				r.NoteNotice(c.At)
			}
			return r.Veto(c.By, i.Requests.Store.Now())
		})
		if !noted.IsZero() && c.At != noted { // nobody else knows of this one
			i.inFlight.Go(func() { i.reviseCopy(ctx, r, c.At) })
		}
		if errors.As(err, new(*ledger.DecidedError)) {
			return Response{Line: words.TooLateToVeto(r)}
		}
		return i.replyTo(r, err)
	})
}

// isNotice reports whether a press is on the notice that the ledger knows, or on another message of the bot
// to the same person that carries the request: where Slack's answer was lost there are two. It stops
// something, by who may; it is not for the bot to say that it was the wrong copy.
func isNotice(r ledger.Request, c Click) bool {
	return c.At == r.Owner.Notice || c.Own && strings.HasPrefix(c.At.Channel, "D") && (r.Owner.Notice.IsZero() || c.At.Channel == r.Owner.Notice.Channel)
}

// reviseCopy takes the button from a notice that the ledger does not know. It is best effort.
func (i *Intake) reviseCopy(ctx context.Context, r ledger.Request, at ledger.Thread) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateBudget)
	defer cancel()
	if err := i.Outbox.Revise(ctx, at, words.OwnerNoticeOver(r)); err != nil {
		i.Requests.LogOf(r).Warn("Slack did not take the button from a second notice", "error", err)
	}
}

// noticed reads the request of a veto. The press can arrive before the ledger knows where the message is.
func (i *Intake) noticed(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	return i.await(ctx, id, func(r ledger.Request) bool { return r.State != ledger.Approved || !r.Owner.Notice.IsZero() })
}

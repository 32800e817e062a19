package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

// acts are the acts that presses are judged as.
var acts = map[words.Action]auth.Act{
	words.PressApprove: auth.Approve, words.PressDeny: auth.Deny, words.PressCancel: auth.Cancel, words.PressLeave: auth.Leave, words.PressAgain: auth.Again,
}

// Click handles a press. The payload is only a claim: everything about the request is read from the
// ledger by its id, and the pressed message has to be that request's card. If the ledger does not
// answer, the press is not acknowledged, and Slack shows the person that it failed.
func (i *Intake) Click(ctx context.Context, c Click) Response {
	switch c.Action {
	case words.PressPage:
		return i.turn(ctx, c)
	case words.PressVeto:
		return i.veto(ctx, c)
	case words.PressPick:
		return i.pick(ctx, c)
	case words.PressGiveUp:
		return i.giveUp(ctx, c)
	case words.PressOpen: // Slack sends a press of a link, too, and wants it acknowledged
		return Response{}
	}
	act, known := acts[c.Action]
	id, ok := ledger.ParseID(c.Value)
	if !known || !ok {
		i.Log.Warn("Slack sent a press that the bot cannot read", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownRequest(words.Plain(c.Value, 20))}
	}
	return i.ackWithin(ctx, time.Now(), actor{c.By, c.At.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.pressed(ctx, id)
		if err != nil {
			return i.pressUnread(id, c, err)
		}
		c.By = i.Judge.AsIn(r, c.By)
		verdict := i.judge(ctx, act, r, c)
		if verdict.Allowed && r.State == ledger.Resolving {
			if !i.adoptable(r, c) {
				return Response{Line: words.OneMoment()}
			}
			return i.decide(ctx, r, c)
		}
		if verdict.Allowed && c.At != r.Card {
			i.Requests.RecordRefusal(ctx, r, c.By, act, auth.Verdict{Reason: auth.OtherCard})
			go i.disarm(ctx, r, c.At, c.Own)
			if verdict.Reason != auth.IsAdmin && c.By != r.Requester {
				return Response{Line: words.OtherCard(r, "")}
			}
			return Response{Line: words.OtherCard(r, notify.CardLink(i.Outbox, r))}
		}
		if !verdict.Allowed {
			i.Requests.RecordRefusal(ctx, r, c.By, act, verdict)
			if act == auth.Again {
				return Response{Line: i.mayNot(verdict)}
			}
			return Response{Line: words.MayNot(verdict)}
		}
		return i.decide(ctx, r, c)
	})
}

// pressUnread answers a press whose request could not be read. Without an answer of the ledger it is not
// acknowledged, and Slack shows the person that it failed.
func (i *Intake) pressUnread(id ledger.ID, c Click, err error) Response {
	if errors.Is(err, ledger.ErrNotFound) {
		return Response{Line: words.UnknownRequest(string(id))}
	}
	i.Log.Error("the ledger did not answer: the press was not acknowledged", "request", string(id), "by", c.By.ID, "error", err)
	return Response{Unacked: true}
}

// judge judges a press on the card of r.
func (i *Intake) judge(ctx context.Context, act auth.Act, r ledger.Request, c Click) auth.Verdict {
	if act == auth.Approve {
		return i.Judge.JudgeApproval(ctx, c.By, r, c.At.Channel)
	}
	return i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: act, Requester: r.Requester}, c.At.Channel)
}

// pressed reads the request of a press. A press can arrive between the post of the card and the swap
// that records where the card is, so pressed waits for that swap. Where another process makes it, pressed
// learns of it by looking again.
func (i *Intake) pressed(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	return i.await(ctx, id, func(r ledger.Request) bool { return r.State != ledger.Resolving })
}

// await reads a request, for up to a second until it is as it has to be.
func (i *Intake) await(ctx context.Context, id ledger.ID, is func(ledger.Request) bool) (r ledger.Request, err error) {
	for until := time.Now().Add(time.Second); ; {
		changed, stop := i.Requests.Watch(id)
		if r, err = i.Requests.Store.Get(ctx, id); err != nil || is(r) || time.Now().After(until) {
			stop()
			return r, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
		stop()
	}
}

// adoptable reports whether the message of a press can be adopted as the request's card. That is so
// if the ledger has no card yet because Slack's answer to the post was lost, and the message is the
// bot's own, in the channel where the card belongs. If no approval is needed nothing is adopted:
// such a request is executed as soon as it has a card, so the card must certainly have been posted,
// and a press is only a claim.
func (i *Intake) adoptable(r ledger.Request, c Click) bool {
	return c.Own && r.State == ledger.Resolving && r.ApprovalsNeeded > 0 && r.Target.ID != "" && r.Card.IsZero() &&
		c.At.TS != "" && c.At.Channel == cmp.Or(i.Channel, r.FromChannel) && i.Requests.TimeToResolve(r) > 0
}

// on wraps a decision: it checks that c was made on the request's card, after adopting the message
// as the card if that is possible. Adoption and decision are one swap.
func (i *Intake) on(c Click, decide func(*ledger.Revision) error) func(*ledger.Revision) error {
	return func(r *ledger.Revision) error {
		if i.adoptable(r.Request, c) {
			at := i.Requests.Store.Now()
			if err := r.Show(c.At, at, i.Requests.CardTTL(r.Request, at)); err != nil {
				return err
			}
		}
		switch {
		case r.State == ledger.Resolving:
			return errNoCard
		case c.At != r.Card:
			return errOtherCard
		}
		return decide(r)
	}
}

// How the card can turn out to be a different one while a press on it is judged.
var (
	errNoCard    = errors.New("the request has no card yet")
	errOtherCard = errors.New("the request has another card")
)

// decide carries out a press that is allowed.
func (i *Intake) decide(ctx context.Context, r ledger.Request, c Click) Response {
	switch c.Action {
	case words.PressApprove:
		return i.replyTo(i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Revision) error {
			at := i.Requests.Store.Now()
			return r.Approve(c.By, at, i.Requests.ApprovalTTLOf(r.Request, at))
		})))
	case words.PressDeny:
		r, err := i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Revision) error { return r.Deny(c.By, i.Requests.Store.Now()) }))
		response := i.replyTo(r, err)
		if err == nil {
			response.Form = &Form{Request: r.ID, Machine: words.Plain(words.MachineName(r), 60), By: c.By}
		}
		return response
	case words.PressCancel:
		return i.replyTo(i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Revision) error { return r.Cancel(c.By, i.Requests.Store.Now()) })))
	case words.PressLeave:
		if r.State != ledger.Provisioning {
			return i.replyTo(i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Revision) error { return r.Leave(c.By, i.Requests.Store.Now()) })))
		}
		r, err := i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Revision) error { return r.Close(c.By, i.Requests.Store.Now()) }))
		response := i.replyTo(r, err)
		if err == nil {
			response.Line = words.CheckingOnceMore(r)
		}
		return response
	}
	return i.again(ctx, r, c)
}

// again makes a new request for the same machine and options, which needs approvals of its own. An
// unconfirmed request is first ended as it is, which has to be allowed too.
func (i *Intake) again(ctx context.Context, r ledger.Request, c Click) Response {
	if no, answered := i.refuses(ctx, r.Order, c.By, c.Interaction); answered {
		return no
	}
	if r.State == ledger.Unconfirmed {
		v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: auth.Leave, Requester: r.Requester}, c.At.Channel)
		if !v.Allowed {
			i.Requests.RecordRefusal(ctx, r, c.By, auth.Leave, v)
			return Response{Line: words.MayNot(v)}
		}
		left, err := i.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.Leave(c.By, i.Requests.Store.Now()) })
		if err != nil {
			return i.replyTo(left, err)
		}
		r = left
	}
	if !r.State.Ended() || r.State == ledger.Succeeded || !slices.ContainsFunc(words.Buttons(r), func(b words.Button) bool { return b.Action == words.PressAgain }) {
		return Response{Line: words.TooLate(r.Late())}
	}
	order := r.Order
	if r.IsSelfService() { // with the permission of the bot, and approvals of its own
		order = command.Order{Verb: command.Reprovision, PC: order.PC, Reason: order.Reason}
	}
	if r.Target.ID != "" { // the same machine, whoever uses it by now
		order.PC, order.Person = r.Target.ID, ""
	}
	v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: auth.Ask}, c.At.Channel)
	order.Silent = order.Silent && v.Reason == auth.IsAdmin
	n := ledger.New(order, c.By, c.At.Channel, c.Interaction, i.Judge.Needed(v), i.Requests.Store.Now())
	n.RetryOf = r.ID
	return i.enter(ctx, n)
}

// replyTo is the answer to a decision that the ledger took (nil) or refused. It is empty on success,
// which the card shows. An error of the store leaves the press unacknowledged.
func (i *Intake) replyTo(r ledger.Request, err error) Response {
	var decided *ledger.DecidedError
	var before *ledger.TwiceError
	var expired *ledger.ExpiredError
	var move *ledger.MoveError
	switch {
	case err == nil:
		return Response{}
	case errors.As(err, &decided):
		return Response{Line: words.TooLate(decided)}
	case errors.As(err, &before):
		return Response{Line: words.ApprovedAlready()}
	case errors.As(err, &expired):
		return Response{Line: words.HasExpired(r)}
	case errors.Is(err, errNoCard):
		return Response{Line: words.OneMoment()}
	case errors.Is(err, errOtherCard):
		return Response{Line: words.OtherCard(r, notify.CardLink(i.Outbox, r))}
	case errors.As(err, &move) && r.State == ledger.Provisioning:
		return Response{Line: words.NotOverdue(r)}
	case errors.As(err, &move):
		return Response{Line: words.NotYet()}
	}
	i.Requests.LogOf(r).Error("the ledger did not take the decision", "error", err)
	return Response{Unacked: true}
}

package intake

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// acts are what the buttons try.
var acts = map[words.Action]auth.Act{
	words.PressApprove: auth.Approve, words.PressDeny: auth.Deny, words.PressCancel: auth.Cancel, words.PressLeave: auth.Leave, words.PressAgain: auth.Again,
}

// Click takes a press in. The payload is a claim: what it is about is looked up by the
// request's id, and the card it came from has to be that request's. When the ledger does
// not answer, the press is not acknowledged, and Slack says so to who pressed.
func (i *Intake) Click(ctx context.Context, c Click) Response {
	if c.Action == words.PressPage {
		return i.turn(ctx, c)
	}
	act, known := acts[c.Action]
	id, ok := ledger.ParseID(c.Value)
	if !known || !ok {
		i.Log.Warn("press not understood", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownRequest(words.Plain(c.Value, 20))}
	}
	return i.ackWithin(ctx, time.Now(), actor{c.By, c.At.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.pressed(ctx, id)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			return Response{Line: words.UnknownRequest(string(id))}
		case err != nil:
			i.Log.Error("press not taken in", "request", string(id), "by", c.By.ID, "error", err)
			return Response{Unacked: true}
		}
		c.By = i.Judge.AsIn(r, c.By)
		verdict := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: act, Requester: r.Requester}, c.At.Channel)
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
			return Response{Line: words.MayNot(verdict)}
		}
		return i.decide(ctx, r, c)
	})
}

// pressed reads the request of a press. Somebody may press in the moment between the post
// of the card and the note of where it stands; that moment is waited for.
func (i *Intake) pressed(ctx context.Context, id ledger.ID) (r ledger.Request, err error) {
	for until := time.Now().Add(time.Second); ; worker.Sleep(ctx, 20*time.Millisecond) {
		if r, err = i.Requests.Store.Get(ctx, id); err != nil || r.State != ledger.Resolving || time.Now().After(until) {
			return r, err
		}
	}
}

// adoptable reports whether a press shows where the card of a request stands that is up and was
// not noted yet: the answer to its post was lost. It has to be a message of ours, where the card
// belongs. Where no approval is needed nothing is adopted: there the card has to be posted, for
// certain, before anything is done.
func (i *Intake) adoptable(r ledger.Request, c Click) bool {
	return c.Own && r.State == ledger.Resolving && r.ApprovalsNeeded > 0 && r.Target.ID != "" && r.Card.IsZero() &&
		c.At.TS != "" && c.At.Channel == cmp.Or(i.Channel, r.FromChannel) && i.Requests.TimeToResolve(r) > 0
}

// on makes a decision, and has the request take the card first that it was made on, if that was
// not noted yet; one swap does both.
func (i *Intake) on(c Click, decide func(*ledger.Request) error) func(*ledger.Request) error {
	return func(r *ledger.Request) error {
		if i.adoptable(*r, c) {
			if err := r.Show(c.At, i.Requests.Store.Now(), i.Requests.CardTTL(*r)); err != nil {
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

// What became of a card while a press on it was judged.
var (
	errNoCard    = errors.New("the request has no card yet")
	errOtherCard = errors.New("the request has another card")
)

// decide does what an allowed press asks.
func (i *Intake) decide(ctx context.Context, r ledger.Request, c Click) Response {
	switch c.Action {
	case words.PressApprove:
		return i.replyTo(i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Request) error { return r.Approve(c.By, i.Requests.Store.Now(), i.Requests.ApprovalTTL) })))
	case words.PressDeny:
		r, err := i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Request) error { return r.Deny(c.By, i.Requests.Store.Now()) }))
		response := i.replyTo(r, err)
		if err == nil {
			response.Form = &Form{Request: r.ID, Title: words.Plain(words.MachineName(r), 60), By: c.By}
		}
		return response
	case words.PressCancel:
		return i.replyTo(i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Request) error { return r.Cancel(c.By, i.Requests.Store.Now()) })))
	case words.PressLeave:
		if r.State != ledger.Provisioning {
			return i.replyTo(i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Request) error { return r.Leave(c.By, i.Requests.Store.Now()) })))
		}
		r, err := i.Requests.Update(ctx, r, i.on(c, func(r *ledger.Request) error { return r.Close(c.By, i.Requests.Store.Now()) }))
		response := i.replyTo(r, err)
		if err == nil {
			response.Line = words.CheckingOnceMore(r)
		}
		return response
	}
	return i.again(ctx, r, c)
}

// again asks for the same machine and options once more: a new request, with approvals
// of its own. From an unconfirmed one it first leaves that as it is.
func (i *Intake) again(ctx context.Context, r ledger.Request, c Click) Response {
	if r.State == ledger.Unconfirmed {
		v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: auth.Leave, Requester: r.Requester}, c.At.Channel)
		if !v.Allowed {
			i.Requests.RecordRefusal(ctx, r, c.By, auth.Leave, v)
			return Response{Line: words.MayNot(v)}
		}
		left, err := i.Requests.Update(ctx, r, func(r *ledger.Request) error { return r.Leave(c.By, i.Requests.Store.Now()) })
		if err != nil {
			return i.replyTo(left, err)
		}
		r = left
	}
	if !r.State.Ended() || r.State == ledger.Succeeded {
		return Response{Line: words.TooLate(r.Late())}
	}
	order := r.Order
	if r.Target.ID != "" {
		order.PC = r.Target.ID
	}
	v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: auth.Ask}, c.At.Channel)
	n := ledger.New(order, c.By, c.At.Channel, c.Interaction, i.Judge.Needed(v), i.Requests.Store.Now())
	n.RetryOf = r.ID
	return i.enter(ctx, n)
}

// replyTo is the answer to who decided: nothing where the card says it, else why not.
func (i *Intake) replyTo(r ledger.Request, err error) Response {
	var decided *ledger.DecidedError
	var twice *ledger.TwiceError
	var expired *ledger.ExpiredError
	var move *ledger.MoveError
	switch {
	case err == nil:
		return Response{}
	case errors.As(err, &decided):
		return Response{Line: words.TooLate(decided)}
	case errors.As(err, &twice):
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
	i.Requests.LogOf(r).Error("decision not written down", "error", err)
	return Response{Unacked: true}
}

package bot

import (
	"cmp"
	"context"
	"errors"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// acts are what the buttons try.
var acts = map[words.Action]auth.Act{
	words.PressApprove: auth.Approve, words.PressDeny: auth.Deny, words.PressCancel: auth.Cancel, words.PressLeave: auth.Leave, words.PressAgain: auth.Again,
}

// Click takes a press in. The payload is a claim: what it is about is looked up by the
// request's id, and the card it came from has to be that request's. When the ledger does
// not answer, the press is not acknowledged, and Slack says so to who pressed.
func (b *Bot) Click(ctx context.Context, c intake.Click) intake.Receipt {
	if c.Action == words.PressPage {
		return b.turn(ctx, c)
	}
	act, known := acts[c.Action]
	id, ok := ledger.ParseID(c.Value)
	if !known || !ok {
		b.Log.Warn("press not understood", "by", c.By.ID, "action", string(c.Action))
		return intake.Receipt{Line: words.UnknownRequest(words.Plain(c.Value, 20))}
	}
	return b.patiently(ctx, time.Now(), listener{c.By, c.At.Channel}, intake.Receipt{Unacked: true}, func(ctx context.Context) intake.Receipt {
		r, err := b.pressed(ctx, id)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			return intake.Receipt{Line: words.UnknownRequest(string(id))}
		case err != nil:
			b.Log.Error("press not taken in", "request", string(id), "by", c.By.ID, "error", err)
			return intake.Receipt{Unacked: true}
		}
		c.By = b.asIn(r, c.By)
		verdict := b.judge(ctx, auth.Attempt{By: c.By, Act: act, Requester: r.Requester}, c.At.Channel, false)
		if verdict.Allowed && r.State == ledger.Resolving {
			if !b.adoptable(r, c) {
				return intake.Receipt{Line: words.OneMoment()}
			}
			return b.decide(ctx, r, c)
		}
		if verdict.Allowed && c.At != r.Card {
			b.repel(ctx, r, c.By, act, auth.Verdict{Reason: auth.OtherCard})
			go b.disarm(ctx, r, c.At, c.Own)
			if verdict.Reason != auth.IsAdmin && c.By != r.Requester {
				return intake.Receipt{Line: words.OtherCard(r, "")}
			}
			return intake.Receipt{Line: words.OtherCard(r, b.cardLink(r))}
		}
		if !verdict.Allowed {
			b.repel(ctx, r, c.By, act, verdict)
			return intake.Receipt{Line: words.MayNot(verdict)}
		}
		return b.decide(ctx, r, c)
	})
}

// pressed reads the request of a press. Somebody may press in the moment between the post
// of the card and the note of where it stands; that moment is waited for.
func (b *Bot) pressed(ctx context.Context, id ledger.ID) (r ledger.Request, err error) {
	for until := time.Now().Add(time.Second); ; sleep(ctx, nil, 20*time.Millisecond) {
		if r, err = b.Store.Get(ctx, id); err != nil || r.State != ledger.Resolving || time.Now().After(until) {
			return r, err
		}
	}
}

// adoptable reports whether a press shows where the card of a request stands that is up and was
// not noted yet: the answer to its post was lost. It has to be a message of ours, where the card
// belongs. Where no approval is needed nothing is adopted: there the card has to be posted, for
// certain, before anything is done.
func (b *Bot) adoptable(r ledger.Request, c intake.Click) bool {
	return c.Own && r.State == ledger.Resolving && r.Needed > 0 && r.Target.ID != "" && r.Card.IsZero() &&
		c.At.TS != "" && c.At.Channel == cmp.Or(b.Channel, r.Typed) && b.left(r) > 0
}

// on makes a decision, and has the request take the card first that it was made on, if that was
// not noted yet; one swap does both.
func (b *Bot) on(c intake.Click, decide func(*ledger.Request) error) func(*ledger.Request) error {
	return func(r *ledger.Request) error {
		if b.adoptable(*r, c) {
			if err := r.Show(c.At, b.Store.Now(), b.lasts(*r)); err != nil {
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
func (b *Bot) decide(ctx context.Context, r ledger.Request, c intake.Click) intake.Receipt {
	switch c.Action {
	case words.PressApprove:
		return b.settled(b.change(ctx, r, b.on(c, func(r *ledger.Request) error { return r.Approve(c.By, b.Store.Now(), b.ApprovalTTL) })))
	case words.PressDeny:
		r, err := b.change(ctx, r, b.on(c, func(r *ledger.Request) error { return r.Deny(c.By, b.Store.Now()) }))
		receipt := b.settled(r, err)
		if err == nil {
			receipt.Form = &intake.Form{Request: r.ID, Title: words.Plain(words.MachineName(r), 60), By: c.By}
		}
		return receipt
	case words.PressCancel:
		return b.settled(b.change(ctx, r, b.on(c, func(r *ledger.Request) error { return r.Cancel(c.By, b.Store.Now()) })))
	case words.PressLeave:
		if r.State != ledger.Provisioning {
			return b.settled(b.change(ctx, r, b.on(c, func(r *ledger.Request) error { return r.Leave(c.By, b.Store.Now()) })))
		}
		r, err := b.change(ctx, r, b.on(c, func(r *ledger.Request) error { return r.Close(c.By, b.Store.Now()) }))
		receipt := b.settled(r, err)
		if err == nil {
			receipt.Line = words.CheckingOnceMore(r)
		}
		return receipt
	}
	return b.again(ctx, r, c)
}

// again asks for the same machine and options once more: a new request, with approvals
// of its own. From an unconfirmed one it first leaves that as it is.
func (b *Bot) again(ctx context.Context, r ledger.Request, c intake.Click) intake.Receipt {
	if r.State == ledger.Unconfirmed {
		v := b.judge(ctx, auth.Attempt{By: c.By, Act: auth.Leave, Requester: r.Requester}, c.At.Channel, false)
		if !v.Allowed {
			b.repel(ctx, r, c.By, auth.Leave, v)
			return intake.Receipt{Line: words.MayNot(v)}
		}
		left, err := b.change(ctx, r, func(r *ledger.Request) error { return r.Leave(c.By, b.Store.Now()) })
		if err != nil {
			return b.settled(left, err)
		}
		r = left
	}
	if !r.State.Ended() || r.State == ledger.Succeeded {
		return intake.Receipt{Line: words.TooLate(r.Late())}
	}
	order := r.Order
	if r.Target.ID != "" {
		order.PC = r.Target.ID
	}
	v := b.judge(ctx, auth.Attempt{By: c.By, Act: auth.Ask}, c.At.Channel, false)
	n := ledger.New(order, c.By, c.At.Channel, c.Gesture, b.needed(v), b.Store.Now())
	n.Again = r.ID
	return b.enter(ctx, n)
}

// Submit takes the form in that asks for the reason of a denial.
func (b *Bot) Submit(ctx context.Context, f intake.Form) intake.Receipt {
	why := words.Plain(f.Reason, 300)
	if why == "" {
		return intake.Receipt{}
	}
	return b.patiently(ctx, time.Now(), listener{Person: f.By}, intake.Receipt{Unacked: true}, func(ctx context.Context) intake.Receipt {
		r, err := b.Store.Get(ctx, f.Request)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			b.Log.Warn("reason not taken", "request", string(f.Request), "by", f.By.ID, "error", err)
			return intake.Receipt{}
		case err != nil: // the form stays open, with what was typed
			b.Log.Error("reason not written down", "request", string(f.Request), "by", f.By.ID, "error", err)
			return intake.Receipt{Unacked: true}
		}
		f.By = b.asIn(r, f.By)
		v := b.judge(ctx, auth.Attempt{By: f.By, Act: auth.Deny, Requester: r.Requester}, r.Card.Channel, false)
		if !v.Allowed {
			b.repel(ctx, r, f.By, auth.Deny, v)
			return intake.Receipt{Line: words.MayNot(v)}
		}
		r, err = b.change(ctx, r, func(r *ledger.Request) error { return r.Explain(f.By, why, b.Store.Now()) })
		var late *ledger.DecidedError
		switch {
		case errors.As(err, &late):
			b.log(r).Info("reason not taken", "by", f.By.ID, "error", err)
		case err != nil:
			b.log(r).Error("reason not written down", "by", f.By.ID, "error", err)
			return intake.Receipt{Unacked: true}
		}
		return intake.Receipt{}
	})
}

// change makes a decision on a request as it is now, tells the log, and wakes who acts on it.
func (b *Bot) change(ctx context.Context, r ledger.Request, decide func(*ledger.Request) error) (ledger.Request, error) {
	var before ledger.State
	var changed ledger.Request
	r, err := ledger.Amend(ctx, b.Store, r, func(r *ledger.Request) error {
		before = r.State
		err := decide(r)
		changed = *r
		return err
	})
	if err != nil {
		return r, err
	}
	b.moved(before, r, changed.News)
	b.stir(&changed)
	return r, nil
}

// settled is the answer to who decided: nothing where the card says it, else why not.
func (b *Bot) settled(r ledger.Request, err error) intake.Receipt {
	var decided *ledger.DecidedError
	var twice *ledger.TwiceError
	var expired *ledger.ExpiredError
	var move *ledger.MoveError
	switch {
	case err == nil:
		return intake.Receipt{}
	case errors.As(err, &decided):
		return intake.Receipt{Line: words.TooLate(decided)}
	case errors.As(err, &twice):
		return intake.Receipt{Line: words.ApprovedAlready()}
	case errors.As(err, &expired):
		return intake.Receipt{Line: words.HasExpired(r)}
	case errors.Is(err, errNoCard):
		return intake.Receipt{Line: words.OneMoment()}
	case errors.Is(err, errOtherCard):
		return intake.Receipt{Line: words.OtherCard(r, b.cardLink(r))}
	case errors.As(err, &move) && r.State == ledger.Provisioning:
		return intake.Receipt{Line: words.NotOverdue(r)}
	case errors.As(err, &move):
		return intake.Receipt{Line: words.NotYet()}
	}
	b.log(r).Error("decision not written down", "error", err)
	return intake.Receipt{Unacked: true}
}

// repel writes down that somebody tried what they may not.
func (b *Bot) repel(ctx context.Context, r ledger.Request, by auth.Person, act auth.Act, v auth.Verdict) {
	b.log(r).Info("refused", "by", by.ID, "org", by.Org, "act", string(act), "verdict", string(v.Reason))
	if err := b.Store.Note(ctx, r.ID, r.Repelled(by, act, v.Reason, b.Store.Now())); err != nil {
		b.log(r).Error("refusal not written down", "by", by.ID, "act", string(act), "reason", string(v.Reason), "error", err)
	}
}

func (b *Bot) cardLink(r ledger.Request) string {
	if r.Card.IsZero() {
		return ""
	}
	return b.Outbox.Link(r.Card)
}

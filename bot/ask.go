package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Slack waits three seconds for an acknowledgement, and the frame has to travel.
const (
	patience = 2 * time.Second         // how long the ledger may take
	hurry    = 2700 * time.Millisecond // how long everything may take

	tellLate = 5 * time.Second // for an answer behind the acknowledgement
)

// Ask takes a command in. What it accepts is in the ledger when it returns.
func (b *Bot) Ask(ctx context.Context, a intake.Ask) intake.Receipt {
	began := time.Now()
	order, err := command.Parse(a.Text)
	var verdict auth.Verdict
	switch order.Verb {
	case command.List, command.Status, command.History:
		verdict = b.mayRead(ctx, a.By, a.Channel)
	default:
		verdict = b.judge(ctx, auth.Attempt{By: a.By, Act: actOf(order), Requester: b.about(order, a.By)}, a.Channel, false)
	}
	if err == nil && order.Verb == command.Help {
		return intake.Receipt{Line: words.Help(verdict)}
	}
	if !verdict.Allowed {
		b.Log.Info("command refused", "by", a.By.ID, "org", a.By.Org, "reason", string(verdict.Reason))
		return intake.Receipt{Line: words.MayNot(verdict)}
	}
	if err != nil {
		b.Log.Info("command not understood", "by", a.By.ID, "error", err)
		return intake.Receipt{Line: words.Misread(err)}
	}
	return b.patiently(ctx, began, listener{a.By, a.Channel}, intake.Receipt{Line: words.PerhapsRecorded()}, func(ctx context.Context) intake.Receipt {
		switch order.Verb {
		case command.List, command.Status, command.History:
			return b.look(ctx, reader{a.By, verdict.Reason == auth.IsAdmin, b.FormerHome}, order)
		case command.Cancel:
			return b.cancel(ctx, a, ledger.ID(order.Request))
		case command.Freeze:
			return b.freeze(ctx, a.By, order.Reason)
		case command.Unfreeze:
			return b.unfreeze(ctx, a.By)
		case command.Reprovision:
			return b.request(ctx, order, a, b.needed(verdict))
		}
		return intake.Receipt{Line: words.Misread(err)} // a verb that nobody taught this place is no wish to wipe
	})
}

// actOf is what an order tries. An order that could not be read is judged as asking.
func actOf(o command.Order) auth.Act {
	switch o.Verb {
	case command.Freeze, command.Unfreeze:
		return auth.Freeze
	case command.Cancel:
		return auth.Read
	}
	return auth.Ask
}

// about is whose request an order is about, as far as that is known before looking at it.
func (b *Bot) about(o command.Order, by auth.Person) auth.Person {
	if o.Verb == command.Cancel {
		return by
	}
	return auth.Person{}
}

// listener is who made a gesture, and where.
type listener struct {
	auth.Person
	channel string // empty for a form
}

// patiently does what needs the ledger. When that takes too long it returns late, and
// what was begun goes on: if it lands, it stands, and who made the gesture hears of it.
func (b *Bot) patiently(ctx context.Context, began time.Time, by listener, late intake.Receipt, do func(context.Context) intake.Receipt) intake.Receipt {
	b.waiting.Add(1)
	defer b.waiting.Add(-1)
	receipt := make(chan intake.Receipt, 1)
	ctx, cancel := context.WithTimeout(ledger.InHaste(context.WithoutCancel(ctx)), time.Minute)
	b.gestures.Go(func() {
		defer cancel()
		receipt <- do(ctx)
	})
	go func() { // a bot that has stopped waits for no ledger
		select {
		case <-ctx.Done():
		case <-b.over:
			cancel()
		}
	}()
	timer := time.NewTimer(min(patience, hurry-time.Since(began)))
	defer timer.Stop()
	select {
	case got := <-receipt:
		return got
	case <-timer.C:
		b.Log.Warn("ledger slow: gesture answered in doubt", "by", by.ID)
		b.gestures.Go(func() { b.answerLate(ctx, by, late, <-receipt) })
		return late
	}
}

// answerLate tells who made a gesture what became of it after all. Best effort, and
// without the buttons that lead to other pages. A form is too late by now.
func (b *Bot) answerLate(ctx context.Context, by listener, meanwhile, got intake.Receipt) {
	line := got.Line
	switch {
	case got.Unacked:
		line = words.LateLost()
	case line == "":
		line = words.LateRecorded()
	case line == meanwhile.Line: // nothing that they were not told
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellLate)
	defer cancel()
	if err := b.Outbox.Whisper(ctx, by.channel, by.Person, line); err != nil {
		b.Log.Warn("late answer not delivered", "by", by.ID, "error", err)
	}
}

// request writes an order down.
func (b *Bot) request(ctx context.Context, o command.Order, a intake.Ask, needed int) intake.Receipt {
	if needed > 0 && b.Channel == "" && strings.HasPrefix(a.Channel, "D") {
		return intake.Receipt{Line: words.NotHere()}
	}
	return b.enter(ctx, ledger.New(o, a.By, a.Channel, a.Gesture, needed, b.Store.Now()))
}

func (b *Bot) enter(ctx context.Context, r ledger.Request) intake.Receipt {
	made, err := ledger.Enter(ctx, b.Store, r)
	var seen *ledger.SeenError
	switch {
	case errors.As(err, &seen):
		made = r
		made.ID = seen.Request
		b.log(made).Info("gesture seen before", "by", r.Requester.ID)
	case err != nil:
		// Whether it stands is not known: a write can fail and have happened.
		b.Log.Error("command perhaps not written down", "by", r.Requester.ID, "error", err)
		wake(b.deeds)
		return intake.Receipt{Line: words.PerhapsRecorded()}
	default:
		b.moved("", made, r.News)
		wake(b.deeds)
	}
	return intake.Receipt{Line: words.Received(made)}
}

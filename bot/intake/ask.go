package intake

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Slack waits three seconds for an acknowledgement, and the frame has to travel.
const (
	ledgerBudget = 2 * time.Second         // how long the ledger may take
	ackBudget    = 2700 * time.Millisecond // how long everything may take

	lateBudget = 5 * time.Second // for an answer behind the acknowledgement
)

// Ask takes a command in. What it accepts is in the ledger when it returns.
func (i *Intake) Ask(ctx context.Context, a Ask) Response {
	began := time.Now()
	order, err := command.Parse(a.Text)
	var verdict auth.Verdict
	switch order.Verb {
	case command.List, command.Status, command.History:
		verdict = i.Judge.MayRead(ctx, a.By, a.Channel)
	default:
		verdict = i.Judge.Judge(ctx, auth.Attempt{By: a.By, Act: actOf(order), Requester: i.about(order, a.By)}, a.Channel)
	}
	if err == nil && order.Verb == command.Help {
		return Response{Line: words.Help(verdict)}
	}
	if !verdict.Allowed {
		i.Log.Info("command refused", "by", a.By.ID, "org", a.By.Org, "reason", string(verdict.Reason))
		return Response{Line: words.MayNot(verdict)}
	}
	if err != nil {
		i.Log.Info("command not understood", "by", a.By.ID, "error", err)
		return Response{Line: words.Misread(err)}
	}
	return i.ackWithin(ctx, began, actor{a.By, a.Channel}, Response{Line: words.PerhapsRecorded()}, func(ctx context.Context) Response {
		switch order.Verb {
		case command.List, command.Status, command.History:
			return i.query(ctx, viewer{a.By, verdict.Reason == auth.IsAdmin, i.Judge.FormerHome}, order)
		case command.Cancel:
			return i.cancel(ctx, a, ledger.ID(order.Request))
		case command.Freeze:
			return i.freeze(ctx, a.By, order.Reason)
		case command.Unfreeze:
			return i.unfreeze(ctx, a.By)
		case command.Reprovision:
			return i.request(ctx, order, a, i.Judge.Needed(verdict))
		}
		return Response{Line: words.Misread(err)} // a verb that nobody taught this place is no wish to wipe
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
func (i *Intake) about(o command.Order, by auth.Person) auth.Person {
	if o.Verb == command.Cancel {
		return by
	}
	return auth.Person{}
}

// actor is who made a gesture, and where.
type actor struct {
	auth.Person
	channel string // empty for a form
}

// ackWithin does what needs the ledger. When that takes too long it returns late, and
// what was begun goes on: if it lands, it stands, and who made the gesture hears of it.
func (i *Intake) ackWithin(ctx context.Context, began time.Time, by actor, late Response, do func(context.Context) Response) Response {
	defer i.Worker.Acknowledging()()
	response := make(chan Response, 1)
	ctx, cancel := context.WithTimeout(ledger.WithPriority(context.WithoutCancel(ctx)), time.Minute)
	i.gestures.Go(func() {
		defer cancel()
		response <- do(ctx)
	})
	go func() { // a bot that has stopped waits for no ledger
		select {
		case <-ctx.Done():
		case <-i.stopped:
			cancel()
		}
	}()
	timer := time.NewTimer(min(ledgerBudget, ackBudget-time.Since(began)))
	defer timer.Stop()
	select {
	case got := <-response:
		return got
	case <-timer.C:
		i.Log.Warn("ledger slow: gesture answered in doubt", "by", by.ID)
		i.gestures.Go(func() { i.answerLate(ctx, by, late, <-response) })
		return late
	}
}

// answerLate tells who made a gesture what became of it after all. Best effort, and
// without the buttons that lead to other pages. A form is too late by now.
func (i *Intake) answerLate(ctx context.Context, by actor, meanwhile, got Response) {
	line := got.Line
	switch {
	case got.Unacked:
		line = words.LateLost()
	case line == "":
		line = words.LateRecorded()
	case line == meanwhile.Line: // nothing that they were not told
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateBudget)
	defer cancel()
	if err := i.Outbox.Whisper(ctx, by.channel, by.Person, line); err != nil {
		i.Log.Warn("late answer not delivered", "by", by.ID, "error", err)
	}
}

// request writes an order down.
func (i *Intake) request(ctx context.Context, o command.Order, a Ask, needed int) Response {
	if needed > 0 && i.Channel == "" && strings.HasPrefix(a.Channel, "D") {
		return Response{Line: words.NotHere()}
	}
	return i.enter(ctx, ledger.New(o, a.By, a.Channel, a.Interaction, needed, i.Requests.Store.Now()))
}

func (i *Intake) enter(ctx context.Context, r ledger.Request) Response {
	made, err := i.Requests.Create(ctx, r)
	var seen *ledger.SeenError
	switch {
	case errors.As(err, &seen):
		made = r
		made.ID = seen.Request
		i.Requests.LogOf(made).Info("gesture seen before", "by", r.Requester.ID)
	case err != nil:
		// Whether it stands is not known: a write can fail and have happened.
		i.Log.Error("command perhaps not written down", "by", r.Requester.ID, "error", err)
		return Response{Line: words.PerhapsRecorded()}
	}
	return Response{Line: words.Received(made)}
}

package execute

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// post posts the card; from then on the request's notifications go to the card's thread.
func (e *Executor) post(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	channel := cmp.Or(e.Channel, r.FromChannel)
	place, err := e.Judge.Directory.Place(ctx, channel, true)
	switch {
	case err != nil:
		return e.placeUnknown(ctx, r, channel, err)
	case place.Outside, place.Invited:
		return e.refuse(ctx, r, ledger.Cause{Code: ledger.OutsideNow})
	case place.Hidden:
		return e.refuse(ctx, r, e.noPlace(r, "channel_not_found"))
	}
	at := e.Requests.Store.Now()
	standing := r.Revise()
	// Post a card that waits for approval with its buttons. One that needs none is not shown as
	// approved yet, because its call may never be made.
	if r.ApprovalsNeeded > 0 {
		if err := standing.Show(ledger.Thread{Channel: channel}, at, e.Requests.CardTTL(r, at)); err != nil {
			return r, err
		}
	}
	card := words.Draw(standing.Next(), e.Links)
	thread, err := e.postCard(ctx, r, channel, card)
	var no *causes.RefusedError
	var slow *causes.ThrottledError
	switch {
	case errors.As(err, &slow): // not posted: a cooldown of Slack's, or other posts to the channel come first
		return e.tryAgain(ctx, r, ledger.Cause{Code: ledger.SlackSilent}, max(slow.After, e.Worker.Pause/10))
	case errors.As(err, &no):
		return e.refuse(ctx, r, e.noPlace(r, no.Code))
	case err != nil:
		// It may have been posted all the same. During this pause a press on it can show where it
		// is, and then there is no need to post a second one.
		e.Requests.LogOf(r).Warn("Slack did not confirm the card: it may have been posted", "error", err)
		return e.tryAgain(ctx, r, ledger.Cause{Code: ledger.SlackSilent}, 5*e.Worker.Pause)
	}
	// Known by its number of events, so that it does not count if the request changes meanwhile.
	e.Notifier.CardDrawn(r.ID, standing.Next().Events, card)
	return e.noteCard(ctx, r, thread, at)
}

// postCard posts a card and calls those who can approve it. Where Slack refuses that, the same card
// goes up without the mention of groups, and then without any: it survives that the call itself is
// forbidden.
func (e *Executor) postCard(ctx context.Context, r ledger.Request, channel string, card words.Card) (ledger.Thread, error) {
	ctx, cancel := context.WithTimeout(ctx, e.Requests.TimeToResolve(r))
	defer cancel()
	calls, quiet, earlier := e.callers.of(r, e.Approvers(), e.AllowOwner, channel, e.Requests.Store.Now())
	posted, groups := card, calls.Groups
	if quiet {
		posted.Small = words.CalledAMomentAgo(earlier) + posted.Small
	}
	var no *causes.RefusedError
	thread, err := e.Outbox.Post(ctx, channel, posted, calls)
	if errors.As(err, &no) && !no.Gone() && len(calls.Groups) > 0 {
		e.Requests.LogOf(r).Warn("Slack refused a card that mentions people; it goes up without the mention of groups", "error", err)
		calls.Groups = nil
		thread, err = e.Outbox.Post(ctx, channel, posted, calls)
	}
	if errors.As(err, &no) && !no.Gone() && len(calls.People) > 0 {
		e.Requests.LogOf(r).Warn("Slack refused a card that mentions people; it goes up without the mention", "error", err)
		thread, err = e.Outbox.Post(ctx, channel, posted, words.Mentions{})
	}
	switch {
	case err == nil:
		e.callers.called(channel, groups, e.Outbox.Link(thread))
	case errors.As(err, &no):
		e.callers.called(channel, groups, "")
	}
	return thread, err
}

// placeUnknown is for a channel of which Slack does not say what it is.
func (e *Executor) placeUnknown(ctx context.Context, r ledger.Request, channel string, err error) (ledger.Request, error) {
	var lacks *causes.MissingScopeError
	if errors.As(err, &lacks) {
		return e.refuse(ctx, r, ledger.MissingScope(lacks.Needed))
	}
	rest := slackRest(err)
	if rest == 0 {
		e.Requests.LogOf(r).Warn("Slack did not say what the card's channel is", "channel", channel, "error", err)
	}
	return e.tryAgain(ctx, r, ledger.Cause{Code: ledger.SlackSilent}, rest)
}

// noteCard records where the card is that was posted at the given time. If the request has another
// card by now, or ended too early to need this one, the card is withdrawn.
func (e *Executor) noteCard(ctx context.Context, r ledger.Request, card ledger.Thread, at time.Time) (ledger.Request, error) {
	r, err := e.Requests.Update(ctx, r, func(r *ledger.Revision) error {
		defer e.Requests.ReleaseWhenIdle(r)
		if r.State == ledger.Refused { // by another worker, because its time was over
			return &ledger.MoveError{Request: r.ID, State: r.State, Move: "show a card"}
		}
		if r.State == ledger.Resolving && e.Requests.TimeToResolve(r.Request) <= 0 { // the card was posted too late for anybody to act on it
			return r.Refuse(ledger.Cause{Code: ledger.SlackSilent}, e.Requests.Store.Now())
		}
		err := r.Show(card, at, e.Requests.CardTTL(r.Request, at))
		if err == nil && tellsAll(r) {
			r.Told = ledger.JobThread
		}
		return err
	})
	if err == nil && r.State == ledger.Refused && r.Card != card {
		return r, e.withdraw(ctx, r, card)
	}
	var late *ledger.MoveError
	if errors.As(err, &late) && r.Card != card {
		return r, e.withdraw(ctx, r, card)
	}
	return r, err
}

// tellsAll reports whether a card that was just posted tells all there is: it was drawn with its buttons,
// the requester is where it stands, and the thread has nothing to add.
func tellsAll(r *ledger.Revision) bool {
	says := func(e ledger.Event) bool { _, says := words.ThreadLine(r.Request, e); return says }
	return r.State == ledger.Pending && r.FromChannel == r.Card.Channel && !slices.ContainsFunc(r.NewEvents, says)
}

// noPlace is the cause of a card that Slack refuses in its channel. If the operator has set that
// channel, each refusal is also logged as an error, since only the operator can cure it.
func (e *Executor) noPlace(r ledger.Request, code string) ledger.Cause {
	c := ledger.Cause{Code: ledger.MayNotPost, Detail: code, Where: e.Channel}
	switch {
	case e.Channel != "":
		e.Requests.LogOf(r).Error("Slack does not take cards in APPROVAL_CHANNEL", "channel", e.Channel, "error", code, "cure", words.Cure(c))
	case strings.HasPrefix(r.FromChannel, "D"):
		c.Code = ledger.OthersChat
	}
	return c
}

// withdraw removes the buttons from a card that does not count, because the request got another card,
// or was refused, while this one was being posted. No other process knows of this message, so
// withdraw tries until Slack has changed it or refuses to, or until the bot stops.
func (e *Executor) withdraw(ctx context.Context, r ledger.Request, second ledger.Thread) error {
	card := words.DrawCopy(r, notify.CardLink(e.Outbox, r))
	for try := 0; ; try++ {
		err := e.Notifier.OnlyPassing(r, e.Outbox.Redraw(ctx, second, card))
		if err == nil || e.Worker.Stopping() || ctx.Err() != nil {
			return err
		}
		e.Requests.LogOf(r).Warn("Slack did not withdraw a second card; trying again", "error", err)
		worker.Sleep(ctx, e.Worker.BackOff(try))
	}
}

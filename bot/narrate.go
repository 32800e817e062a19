package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// tell brings one request's card and thread up to what the ledger knew when it was claimed.
// The card comes first, so that it never shows for long what is no longer true; then one
// reply, with which the cursor moves on, so that a restart continues the sentence.
func (b *Bot) tell(ctx context.Context, party []ledger.Request) {
	r := party[0]
	ctx, cancel := context.WithTimeout(ctx, stint)
	defer cancel()
	told, err := b.narrate(ctx, r)
	again := time.Time{}
	var slow *causes.ThrottledError
	switch {
	case err == nil && told < r.Events:
		again = b.Store.Now()
	case err == nil:
	case errors.As(err, &slow): // by the moment at which its turn comes, however often it was put off
		again = b.Store.Now().Add(max(slow.After, b.Pause/10))
		b.log(r).Debug("told later", "after", slow.After)
	default:
		again = b.Store.Now().Add(b.pause(b.heard.failed(r.ID)))
		b.log(r).Warn("not told yet", "error", err)
	}
	releasing, cancel := b.parting(ctx)
	defer cancel()
	more, err := b.Store.ReleaseTelling(releasing, b.name, r.ID, told, again, r.Events)
	switch {
	case errors.Is(err, ledger.ErrStale): // somebody else went on with it
		if err := b.correct(ctx, r); err != nil {
			b.log(r).Warn("card perhaps not as it should be", "error", err)
		}
	case err != nil:
		b.log(r).Warn("claim not released", "error", err)
	case again.IsZero():
		b.heard.told(r)
	}
	switch {
	case more || err != nil:
		wake(b.tellings)
	case !again.IsZero():
		b.wakeAt(b.tellings, again)
	}
}

// putBack releases a claim of telling from which nothing was told.
func (b *Bot) putBack(ctx context.Context, r ledger.Request) {
	ctx, cancel := b.parting(ctx)
	defer cancel()
	_, err := b.Store.ReleaseTelling(ctx, b.name, r.ID, r.Told, b.Store.Now(), r.Events)
	if err != nil && !errors.Is(err, ledger.ErrStale) {
		b.log(r).Warn("claim not released", "error", err)
	}
	wake(b.tellings)
}

// narrate tells what is due, as much as one reply holds, and how many events are told then.
func (b *Bot) narrate(ctx context.Context, r ledger.Request) (told int, err error) {
	events, err := b.Store.Events(ctx, r.ID, r.Told)
	if err != nil {
		return r.Told, err
	}
	// What came since the claim is told by the next one: the card is never older than the thread.
	events = events[:min(len(events), r.Events-r.Told)]
	if r.Card.IsZero() {
		if err := b.tellRequester(ctx, r, events); err != nil {
			return r.Told, err
		}
		return r.Events, nil
	}
	var card cardState
	if visible(events) {
		if card, err = b.redraw(ctx, r); err != nil {
			return r.Told, err
		}
	}
	if events = together(r, events); len(events) == 0 {
		return r.Events, b.payOwed(ctx, r)
	}
	return b.retell(ctx, r, events, card)
}

// redraw shows a request on its card as it is. What the card shows already is not sent once
// more, as where the telling was put off behind it.
func (b *Bot) redraw(ctx context.Context, r ledger.Request) (cardState, error) {
	picture := words.Draw(r)
	if b.heard.shows(r.ID, r.Events, picture) {
		return cardStands, nil
	}
	err := b.Outbox.Redraw(ctx, r.Card, picture)
	var no *causes.RefusedError
	switch {
	case errors.As(err, &no) && no.Gone():
		b.log(r).Warn("Slack has no card to redraw any more", "error", err)
		return cardGone, nil
	case errors.As(err, &no):
		b.log(r).Warn("Slack does not let the card be changed", "error", err)
		return cardStuck, nil
	case err == nil:
		b.heard.drawn(r.ID, r.Events, picture)
	}
	return cardStands, err
}

// cardState is what Slack said when a card was to be redrawn.
type cardState int

const (
	cardStands cardState = iota
	cardStuck            // it stands, and cannot be changed: the thread has to say what it should show
	cardGone             // it is gone, and with it the thread
)

// correct is for who was paused over a telling, for longer than its claim: the picture it
// sent may have come behind a newer one. It is drawn anew until it is what is.
func (b *Bot) correct(ctx context.Context, r ledger.Request) error {
	for {
		now, err := b.Store.Get(ctx, r.ID)
		if err != nil || now.Version == r.Version || now.Card.IsZero() {
			return err
		}
		if _, err := b.redraw(ctx, now); err != nil {
			return err
		}
		r = now
	}
}

// visible reports whether events change what a card shows: what was tried in vain does not.
func visible(events []ledger.Event) bool {
	for _, e := range events {
		if e.Kind != ledger.WasRepelled {
			return true
		}
	}
	return len(events) == 0
}

// tellRequester reaches who asked, where there is no card to look at. While the request
// is still looking for its machine there is nothing to say.
func (b *Bot) tellRequester(ctx context.Context, r ledger.Request, events []ledger.Event) error {
	ended := slices.ContainsFunc(events, func(e ledger.Event) bool {
		return e.Kind == ledger.WasRefused || e.Kind == ledger.WasCancelled
	})
	if !ended {
		return nil
	}
	return b.passing(r, b.Outbox.Whisper(ctx, r.Typed, r.Requester, words.Refused(r)+words.Witness(events[len(events)-1])))
}

// passing lets an error through that may pass. What Slack refuses for good is logged, and
// the telling goes on without it: a card that was deleted does not stop the story.
func (b *Bot) passing(r ledger.Request, err error) error {
	var no *causes.RefusedError
	if errors.As(err, &no) {
		b.log(r).Warn("could not be told", "error", err)
		return nil
	}
	return err
}

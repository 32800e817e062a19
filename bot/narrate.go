package bot

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"cloudpc-bot/bot/ledger"
)

// tell brings one request's card and thread up to what the ledger knows. The card comes
// first, so that it never shows for long what is no longer true; each reply moves the
// cursor on, so that a restart continues the sentence.
func (b *Bot) tell(ctx context.Context, r ledger.Request) {
	ctx, cancel := context.WithTimeout(ctx, stint)
	defer cancel()
	again := time.Time{}
	var slow *ThrottledError
	as, err := b.narrate(ctx, r)
	switch {
	case err == nil:
		b.heard.told(as)
	case errors.As(err, &slow): // by the moment at which its turn comes, however often it was put off
		again = b.Store.Now().Add(max(slow.After, b.Pause/10))
		b.log(r).Debug("told later", "after", slow.After)
	default:
		again = b.Store.Now().Add(b.pause(b.heard.failed(r.ID)))
		b.log(r).Warn("not told yet", "error", err)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := b.Store.ReleaseTelling(ctx, b.name, r.ID, again, as.Events); err != nil {
		b.log(r).Warn("claim not released", "error", err)
	}
	b.wake()
}

// narrate tells what is due, and says as what it found the request.
func (b *Bot) narrate(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	events, err := b.Store.Events(ctx, r.ID, r.Told)
	if err != nil {
		return r, err
	}
	now, err := b.Store.Get(ctx, r.ID) // after the events, so that the card is never older than they are
	if err != nil {
		return r, err
	}
	r = now
	if r.Card.IsZero() {
		if err := b.tellRequester(ctx, r, events); err != nil {
			return r, err
		}
		return r, b.Store.Told(ctx, b.name, r.ID, r.Told+len(events))
	}
	closed := false
	if visible(events) {
		if r, closed, err = b.redraw(ctx, r); err != nil {
			return r, err
		}
	}
	for _, due := range together(r, events) {
		if err := b.retell(ctx, r, due, closed); err != nil {
			return r, err
		}
		if err := b.Store.Told(ctx, b.name, r.ID, due[len(due)-1].Seq); err != nil {
			return r, err
		}
	}
	return r, nil
}

// redraw shows a request on its card as it is, and again if it has moved meanwhile: who
// was paused over this must not leave an old picture behind. What it shows already is not
// sent once more, as where the telling was put off behind it. Closed says that there is no
// card any more, and with it no thread.
func (b *Bot) redraw(ctx context.Context, r ledger.Request) (now ledger.Request, closed bool, err error) {
	var shown *Card // as far as this telling knows
	for {
		picture := draw(r)
		if b.heard.of(r.ID).drawn != r.Version && (shown == nil || !reflect.DeepEqual(*shown, picture)) {
			err := b.Outbox.Redraw(ctx, r.Card, picture)
			var no *RefusedError
			if errors.As(err, &no) {
				b.log(r).Warn("could not be told", "error", err)
				return r, no.Gone(), nil
			}
			if err != nil {
				return r, false, err
			}
		}
		shown = &picture
		b.heard.drawn(r.ID, r.Version)
		now, err := b.Store.Get(ctx, r.ID)
		if err != nil || now.Version == r.Version {
			return r, false, err
		}
		r = now // most often only the next look was set
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
	return b.passing(r, b.Outbox.Whisper(ctx, r.Typed, r.Requester, refused(r)+witness(events[len(events)-1])))
}

// passing lets an error through that may pass. What Slack refuses for good is logged, and
// the telling goes on without it: a card that was deleted does not stop the story.
func (b *Bot) passing(r ledger.Request, err error) error {
	var no *RefusedError
	if errors.As(err, &no) {
		b.log(r).Warn("could not be told", "error", err)
		return nil
	}
	return err
}

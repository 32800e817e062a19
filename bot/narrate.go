package bot

import (
	"context"
	"errors"
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
	if err := b.narrate(ctx, r); err == nil {
		b.vain.Delete(r.ID)
	} else {
		tries, _ := b.vain.LoadOrStore(r.ID, 0)
		b.vain.Store(r.ID, tries.(int)+1)
		wait := b.pause(tries.(int))
		var slow *ThrottledError
		if errors.As(err, &slow) {
			wait = max(wait, slow.After)
		}
		again = b.Store.Now().Add(wait)
		b.log(r).Warn("not told yet", "error", err)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := b.Store.ReleaseTelling(ctx, b.name, r.ID, again); err != nil {
		b.log(r).Warn("claim not released", "error", err)
	}
	b.wake()
}

func (b *Bot) narrate(ctx context.Context, r ledger.Request) error {
	events, err := b.Store.Events(ctx, r.ID, r.Told)
	if err != nil {
		return err
	}
	if r, err = b.Store.Get(ctx, r.ID); err != nil { // after the events, so that the card is never older than they are
		return err
	}
	if r.Card.IsZero() {
		if err := b.tellRequester(ctx, r, events); err != nil {
			return err
		}
		return b.Store.Told(ctx, b.name, r.ID, r.Told+len(events))
	}
	if visible(events) {
		if r, err = b.redraw(ctx, r); err != nil {
			return err
		}
	}
	for _, e := range events {
		if err := b.retell(ctx, r, e); err != nil {
			return err
		}
		b.elsewhere(ctx, r, e)
		if err := b.Store.Told(ctx, b.name, r.ID, e.Seq); err != nil {
			return err
		}
	}
	return nil
}

// redraw shows a request on its card as it is, and again if it has moved meanwhile: who
// was paused over this must not leave an old picture behind.
func (b *Bot) redraw(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	for {
		if err := b.passing(r, b.Outbox.Redraw(ctx, r.Card, draw(r))); err != nil {
			return r, err
		}
		now, err := b.Store.Get(ctx, r.ID)
		if err != nil || now.Version == r.Version {
			return r, err
		}
		r = now
	}
}

// retell says in the thread what an event has to say. Where the thread is closed to the
// bot, what matters reaches the requester.
func (b *Bot) retell(ctx context.Context, r ledger.Request, e ledger.Event) error {
	line, ok := story(r, e)
	if !ok {
		return nil
	}
	if e.Kind == ledger.WasReminded && e.Count == 1 { // once a request, not to wear it out
		line = b.admins() + line
	}
	if e.Kind == ledger.IsUnsettled { // what is left to decide is theirs
		line = b.admins() + line
	}
	if e.To.Ended() {
		line += witness(e)
	}
	err := b.Outbox.Reply(ctx, r.Card, line)
	var no *RefusedError
	if errors.As(err, &no) && (e.To.Ended() || e.To == ledger.Unconfirmed || e.Kind == ledger.IsOverdue) {
		b.log(r).Warn("thread closed; told to the requester", "error", err)
		err = b.Outbox.Tell(ctx, r.Requester, line)
	}
	return b.passing(r, err)
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

// admins mentions everybody who can approve.
func (b *Bot) admins() (line Line) {
	for _, p := range b.Admins {
		line += say("%s ", p)
	}
	for _, id := range b.AdminGroups {
		line += say("%s ", group(id))
	}
	return line
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

// elsewhere keeps a requester informed who typed the command in another channel than the
// card's: where the card is, what was decided, and how it ended. Best effort: the thread
// is where it is told.
func (b *Bot) elsewhere(ctx context.Context, r ledger.Request, e ledger.Event) {
	if r.Typed == r.Card.Channel {
		return
	}
	var err error
	switch e.Kind {
	case ledger.WasShown:
		err = b.Outbox.Whisper(ctx, r.Typed, r.Requester, shownAt(r, b.Outbox.Link(r.Card)))
	case ledger.HasSucceeded, ledger.HasFailed, ledger.WasVoided, ledger.WasExpired, ledger.WasDoubted,
		ledger.WasApproved, ledger.WasDenied, ledger.WasExplained, ledger.WasCancelled, ledger.WasLeft:
		if line, ok := story(r, e); ok {
			err = b.Outbox.Tell(ctx, r.Requester, line)
		}
	}
	if err != nil {
		b.log(r).Warn("requester elsewhere not told", "error", err)
	}
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

package notify

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// tell brings one request's card and thread up to what the ledger knew when it was claimed.
// The card comes first, so that it never shows for long what is no longer true; then one
// reply, with which the cursor moves on, so that a restart continues the sentence.
func (n *Notifier) tell(ctx context.Context, batch []ledger.Request) {
	r := batch[0]
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	told, err := n.narrate(ctx, r)
	again := time.Time{}
	var slow *causes.ThrottledError
	switch {
	case err == nil && told < r.Events:
		again = n.Requests.Store.Now()
	case err == nil:
	case errors.As(err, &slow): // by the moment at which its turn comes, however often it was put off
		again = n.Requests.Store.Now().Add(max(slow.After, n.Worker.Pause/10))
		n.Requests.LogOf(r).Debug("told later", "after", slow.After)
	default:
		again = n.Requests.Store.Now().Add(n.Worker.BackOff(n.sent.failed(r.ID)))
		n.Requests.LogOf(r).Warn("not told yet", "error", err)
	}
	releasing, cancel := n.Worker.FinalWrite(ctx)
	defer cancel()
	more, err := n.Requests.Store.ReleaseNotification(releasing, n.Worker.Name(), r.ID, told, again, r.Events)
	switch {
	case errors.Is(err, ledger.ErrStale): // somebody else went on with it
		if err := n.correct(ctx, r); err != nil {
			n.Requests.LogOf(r).Warn("card perhaps not as it should be", "error", err)
		}
	case err != nil:
		n.Requests.LogOf(r).Warn("claim not released", "error", err)
	case again.IsZero():
		n.sent.told(r)
	}
	switch {
	case more || err != nil:
		n.Worker.Notification.Wake()
	case !again.IsZero():
		n.Worker.Notification.WakeAt(again)
	}
}

// putBack releases a claim of telling from which nothing was told.
func (n *Notifier) putBack(ctx context.Context, r ledger.Request) {
	ctx, cancel := n.Worker.FinalWrite(ctx)
	defer cancel()
	_, err := n.Requests.Store.ReleaseNotification(ctx, n.Worker.Name(), r.ID, r.NarratedSeq, n.Requests.Store.Now(), r.Events)
	if err != nil && !errors.Is(err, ledger.ErrStale) {
		n.Requests.LogOf(r).Warn("claim not released", "error", err)
	}
	n.Worker.Notification.Wake()
}

// narrate tells what is due, as much as one reply holds, and how many events are told then.
func (n *Notifier) narrate(ctx context.Context, r ledger.Request) (told int, err error) {
	events, err := n.Requests.Store.Events(ctx, r.ID, r.NarratedSeq)
	if err != nil {
		return r.NarratedSeq, err
	}
	// What came since the claim is told by the next one: the card is never older than the thread.
	events = events[:min(len(events), r.Events-r.NarratedSeq)]
	if r.Card.IsZero() {
		if err := n.tellRequester(ctx, r, events); err != nil {
			return r.NarratedSeq, err
		}
		return r.Events, nil
	}
	var card cardState
	if visible(events) {
		if card, err = n.redraw(ctx, r); err != nil {
			return r.NarratedSeq, err
		}
	}
	if events = fitReply(r, events); len(events) == 0 {
		return r.Events, n.payOwed(ctx, r)
	}
	return n.postReplies(ctx, r, events, card)
}

// redraw shows a request on its card as it is. What the card shows already is not sent once
// more, as where the telling was put off behind it.
func (n *Notifier) redraw(ctx context.Context, r ledger.Request) (cardState, error) {
	picture := words.Draw(r, n.Links)
	if n.sent.shows(r.ID, r.Events, picture) {
		return cardStands, nil
	}
	err := n.Outbox.Redraw(ctx, r.Card, picture)
	var no *causes.RefusedError
	switch {
	case errors.As(err, &no) && no.Gone():
		n.Requests.LogOf(r).Warn("Slack has no card to redraw any more", "error", err)
		return cardGone, nil
	case errors.As(err, &no):
		n.Requests.LogOf(r).Warn("Slack does not let the card be changed", "error", err)
		return cardStuck, nil
	case err == nil:
		n.sent.drawn(r.ID, r.Events, picture)
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
func (n *Notifier) correct(ctx context.Context, r ledger.Request) error {
	for {
		now, err := n.Requests.Store.Get(ctx, r.ID)
		if err != nil || now.Version == r.Version || now.Card.IsZero() {
			return err
		}
		if _, err := n.redraw(ctx, now); err != nil {
			return err
		}
		r = now
	}
}

// visible reports whether events change what a card shows: what was tried in vain does not.
func visible(events []ledger.Event) bool {
	for _, e := range events {
		if words.EventOf(e).Card == words.Redrawn {
			return true
		}
	}
	return len(events) == 0
}

// tellRequester reaches who asked, where there is no card to look at. While the request
// is still looking for its machine there is nothing to say.
func (n *Notifier) tellRequester(ctx context.Context, r ledger.Request, events []ledger.Event) error {
	ended := slices.ContainsFunc(events, func(e ledger.Event) bool {
		return e.Kind == ledger.WasRefused || e.Kind == ledger.WasCancelled
	})
	if !ended {
		return nil
	}
	return n.OnlyPassing(r, n.Outbox.Whisper(ctx, r.FromChannel, r.Requester, words.Refused(r)+words.Receipt(events[len(events)-1])))
}

// OnlyPassing lets an error through that may pass. What Slack refuses for good is logged, and
// the telling goes on without it: a card that was deleted does not stop the story.
func (n *Notifier) OnlyPassing(r ledger.Request, err error) error {
	var no *causes.RefusedError
	if errors.As(err, &no) {
		n.Requests.LogOf(r).Warn("could not be told", "error", err)
		return nil
	}
	return err
}

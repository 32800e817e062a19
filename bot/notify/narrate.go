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

// tell brings the card and the thread of one request, the only one in batch, up to what the ledger
// knew when it was claimed. The card comes first, so that it does not show for long what is no
// longer true; then one reply. The cursor in the ledger moves on with the reply, so that after a
// restart the thread continues where it stopped.
func (n *Notifier) tell(ctx context.Context, batch []ledger.Job) {
	j := batch[0]
	r := j.Req
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	_, redrawAt := redrawsPassed(r, n.progressOf(ctx, r)) // before the card is drawn: a time that passes meanwhile is not missed
	told, err := n.narrate(ctx, r, j.Cursor)
	if err != nil && j.Cursor == r.Events && r.State == ledger.Provisioning && !errors.As(err, new(*causes.ThrottledError)) {
		n.Requests.LogOf(r).Warn("Slack did not take a card that only shows progress; it stays until the next time", "error", err)
		told, err = r.Events, nil
	}
	if n.finish(ctx, j, told, err, redrawAt) {
		return
	}
	if err := n.correct(ctx, r); err != nil { // another worker may have gone on
		n.Requests.LogOf(r).Warn("the card may show an old state of the request", "error", err)
	}
}

// finish ends the claim of a job of an audience: told is the new cursor, and err what kept the rest from
// being told. What was told of everything is due again at next, zero = never. It reports false if the claim was lost.
func (n *Notifier) finish(ctx context.Context, j ledger.Job, told int, err error, next time.Time) (held bool) {
	r, dueAt, knows := j.Req, next, false
	var slow *causes.ThrottledError
	switch {
	case err == nil && told < r.Events:
		dueAt = n.Requests.Store.Now()
	case err == nil:
		knows = true
	case errors.As(err, &slow): // at the time that was asked for, without a back-off, however often it is postponed
		dueAt = n.Requests.Store.Now().Add(max(slow.After, n.Worker.Pause/10))
		n.Requests.LogOf(r).Debug("the bot postponed a notification to keep to Slack's limits", "job", string(j.Kind), "after", slow.After)
	default:
		dueAt = n.Requests.Store.Now().Add(n.Worker.BackOff(n.sent.failed(j)))
		n.Requests.LogOf(r).Warn("a notification failed; trying again", "job", string(j.Kind), "error", err)
	}
	releasing, cancel := n.Worker.FinalWrite(ctx)
	defer cancel()
	more, err := n.Requests.Store.Finish(releasing, n.Worker.Name(), j, told, dueAt)
	switch {
	case err == nil && knows:
		n.sent.told(j)
	case errors.Is(err, ledger.ErrStale):
		n.Worker.LostClaim(j.Kind)
	case err != nil:
		n.Requests.LogOf(r).Warn("the ledger did not end a notification's claim", "job", string(j.Kind), "error", err)
	}
	switch {
	case more || err != nil:
		n.Worker.Wake(j.Kind)
	case !dueAt.IsZero():
		n.Worker.WakeAt(j.Kind, dueAt)
	}
	return !errors.Is(err, ledger.ErrStale)
}

// narrate notifies people of what is due beyond the cursor, as much as one reply holds. It returns the
// new cursor: the number of the last event that people know of.
func (n *Notifier) narrate(ctx context.Context, r ledger.Request, cursor int) (told int, err error) {
	events, err := n.Requests.Store.Events(ctx, r.ID, cursor)
	if err != nil {
		return cursor, err
	}
	// Events since the claim are left to the next one, because the card does not show them yet: the
	// thread must never be ahead of the card.
	events = events[:min(len(events), max(r.Events-cursor, 0))]
	if r.Card.IsZero() {
		if err := n.tellRequester(ctx, r, events); err != nil {
			return cursor, err
		}
		return r.Events, nil
	}
	var card cardState
	if visible(events) || r.State == ledger.Provisioning {
		if card, err = n.redraw(ctx, r); err != nil {
			return cursor, err
		}
	}
	if events = fitReply(r, events); len(events) == 0 {
		return r.Events, n.payOwed(ctx, r)
	}
	return n.postReplies(ctx, r, events, card)
}

// redraw draws the card of a request as r is. A card that this process knows to look like that
// already is not sent again; that happens if an earlier try was cut short after the card.
func (n *Notifier) redraw(ctx context.Context, r ledger.Request) (cardState, error) {
	picture, p := words.Draw(r, n.Links), n.progressOf(ctx, r)
	passed, _ := redrawsPassed(r, p)
	if n.sent.shows(r.ID, r.Events, passed, picture) {
		return cardStands, nil
	}
	err := n.Outbox.Redraw(ctx, r.Card, words.DrawRunning(r, n.Links, p))
	var no *causes.RefusedError
	switch {
	case errors.As(err, &no) && no.Gone():
		n.Requests.LogOf(r).Warn("Slack no longer has the card", "error", err)
		return cardGone, nil
	case errors.As(err, &no):
		n.Requests.LogOf(r).Warn("Slack refused to change the card", "error", err)
		return cardStuck, nil
	case err == nil:
		n.sent.drawn(r.ID, r.Events, passed, picture)
	}
	return cardStands, err
}

// cardState is what became of the attempt to redraw a card.
type cardState int

const (
	cardStands cardState = iota // it is there, and shows the request if the redraw did not fail
	cardStuck                   // it is there but cannot be changed: the thread has to say what it should show
	cardGone                    // it is gone, and its thread with it
)

// correct repairs the card after this worker lost its claim, for example because the process was
// paused for longer than the lease: the card it sent may have replaced a newer one. It redraws until
// the request no longer changes meanwhile.
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

// visible reports whether events change what the card shows. A refused attempt does not. Without
// events it is true: then only the card is due.
func visible(events []ledger.Event) bool {
	for _, e := range events {
		if words.EventOf(e).Card == words.Redrawn {
			return true
		}
	}
	return len(events) == 0
}

// tellRequester whispers to the requester that a request without a card has ended. While it is still
// resolving there is nothing to say.
func (n *Notifier) tellRequester(ctx context.Context, r ledger.Request, events []ledger.Event) error {
	ended := slices.ContainsFunc(events, func(e ledger.Event) bool {
		return e.Kind == ledger.WasRefused || e.Kind == ledger.WasCancelled
	})
	if !ended {
		return nil
	}
	line := words.Refused(r)
	if r.Cause.Code == ledger.Taken {
		holder, err := n.Requests.Store.Get(ctx, ledger.ID(r.Cause.Detail))
		if err != nil {
			return err
		}
		line = words.AlreadyRequested(r, holder, CardLink(n.Outbox, holder))
	}
	return n.OnlyPassing(r, n.Outbox.Whisper(ctx, r.FromChannel, r.Requester, line+words.Receipt(events[len(events)-1])))
}

// OnlyPassing returns err if it may pass. If Slack has refused for good it logs that and returns nil,
// so that the notification goes on without the message: a deleted card does not hold up the rest.
func (n *Notifier) OnlyPassing(r ledger.Request, err error) error {
	var no *causes.RefusedError
	if errors.As(err, &no) {
		n.Requests.LogOf(r).Warn("Slack refused a message; the bot goes on without it", "error", err)
		return nil
	}
	return err
}

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

// OwnerWork is how a worker tells the person whose machine it is. It has places of its own, so that it
// never holds up the thread.
func (n *Notifier) OwnerWork() worker.Work { return worker.Work{Do: n.tellOwner, Alone: true} }

// tellOwner tells the owner of one request, the only one in batch, what they do not know yet. It does not
// say twice what the cursor says they know.
func (n *Notifier) tellOwner(ctx context.Context, batch []ledger.Job) {
	j := batch[0]
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	told, err := n.ownerStory(ctx, j.Req, j.Cursor)
	n.finish(ctx, j, told, err, time.Time{})
}

// ownerStory sends what is due, and returns the new cursor.
func (n *Notifier) ownerStory(ctx context.Context, r ledger.Request, cursor int) (told int, err error) {
	events, err := n.Requests.Store.Events(ctx, r.ID, cursor)
	if err != nil {
		return cursor, err
	}
	if events = events[:min(len(events), max(r.Events-cursor, 0))]; len(events) == 0 || r.Owner.Person.IsZero() || r.Owner.Untold != "" {
		return r.Events, nil
	}
	if err := n.reviseNotice(ctx, r, events); err != nil {
		return cursor, err
	}
	var lines words.Line
	for _, e := range events {
		if line, ok := words.OwnerLine(r, e, n.Links); ok {
			lines = joinLines(lines, line)
		}
		if e.Kind == ledger.WasAnnounced && r.State == ledger.Approved {
			if err := n.announce(ctx, r); err != nil {
				return cursor, err
			}
		}
	}
	if lines == "" {
		return r.Events, nil
	}
	return r.Events, n.OnlyPassing(r, n.Outbox.Tell(ctx, r.Owner.Person, lines))
}

// announce sends the notice, and records where it is if it has a button. Where Slack takes no message to
// the owner, nobody waits for them.
func (n *Notifier) announce(ctx context.Context, r ledger.Request) error {
	notice := words.OwnerNotice(r, n.Requests.Store.Now())
	message, err := n.Outbox.Notify(ctx, r.Owner.Person, notice)
	var no *causes.RefusedError
	switch {
	case errors.As(err, &no):
		n.Requests.LogOf(r).Warn("Slack takes no direct message to a machine's owner", "person", r.Owner.Person.ID, "error", err)
		_, err = n.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.NoticeRefused(n.Requests.Store.Now()) })
	case err == nil && len(notice.Buttons) > 0:
		r, err = n.Requests.Update(ctx, r, func(r *ledger.Revision) error { r.NoteNotice(message); return nil })
		if err == nil && r.State != ledger.Approved { // it was decided meanwhile
			return n.reviseNotice(ctx, r, nil)
		}
	}
	return err
}

// reviseNotice takes the button from the notice once it does not work any more, and puts it back where
// Graph proved that it did not act: what waits again can be stopped again.
func (n *Notifier) reviseNotice(ctx context.Context, r ledger.Request, events []ledger.Event) error {
	waitsAgain := slices.ContainsFunc(events, func(e ledger.Event) bool { return e.Kind == ledger.HasNotActed })
	switch {
	case r.Owner.Notice.IsZero(), r.State == ledger.Approved && !waitsAgain:
		return nil
	case r.State == ledger.Approved:
		return n.OnlyPassing(r, n.Outbox.Revise(ctx, r.Owner.Notice, words.OwnerNotice(r, n.Requests.Store.Now())))
	}
	return n.OnlyPassing(r, n.Outbox.Revise(ctx, r.Owner.Notice, words.OwnerNoticeOver(r)))
}

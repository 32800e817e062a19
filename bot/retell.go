package bot

import (
	"context"
	"errors"
	"unicode/utf8"

	"cloudpc-bot/bot/ledger"
)

// longestReply is how many runes are told in one reply; Slack advises 4000 at most.
const longestReply = 3500

// together are the first events, as many as one reply can tell: what is due at one moment is
// one message to who reads it, and one call.
func together(r ledger.Request, events []ledger.Event) []ledger.Event {
	size := 0
	for i, e := range events {
		line, _ := story(r, e)
		if size += utf8.RuneCountInString(string(line)); i > 0 && size > longestReply {
			return events[:i]
		}
	}
	return events
}

// retell says in the thread what events have to say, in their order, and to the requester
// what they can not read there: because they are elsewhere, or because the thread is closed.
func (b *Bot) retell(ctx context.Context, r ledger.Request, events []ledger.Event, card cardState) error {
	last := events[len(events)-1].Seq
	closed := card == cardGone
	if !closed && b.heard.of(r.ID).replied < last {
		var reply Line
		if card == cardStuck {
			reply = stuck(r)
		}
		for _, e := range events {
			if line, ok := story(r, e); ok && e.Seq > b.heard.of(r.ID).replied {
				reply = under(reply, b.summons(e)+line+seal(e))
			}
		}
		if reply != "" {
			err := b.Outbox.Reply(ctx, r.Card, reply)
			var no *RefusedError
			closed = errors.As(err, &no)
			if err := b.passing(r, err); err != nil {
				return err
			}
			if !closed {
				b.heard.replied(r.ID, last)
			}
		}
	}
	return b.inPrivate(ctx, r, events, closed)
}

// inPrivate keeps a requester informed who typed the command in another channel than the
// card's: where the card is, what was decided, and how it ended. Where the thread is closed
// it tells any requester what matters, and says why here. Best effort where the thread tells
// it too; only if Slack asks to wait it is worth coming back for.
func (b *Bot) inPrivate(ctx context.Context, r ledger.Request, events []ledger.Event, closed bool) error {
	away := r.Typed != r.Card.Channel
	var lines Line
	for _, e := range events {
		line, ok := story(r, e)
		switch {
		case e.Kind == ledger.WasShown && away && !closed:
			err := b.Outbox.Whisper(ctx, r.Typed, r.Requester, shownAt(r, b.Outbox.Link(r.Card)))
			if err := b.bestEffort(ctx, r, err); err != nil {
				return err
			}
		case !ok:
		case closed && weighs(e):
			lines = under(lines, line+seal(e))
		case away && decides(e):
			lines = under(lines, line)
		}
	}
	if lines == "" {
		return nil
	}
	if closed {
		return b.passing(r, b.Outbox.Tell(ctx, r.Requester, outOfReach(r)+lines))
	}
	return b.bestEffort(ctx, r, b.Outbox.Tell(ctx, r.Requester, lines))
}

// bestEffort lets nothing but a wish to wait through, which passes for certain, and the end of
// ctx: what this bot was stopped over the next one says.
func (b *Bot) bestEffort(ctx context.Context, r ledger.Request, err error) error {
	var slow *ThrottledError
	if err != nil && ctx.Err() == nil && !errors.As(err, &slow) {
		b.log(r).Warn("requester elsewhere not told", "error", err)
		return nil
	}
	return err
}

// decides reports whether an event is a decision or an end.
func decides(e ledger.Event) bool {
	switch e.Kind {
	case ledger.HasSucceeded, ledger.HasFailed, ledger.WasVoided, ledger.WasExpired, ledger.WasDoubted,
		ledger.WasApproved, ledger.WasDenied, ledger.WasExplained, ledger.WasCancelled, ledger.WasLeft, ledger.AwaitsPower:
		return true
	}
	return false
}

// weighs reports whether a requester has to know of an event, also where it costs them a
// direct message: an end, a doubt, and what they are asked to look at. Each is told once;
// reminders of it are for the thread.
func weighs(e ledger.Event) bool {
	return e.Kind != ledger.WasReminded && (e.To.Ended() || e.To == ledger.Unconfirmed || e.Kind == ledger.IsOverdue || e.Kind == ledger.AwaitsPower)
}

// summons mentions everybody who can approve, where they are wanted: once a request, not to
// wear it out, and where what is left to decide is theirs.
func (b *Bot) summons(e ledger.Event) (line Line) {
	if e.Kind != ledger.IsUnsettled && (e.Kind != ledger.WasReminded || e.Count != 1) {
		return ""
	}
	for _, p := range b.Admins {
		line += say("%s ", p)
	}
	for _, id := range b.AdminGroups {
		line += say("%s ", group(id))
	}
	return line
}

// seal is the witness of an end.
func seal(e ledger.Event) Line {
	if !e.To.Ended() {
		return ""
	}
	return witness(e)
}

// under is a line below others.
func under(lines, line Line) Line {
	if lines == "" {
		return line
	}
	return lines + "\n" + line
}

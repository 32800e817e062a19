package notify

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// OutsideWork is how a worker tells people what was done past this bot.
func (n *Notifier) OutsideWork() worker.Work { return worker.Work{Do: n.tellOutside, Alone: true} }

// tellOutside posts one card about what people were not told of yet, and moves the cursor past it. Without a
// channel there is nobody to tell: what is in the log is all.
func (n *Notifier) tellOutside(ctx context.Context, batch []ledger.Job) {
	j := batch[0]
	ctx, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	events, err := n.Requests.Store.Events(ctx, "", j.Cursor)
	j.Req.Events = j.Cursor + len(events)
	told := j.Req.Events
	if next := alike(events); err == nil && len(next) > 0 && n.Channel != "" {
		told = j.Cursor + len(next)
		err = n.postErases(ctx, next)
	}
	if err != nil {
		told = j.Cursor
	}
	n.finish(ctx, j, told, err, time.Time{})
}

// alike are the first events, as many as one card tells of: all under the bot's own application, or none.
func alike(events []ledger.Event) []ledger.Event {
	for i, e := range events {
		if i == words.MaxErases || e.Outside.Own != events[0].Outside.Own {
			return events[:i]
		}
	}
	return events
}

// postErases posts a card about erases. One about the bot's own credential calls the admins; where Slack
// refuses that, it is posted without.
func (n *Notifier) postErases(ctx context.Context, events []ledger.Event) error {
	var calls words.Mentions
	if events[0].Outside.Own {
		calls = n.Admins()
	}
	card := words.OutsideErases(events)
	_, err := n.Outbox.Post(ctx, n.Channel, card, calls)
	if errors.As(err, new(*causes.RefusedError)) && !calls.IsZero() {
		n.Requests.Log.Warn("Slack refused a card that mentions people; trying without the mention", "channel", n.Channel, "error", err)
		_, err = n.Outbox.Post(ctx, n.Channel, card, words.Mentions{})
	}
	return err
}

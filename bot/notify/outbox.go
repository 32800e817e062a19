// Package notify tells people what the ledger knows: on the card of a request, in the card's
// thread, and in private to the requester if they cannot read that.
//
// It is level-triggered: a notification is due when a request has events beyond the cursor in the
// ledger. After a crash nothing is left out. A message that was sent just before a crash, or whose
// answer from Slack was lost, is sent a second time, because Slack's chat.postMessage documents no
// idempotency key (docs.slack.dev/reference/methods/chat.postMessage).
package notify

import (
	"context"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Outbox sends messages to Slack. A *causes.RefusedError is final. Any other error may pass; after a
// *causes.ThrottledError nothing was sent, after others the message may or may not have arrived.
type Outbox interface {
	// Post puts a card into a channel and says where it stands.
	Post(ctx context.Context, channel string, c words.Card, calls words.Mentions) (ledger.Thread, error)
	// Redraw replaces a card.
	Redraw(ctx context.Context, t ledger.Thread, c words.Card) error
	// Reply adds to a card's thread.
	Reply(ctx context.Context, t ledger.Thread, l words.Line, calls words.Mentions) error
	// Whisper reaches one person: in the channel if that can be, else by direct message.
	Whisper(ctx context.Context, channel string, to auth.Person, l words.Line) error
	// Offer is Whisper with machines to pick from below the line.
	Offer(ctx context.Context, channel string, to auth.Person, l words.Line, picks []words.Pick) error
	// Tell sends one person a direct message.
	Tell(ctx context.Context, to auth.Person, l words.Line) error
	// Notify sends one person a direct message with buttons, and says where it stands. Revise replaces it.
	Notify(ctx context.Context, to auth.Person, n words.Notice) (ledger.Thread, error)
	Revise(ctx context.Context, t ledger.Thread, n words.Notice) error
	// Link is the address of a card, for use in a message.
	Link(t ledger.Thread) string
}

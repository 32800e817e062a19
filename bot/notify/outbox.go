// Package notify tells people what the ledger knows: on the card of a request, in the card's
// thread, and to the requester where they cannot read that.
package notify

import (
	"context"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Outbox says things in Slack. An error that is a *RefusedError is for good; any other
// passes, and what was said may or may not have arrived.
type Outbox interface {
	// Post puts a card into a channel and says where it stands.
	Post(ctx context.Context, channel string, c words.Card, calls words.Mentions) (ledger.Thread, error)
	// Redraw replaces a card.
	Redraw(ctx context.Context, t ledger.Thread, c words.Card) error
	// Reply adds to a card's thread.
	Reply(ctx context.Context, t ledger.Thread, l words.Line, calls words.Mentions) error
	// Whisper reaches one person: in the channel if that can be, else by direct message.
	Whisper(ctx context.Context, channel string, to auth.Person, l words.Line) error
	// Tell reaches one person by direct message.
	Tell(ctx context.Context, to auth.Person, l words.Line) error
	// Link is the address of a card.
	Link(t ledger.Thread) string
}

package intake

import (
	"context"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Inbox brings what people do.
type Inbox interface {
	// Receive hands every gesture to h, several at once, until ctx ends; then it waits
	// for the handlers that run and for their acknowledgements, and returns nil.
	// It fails when Slack rejects the bot for good.
	Receive(ctx context.Context, h Handler) error
	// SocketCount tells how many ways in there are.
	SocketCount() SocketCount
}

// SocketCount is how many sockets bring gestures.
type SocketCount struct {
	Held  int       // by this process; the most at once since it was last asked
	Known int       // of all processes with the same app, by Slack's newest count
	At    time.Time // of that count; zero before the first
}

// Handler takes gestures in. Returning acknowledges the gesture, so it returns only
// when what was asked is durable, or was refused, or when the response says otherwise.
type Handler interface {
	Ask(context.Context, Ask) Response
	Click(context.Context, Click) Response
	DenyReason(context.Context, Form) Response
}

// Ask is a command as it was typed.
type Ask struct {
	Interaction ledger.Interaction
	By          auth.Person
	Channel     string
	Text        string
}

// Click is a button pressed. Everything in it is a claim of the client's, except who made it.
type Click struct {
	Interaction ledger.Interaction
	By          auth.Person
	At          ledger.Thread // the channel and message that the button stands on
	Own         bool          // on a message of this app's own bot, by the payload's api_app_id, app_id and bot_id
	Action      words.Action
	Value       string // the button's; a request id, and for a page which one
}

// Form asks who pressed deny for the reason, and brings the answer back.
type Form struct {
	Request ledger.ID
	Title   string // plain; what it is about
	By      auth.Person
	Reason  string // empty while it is asked for
}

// Response is the answer to a gesture, for the eyes of who made it.
type Response struct {
	Line    words.Line // whispered: with the acknowledgement of a command, right after that of a click
	Pages   Pages      // go with the line
	Form    *Form      // opened for who made the gesture, best effort
	Unacked bool       // the gesture is not acknowledged: Slack tells who made it that it failed
}

// Pages are the values of the buttons that lead from one page to the one before it and
// the one behind it; at an edge there is none.
type Pages struct{ Previous, Next string }

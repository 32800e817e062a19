package intake

import (
	"context"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Inbox delivers interactions: what people do in Slack.
type Inbox interface {
	// Receive hands every interaction to h, several concurrently, until ctx ends; then it
	// waits for running handlers and their acknowledgements, and returns nil. It fails if
	// Slack rejects the bot for good.
	Receive(ctx context.Context, h Handler) error
	// SocketCount is how many sockets are open, in this process and, by Slack's count, in all.
	SocketCount() SocketCount
}

// SocketCount is how many Socket Mode connections deliver interactions.
type SocketCount struct {
	MaxSockets int       // of this process: the most open at once since the previous call
	Known      int       // of all processes with the same app: num_connections of Slack's newest hello
	At         time.Time // when that hello came; zero before the first
}

// Handler handles interactions. Returning acknowledges the interaction, so a handler returns only
// once what was asked is durable or refused, or with a response that says it is neither.
type Handler interface {
	Ask(context.Context, Ask) Response
	Click(context.Context, Click) Response
	DenyReason(context.Context, Form) Response
	// Confirm handles the form in which somebody confirms a machine of their own. Errors in the response
	// keep the form open.
	Confirm(context.Context, Confirmation) Response
	// Shortcut answers the global shortcut, which opens the request form.
	Shortcut(context.Context, Shortcut) Response
	// Search fills the request form's menu of machines, once for each letter that is typed, out of memory.
	Search(context.Context, Search) []Choice
	// Submit handles a submitted request form. Errors in the response keep the form open.
	Submit(context.Context, Submission) Response
}

// Ask is a slash command as it was typed.
type Ask struct {
	Interaction ledger.Interaction
	By          auth.Person
	Channel     string
	Text        string
}

// Click is a press of a button. Everything in it is a claim by the client, except By.
type Click struct {
	Interaction ledger.Interaction
	By          auth.Person
	At          ledger.Thread // the channel and message with the button
	Own         bool          // the payload's api_app_id, app_id and bot_id say that this app's bot posted the message
	Action      words.Action
	Value       string // of the button: a request id; for a page button also which page
}

// Form is the form that asks the person who pressed Deny for a reason. It is the same type on its way
// out and, with Reason filled, on its way back.
type Form struct {
	Request ledger.ID
	Machine string // plain; the name of the machine it is about
	By      auth.Person
	Reason  string // empty on the way out
}

// Response is the answer to an interaction. Only the person who acted sees it.
type Response struct {
	Line    words.Line   // whispered: in the acknowledgement of a command, right after that of a press
	Pages   Pages        // page buttons below the line
	Form    *Form        // opened for the person who acted, best effort
	Confirm *ConfirmForm // likewise: the machine has to be confirmed by its name
	Unacked bool         // do not acknowledge: Slack then tells the person that it failed

	// Opening is the request form, opened at once for the person who acted.
	Opening *Opening
	// Errors are what is wrong with a submitted form that stays open, by its field.
	Errors map[Field]words.Line
}

// Pages are the values of the buttons that lead to the previous and the next page; empty where there
// is none.
type Pages struct{ Previous, Next string }

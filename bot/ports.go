package bot

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// Inbox brings what people do.
type Inbox interface {
	// Receive hands every gesture to h, several at once, until ctx ends; then it waits
	// for the handlers that run and for their acknowledgements, and returns nil.
	// It fails when Slack rejects the bot for good.
	Receive(ctx context.Context, h Handler) error
	// Crowd tells how many ways in there are.
	Crowd() Crowd
}

// Crowd is how many sockets bring gestures.
type Crowd struct {
	Held  int       // by this process; the most at once since it was last asked
	Known int       // of all processes with the same app, by Slack's newest count
	At    time.Time // of that count; zero before the first
}

// Handler takes gestures in. Returning acknowledges the gesture, so it returns only
// when what was asked is durable, or was refused, or when the receipt says otherwise.
type Handler interface {
	Ask(context.Context, Ask) Receipt
	Click(context.Context, Click) Receipt
	Submit(context.Context, Form) Receipt
}

// Ask is a command as it was typed.
type Ask struct {
	Gesture ledger.Gesture
	By      auth.Person
	Channel string
	Text    string
}

// Action is what a button does; it is the button's action_id.
type Action string

// The buttons there are.
const (
	PressApprove Action = "approve"
	PressDeny    Action = "deny"
	PressCancel  Action = "cancel"
	PressLeave   Action = "leave"
	PressAgain   Action = "again"
	PressPage    Action = "page" // of a whisper: another part of what it lists
)

// Click is a button pressed. Everything in it is a claim of the client's, except who made it.
type Click struct {
	Gesture ledger.Gesture
	By      auth.Person
	At      ledger.Thread // the channel and message that the button stands on
	Own     bool          // on a message of this app's own bot, by the payload's api_app_id, app_id and bot_id
	Action  Action
	Value   string // the button's; a request id, and for a page which one
}

// Form asks who pressed deny for the reason, and brings the answer back.
type Form struct {
	Request ledger.ID
	Title   string // plain; what it is about
	By      auth.Person
	Reason  string // empty while it is asked for
}

// Receipt is the answer to a gesture, for the eyes of who made it.
type Receipt struct {
	Line    Line  // whispered: with the acknowledgement of a command, right after that of a click
	Pages   Pages // go with the line
	Form    *Form // opened for who made the gesture, best effort
	Unacked bool  // the gesture is not acknowledged: Slack tells who made it that it failed
}

// Pages are the values of the buttons that lead from one page to the one before it and
// the one behind it; at an edge there is none.
type Pages struct{ Previous, Next string }

// Outbox says things in Slack. An error that is a *RefusedError is for good; any other
// passes, and what was said may or may not have arrived.
type Outbox interface {
	// Post puts a card into a channel and says where it stands.
	Post(ctx context.Context, channel string, c Card) (ledger.Thread, error)
	// Redraw replaces a card.
	Redraw(ctx context.Context, t ledger.Thread, c Card) error
	// Reply adds to a card's thread.
	Reply(ctx context.Context, t ledger.Thread, l Line) error
	// Whisper reaches one person: in the channel if that can be, else by direct message.
	Whisper(ctx context.Context, channel string, to auth.Person, l Line) error
	// Tell reaches one person by direct message.
	Tell(ctx context.Context, to auth.Person, l Line) error
	// Link is the address of a card.
	Link(t ledger.Thread) string
}

// RefusedError is Slack's no to something that trying again will not change.
type RefusedError struct {
	Op   string // Slack's method
	Code string // Slack's error
}

func (e *RefusedError) Error() string { return "slack: " + e.Op + ": " + e.Code }

// Gone reports whether there is nothing left to write to: the message was deleted, or the
// channel is closed to the bot.
func (e *RefusedError) Gone() bool {
	switch e.Code {
	case "message_not_found", "channel_not_found", "not_in_channel", "is_archived", "is_inactive":
		return true
	}
	return false
}

// MissingScopeError is a [RefusedError] for want of a scope: whoever runs the bot has to install
// its app anew from the manifest.
type MissingScopeError struct {
	Op     string // Slack's method
	Needed string // the scope, or several with commas between them of which one would do; empty = Slack did not say
}

func (e *MissingScopeError) Error() string {
	return "slack: " + e.Op + ": missing_scope " + e.Needed
}

// Unwrap is the same no, for those to whom its reason does not matter.
func (e *MissingScopeError) Unwrap() error { return &RefusedError{Op: e.Op, Code: "missing_scope"} }

// ThrottledError is Slack's wish to be asked later, or a turn that is not soon. Whoever asks
// before is told the same, and nothing was said.
type ThrottledError struct{ After time.Duration }

func (e *ThrottledError) Error() string { return "slack: asked to wait " + e.After.String() }

// Directory is what Slack says of people, channels and user groups, no older than a minute.
// Fresh asks Slack anew. An error says that nothing is known, and whoever judges says no;
// one that is a *ThrottledError says for how long it is in vain to ask again.
type Directory interface {
	Standing(ctx context.Context, of auth.Person, fresh bool) (auth.Standing, error)
	Place(ctx context.Context, channel string, fresh bool) (auth.Place, error)
	// Members are the ids of the people of the home organisation in a user group. An error
	// that is ErrNoGroup is an answer: nobody is in it.
	Members(ctx context.Context, group string, fresh bool) ([]string, error)
}

// ErrNoGroup is a user group that is disabled, or that Slack does not have.
var ErrNoGroup = errors.New("the user group is disabled, or there is none of that id")

// Fleet is the tenant's Cloud PCs. Errors are those of package graph.
type Fleet interface {
	CloudPC(ctx context.Context, id string) (graph.CloudPC, error)
	// CloudPCs reads several at once, and returns for each id what CloudPC would have.
	CloudPCs(ctx context.Context, ids []string) []graph.Reading
	// ByName lists the Cloud PCs that bear exactly this name.
	ByName(ctx context.Context, name string) ([]graph.CloudPC, error)
	// Policy is what a machine will be built by.
	Policy(ctx context.Context, id string) (graph.Policy, error)
	// Reprovision wipes the Cloud PC. It sends one request and never repeats it;
	// graph.OutcomeOf tells what its error proves.
	Reprovision(ctx context.Context, id string, b graph.Build) error
}

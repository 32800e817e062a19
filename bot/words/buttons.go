package words

import (
	"strings"

	"cloudpc-bot/bot/ledger"
)

// Action is what a button does. It is the button's action_id in Slack, so cards that are already
// posted depend on the words.
type Action string

// The buttons there are.
const (
	PressApprove Action = "approve"
	PressDeny    Action = "deny"
	PressCancel  Action = "cancel"
	PressLeave   Action = "leave"
	PressAgain   Action = "again"
	PressOpen    Action = "open" // a link: the press does nothing else
	PressVeto    Action = "veto" // in the direct message to the machine's owner: not now
	PressPick    Action = "pick" // in a whisper: one of several machines
	PressPage    Action = "page" // below a whisper: another page of its list

	PressGiveUp Action = "giveup" // in a whisper: the requester signs in no more
)

// Button is a button of a card.
type Button struct {
	Action  Action
	Text    string   // plain
	Style   string   // primary, danger or empty
	Label   string   // plain; what a screen reader says instead of Text
	Confirm *Confirm // asked before the press counts; a guard against slips, not against people
}

// Confirm is the question before a press. All of it is plain text.
type Confirm struct {
	Title, Text, Yes, No string
	Style                string // danger or empty
}

func noButtons(ledger.Request) []Button { return nil }

// decisionButtons are those of a request that waits for approval. Approve is the dangerous one, and
// says what it does.
func decisionButtons(r ledger.Request) []Button {
	pc, of := Plain(MachineName(r), 60), ""
	if r.Target.User != "" {
		of = " of " + Plain(r.Target.User, 60)
	}
	if r.Target.Shared {
		of = ", which several people share,"
	}
	approve := Button{Action: PressApprove, Text: "Erase " + pc, Style: "danger", Label: Plain("Approve: erase "+Plain(pc, 25)+Plain(strings.TrimSuffix(of, ","), 33), 75), Confirm: &Confirm{
		Title: Plain("Erase "+Plain(pc, 45)+Plain(strings.TrimSuffix(of, ","), 45), 99) + "?",
		Text:  Plain(whatIsErased(r, pc+of), 300),
		Yes:   "Erase it", No: "Go back", Style: "danger",
	}}
	return append([]Button{approve}, stopButtons(r)...)
}

// whatIsErased asks whoever is about to approve, in at most 300 characters. A doubt about who made a request of
// self-service comes first, and takes the place of the restore points.
func whatIsErased(r ledger.Request, pc string) string {
	if r.Self.Email == ledger.EmailDiffers || r.Self.Email == ledger.EmailUnread {
		return "Have you made sure that whoever asks for this is " + Plain(r.Self.Account.Name, 40) + "? All files and apps on " + pc + " will be erased. This cannot be undone."
	}
	return "All files and apps on " + pc + " will be erased, and restore points may not survive. This cannot be undone."
}

// stopButtons end a request before the call is out.
func stopButtons(r ledger.Request) []Button {
	pc := Plain(MachineName(r), 60)
	return []Button{{Action: PressDeny, Text: "Deny", Label: Plain("Deny: do not erase "+pc, 75)}, {Action: PressCancel, Text: "Withdraw", Label: Plain("Withdraw the request for "+pc, 75)}}
}

// closeButton is the button that closes an overdue run; none before it is overdue.
func closeButton(r ledger.Request) []Button {
	if r.Submission.Overdue.IsZero() {
		return nil
	}
	return []Button{closeAsUnresolved("Microsoft accepted it and never showed the end. " + MachineName(r) + " may have been erased; it can be requested again after this.")}
}

// unconfirmedButtons are for people who have looked at the machine. They appear once the bot has given
// up looking for evidence.
func unconfirmedButtons(r ledger.Request) []Button {
	if r.Submission.EvidenceGivenUp.IsZero() {
		return nil
	}
	return append([]Button{closeAsUnresolved("Nothing shows whether " + MachineName(r) + " was erased. Look at it first; it can be requested again after this.")}, againButton(r)...)
}

// mayBeErased reports whether a request that has ended, or is not confirmed, may have erased its machine.
func mayBeErased(r ledger.Request) bool {
	return r.State == ledger.Unconfirmed || r.State == ledger.Failed && r.Failure != ledger.ByRefusal
}

func closeAsUnresolved(text string) Button {
	return Button{Action: PressLeave, Text: "Close as unresolved", Label: "Close this request as unresolved", Confirm: &Confirm{
		Title: "Close this request?", Text: Plain(text, 300), Yes: "Close it", No: "Keep looking",
	}}
}

// againButton asks for the same machine once more. Whoever made a request of self-service signs in again
// instead; if the machine may have been erased, an admin can put it right.
func againButton(r ledger.Request) []Button {
	if r.IsSelfService() && !mayBeErased(r) {
		return nil
	}
	pc := Plain(MachineName(r), 60)
	again := "This makes a new request to erase " + pc + ", with approvals of its own." + beforeAgain(r)
	if r.State == ledger.Unconfirmed {
		again = "This closes " + string(r.ID) + " as unresolved, and makes a new request to erase " + pc + "."
	}
	return []Button{{Action: PressAgain, Text: "Request again", Label: Plain("Request again: erase "+pc, 75), Confirm: &Confirm{
		Title: "Request this again?", Text: Plain(again, 300), Yes: "Request again", No: "Go back",
	}}}
}

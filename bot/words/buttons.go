package words

import "cloudpc-bot/bot/ledger"

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

// Button is one that works now.
type Button struct {
	Action  Action
	Text    string   // plain
	Style   string   // primary, danger or empty
	Confirm *Confirm // asked before the press counts; a guard against slips, not against people
}

// Confirm is the question before a press. All of it is plain text.
type Confirm struct{ Title, Text, Yes, No string }

func noButtons(ledger.Request) []Button { return nil }

// decisionButtons are those of a request that waits for approval.
func decisionButtons(r ledger.Request) []Button {
	approve := Button{Action: PressApprove, Text: "Approve", Style: "primary", Confirm: &Confirm{
		Title: "Wipe this machine?", Text: Plain("Everything on "+MachineName(r)+" is lost. There is no undo.", 300), Yes: "Approve", No: "Not yet",
	}}
	return append([]Button{approve}, stopButtons(r)...)
}

// stopButtons end a request before the call is out.
func stopButtons(ledger.Request) []Button {
	return []Button{{Action: PressDeny, Text: "Deny", Style: "danger"}, {Action: PressCancel, Text: "Cancel"}}
}

// closeButton ends a run that is overdue.
func closeButton(r ledger.Request) []Button {
	if r.Submission.Overdue.IsZero() {
		return nil
	}
	return []Button{{Action: PressLeave, Text: "Close it", Confirm: &Confirm{
		Title: "Close this request?", Text: Plain("Graph accepted it and never showed its end. "+MachineName(r)+" may be erased all the same; then it can be asked for again.", 300),
		Yes: "Close it", No: "Keep looking",
	}}}
}

// unconfirmedButtons are for people who have looked at the machine.
func unconfirmedButtons(r ledger.Request) []Button {
	if r.Submission.EvidenceGivenUp.IsZero() {
		return nil
	}
	return append([]Button{{Action: PressLeave, Text: "Leave it"}}, againButton(r)...)
}

// againButton asks for the same machine once more.
func againButton(ledger.Request) []Button { return []Button{{Action: PressAgain, Text: "Ask again"}} }

package words

import (
	"fmt"

	"cloudpc-bot/bot/ledger"
)

// state is a row of the table of states: what people see of a request in that state. Which state may
// follow which is in package ledger. A test fails if a state has no row, or a row has an empty
// column.
type state struct {
	title   func(ledger.Request) string   // plain; the card's header, which fits a push notification
	symbol  string                        // an emoji's name; never the only sign of the state
	card    func(ledger.Request) Line     // where it stands, on the card, behind the symbol
	list    func(ledger.Request) string   // the same in a few words, in a list
	buttons func(ledger.Request) []Button // those that work, and no others
}

// states has a row for each state.
var states = map[ledger.State]state{
	ledger.Resolving:    {of("Looking for %s"), "mag", always("*Looking for the machine…*"), resolvingList, noButtons},
	ledger.Pending:      {of("Approval needed: erase %s?"), "large_yellow_circle", pendingStatus, pendingList, decisionButtons},
	ledger.Approved:     {approvedTitle, "large_blue_circle", approvedStatus, inList("approved"), stopButtons},
	ledger.Submitting:   {of("%s: sending the request to Microsoft"), "large_blue_circle", always("*Sending it to Microsoft…*"), inList("being sent to Microsoft"), noButtons},
	ledger.Provisioning: {provisioningTitle, "large_blue_circle", provisioningStatus, provisioningList, closeButton},
	ledger.Unconfirmed:  {of("Not confirmed: was %s erased?"), "warning", unconfirmedStatus, inList("not confirmed"), unconfirmedButtons},
	ledger.Succeeded:    {succeededTitle, "white_check_mark", succeededStatus, succeededList, noButtons},
	ledger.Failed:       {failedTitle, "red_circle", failedStatus, failedList, againButton},
	ledger.Denied:       {of("Denied: %s was not erased"), "no_entry", deniedStatus, inList("denied"), againButton},
	ledger.Cancelled:    {of("Withdrawn: %s was not erased"), "white_circle", cancelledStatus, inList("withdrawn"), againButton},
	ledger.Expired:      {of("Expired: %s was not erased"), "white_circle", always("*Expired.* Nothing was erased."), inList("expired"), againButton},
	ledger.Voided:       {of("Stopped: %s was not erased"), "no_entry", causeStatus("*Stopped before anything was erased:* %s"), inList("stopped, nothing erased"), againButton},
	ledger.Refused:      {of("Not possible: erase %s"), "no_entry", causeStatus("*No request was made:* %s"), inList("not possible"), againButton},
}

// newer is the row of a state that this program does not know: a newer one, on the same ledger, does.
var newer = state{of("%s: a newer version of this bot knows more"), "grey_question", func(r ledger.Request) Line { return Say("*%s.*", string(r.State)) }, itself, noButtons}

// rowOf is the row of a request's state.
func rowOf(r ledger.Request) state {
	if row, ok := states[r.State]; ok {
		return row
	}
	return newer
}

// Status is the status of a request, as its card shows it.
func Status(r ledger.Request) Line { return rowOf(r).card(r) + signIn(r, Links{}) }

// shortStatus is the status of a request in a few words, as lists show it.
func shortStatus(r ledger.Request) string { return rowOf(r).list(r) }

// Buttons are the buttons that work on a request in its present state, and no others.
func Buttons(r ledger.Request) []Button { return rowOf(r).buttons(r) }

// of is a title with the name of the machine in it.
func of(format string) func(ledger.Request) string {
	return func(r ledger.Request) string { return fmt.Sprintf(format, Plain(MachineName(r), 100)) }
}

func always(text Line) func(ledger.Request) Line {
	return func(ledger.Request) Line { return text }
}

func causeStatus(format string) func(ledger.Request) Line {
	return func(r ledger.Request) Line { return Say(format, Why(r.Cause)) }
}

func itself(r ledger.Request) string { return string(r.State) }

func inList(text string) func(ledger.Request) string {
	return func(ledger.Request) string { return text }
}

func approvedTitle(r ledger.Request) string {
	if r.Cause.Code != "" {
		return of("Approved, and waiting: %s")(r)
	}
	return of("Approved: %s will be erased")(r)
}

func succeededTitle(r ledger.Request) string {
	switch r.Cause.Code {
	case ledger.LooksRebuilt:
		return of("%s looks rebuilt")(r)
	case ledger.WithWarnings:
		return of("%s is ready, with warnings")(r)
	}
	return of("%s is ready")(r)
}

func failedTitle(r ledger.Request) string {
	switch {
	case r.Failure == ledger.ByBuild && r.Cause.Code == ledger.NotBegun:
		return of("The rebuild of %s failed")(r)
	case r.Failure == ledger.ByBuild:
		return of("%s was erased but is not ready")(r)
	case r.Failure == ledger.Unfinished, r.Failure == ledger.Unproven:
		return of("Closed as unresolved: %s may have been erased")(r)
	}
	return of("Failed: %s was not erased")(r)
}

func pendingStatus(r ledger.Request) Line {
	return Say("*Needs %s by %s.*", approvalsLeft(r), r.Expires)
}

func approvedStatus(r ledger.Request) Line {
	line := Say("*Approved")
	if len(r.Consents) > 0 {
		line += Say(" by %s", approvers(r))
	}
	if r.Cause.Code != "" {
		return line + Say(", and waiting:* %s", Why(r.Cause))
	}
	return line + Say(".* Sending it to Microsoft…")
}

func failedStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case r.Failure == ledger.ByBuild:
		return "*Failed.* " + howItFailed(r, r.Cause, longestOnCard)
	case r.Failure == ledger.Unfinished:
		return Say("*Closed by %s.* Microsoft accepted it and never showed the end: %s may have been erased.", r.Decided.By, pc)
	case r.Failure == ledger.Unproven:
		return Say("*Closed by %s.* It is not known whether %s was erased.", r.Decided.By, pc)
	}
	return Say("*Failed.* Nothing was erased: %s", Why(r.Cause))
}

func resolvingList(r ledger.Request) string {
	switch {
	case r.IsSelfService() && r.Self.SignedIn.IsZero():
		return "waiting for the requester to sign in to Microsoft"
	case r.IsSelfService() && r.Picked == "":
		return "waiting for the requester to choose their Cloud PC"
	}
	return "looking for the machine"
}

func pendingList(r ledger.Request) string {
	if r.ApprovalsNeeded == 0 { // not known
		return "waiting for approval"
	}
	return fmt.Sprintf("waiting for approval, %d of %d", len(r.Consents), r.ApprovalsNeeded)
}

func succeededList(r ledger.Request) string {
	switch r.Cause.Code {
	case ledger.LooksRebuilt:
		return "looks rebuilt"
	case ledger.WithWarnings:
		return "ready, with warnings"
	}
	return "ready"
}

func failedList(r ledger.Request) string {
	switch {
	case r.Failure == ledger.Unproven, r.Failure == ledger.Unfinished:
		return "may have been erased, closed as unresolved"
	case r.Failure == ledger.ByRefusal:
		return "failed, nothing erased"
	case r.Cause.Code == ledger.NotBegun:
		return "accepted by Microsoft, failed"
	}
	return "erased but not ready, failed"
}

func unconfirmedStatus(r ledger.Request) Line {
	return Say("*Not confirmed.* I don't know whether Microsoft acted: %s", Why(r.Cause))
}

func deniedStatus(r ledger.Request) Line {
	return Say("*Denied by %s.* Nothing was erased.", r.Decided.By) + reason(r.Decided.Reason)
}

func cancelledStatus(r ledger.Request) Line {
	return Say("*Withdrawn by %s.* Nothing was erased.", r.Decided.By)
}

package words

import (
	"fmt"

	"cloudpc-bot/bot/ledger"
)

// state is a row of the table of states: what people see of a request in one of them. What may
// follow on a state is in package ledger. A test fails where a state has no row, or a row an
// empty column.
type state struct {
	card    func(ledger.Request) Line     // where it stands, on the card
	list    func(ledger.Request) string   // the same in a few words, in a list
	buttons func(ledger.Request) []Button // those that work, and no others
}

// states are a row a state.
var states = map[ledger.State]state{
	ledger.Resolving:    {always("Looking at the machine…"), itself, noButtons},
	ledger.Pending:      {pendingStatus, pendingList, decisionButtons},
	ledger.Approved:     {approvedStatus, itself, stopButtons},
	ledger.Submitting:   {always("Sending it to Graph…"), itself, noButtons},
	ledger.Provisioning: {provisioningStatus, provisioningList, closeButton},
	ledger.Unconfirmed:  {unconfirmedStatus, itself, unconfirmedButtons},
	ledger.Succeeded:    {succeededStatus, succeededList, noButtons},
	ledger.Failed:       {failedStatus, failedList, againButton},
	ledger.Denied:       {deniedStatus, itself, againButton},
	ledger.Cancelled:    {cancelledStatus, itself, againButton},
	ledger.Expired:      {always("*Expired.* Nothing was wiped."), itself, againButton},
	ledger.Voided:       {causeStatus("*Voided.* Nothing was wiped: %s"), itself, againButton},
	ledger.Refused:      {causeStatus("*Refused.* Nothing was asked: %s"), itself, againButton},
}

// Status says where a request stands, for its card.
func Status(r ledger.Request) Line { return states[r.State].card(r) }

// shortStatus is where a request stands, in a few words.
func shortStatus(r ledger.Request) string { return states[r.State].list(r) }

// Buttons are those that work on a request as it stands, and no others.
func Buttons(r ledger.Request) []Button { return states[r.State].buttons(r) }

func always(text Line) func(ledger.Request) Line {
	return func(ledger.Request) Line { return text }
}

func causeStatus(format string) func(ledger.Request) Line {
	return func(r ledger.Request) Line { return Say(format, Why(r.Cause)) }
}

func itself(r ledger.Request) string { return string(r.State) }

func pendingStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	line := Say("*Waiting for approval:* %d of %d, until %s.", len(r.Consents), r.ApprovalsNeeded, r.Expires)
	if len(r.Consents) > 0 {
		line += Say(" Approved so far by %s.", approvers(r))
	}
	line += Say("\nIt wipes %s: everything on it is lost, there is no undo, and %s cannot sign in for about an hour.", pc, owner(r))
	if r.Target.Power == poweredOff {
		line += Say("\n%s is powered off: Graph erases it only when somebody starts it.", pc)
	}
	return line + earlier(r)
}

func approvedStatus(r ledger.Request) Line {
	switch {
	case r.Cause.Code != "":
		return Say("Approved, and waiting: %s", Why(r.Cause))
	case len(r.Consents) > 0:
		return Say("Approved by %s. Sending it to Graph…", approvers(r))
	}
	return Say("Approved. Sending it to Graph…")
}

func provisioningStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case waitsForPower(r):
		return Say("*Waiting for power.* Graph accepted it %s, and erases %s when it is started: it is powered off.", r.Submission.Accepted, pc)
	case !r.Submission.Overdue.IsZero():
		return Say("*Overdue.* Graph accepted it %s and does not say that it is ready.", r.Submission.Accepted)
	case !r.Submission.Seen.IsZero():
		return Say("%s is being rebuilt. It usually takes about an hour.", pc)
	}
	return Say("Accepted by Graph. %s is being wiped and rebuilt.", pc)
}

func succeededStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch r.Cause.Code {
	case ledger.LooksRebuilt:
		return Say("*Looks rebuilt.* %s has a new device identity, after %s.", pc, took(r)) + caveat(r.Cause)
	case ledger.WithWarnings:
		return Say("*Done, with warnings.* %s is ready, after %s.", pc, took(r)) + caveat(r.Cause) + built(r)
	}
	return Say("*Done.* %s is ready, after %s.", pc, took(r)) + built(r)
}

func failedStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case r.Failure == ledger.ByBuild && r.Cause.Code == ledger.NotBegun:
		return Say("*Failed.* Graph accepted it, and then reports %s.", r.Cause.Detail)
	case r.Failure == ledger.ByBuild:
		return Say("*Failed.* %s was wiped and is not ready.", pc)
	case r.Failure == ledger.Unfinished:
		return Say("*Closed by %s.* Graph accepted it, and its end was never seen: %s may be erased.", r.Decided.By, pc)
	case r.Failure == ledger.Unproven:
		return Say("*Failed.* Nobody knows whether %s was wiped; %s left it at that.", pc, r.Decided.By)
	}
	return Say("*Failed.* Nothing was wiped: %s", Why(r.Cause))
}

func pendingList(r ledger.Request) string {
	return fmt.Sprintf("waits for approval, %d of %d", len(r.Consents), r.ApprovalsNeeded)
}

func provisioningList(r ledger.Request) string {
	if !r.Submission.Overdue.IsZero() {
		return "overdue"
	}
	return itself(r)
}

func succeededList(r ledger.Request) string {
	switch r.Cause.Code {
	case ledger.LooksRebuilt:
		return "looks rebuilt"
	case ledger.WithWarnings:
		return "succeeded, with warnings"
	}
	return itself(r)
}

func failedList(r ledger.Request) string {
	switch {
	case r.Failure == ledger.Unproven:
		return "failed, and nobody knows whether it was wiped"
	case r.Failure == ledger.Unfinished:
		return "closed by an admin, accepted and never seen to end"
	case r.Failure == ledger.ByRefusal:
		return "failed, nothing wiped"
	case r.Cause.Code == ledger.NotBegun:
		return "failed after Graph had accepted it"
	}
	return "failed, wiped and not ready"
}

func unconfirmedStatus(r ledger.Request) Line {
	return Say("*Unconfirmed.* I do not know whether Graph acted: %s", Why(r.Cause))
}

func deniedStatus(r ledger.Request) Line {
	return Say("*Denied* by %s. Nothing was wiped.", r.Decided.By) + reason(r.Decided.Reason)
}

func cancelledStatus(r ledger.Request) Line {
	return Say("*Cancelled* by %s. Nothing was wiped.", r.Decided.By)
}

package words

import (
	"cmp"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Notice is a direct message about a request, with buttons that work on it.
type Notice struct {
	Request ledger.ID
	Line    Line
	Buttons []Button
}

// OwnerNotice tells the person whose machine it is, now, that it will be erased: what is lost, how to keep
// it and, where they may say so, how to say "not now". The reason of the request is not for them.
func OwnerNotice(r ledger.Request, now time.Time) Notice {
	pc := Literal(MachineName(r))
	n := Notice{Request: r.ID, Line: Say("*Your Cloud PC %s will be erased and set up again.* %s.", pc, approvedByWhom(r))}
	if !r.Owner.Until.After(now) {
		n.Line += Say(" This can begin at any moment.")
	} else {
		n.Line += Say(" This begins at %s or later.", r.Owner.Until)
	}
	n.Line += Say("\nAll files and apps on it will be lost. What is in OneDrive, SharePoint or your mailbox stays: copy there whatever else you need, and check that OneDrive has finished syncing. " +
		"You can't sign in to it for about an hour after it begins. I'll tell you when it is ready.")
	switch {
	case r.Owner.NoVeto:
		n.Line += Say("\nYou said “not now” within the last 24 hours, so this time I can't stop it for you. If it comes at a bad moment, ask your IT admins.")
	case !r.Owner.Until.IsZero():
		n.Line += Say("\nA bad moment? Press *Not now*, and nothing is erased.")
		n.Buttons = []Button{{Action: PressVeto, Text: "Not now", Label: Plain("Not now: do not erase "+MachineName(r), 75)}}
	}
	return n
}

// approvedByWhom says who agreed, without names: the owner need not know whom to press.
func approvedByWhom(r ledger.Request) string {
	if len(r.Consents) == 0 {
		return "An IT admin has ordered it"
	}
	return "Your IT team has approved it"
}

// OwnerNoticeOver is a notice that cannot be answered any more: it says why, and has no button.
func OwnerNoticeOver(r ledger.Request) Notice {
	pc, line := Literal(MachineName(r)), Line("")
	switch {
	case r.Cause.Code == ledger.Vetoed:
		line = Say("*You said “not now”.* Nothing on your Cloud PC %s was erased.", pc)
	case r.State.Ended() && r.Submission.CallID == "":
		line = Say("*Called off.* Your Cloud PC %s was to be erased and set up again; nothing on it was erased.", pc)
	default:
		line = Say("*Sent to Microsoft.* Your Cloud PC %s is to be erased and set up again, and this cannot be stopped any more.", pc)
	}
	return Notice{Request: r.ID, Line: line}
}

// OwnerLine is what the owner of a machine is told about an event after the notice; false if nothing.
func OwnerLine(r ledger.Request, e ledger.Event, l Links) (Line, bool) {
	line := EventOf(e).owner(r, e)
	if line != "" && e.To == ledger.Succeeded && l.WindowsApp != "" {
		line += Say(" Sign in with the %s; the first sign-in may take some minutes more.", link(l.WindowsApp, "Windows App"))
	}
	return line, line != ""
}

// The phrases of column owner of the table of events, in the order in which they happen.
var (
	ownerAccepted    = ofMachine("Microsoft has accepted that your Cloud PC %s is erased and set up again. Do not save anything on it any more. You can't sign in while that lasts, usually about an hour. I'll tell you when it is ready.")
	ownerAwaitsPower = ofMachine("Your Cloud PC %s is powered off, so nothing on it has been erased yet: Microsoft begins as soon as somebody turns it on.")
	ownerOverdue     = ofMachine("Setting up your Cloud PC %s again is taking longer than expected. Your IT admins know of this. I'll tell you when it is ready.")
	ownerDoubted     = ofMachine("It is not clear yet whether your Cloud PC %s is being erased: Microsoft did not answer. If you can't sign in to it, that is why. Your IT admins know of this.")
	ownerLeft        = ofMachine("Nobody could find out whether your Cloud PC %s was erased. If you can't sign in to it, ask your IT admins.")
	ownerSpared      = ofMachine("Called off: nothing on your Cloud PC %s was erased.")
	ownerVetoed      = ofMachine("Thanks for telling me: nothing on your Cloud PC %s was erased. Your IT admins can see that you said “not now”. They may request it again, and for the next 24 hours you can't stop that.")
)

func ownerSucceeded(r ledger.Request, _ ledger.Event) Line {
	line := Say("Your Cloud PC %s is ready again.", Literal(MachineName(r)))
	if name := r.Result.DeviceName; name != "" && name != r.Target.DeviceName {
		line += Say(" Its device name is now %s.", name)
	}
	return line
}

func ownerFailed(r ledger.Request, _ ledger.Event) Line {
	pc := Literal(MachineName(r))
	switch {
	case r.Failure == ledger.ByBuild && r.Cause.Code == ledger.NotBegun:
		return Say("Your Cloud PC %s could not be set up again. Nothing shows that it was erased: try to sign in, and ask your IT admins if you can't.", pc)
	case r.Failure == ledger.ByBuild:
		return Say("Your Cloud PC %s was erased, but setting it up again failed, so you can't sign in to it. Your IT admins know of this; ask them when you will have it back.", pc)
	}
	return Say("Microsoft refused: nothing on your Cloud PC %s was erased.", pc)
}

// threadAnnounced says in the thread how long the owner may say "not now", or that nobody is told.
func threadAnnounced(r ledger.Request, e ledger.Event) Line {
	switch {
	case e.Cause.Code == ledger.OwnerUntold:
		return sentence(Why(e.Cause))
	case e.Cause.Until.After(e.At):
		return Say("%s is told in private, and may say “not now” until %s. Nothing is erased before that.", Plain(owner(r), 80), e.Cause.Until)
	}
	return ""
}

func pastAnnounced(r ledger.Request, e ledger.Event) Line {
	if line := threadAnnounced(r, e); line != "" {
		return line
	}
	return Say("The machine's user is told in private.")
}

func threadVetoed(r ledger.Request, _ ledger.Event) Line {
	return Say("%s said “not now”. Nothing was erased.", Plain(owner(r), 80)) + stillWanted(r) + " For 24 hours they cannot stop another request for this machine."
}

func pastVetoed(r ledger.Request, _ ledger.Event) Line {
	return Say("%s said “not now”.", Plain(owner(r), 80))
}

// untold is why the owner is told nothing.
func untold(c ledger.Cause) Line {
	return Say("the machine's user is not told: %s.", cmp.Or(untoldBecause[ledger.Untold(c.Detail)], c.Detail))
}

var untoldBecause = map[ledger.Untold]string{
	ledger.NotFound:    "nobody in this workspace has its user name for an e-mail address",
	ledger.NotLookedUp: "Slack does not let me look people up (users:read.email)",
	ledger.NotReached:  "Slack takes no direct message to them",
	ledger.SharedPC:    "several people share the machine",
	ledger.NotifyNo:    "an admin chose notify=no",
	ledger.IsAsking:    "they made this request",
}

// ownerNote says on a card whether its machine's user will be told.
func ownerNote(r ledger.Request) Line {
	switch {
	case r.Owner == (ledger.Owner{}), r.Owner.Untold == ledger.IsAsking:
		return ""
	case r.Owner.Untold != "":
		return Line(strings.TrimSuffix(string(untold(ledger.Cause{Detail: string(r.Owner.Untold)})), "."))
	case r.State != ledger.Pending:
		return ""
	case r.Owner.NoVeto:
		return Say("its user is told once it is approved, and cannot stop it: they said “not now” within the last 24 hours")
	}
	return Say("its user is told once it is approved")
}

// ownerMayStop is the cause of a request that waits for what its owner says.
func ownerMayStop(c ledger.Cause) Line {
	return Say("the machine's user may say “not now” until %s.", c.Until)
}

// OnlyAdminsKeepSilent refuses notify=no to somebody who is no admin.
func OnlyAdminsKeepSilent() Line {
	return Say("Only an admin can leave out the machine's user (notify=no). No request was made.")
}

// TooLateToVeto answers a veto after the call is out, or after an end.
func TooLateToVeto(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case r.State == ledger.Unconfirmed:
		return Say("It is too late to stop this. It has been sent to Microsoft, and I don't know yet whether %s is being erased.", pc)
	case r.State == ledger.Submitting:
		return Say("It is too late to stop this: it has just been sent to Microsoft.")
	case r.State == ledger.Provisioning:
		return Say("It is too late to stop this: Microsoft has accepted that %s is erased.", pc)
	case r.Submission.CallID != "":
		return Say("It is too late to stop this: it has ended. My last message about %s says how.", pc)
	}
	return Say("There is nothing to stop any more: the request has ended, and nothing was erased.")
}

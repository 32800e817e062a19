package words

import (
	"fmt"
	"strings"

	"cloudpc-bot/bot/ledger"
)

// What is told of what has been: one line for a request, one line for an event.

// longestName is how much of a machine's name a line shows.
const LongestName = 60

// standing is where a request stands, in a few words.
func standing(r ledger.Request) string {
	switch {
	case !r.Submission.Overdue.IsZero() && !r.State.Ended():
		return "overdue"
	case r.State == ledger.Pending:
		return fmt.Sprintf("waits for approval, %d of %d", len(r.Consents), r.Needed)
	case r.State == ledger.Succeeded && r.Cause.Code == ledger.LooksRebuilt:
		return "looks rebuilt"
	case r.State == ledger.Succeeded && r.Cause.Code == ledger.WithWarnings:
		return "succeeded, with warnings"
	case r.State != ledger.Failed:
		return string(r.State)
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

// headed is a request by its id, which leads to its card, and its machine.
func header(r ledger.Request, address string) Line {
	id := Say("%s", string(r.ID))
	if address != "" {
		id = link(address, string(r.ID))
	}
	return Say("• %s · %s · %s", id, Literal(Plain(MachineName(r), LongestName)), standing(r))
}

// listed is a request that is under way.
func LiveLine(r ledger.Request, address string) Line {
	return header(r, address) + Say(" · asked by %s %s", r.Requester, r.Asked)
}

// recalled is a request that was asked once: what became of it, and by whom.
func PastLine(r ledger.Request, address string) Line {
	line := header(r, address)
	switch r.Decided.Kind {
	case ledger.WasDenied, ledger.WasCancelled:
		line += Say(" by %s", r.Decided.By)
	case ledger.WasLeft:
		line += Say(", decided by %s", r.Decided.By)
	}
	if r.State.Ended() {
		line += Say(" %s", r.Ended)
	}
	line += Say(" · asked by %s %s", r.Requester, r.Asked)
	if len(r.Consents) > 0 {
		line += Say(" · approved by %s", approvers(r))
	}
	return line
}

// retold is one event of a request's story.
func EventLine(r ledger.Request, e ledger.Event) Line {
	return Say("• %s · %s", e.At, eventText(r, e))
}

func eventText(r ledger.Request, e ledger.Event) Line {
	switch e.Kind {
	case ledger.WasAsked:
		return Say("%s asked for %s, %s.", e.By, Literal(Plain(r.Order.PC, LongestName)), options(r.Order)) + reason(r.Order.Reason)
	case ledger.WasShown:
		return Say("The card was put up.")
	case ledger.WasRefused:
		return Say("Refused: %s", Why(e.Cause))
	case ledger.WasApproved:
		return Say("%s approved, %d of %d.", e.By, e.Count, r.Needed)
	case ledger.WasDenied:
		return Say("%s denied it.", e.By)
	case ledger.WasExplained:
		return Say("%s gave a reason: %s", e.By, e.Texts[ledger.TextWhy])
	case ledger.WasCancelled:
		return Say("%s cancelled it.", e.By)
	case ledger.WasLeft:
		if e.Cause.Code == ledger.NeverEnded {
			return Say("%s closed it: its end was never seen.", e.By)
		}
		return Say("%s left it at that.", e.By)
	case ledger.WasKept:
		return Say("%s wanted to close it, and it stayed open: %s", e.By, Why(e.Cause))
	case ledger.AwaitsPower:
		return Say("The machine was powered off; Graph waited until it was started.")
	case ledger.WasReminded:
		return Say("I reminded people of it.")
	case ledger.WasRepelled:
		act := strings.Replace(string(e.Act), "again", "ask again", 1)
		return Say("%s tried to %s, and may not (%s).", e.By, act, strings.ReplaceAll(string(e.Verdict), "-", " "))
	case ledger.IsWaiting:
		return Say("It had to wait: %s", Why(e.Cause))
	case ledger.WasHeld:
		return Say("Nothing was wiped yet: %s", Why(e.Cause))
	case ledger.WasExpired:
		return Say("It expired.")
	case ledger.WasVoided:
		return Say("The approval was void: %s", Why(e.Cause))
	case ledger.WasSubmitted:
		return Say("The call went out to Graph (client-request-id %s).", e.Call)
	case ledger.WasAccepted:
		if e.Cause.Code == ledger.EvidenceOf {
			return Say("Graph did act: %s.", e.Cause.Detail)
		}
		return Say("Graph accepted it.")
	case ledger.WasDoubted:
		return Say("Nobody knew whether Graph acted: %s", Why(e.Cause))
	case ledger.IsUnsettled:
		return Say("Graph showed no sign of it.")
	case ledger.WasSeen:
		return Say("Graph showed the machine being built.")
	case ledger.IsOverdue:
		return Say("It took longer than it should.")
	case ledger.HasSucceeded:
		if name := r.Result.DeviceName; name != "" && name != r.Target.DeviceName {
			return Say("%s, after %s; its device name was %s and is %s.", readyWord(r), took(r), r.Target.DeviceName, name) + caveat(e.Cause)
		}
		return Say("%s, after %s.", readyWord(r), took(r)) + caveat(e.Cause)
	case ledger.HasFailed:
		return Say("Failed: %s", Why(e.Cause))
	case ledger.CameLate:
		return Say("Graph's answer came late: %s.", string(e.Outcome))
	}
	return Say("%s.", string(e.Kind))
}

// whichPage says which part of a long answer this is.
func WhichPage(at, last int, open bool) Line {
	if open {
		return Say("\nPage %d of more than %d.", at, last-1)
	}
	return Say("\nPage %d of %d.", at, last)
}

// nothingAsked answers history where there is none.
func NothingAsked(admin bool) Line {
	if admin {
		return Say("Nothing was ever asked.")
	}
	return Say("You have not asked for anything yet.")
}

// unknownMachine answers about a machine of which the ledger has no request, or none that
// is the reader's to see.
func UnknownMachine(name string, admin bool) Line {
	of := Line("")
	if !admin {
		of = " of yours"
	}
	return Say("I know no request%s for %s. `/reprovision history` shows all that there were.", of, Literal(Plain(name, LongestName)))
}

// unknownPage answers a press whose value is no page.
func UnknownPage() Line {
	return Say("I cannot read where that button leads. `/reprovision list` and `/reprovision history` show what there is.")
}

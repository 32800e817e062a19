package bot

import (
	"fmt"
	"strings"

	"cloudpc-bot/bot/ledger"
)

// What is told of what has been: one line for a request, one line for an event.

// longestName is how much of a machine's name a line shows.
const longestName = 60

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
func headed(r ledger.Request, address string) Line {
	id := say("%s", string(r.ID))
	if address != "" {
		id = link(address, string(r.ID))
	}
	return say("• %s · %s · %s", id, literal(plain(pcName(r), longestName)), standing(r))
}

// listed is a request that is under way.
func listed(r ledger.Request, address string) Line {
	return headed(r, address) + say(" · asked by %s %s", r.Requester, r.Asked)
}

// recalled is a request that was asked once: what became of it, and by whom.
func recalled(r ledger.Request, address string) Line {
	line := headed(r, address)
	switch r.Decided.Kind {
	case ledger.WasDenied, ledger.WasCancelled:
		line += say(" by %s", r.Decided.By)
	case ledger.WasLeft:
		line += say(", decided by %s", r.Decided.By)
	}
	if r.State.Ended() {
		line += say(" %s", r.Ended)
	}
	line += say(" · asked by %s %s", r.Requester, r.Asked)
	if len(r.Consents) > 0 {
		line += say(" · approved by %s", approvers(r))
	}
	return line
}

// retold is one event of a request's story.
func retold(r ledger.Request, e ledger.Event) Line {
	return say("• %s · %s", e.At, happened(r, e))
}

func happened(r ledger.Request, e ledger.Event) Line {
	switch e.Kind {
	case ledger.WasAsked:
		return say("%s asked for %s, %s.", e.By, literal(plain(r.Order.PC, longestName)), options(r.Order)) + reason(r.Order.Reason)
	case ledger.WasShown:
		return say("The card was put up.")
	case ledger.WasRefused:
		return say("Refused: %s", why(e.Cause))
	case ledger.WasApproved:
		return say("%s approved, %d of %d.", e.By, e.Count, r.Needed)
	case ledger.WasDenied:
		return say("%s denied it.", e.By)
	case ledger.WasExplained:
		return say("%s gave a reason: %s", e.By, e.Texts[ledger.TextWhy])
	case ledger.WasCancelled:
		return say("%s cancelled it.", e.By)
	case ledger.WasLeft:
		if e.Cause.Code == ledger.NeverEnded {
			return say("%s closed it: its end was never seen.", e.By)
		}
		return say("%s left it at that.", e.By)
	case ledger.WasKept:
		return say("%s wanted to close it, and it stayed open: %s", e.By, why(e.Cause))
	case ledger.AwaitsPower:
		return say("The machine was powered off; Graph waited until it was started.")
	case ledger.WasReminded:
		return say("I reminded people of it.")
	case ledger.WasRepelled:
		act := strings.Replace(string(e.Act), "again", "ask again", 1)
		return say("%s tried to %s, and may not (%s).", e.By, act, strings.ReplaceAll(string(e.Verdict), "-", " "))
	case ledger.IsWaiting:
		return say("It had to wait: %s", why(e.Cause))
	case ledger.WasHeld:
		return say("Nothing was wiped yet: %s", why(e.Cause))
	case ledger.WasExpired:
		return say("It expired.")
	case ledger.WasVoided:
		return say("The approval was void: %s", why(e.Cause))
	case ledger.WasSubmitted:
		return say("The call went out to Graph (client-request-id %s).", e.Call)
	case ledger.WasAccepted:
		if e.Cause.Code == ledger.EvidenceOf {
			return say("Graph did act: %s.", e.Cause.Detail)
		}
		return say("Graph accepted it.")
	case ledger.WasDoubted:
		return say("Nobody knew whether Graph acted: %s", why(e.Cause))
	case ledger.IsUnsettled:
		return say("Graph showed no sign of it.")
	case ledger.WasSeen:
		return say("Graph showed the machine being built.")
	case ledger.IsOverdue:
		return say("It took longer than it should.")
	case ledger.HasSucceeded:
		if name := r.Result.DeviceName; name != "" && name != r.Target.DeviceName {
			return say("%s, after %s; its device name was %s and is %s.", readyWord(r), took(r), r.Target.DeviceName, name) + caveat(e.Cause)
		}
		return say("%s, after %s.", readyWord(r), took(r)) + caveat(e.Cause)
	case ledger.HasFailed:
		return say("Failed: %s", why(e.Cause))
	case ledger.CameLate:
		return say("Graph's answer came late: %s.", string(e.Outcome))
	}
	return say("%s.", string(e.Kind))
}

// whichPage says which part of a long answer this is.
func whichPage(at, last int, open bool) Line {
	if open {
		return say("\nPage %d of more than %d.", at, last-1)
	}
	return say("\nPage %d of %d.", at, last)
}

// nothingAsked answers history where there is none.
func nothingAsked(admin bool) Line {
	if admin {
		return say("Nothing was ever asked.")
	}
	return say("You have not asked for anything yet.")
}

// unknownMachine answers about a machine of which the ledger has no request, or none that
// is the reader's to see.
func unknownMachine(name string, admin bool) Line {
	of := Line("")
	if !admin {
		of = " of yours"
	}
	return say("I know no request%s for %s. `/reprovision history` shows all that there were.", of, literal(plain(name, longestName)))
}

// unknownPage answers a press whose value is no page.
func unknownPage() Line {
	return say("I cannot read where that button leads. `/reprovision list` and `/reprovision history` show what there is.")
}

package words

import (
	"cmp"
	"unicode/utf8"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// The phrases of column thread of the table of events: what is posted to a card's thread, in the order
// in which things happen. An event may be told again much later, when an answer from Slack was lost, and is told
// in the same words then: what they take from the request is what no later event changes.

func threadRefused(r ledger.Request, e ledger.Event) Line {
	return Say("%s, no request was made: %s", r.Requester, Why(e.Cause)) + andAgain(r, e.Cause)
}

// threadShown has the whole of a reason that the card cuts.
func threadShown(r ledger.Request, _ ledger.Event) Line {
	if utf8.RuneCountInString(r.Order.Reason) <= maxReason {
		return ""
	}
	return Say("The whole reason: %s", Plain(r.Order.Reason, command.MaxReason))
}

func threadApproved(r ledger.Request, e ledger.Event) Line {
	if e.To == ledger.Approved {
		return Say("Approved by %s.", e.By)
	}
	return Say("Approved by %s (%d of %d).", e.By, e.Count, r.ApprovalsNeeded)
}

func threadExplained(_ ledger.Request, e ledger.Event) Line {
	return Say("%s gave a reason: %s", e.By, cmp.Or(e.Texts[ledger.TextWhy], deleted))
}

func threadLeft(r ledger.Request, e ledger.Event) Line {
	if e.Cause.Code == ledger.NeverEnded {
		return Say("%s closed this: Microsoft accepted it, but never reported how it ended. Check %s before you request it again.", e.By, Literal(MachineName(r)))
	}
	return Say("%s closed this as unresolved: %s may or may not have been erased. Check it before you request it again.", e.By, Literal(MachineName(r)))
}

func threadKept(_ ledger.Request, e ledger.Event) Line {
	return Say("%s tried to close this, but it stays open: %s I'll keep checking.", e.By, Why(e.Cause))
}

func threadWaiting(r ledger.Request, e ledger.Event) Line {
	if e.Count > 1 { // the same cause as before
		return ""
	}
	return Say("Not erased yet: %s I'll keep trying until %s.", Why(e.Cause), r.Expires)
}

func threadExpired(r ledger.Request, e ledger.Event) Line {
	switch {
	case len(r.Consents) < r.ApprovalsNeeded:
		return Say("Expired: this was not approved in time. Nothing was erased.") + stillWanted(r)
	case !e.Cause.Until.IsZero():
		return Say("Expired: Microsoft Graph asked me to wait until %s, and the approval ended before that. Nothing was erased.", e.Cause.Until) + stillWanted(r)
	}
	return Say("Expired: this was approved, but I could not act on it in time. Nothing was erased.") + stillWanted(r)
}

func threadVoided(r ledger.Request, e ledger.Event) Line {
	line := Say("Stopped before anything was erased: %s", Why(e.Cause))
	if e.Cause.Code == ledger.NoSignIn { // which says how to ask once more
		return line
	}
	return line + stillWanted(r)
}

func threadAccepted(r ledger.Request, e ledger.Event) Line {
	pc := Literal(MachineName(r))
	if e.Cause.Code == ledger.EvidenceOf {
		return Say("%s shows that the request did reach Microsoft: %s. I'll post here when it's ready.", pc, sentenceEnd(e.Cause.Detail))
	}
	return Say("Accepted by Microsoft. %s will be erased and rebuilt; %s cannot sign in until it is ready. The card shows how long that usually takes. I'll post here when it's ready.", pc, owner(r))
}

func threadAwaitsPower(r ledger.Request, _ ledger.Event) Line {
	return Say("%s is powered off, so it has not been erased yet: Microsoft starts when somebody turns it on. I'll post here when it's ready.", Literal(MachineName(r)))
}

func threadDoubted(r ledger.Request, e ledger.Event) Line {
	return Say("I don't know yet whether this worked: %s I won't send it again. I'm checking %s for signs that it did, and will post here what I find.", Why(e.Cause), Literal(MachineName(r)))
}

func threadUnsettled(r ledger.Request, _ ledger.Event) Line {
	return Say("It is not known whether %s was erased: Microsoft shows no sign of it. Check it in "+intune+", then close the request or request it again on its card. I'll keep checking, and won't send it again.", Literal(MachineName(r)))
}

func threadOverdue(r ledger.Request, _ ledger.Event) Line {
	return Say("This is taking longer than expected: Microsoft accepted it %s and has not reported %s as ready. A machine that is powered off waits until somebody turns it on. Check it in "+intune+". I'll keep checking every hour.", r.Submission.Accepted, Literal(MachineName(r)))
}

func threadSucceeded(r ledger.Request, e ledger.Event) Line {
	pc := Literal(MachineName(r))
	line := Say("Done. %s is ready after %s; %s can sign in again, though the first sign-in may take some minutes more.", pc, took(r), owner(r))
	if e.Cause.Code == ledger.LooksRebuilt {
		line = Say("%s looks rebuilt after %s.", pc, took(r))
	}
	if e.Cause.Code == ledger.LooksRebuilt {
		line += caveat(e.Cause)
	}
	line += built(r) + renamed(r)
	if e.Cause.Code == ledger.WithWarnings {
		line += longWarnings(e.Cause)
	}
	return line
}

func threadFailed(r ledger.Request, e ledger.Event) Line {
	if r.Failure == ledger.ByBuild {
		return Say("%s, this failed: %s", r.Requester, howItFailed(r, e.Cause, longestMessage)) + "\n" + afterFailure(e.Cause) + "\n" + forSupport(r, e)
	}
	return Say("%s, this failed and nothing was erased: %s", r.Requester, Why(e.Cause)) + andAgain(r, e.Cause)
}

func threadCameLate(_ ledger.Request, e ledger.Event) Line {
	switch e.Outcome {
	case ledger.Acted:
		return Say("Microsoft's reply came late: it accepted the request.")
	case ledger.Declined:
		return Say("Microsoft's reply came late: it refused the request. %s", sentence(Why(e.Cause)))
	}
	return ""
}

// reminder reminds people of a request that waits for them. What it says is of the time of the reminder,
// as it may be told again after the request was approved.
func reminder(r ledger.Request, e ledger.Event) Line {
	switch e.To {
	case ledger.Pending:
		has := 0
		for _, c := range r.Consents {
			if c.At.Before(e.At) {
				has++
			}
		}
		needs := Say("%s still needs %s", Literal(MachineName(r)), approvalsAfter(r, has))
		if e.Cause.Until.IsZero() { // of an earlier version: the request may have another expiry by now
			return needs + "."
		}
		return needs + Say(" by %s.", e.Cause.Until)
	case ledger.Unconfirmed:
		return Say("It is still not known whether %s was erased. Check it in "+intune+", then close the request or request it again on its card.", Literal(MachineName(r)))
	}
	return Say("Microsoft still has not reported %s as ready. Check it in "+intune+", or close it as unresolved on the card.", Literal(MachineName(r)))
}

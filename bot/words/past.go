package words

import (
	"strings"

	"cloudpc-bot/bot/ledger"
)

// The phrases of column past of the table of events: what the list of a request's events says.

func pastAsked(r ledger.Request, e ledger.Event) Line {
	return Say("%s asked for %s, %s.", e.By, Literal(Plain(r.Order.PC, LongestName)), options(r.Order)) + reason(r.Order.Reason)
}

func pastApproved(r ledger.Request, e ledger.Event) Line {
	return Say("%s approved, %d of %d.", e.By, e.Count, r.ApprovalsNeeded)
}

func pastExplained(_ ledger.Request, e ledger.Event) Line {
	return Say("%s gave a reason: %s", e.By, e.Texts[ledger.TextWhy])
}

func pastLeft(_ ledger.Request, e ledger.Event) Line {
	if e.Cause.Code == ledger.NeverEnded {
		return Say("%s closed it: its end was never seen.", e.By)
	}
	return Say("%s left it at that.", e.By)
}

func pastKept(_ ledger.Request, e ledger.Event) Line {
	return Say("%s wanted to close it, and it stayed open: %s", e.By, Why(e.Cause))
}

func pastRepelled(_ ledger.Request, e ledger.Event) Line {
	act := strings.Replace(string(e.Act), "again", "ask again", 1)
	return Say("%s tried to %s, and may not (%s).", e.By, act, strings.ReplaceAll(string(e.Verdict), "-", " "))
}

func pastSubmitted(_ ledger.Request, e ledger.Event) Line {
	return Say("The call went out to Graph (client-request-id %s).", e.Call)
}

func pastAccepted(_ ledger.Request, e ledger.Event) Line {
	if e.Cause.Code == ledger.EvidenceOf {
		return Say("Graph did act: %s.", e.Cause.Detail)
	}
	return Say("Graph accepted it.")
}

func pastSucceeded(r ledger.Request, e ledger.Event) Line {
	if name := r.Result.DeviceName; name != "" && name != r.Target.DeviceName {
		return Say("%s, after %s; its device name was %s and is %s.", readyWord(r), took(r), r.Target.DeviceName, name) + caveat(e.Cause)
	}
	return Say("%s, after %s.", readyWord(r), took(r)) + caveat(e.Cause)
}

func pastCameLate(_ ledger.Request, e ledger.Event) Line {
	return Say("Graph's answer came late: %s.", string(e.Outcome))
}

package words

import "cloudpc-bot/bot/ledger"

// The phrases of column thread of the table of events: what is posted to a card's thread, in the order
// in which things happen.

func threadRefused(r ledger.Request, e ledger.Event) Line {
	return Say("%s, nothing was asked: %s", r.Requester, Why(e.Cause)) + andAgain(e.Cause)
}

func threadApproved(r ledger.Request, e ledger.Event) Line {
	if e.To == ledger.Approved {
		return Say("Approved by %s.", e.By)
	}
	return Say("Approved by %s: %d of %d.", e.By, e.Count, r.ApprovalsNeeded)
}

func threadExplained(_ ledger.Request, e ledger.Event) Line {
	why := e.Texts[ledger.TextWhy]
	if why == "" {
		why = "(erased)"
	}
	return Say("%s gives a reason: %s", e.By, why)
}

func threadLeft(r ledger.Request, e ledger.Event) Line {
	if e.Cause.Code == ledger.NeverEnded {
		return Say("%s closed this: Graph accepted it, and its end was never seen. Look at %s before you ask again.", e.By, Literal(MachineName(r)))
	}
	return Say("%s leaves it at that. Nobody knows whether it was wiped: look at %s before you ask again.", e.By, Literal(MachineName(r)))
}

func threadKept(_ ledger.Request, e ledger.Event) Line {
	return Say("%s wanted to close this, and it stays open: %s I keep looking.", e.By, Why(e.Cause))
}

func threadWaiting(r ledger.Request, e ledger.Event) Line {
	if e.Count > 1 { // the same cause as before
		return ""
	}
	return Say("Nothing was wiped yet: %s I try again by myself, until %s.", Why(e.Cause), r.Expires)
}

func threadExpired(r ledger.Request, e ledger.Event) Line {
	switch {
	case len(r.Consents) < r.ApprovalsNeeded:
		return Say("This has expired: it was not approved in time, and nothing was wiped. Ask again if it is still wanted.")
	case !e.Cause.Until.IsZero():
		return Say("This has expired, and nothing was wiped: Microsoft Graph asks me to wait until %s, and the approval does not last that long. Ask again after that if it is still wanted.", e.Cause.Until)
	}
	return Say("This has expired: I could not act on it in time, and nothing was wiped. Ask again if it is still wanted.")
}

func threadAccepted(r ledger.Request, e ledger.Event) Line {
	pc := Literal(MachineName(r))
	if e.Cause.Code == ledger.EvidenceOf {
		return Say("Graph did act after all: %s. I follow %s until it is ready.", e.Cause.Detail, pc)
	}
	return Say("Accepted by Graph. %s is being wiped and rebuilt; %s cannot sign in meanwhile. It usually takes about an hour, and I will say so here when it is ready.", pc, owner(r))
}

func threadAwaitsPower(r ledger.Request, _ ledger.Event) Line {
	return Say("%s is powered off, so nothing is erased yet: Graph begins when somebody starts it. I will say so here when it is ready.", Literal(MachineName(r)))
}

func threadDoubted(r ledger.Request, e ledger.Event) Line {
	return Say("I do not know whether Graph acted: %s I will not send it a second time. I am looking at %s for signs of it and will tell you here.", Why(e.Cause), Literal(MachineName(r)))
}

func threadUnsettled(r ledger.Request, _ ledger.Event) Line {
	return Say("%s, I still do not know whether %s is being wiped: Graph shows no sign of it. Please look at it in the Intune admin center, under Devices, Windows 365, and then press a button on the card. I keep looking meanwhile, and will not send it a second time.", r.Requester, Literal(MachineName(r)))
}

func threadOverdue(r ledger.Request, _ ledger.Event) Line {
	return Say("%s, this takes longer than it should: Graph accepted it %s and does not say that %s is ready. A machine that is powered off waits for its user to start it. Look at it in the Intune admin center, under Devices, Windows 365. I keep looking, every hour.", r.Requester, r.Submission.Accepted, Literal(MachineName(r)))
}

func threadSucceeded(r ledger.Request, e ledger.Event) Line {
	pc := Literal(MachineName(r))
	line := Say("Done. %s is ready after %s; %s can sign in again.", pc, took(r), owner(r))
	if e.Cause.Code == ledger.LooksRebuilt {
		line = Say("%s looks rebuilt, after %s.", pc, took(r))
	}
	line += caveat(e.Cause) + built(r)
	if r.Result.DeviceName != "" && r.Result.DeviceName != r.Target.DeviceName {
		line += Say(" Its device name is now %s.", r.Result.DeviceName)
	}
	return line
}

func threadFailed(r ledger.Request, e ledger.Event) Line {
	pc := Literal(MachineName(r))
	switch {
	case r.Failure == ledger.ByBuild && e.Cause.Code == ledger.NotBegun:
		return Say("%s, this failed: Graph accepted it, and then reports %s. Nothing shows that %s was wiped. Look at it in the Intune admin center, under Devices, Windows 365, before you ask again.", r.Requester, e.Cause.Detail, pc)
	case r.Failure == ledger.ByBuild:
		return Say("%s, this failed: %s was wiped and is not ready. %s Look at it in the Intune admin center, under Devices, Windows 365, mend what it names there, and ask again.", r.Requester, pc, Why(e.Cause))
	}
	return Say("%s, this failed and nothing was wiped: %s", r.Requester, Why(e.Cause)) + andAgain(e.Cause)
}

func threadCameLate(_ ledger.Request, e ledger.Event) Line {
	switch e.Outcome {
	case ledger.Acted:
		return Say("Graph's answer to the call has come late: it was accepted.")
	case ledger.Declined:
		return Say("Graph's answer to the call has come late: it was refused. %s", Why(e.Cause))
	}
	return ""
}

// reminder reminds people of a request that waits for them.
func reminder(r ledger.Request, e ledger.Event) Line {
	switch e.To {
	case ledger.Pending:
		return Say("%s still waits for approval: %d of %d, until %s.", Literal(MachineName(r)), len(r.Consents), r.ApprovalsNeeded, r.Expires)
	case ledger.Unconfirmed:
		return Say("%s, nobody knows yet whether %s was wiped. Please look at it, then press a button on the card.", r.Requester, Literal(MachineName(r)))
	}
	return Say("%s, Graph still does not say that %s is ready. Please look at it in the Intune admin center, under Devices, Windows 365.", r.Requester, Literal(MachineName(r)))
}

package words

import (
	"cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// The phrases of column past of the table of events: what the list of a request's events says.

func pastAsked(r ledger.Request, e ledger.Event) Line {
	if r.IsSelfService() {
		return Say("%s asked for a Cloud PC of their own, by self-service.", e.By) + reason(r.Order.Reason)
	}
	return Say("%s requested %s (%s).", e.By, Literal(Plain(r.Order.PC, LongestName)), options(r.Order)) + reason(r.Order.Reason)
}

func pastOffered(r ledger.Request, _ ledger.Event) Line {
	if r.IsSelfService() {
		return Say("I asked which of their Cloud PCs is meant.")
	}
	return Say("Several Cloud PCs fit what was typed; I asked which one is meant.")
}

func pastSignedIn(_ ledger.Request, e ledger.Event) Line {
	return Say("%s signed in to Microsoft as %s.", e.By, cmp.Or(e.Texts[ledger.TextUser], deleted))
}

func pastApproved(r ledger.Request, e ledger.Event) Line {
	return Say("%s approved (%d of %d).", e.By, e.Count, r.ApprovalsNeeded)
}

func pastExplained(_ ledger.Request, e ledger.Event) Line {
	return Say("%s gave a reason: %s", e.By, cmp.Or(e.Texts[ledger.TextWhy], deleted))
}

func pastLeft(_ ledger.Request, e ledger.Event) Line {
	if e.Cause.Code == ledger.NeverEnded {
		return Say("%s closed it: Microsoft never reported how it ended.", e.By)
	}
	return Say("%s closed it as unresolved.", e.By)
}

func pastKept(_ ledger.Request, e ledger.Event) Line {
	return Say("%s tried to close it, but it stayed open: %s", e.By, Why(e.Cause))
}

func pastRepelled(_ ledger.Request, e ledger.Event) Line {
	return Say("%s was not allowed to %s: %s.", e.By, cmp.Or(attempts[e.Act], string(e.Act)), cmp.Or(obstacles[e.Verdict], string(e.Verdict)))
}

func pastSubmitted(_ ledger.Request, e ledger.Event) Line {
	return Say("I started sending it to Microsoft Graph (client-request-id %s).", e.Call)
}

func pastAccepted(_ ledger.Request, e ledger.Event) Line {
	if e.Cause.Code == ledger.EvidenceOf {
		return Say("The machine showed that the request did reach Microsoft: %s.", sentenceEnd(e.Cause.Detail))
	}
	return Say("Microsoft accepted it.")
}

func pastSucceeded(r ledger.Request, e ledger.Event) Line {
	if name := r.Result.DeviceName; name != "" && name != r.Target.DeviceName {
		return Say("%s after %s; its device name changed from %s to %s.", readyWord(r), took(r), r.Target.DeviceName, name) + caveat(e.Cause)
	}
	return Say("%s after %s.", readyWord(r), took(r)) + caveat(e.Cause)
}

func pastCameLate(_ ledger.Request, e ledger.Event) Line {
	return Say("Microsoft's reply came late: %s.", cmp.Or(replies[e.Outcome], string(e.Outcome)))
}

// attempts are what somebody tried to do.
var attempts = map[auth.Act]string{
	auth.Ask: "request it", auth.Approve: "approve it", auth.Deny: "deny it", auth.Cancel: "cancel it", auth.Leave: "close it", auth.Again: "request it again",
	auth.Read: "read it", auth.ReadAll: "read all requests", auth.Freeze: "freeze all erases", auth.Pick: "pick a machine for it", auth.Veto: "stop it as the machine's user",
	auth.SelfService: "go on with it",
}

// obstacles are why somebody could not do what they tried.
var obstacles = map[auth.Reason]string{
	auth.Foreign:    "they belong to another organisation",
	auth.NotListed:  "they are on no list of this bot",
	auth.NotAdmin:   "they are not an admin",
	auth.NotTheirs:  "they are neither an admin nor the requester",
	auth.OwnRequest: "it is their own request",
	auth.OwnMachine: "it is their own Cloud PC",
	auth.NotOwner:   "it is not their Cloud PC",
	auth.IsGuest:    "they are a guest",
	auth.IsBot:      "they are a bot",
	auth.IsGone:     "their account is deactivated",
	auth.Outside:    "the channel is shared with another organisation, or about to be",
	auth.Hidden:     "I am not in the channel",
	auth.OtherCard:  "that message is not its card",
	auth.Unknown:    "Slack did not answer in time",
	auth.NoScope:    "the Slack app lacks a permission",

	auth.NoSelfService: "self-service is switched off",
}

// replies are what Microsoft Graph's answer to the call said.
var replies = map[ledger.Outcome]string{
	ledger.Acted: "it accepted the request", ledger.Declined: "it refused the request", ledger.NotActed: "it did not act on the request",
	ledger.Unknown: "it does not say whether the request worked",
}

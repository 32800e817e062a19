package words

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// MayNot says why somebody may not do what they tried.
func MayNot(v auth.Verdict) Line {
	switch v.Reason {
	case auth.Foreign:
		return Say("You belong to another organisation than this bot, so I cannot do that for you.")
	case auth.OwnRequest:
		return Say("You asked for this one, so somebody else has to approve it.")
	case auth.NotAdmin:
		return Say("Only an admin on my list may do that.")
	case auth.NotTheirs:
		return Say("Only an admin, or who asked for it, may do that.")
	case auth.IsGuest:
		return Say("You are a guest in this workspace, and guests may not do that.")
	case auth.IsBot, auth.IsGone:
		return Say("This account may not do that.")
	case auth.Outside:
		return Say("This channel is shared with another organisation, or about to be, so I do nothing here. Ask in one that is not.")
	case auth.Hidden:
		return Say("I am not in this channel, so I may not post there and do not see who reads it. Invite me with `/invite`, or ask in a channel that I am in.")
	case auth.NoScope:
		return Why(ledger.MissingScope(v.Detail)) + Say(" I did nothing.")
	case auth.Unknown:
		return Say("Slack did not tell me in time who you are, in which user groups you are, or what this channel is, so I did nothing. Please press again, or type it again, in a moment.")
	default:
		return Say("Only the admins on my list may ask for a reprovision, and you are not on it. Ask your IT admins, or ask whoever runs me to add you.")
	}
}

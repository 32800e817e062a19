package words

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// MayNot says why somebody may not do what they tried.
func MayNot(v auth.Verdict) Line {
	switch v.Reason {
	case auth.Foreign:
		return Say("This bot belongs to another organisation, so I can't do that for you.")
	case auth.OwnRequest:
		return Say("You made this request, so someone else has to approve it.")
	case auth.OwnMachine:
		return Say("This is your own Cloud PC, so someone else has to approve this.")
	case auth.NotOwner:
		return Say("Only the person whose Cloud PC this is can say that.")
	case auth.NotAdmin:
		return Say("Only an admin of this bot can do that.")
	case auth.NotTheirs:
		return Say("Only an admin, or the person who made this request, can do that.")
	case auth.IsGuest:
		return Say("Guests in this workspace can't do that.")
	case auth.IsBot, auth.IsGone:
		return Say("This account can't do that.")
	case auth.Outside:
		return Say("This channel is shared with another organisation, or about to be, so I did nothing. Use a channel that is not.")
	case auth.Hidden:
		return Say("I'm not in this channel, so I can't post here or see who reads it. Invite me with `/invite`, or use a channel that I'm in.")
	case auth.NoSelfService:
		return Say("Self-service is switched off, so I can't reprovision your own Cloud PC for you. Ask your IT admins.")
	case auth.NoScope:
		return sentence(Why(ledger.MissingScope(v.Detail))) + Say(" I did nothing.")
	case auth.Unknown:
		return Say("Slack did not tell me in time who you are, which user groups you are in, or what this channel is, so I did nothing. Try again in a moment.")
	default:
		return Say("Only people on this bot's list can request a reprovision, and you are not on it. Ask your IT admins for help, or ask whoever runs this bot to add you.")
	}
}

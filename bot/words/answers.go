package words

import (
	"regexp"

	"cloudpc-bot/bot/ledger"
)

// The sentences people read. Each says what happened, and what happens next or what the reader can
// do.

// Received answers an accepted command.
func Received(r ledger.Request) Line {
	return Say("%s: looking for %s…", string(r.ID), Literal(r.Order.PC))
}

// Literal is a name exactly as it is. If Slack would format it, as it does *NAME* (bold) and :name:
// (an emoji), it is shown as code, which Slack does not format
// (docs.slack.dev/messaging/formatting-message-text). No character is added to the name itself, so
// that it can be copied.
func Literal(name string) Line {
	if drawn.MatchString(name) {
		return Say("`%s`", name)
	}
	return Say("%s", name)
}

// drawn matches what Slack would format: a *, _ or ~ at the edge of a word, or the name of an emoji.
var drawn = regexp.MustCompile(`(^|[^\pL\pN])[*_~]|[*_~]([^\pL\pN]|$)|:[^\s:]+:`)

// PerhapsRecorded answers a command that may or may not have been stored.
func PerhapsRecorded() Line {
	return Say("I am not sure I have this: see `/reprovision list` before you ask again. My memory does not answer as it should.")
}

// LateRecorded tells a person whose press was stored after Slack had shown its warning.
func LateRecorded() Line {
	return Say("I have it after all: my memory was slow to answer, so Slack told you otherwise. There is nothing more to press.")
}

// LateLost tells a person whose press was, as far as is known, not stored.
func LateLost() Line {
	return Say("I could not take that in: my memory does not answer as it should. Look at the card, or at `/reprovision list`, and press again if it is not there.")
}

// LedgerDown answers a command for which the ledger could not be read or written.
func LedgerDown() Line {
	return Say("My memory does not answer as it should, so I do not know. Please try again in a minute; if it stays like this, tell whoever runs me to look at my log.")
}

// Refused tells the requester of a request without a card that it has ended, refused or cancelled.
func Refused(r ledger.Request) Line {
	if r.State == ledger.Cancelled {
		return Say("%s is cancelled by %s. Nothing was wiped.", string(r.ID), r.Decided.By)
	}
	return Say("%s: nothing was asked of anybody. %s", string(r.ID), Why(r.Cause)) + andAgain(r.Cause)
}

// Receipt is what an audit can later compare with the ledger, to show that it was not rewritten since:
// `cloudpc-bot audit R-7K3F:3f9c0a1b2c3d`.
func Receipt(e ledger.Event) Line {
	return Say(" `%s:%s`", string(e.Request), e.Hash.Short())
}

// CardIsAt links to the card for a requester who typed the command in another channel.
func CardIsAt(r ledger.Request, address string) Line {
	return Say("%s is %s.", string(r.ID), link(address, "here"))
}

// OutOfReach begins a private message to the requester that replaces a reply in the thread, because the
// thread cannot be reached.
func OutOfReach(r ledger.Request) Line {
	return Say("I cannot reach the card of %s any more, so I tell you here.\n", string(r.ID))
}

// NotHere answers a command in a direct message if somebody else would have to approve it.
func NotHere() Line {
	return Say("This needs somebody else's approval, and nobody else sees these messages. Please ask in a channel that the admins are in.")
}

// UnknownRequest answers about a request that the ledger does not have, or that the reader may not
// see.
func UnknownRequest(id string) Line {
	return Say("I know no request %s. If you see its card, another copy of this bot may run on another ledger; else `/reprovision list` shows what there is.", id)
}

// OtherCard answers a press on a message that is not the request's card. address is the link to the
// card, empty if the reader may not see it.
func OtherCard(r ledger.Request, address string) Line {
	if address == "" {
		return Say("This is not the card of %s.", string(r.ID))
	}
	return Say("This is not the card of %s; that one is %s. I did nothing.", string(r.ID), link(address, "here"))
}

// copied is the status of a message that is not the request's card: a second copy, or one that was
// posted after the request had ended (then address is empty).
func copied(r ledger.Request, address string) Line {
	if address == "" {
		return Say("*This card does not count.* %s had ended before it was known to stand.", string(r.ID))
	}
	return Say("*This is a copy.* The card of %s is %s.", string(r.ID), link(address, "here"))
}

// CardStuck says in the thread what the card should show, because Slack refuses to change it.
func CardStuck(r ledger.Request) Line {
	return Say("Slack does not let me change the card above any more: it stays as it is, and buttons that it still shows count for nothing that is over. What it should say: ") + Status(r)
}

// TooLate answers a decision on a request that was decided already.
func TooLate(e *ledger.DecidedError) Line {
	switch {
	case e.State == ledger.Failed && e.By.Kind == ledger.WasLeft:
		return Say("%s was first, and closed it %s.", e.By.By, e.By.At)
	case e.Out && !e.State.Ended() && e.By.Kind == ledger.WasApproved:
		return Say("%s was first: it is approved, and the call is out; it cannot be taken back. The thread tells how it goes on.", e.By.By)
	case e.Out && !e.State.Ended():
		return Say("Too late: the call is out, and it cannot be taken back. The thread tells how it goes on.")
	case e.State == ledger.Succeeded || e.Out:
		return Say("This has ended already: it has %s.", string(e.State))
	case e.By.Kind == ledger.WasApproved:
		return Say("%s was first: it is approved, %s.", e.By.By, e.By.At)
	case e.By.Kind == ledger.WasDenied:
		return Say("%s was first: it is denied, %s.", e.By.By, e.By.At)
	case e.By.Kind == ledger.WasCancelled:
		return Say("%s was first: it is cancelled, %s.", e.By.By, e.By.At)
	}
	return Say("This is %s already, so there is nothing left to decide.", string(e.State))
}

// OneMoment answers a press on a card that the ledger does not know of yet.
func OneMoment() Line {
	return Say("One moment: I am still putting this up. Please press again.")
}

// ApprovedAlready answers a second approval by the same person.
func ApprovedAlready() Line {
	return Say("You have approved this already; it takes somebody else's approval too.")
}

// HasExpired answers a decision after the request's expiry.
func HasExpired(r ledger.Request) Line {
	return Say("Too late: this has expired, %s. Nothing was wiped; ask again if it is still wanted.", r.Expires)
}

// CheckingOnceMore answers the wish to close an overdue run.
func CheckingOnceMore(r ledger.Request) Line {
	return Say("I am looking at %s once more. If Graph shows no run under way, %s is closed; the thread says so either way.", Literal(MachineName(r)), string(r.ID))
}

// NotOverdue answers the wish to close a run that is not overdue.
func NotOverdue(r ledger.Request) Line {
	return Say("%s is being rebuilt and is not overdue, so it cannot be closed. The thread tells how it goes on.", Literal(MachineName(r)))
}

// NotYet answers a decision that the state of the request does not allow.
func NotYet() Line {
	return Say("That cannot be done at the moment: I am still looking for signs of what Graph did. Please try again later.")
}

// Cancelled answers the command cancel.
func Cancelled(r ledger.Request) Line {
	return Say("%s is cancelled. Nothing was wiped.", string(r.ID))
}

// CalledAMomentAgo stands on a card that does not call a group again.
func CalledAMomentAgo(address string) Line {
	return Say("\nThe approvers were notified a moment ago, by %s.", link(address, "another card"))
}

// WantsReason answers a command without the reason that this bot asks for.
func WantsReason() Line {
	return Say("Add a reason, so that whoever approves knows why: `/reprovision &lt;pc&gt; reason=\"…\"`. No request was made.")
}

// TooManyOpen answers a command of somebody of whom enough requests wait.
func TooManyOpen(most int) Line {
	return Say("You already have %d open requests, which is the limit. `/reprovision list` shows them; withdraw one, or wait until one has ended.", most)
}

package words

import (
	"cmp"
	"regexp"

	"cloudpc-bot/bot/ledger"
)

// The sentences people read. Each says what happened, and what happens next or what the reader can
// do.

// Received answers an accepted command.
func Received(r ledger.Request) Line {
	if r.IsSelfService() {
		return SigningIn(r)
	}
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
	return Say("I may not have saved this: my database is not responding. Check `/reprovision list` before you try again.")
}

// LateRecorded tells a person whose press was stored after Slack had shown its warning.
func LateRecorded() Line {
	return Say("That worked. Slack showed a warning because my database was slow; there is no need to press again.")
}

// LateLost tells a person whose press was, as far as is known, not stored.
func LateLost() Line {
	return Say("That may not have worked: my database is not responding. Check the card or `/reprovision list`, and press again if it had no effect.")
}

// LedgerDown answers a command for which the ledger could not be read or written.
func LedgerDown() Line {
	return Say("I can't tell right now: my database is not responding. Try again in a minute. If that does not help, ask whoever runs this bot to check its log.")
}

// Refused tells the requester of a request without a card that it has ended, refused or cancelled.
func Refused(r ledger.Request) Line {
	if r.State == ledger.Cancelled {
		return Say("%s was withdrawn by %s. Nothing was erased.", string(r.ID), r.Decided.By)
	}
	if len(r.Near) > 0 {
		return Say("%s: no request was made. %s", string(r.ID), sentence(reasons[r.Cause.Code].what(r.Cause))) + near(r)
	}
	return Say("%s: no request was made. %s", string(r.ID), sentence(Why(r.Cause))) + andAgain(r, r.Cause)
}

// AlreadyRequested tells the requester that somebody has a request for the same machine: who, where it
// stands, and what can be done with it. address is that of its card.
func AlreadyRequested(r, holder ledger.Request, address string) Line {
	id := Say("%s", string(holder.ID))
	if address != "" {
		id = link(address, string(holder.ID))
	}
	if holder.Requester == r.Requester {
		return Say("%s: no request was made. You already have a request for this machine: %s (%s).", string(r.ID), id, shortStatus(holder))
	}
	line := Say("%s: no request was made. %s already has a request for this machine: %s (%s).", string(r.ID), holder.Requester, id, shortStatus(holder))
	if holder.State == ledger.Pending {
		line += Say(" Any admin but %s can approve it on its card.", holder.Requester)
	}
	return line
}

// Receipt is what an audit can later compare with the ledger, to show that it was not rewritten since:
// `cloudpc-bot audit R-7K3F:3f9c0a1b2c3d`.
func Receipt(e ledger.Event) Line {
	return Say(" `%s:%s`", string(e.Request), e.Hash.Short())
}

// CardIsAt links to the card for a requester who typed the command in another channel.
func CardIsAt(r ledger.Request, address string) Line {
	return Say("The card of %s is %s.", string(r.ID), link(address, "here"))
}

// OutOfReach begins a private message to the requester that replaces a reply in the thread, because the
// thread cannot be reached.
func OutOfReach(r ledger.Request) Line {
	return Say("I can't reach the card of %s any more, so I'm telling you here.\n", string(r.ID))
}

// NotHere answers a command in a direct message if somebody else would have to approve it.
func NotHere() Line {
	return Say("Somebody else has to approve this, and nobody else sees this conversation. Request it in a channel that the admins are in.")
}

// UnknownRequest answers about a request that the ledger does not have, or that the reader may not
// see.
func UnknownRequest(id string) Line {
	return Say("I can't find a request %s. `/reprovision list` shows what is in progress. If you can see its card, another copy of this bot may be using a different database.", id)
}

// OtherCard answers a press on a message that is not the request's card. address is the link to the
// card, empty if the reader may not see it.
func OtherCard(r ledger.Request, address string) Line {
	if address == "" {
		return Say("This is not the card of %s, so I did nothing.", string(r.ID))
	}
	return Say("This is not the card of %s, so I did nothing. Its card is %s.", string(r.ID), link(address, "here"))
}

// copied is the status of a message that is not the request's card: a second copy, or one that was
// posted after the request had ended (then address is empty).
func copied(r ledger.Request, address string) Line {
	if address == "" {
		return Say("*This card does not count.* %s ended before I knew that the card had been posted.", string(r.ID))
	}
	return Say("*This is a copy.* The card of %s is %s.", string(r.ID), link(address, "here"))
}

// CardStuck says in the thread what the card should show, because Slack refuses to change it.
func CardStuck(r ledger.Request) Line {
	return Say("Slack no longer lets me update the card above. Buttons on it that no longer apply do nothing. It should say: ") + Status(r)
}

// TooLate answers a decision on a request that was decided already.
func TooLate(e *ledger.DecidedError) Line {
	switch {
	case e.State == ledger.Failed && e.By.Kind == ledger.WasLeft:
		return Say("%s already closed this, %s.", e.By.By, e.By.At)
	case e.Out && !e.State.Ended() && e.By.Kind == ledger.WasApproved:
		return Say("%s already approved this, and the request is on its way to Microsoft, so it cannot be stopped. The thread shows what happens next.", e.By.By)
	case e.Out && !e.State.Ended():
		return Say("Too late: the request is on its way to Microsoft and cannot be stopped. The thread shows what happens next.")
	case e.State == ledger.Succeeded || e.State == ledger.Failed:
		return Say("Too late: this %s.", over[e.State])
	case e.By.Kind == ledger.WasApproved:
		return Say("%s already approved this, %s.", e.By.By, e.By.At)
	case e.By.Kind == ledger.WasDenied:
		return Say("%s already denied this, %s.", e.By.By, e.By.At)
	case e.By.Kind == ledger.WasCancelled:
		return Say("%s already withdrew this, %s.", e.By.By, e.By.At)
	}
	if !e.State.Ended() {
		return Say("That is not possible now: this is %s.", shortStatus(ledger.Request{State: e.State}))
	}
	return Say("Too late: this %s.", cmp.Or(over[e.State], "has ended"))
}

// over are ends that nobody decided.
var over = map[ledger.State]string{
	ledger.Succeeded: "has succeeded",
	ledger.Failed:    "has failed",
	ledger.Expired:   "has expired",
	ledger.Voided:    "was stopped before anything was erased",
	ledger.Refused:   "was refused",
}

// OneMoment answers a press on a card that the ledger does not know of yet.
func OneMoment() Line {
	return Say("One moment: this card is not ready yet. Press again in a few seconds.")
}

// ApprovedAlready answers a second approval by the same person.
func ApprovedAlready() Line {
	return Say("You already approved this. Somebody else has to approve it too.")
}

// HasExpired answers a decision after the request's expiry.
func HasExpired(r ledger.Request) Line {
	return Say("Too late: this expired %s. Nothing was erased.", r.Expires) + stillWanted(r)
}

// CheckingOnceMore answers the wish to close an overdue run.
func CheckingOnceMore(r ledger.Request) Line {
	return Say("I'm checking %s once more. If Microsoft shows nothing in progress, I'll close %s. The thread will say so either way.", Literal(MachineName(r)), string(r.ID))
}

// NotOverdue answers the wish to close a run that is not overdue.
func NotOverdue(r ledger.Request) Line {
	return Say("%s is being rebuilt and is not overdue, so this cannot be closed. The thread shows what happens next.", Literal(MachineName(r)))
}

// NotYet answers a decision that the state of the request does not allow.
func NotYet() Line {
	return Say("Not yet: I'm still checking whether the request worked. Try again later.")
}

// Cancelled answers the command cancel.
func Cancelled(r ledger.Request) Line {
	return Say("%s is cancelled. Nothing was erased.", string(r.ID))
}

// CalledAMomentAgo begins the small print of a card that does not call a group again.
func CalledAMomentAgo(address string) Line {
	if address == "" {
		return Say("approvers notified a moment ago · ")
	}
	return Say("approvers notified a moment ago by %s · ", link(address, "another card"))
}

// TypeInstead answers a command without a machine where the form cannot be opened in time.
func TypeInstead() Line {
	return Say("I could not open the form in time. Type `/reprovision` with the name of the Cloud PC instead; `/reprovision help` shows how.")
}

// NamesNotRead stands in a form whose search does not work yet.
func NamesNotRead() Line {
	return Say("I'm still reading the list of Cloud PCs, so I can't search it yet. Type the exact name, or open this form again in a minute.")
}

// NoSuchOption stands at a field of a form whose value was not one of those offered.
func NoSuchOption() Line { return Say("Choose one of the options.") }

// WantsReason answers a command without the reason that this bot asks for.
func WantsReason() Line {
	return Say("Add a reason, so that whoever approves knows why: `/reprovision &lt;pc&gt; reason=\"…\"`. No request was made.")
}

// AddReason stands at the field of a form in which a reason is missing.
func AddReason() Line { return Say("Add a reason, so that whoever approves knows why.") }

// TooManyOpen answers a command of somebody of whom enough requests wait.
func TooManyOpen(most int) Line {
	if most == 1 {
		return Say("You already have an open request, and one is the limit. `/reprovision list` shows it; withdraw it, or wait until it has been decided.")
	}
	return Say("You already have %d open requests, which is the limit. `/reprovision list` shows them; withdraw one, or wait until one has been decided.", most)
}

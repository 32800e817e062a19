package words

import (
	"fmt"

	"cloudpc-bot/bot/ledger"
)

// Event is a row of the table of events: how people are notified of one kind of event, and what it does
// to the card. A test fails if a kind of event has no row, or a row has an empty column.
type Event struct {
	// thread is what is posted to the card's thread when it happens; [silent] if the card says enough.
	thread phrase
	// past is what the list of a request's events says about it later.
	past phrase
	// Card is what it does to the card.
	Card Redraw
	// DM is when the requester also gets a direct message about it.
	DM Private
	// Calls is whom the reply in the thread mentions, besides the people in its text.
	Calls Call
	// owner is what the machine's owner is told in private about it; [silent] if nothing.
	owner phrase
	// Texts are the keys of the texts that it stores beside the hash chain, where they can be erased.
	Texts []string
}

// phrase puts an event of a request into words.
type phrase func(ledger.Request, ledger.Event) Line

// Redraw is what an event does to the card.
type Redraw int

// What an event may do to the card.
const (
	Redrawn Redraw = iota + 1 // the card shows something else from now on
	AsItWas                   // it changes nothing that the card shows
)

func (c Redraw) String() string { return constantName(c, "Redrawn", "AsItWas") }

// Private is when the requester gets a direct message about an event, besides the reply in the thread.
type Private int

// When the requester gets a direct message about an event.
const (
	Never      Private = iota + 1
	Elsewhere          // if they typed the command in another channel than the card's: decisions and ends
	PastThread         // if the thread cannot be reached any more: what they have to know or act on
	Both
)

func (p Private) String() string { return constantName(p, "Never", "Elsewhere", "PastThread", "Both") }

// Elsewhere reports whether a requester who typed the command in another channel gets a direct message.
func (p Private) Elsewhere() bool { return p == Elsewhere || p == Both }

// PastThread reports whether the requester gets a direct message if the thread cannot be reached.
func (p Private) PastThread() bool { return p == PastThread || p == Both }

// Call is whom a reply mentions.
type Call int

// Whom a reply may mention.
const (
	Nobody         Call = iota + 1
	Requester           // who asked, at the end
	Approvers           // everybody who can approve: what is left to decide is theirs
	ApproversFirst      // everybody who can approve, the first time that it happens to a request
)

func (c Call) String() string {
	return constantName(c, "Nobody", "Requester", "Approvers", "ApproversFirst")
}

// constantName is a constant of a table as it stands in the source, for tests to print; the first name is 1.
func constantName[T ~int](c T, names ...string) string {
	if c < 1 || int(c) > len(names) {
		return fmt.Sprintf("(empty: %d)", int(c))
	}
	return names[c-1]
}

// EventOf is the row of an event. Of a kind that this program does not know, the story shows the word.
func EventOf(e ledger.Event) Event {
	row, ok := events[e.Kind]
	switch {
	case !ok:
		return Event{silent, func(_ ledger.Request, e ledger.Event) Line { return Say("%s.", string(e.Kind)) }, Redrawn, Never, Nobody, silent, nil}
	case e.Kind == ledger.CameLate && e.To == ledger.Provisioning: // what it says is known already
		row.DM = Never
	}
	return row
}

// events has a row for each kind of event, in the order in which they happen.
var events = map[ledger.Kind]Event{
	ledger.WasAsked:     {silent, pastAsked, Redrawn, Never, Nobody, silent, []string{ledger.TextTyped, ledger.TextWhy}},
	ledger.WasOffered:   {silent, pastOffered, AsItWas, Never, Nobody, silent, none},
	ledger.WasSignedIn:  {silent, pastSignedIn, AsItWas, Never, Nobody, silent, []string{ledger.TextUser}},
	ledger.WasConfirmed: {silent, by("%s chose one, and confirmed it by its name."), AsItWas, Never, Nobody, silent, []string{ledger.TextWhy}},
	ledger.WasPicked:    {silent, by("%s picked one."), AsItWas, Never, Nobody, silent, none},
	ledger.WasRefused:   {threadRefused, because("Refused: %s"), Redrawn, PastThread, Requester, silent, none},
	ledger.WasShown:     {threadShown, fixed("The card was posted."), Redrawn, Never, Nobody, silent, machine},
	ledger.WasRepelled:  {silent, pastRepelled, AsItWas, Never, Nobody, silent, none},
	ledger.WasReminded:  {reminder, fixed("I posted a reminder."), Redrawn, Never, ApproversFirst, silent, none},
	ledger.WasApproved:  {threadApproved, pastApproved, Redrawn, Elsewhere, Nobody, silent, none},
	ledger.WasDenied:    {by("Denied by %s. Nothing was erased."), by("%s denied it."), Redrawn, Both, Requester, ownerSpared, none},
	ledger.WasExplained: {threadExplained, pastExplained, Redrawn, Both, Nobody, silent, []string{ledger.TextWhy}},
	ledger.WasCancelled: {by("Withdrawn by %s. Nothing was erased."), by("%s withdrew it."), Redrawn, Both, Requester, ownerSpared, none},
	ledger.IsWaiting:    {threadWaiting, because("Not erased yet: %s"), Redrawn, Never, Nobody, silent, none},
	ledger.WasExpired:   {threadExpired, fixed("It expired."), Redrawn, Both, Requester, ownerSpared, none},
	ledger.WasVoided: {
		threadVoided, because("Stopped before anything was erased: %s"),
		Redrawn, Both, Requester, ownerSpared, none,
	},
	ledger.WasAnnounced: {threadAnnounced, pastAnnounced, Redrawn, Never, Nobody, silent, none},
	ledger.WasVetoed:    {threadVetoed, pastVetoed, Redrawn, Both, Requester, ownerVetoed, none},
	ledger.WasSubmitted: {silent, pastSubmitted, Redrawn, Never, Nobody, silent, none},
	ledger.HasNotActed:  {threadWaiting, because("Not erased yet: %s"), Redrawn, Never, Nobody, silent, none},
	ledger.WasAccepted:  {threadAccepted, pastAccepted, Redrawn, Never, Nobody, ownerAccepted, none},
	ledger.WasDoubted:   {threadDoubted, because("It was not clear whether it worked: %s"), Redrawn, Both, Nobody, ownerDoubted, none},
	ledger.IsUnsettled:  {threadUnsettled, fixed("Microsoft showed no sign of it."), Redrawn, PastThread, Approvers, silent, none},
	ledger.WasLeft:      {threadLeft, pastLeft, Redrawn, Both, Requester, ownerLeft, none},
	ledger.AwaitsPower: {
		threadAwaitsPower, fixed("The machine was powered off; Microsoft waited for somebody to turn it on."), Redrawn, Both, Nobody, ownerAwaitsPower, none,
	},
	ledger.WasSeen:          {silent, fixed("Microsoft showed the machine being rebuilt."), Redrawn, Never, Nobody, silent, none},
	ledger.IsOverdue:        {threadOverdue, fixed("It took longer than expected."), Redrawn, PastThread, Nobody, ownerOverdue, none},
	ledger.WasKept:          {threadKept, pastKept, Redrawn, Never, Nobody, silent, none},
	ledger.HasSucceeded:     {threadSucceeded, pastSucceeded, Redrawn, Both, Requester, ownerSucceeded, machine},
	ledger.HasFailed:        {threadFailed, because("Failed: %s"), Redrawn, Both, Requester, ownerFailed, none},
	ledger.WasErasedOutside: {silent, pastErased, AsItWas, Never, Nobody, silent, []string{ledger.TextActor, ledger.TextName}},
	ledger.CameLate:         {threadCameLate, pastCameLate, Redrawn, PastThread, Nobody, silent, none},
}

var (
	none    = []string{}
	machine = []string{ledger.TextName, ledger.TextDevice, ledger.TextUser}
)

// ThreadLine is what is posted to the thread about an event; false if nothing is.
func ThreadLine(r ledger.Request, e ledger.Event) (Line, bool) {
	line := EventOf(e).thread(r, e)
	return line, line != ""
}

// EventLine is one event in the list of a request's events.
func EventLine(r ledger.Request, e ledger.Event) Line {
	return Say("• %s · %s", e.At, EventOf(e).past(r, e))
}

// silent is for events that are not posted to the thread.
func silent(ledger.Request, ledger.Event) Line { return "" }

// fixed is the same text for every event of a kind.
func fixed(text Line) phrase {
	return func(ledger.Request, ledger.Event) Line { return text }
}

// by puts the person who acted into format.
func by(format string) phrase {
	return func(_ ledger.Request, e ledger.Event) Line { return Say(format, e.By) }
}

// ofMachine puts the machine's name into format.
func ofMachine(format string) phrase {
	return func(r ledger.Request, _ ledger.Event) Line { return Say(format, Literal(MachineName(r))) }
}

// because puts the cause, in sentences, into format.
func because(format string) phrase {
	return func(_ ledger.Request, e ledger.Event) Line { return Say(format, Why(e.Cause)) }
}

package words

import "cloudpc-bot/bot/ledger"

// Event is a row of the table of events: how people hear of one kind of them, and what it does to
// the card. A test fails where a kind of event has no row, or a row an empty column.
type Event struct {
	// Thread is what the card's thread hears of it when it happens; [silent] where the card says
	// enough.
	thread phrase
	// past is what is said of it in the story of a request, later.
	past phrase
	// Card is what it does to the card.
	Card Redraw
	// DM is when the requester hears of it in a direct message too.
	DM Private
	// Calls is whom the reply in the thread mentions, besides those whom its words do.
	Calls Call
	// Texts are the texts that it keeps beside the chain, where they can be erased.
	Texts []string
}

// phrase is what is said of an event of a request.
type phrase func(ledger.Request, ledger.Event) Line

// Redraw is what an event does to the card.
type Redraw int

// What an event may do to the card.
const (
	Redrawn Redraw = iota + 1 // the card shows something else from now on
	AsItWas                   // it changes nothing that the card shows
)

// Private is when the requester hears of an event in a direct message, besides the thread.
type Private int

// When the requester hears of an event in a direct message.
const (
	Never      Private = iota + 1
	Elsewhere          // where they typed the command in another channel than the card's: a decision or an end
	PastThread         // where the thread cannot be reached any more: what they have to look at
	Both
)

// Elsewhere reports whether a requester hears of it who typed the command in another channel.
func (p Private) Elsewhere() bool { return p == Elsewhere || p == Both }

// PastThread reports whether a requester hears of it where the thread cannot be reached.
func (p Private) PastThread() bool { return p == PastThread || p == Both }

// Call is whom a reply mentions.
type Call int

// Whom a reply may mention.
const (
	Nobody         Call = iota + 1
	Requester           // who asked, at the end
	Everybody           // everybody who can approve, and who asked: what is left to decide is theirs
	ApproversFirst      // everybody who can approve, the first time that it happens to a request
)

// EventOf is the row of an event. A kind that has none is told to nobody.
func EventOf(e ledger.Event) Event {
	if row, ok := events[e.Kind]; ok {
		return row
	}
	return Event{silent, fixed(""), Redrawn, Never, Nobody, nil}
}

// events are a row a kind of event, in the order in which they happen.
var events = map[ledger.Kind]Event{
	ledger.WasAsked:     {silent, pastAsked, Redrawn, Never, Nobody, []string{ledger.TextTyped, ledger.TextWhy}},
	ledger.WasRefused:   {threadRefused, because("Refused: %s"), Redrawn, PastThread, Requester, none},
	ledger.WasShown:     {silent, fixed("The card was put up."), Redrawn, Never, Nobody, machine},
	ledger.WasRepelled:  {silent, pastRepelled, AsItWas, Never, Nobody, none},
	ledger.WasReminded:  {reminder, fixed("I reminded people of it."), Redrawn, Never, ApproversFirst, none},
	ledger.WasApproved:  {threadApproved, pastApproved, Redrawn, Elsewhere, Nobody, none},
	ledger.WasDenied:    {by("Denied by %s. Nothing was wiped."), by("%s denied it."), Redrawn, Both, Requester, none},
	ledger.WasExplained: {threadExplained, pastExplained, Redrawn, Both, Nobody, []string{ledger.TextWhy}},
	ledger.WasCancelled: {by("Cancelled by %s. Nothing was wiped."), by("%s cancelled it."), Redrawn, Both, Requester, none},
	ledger.IsWaiting:    {threadWaiting, because("It had to wait: %s"), Redrawn, Never, Nobody, none},
	ledger.WasExpired:   {threadExpired, fixed("It expired."), Redrawn, Both, Requester, none},
	ledger.WasVoided: {
		because("I did not do this, and nothing was wiped: %s Look at the machine, then ask again."), because("The approval was void: %s"),
		Redrawn, Both, Requester, none,
	},
	ledger.WasSubmitted: {silent, pastSubmitted, Redrawn, Never, Nobody, none},
	ledger.WasHeld:      {threadWaiting, because("Nothing was wiped yet: %s"), Redrawn, Never, Nobody, none},
	ledger.WasAccepted:  {threadAccepted, pastAccepted, Redrawn, Never, Nobody, none},
	ledger.WasDoubted:   {threadDoubted, because("Nobody knew whether Graph acted: %s"), Redrawn, Both, Nobody, none},
	ledger.IsUnsettled:  {threadUnsettled, fixed("Graph showed no sign of it."), Redrawn, PastThread, Everybody, none},
	ledger.WasLeft:      {threadLeft, pastLeft, Redrawn, Both, Requester, none},
	ledger.AwaitsPower: {
		threadAwaitsPower, fixed("The machine was powered off; Graph waited until it was started."), Redrawn, Both, Nobody, none,
	},
	ledger.WasSeen:      {silent, fixed("Graph showed the machine being built."), Redrawn, Never, Nobody, none},
	ledger.IsOverdue:    {threadOverdue, fixed("It took longer than it should."), Redrawn, PastThread, Nobody, none},
	ledger.WasKept:      {threadKept, pastKept, Redrawn, Never, Nobody, none},
	ledger.HasSucceeded: {threadSucceeded, pastSucceeded, Redrawn, Both, Requester, machine},
	ledger.HasFailed:    {threadFailed, because("Failed: %s"), Redrawn, Both, Requester, none},
	ledger.CameLate:     {threadCameLate, pastCameLate, Redrawn, PastThread, Nobody, none},
}

var (
	none    = []string{}
	machine = []string{ledger.TextName, ledger.TextDevice, ledger.TextUser}
)

// ThreadLine is what the thread hears of an event; nothing where the card says enough.
func ThreadLine(r ledger.Request, e ledger.Event) (Line, bool) {
	line := EventOf(e).thread(r, e)
	return line, line != ""
}

// EventLine is one event of a request's story.
func EventLine(r ledger.Request, e ledger.Event) Line {
	return Say("• %s · %s", e.At, EventOf(e).past(r, e))
}

// silent says nothing.
func silent(ledger.Request, ledger.Event) Line { return "" }

// fixed says the same of every event.
func fixed(text Line) phrase {
	return func(ledger.Request, ledger.Event) Line { return text }
}

// by says whose event it is.
func by(format string) phrase {
	return func(_ ledger.Request, e ledger.Event) Line { return Say(format, e.By) }
}

// because says why it happened.
func because(format string) phrase {
	return func(_ ledger.Request, e ledger.Event) Line { return Say(format, Why(e.Cause)) }
}

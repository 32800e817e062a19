package words

import (
	"cloudpc-bot/bot/ledger"
)

// event is how people hear of one kind of event.
type event struct {
	// thread is what the card's thread hears of it, when it happens; nothing where the card says
	// enough.
	thread func(ledger.Request, ledger.Event) Line
	// past is what is said of it in the story of a request, later.
	past func(ledger.Request, ledger.Event) Line
}

// ThreadLine is what the thread hears of an event; nothing where the card says enough.
func ThreadLine(r ledger.Request, e ledger.Event) (Line, bool) {
	say := events[e.Kind].thread
	if say == nil {
		return "", false
	}
	line := say(r, e)
	return line, line != ""
}

// EventLine is one event of a request's story.
func EventLine(r ledger.Request, e ledger.Event) Line {
	return Say("• %s · %s", e.At, eventText(r, e))
}

func eventText(r ledger.Request, e ledger.Event) Line {
	if say := events[e.Kind].past; say != nil {
		return say(r, e)
	}
	return Say("%s.", string(e.Kind))
}

// events are a row a kind of event.
var events = map[ledger.Kind]event{
	ledger.WasAsked:     {past: pastAsked},
	ledger.WasShown:     {past: fixed("The card was put up.")},
	ledger.WasRefused:   {threadRefused, because("Refused: %s")},
	ledger.WasApproved:  {threadApproved, pastApproved},
	ledger.WasDenied:    {by("Denied by %s. Nothing was wiped."), by("%s denied it.")},
	ledger.WasExplained: {threadExplained, pastExplained},
	ledger.WasCancelled: {by("Cancelled by %s. Nothing was wiped."), by("%s cancelled it.")},
	ledger.WasLeft:      {threadLeft, pastLeft},
	ledger.WasKept:      {threadKept, pastKept},
	ledger.WasReminded:  {reminder, fixed("I reminded people of it.")},
	ledger.WasRepelled:  {past: pastRepelled},
	ledger.IsWaiting:    {threadWaiting, because("It had to wait: %s")},
	ledger.WasHeld:      {threadWaiting, because("Nothing was wiped yet: %s")},
	ledger.WasExpired:   {threadExpired, fixed("It expired.")},
	ledger.WasVoided: {
		because("I did not do this, and nothing was wiped: %s Look at the machine, then ask again."), because("The approval was void: %s"),
	},
	ledger.WasSubmitted: {past: pastSubmitted},
	ledger.WasAccepted:  {threadAccepted, pastAccepted},
	ledger.AwaitsPower:  {threadAwaitsPower, fixed("The machine was powered off; Graph waited until it was started.")},
	ledger.WasDoubted:   {threadDoubted, because("Nobody knew whether Graph acted: %s")},
	ledger.IsUnsettled:  {threadUnsettled, fixed("Graph showed no sign of it.")},
	ledger.WasSeen:      {past: fixed("Graph showed the machine being built.")},
	ledger.IsOverdue:    {threadOverdue, fixed("It took longer than it should.")},
	ledger.HasSucceeded: {threadSucceeded, pastSucceeded},
	ledger.HasFailed:    {threadFailed, because("Failed: %s")},
	ledger.CameLate:     {threadCameLate, pastCameLate},
}

// fixed says the same of every event.
func fixed(text Line) func(ledger.Request, ledger.Event) Line {
	return func(ledger.Request, ledger.Event) Line { return text }
}

// by says whose event it is.
func by(format string) func(ledger.Request, ledger.Event) Line {
	return func(_ ledger.Request, e ledger.Event) Line { return Say(format, e.By) }
}

// because says why it happened.
func because(format string) func(ledger.Request, ledger.Event) Line {
	return func(_ ledger.Request, e ledger.Event) Line { return Say(format, Why(e.Cause)) }
}

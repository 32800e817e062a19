package ledger

import (
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Event is one thing that happened to a request. Events are only ever appended.
type Event struct {
	Request ID
	Seq     int // 1, 2, … within the request
	At      time.Time
	Kind    Kind
	By      auth.Person // zero = the bot
	To      State       // the state after it
	Cause   Cause
	Call    string  // client-request-id of the call it is about
	Outcome Outcome // of an answer that came late
	Count   int     // which reminder, or how many approvals there are now
	Target  string  // cloudPC.id, once it is known

	OS      command.OS // what was asked for
	Account command.Account

	Act     auth.Act    // what was tried in vain
	Verdict auth.Reason // and why in vain

	Texts  map[string]string // by TextWhy and so on; lie beside the chain, and may have been erased
	Number int64             // its place among the events of all requests
	Hash   Digest            // of the chain up to it
}

// Same reports whether two events tell the same, at whatever times.
func (e Event) Same(o Event) bool {
	return e.Kind == o.Kind && e.By == o.By && e.To == o.To && e.Act == o.Act && e.Verdict == o.Verdict
}

// Kind is what an event tells.
type Kind string

// The kinds of event.
const (
	WasAsked     Kind = "asked"
	WasShown     Kind = "shown" // the card stands
	WasRefused   Kind = "refused"
	WasApproved  Kind = "approved" // by one person; the state tells whether that was enough
	WasDenied    Kind = "denied"
	WasCancelled Kind = "cancelled"
	WasLeft      Kind = "left"      // unconfirmed, and an admin left it at that
	WasExplained Kind = "explained" // who denied said why
	WasReminded  Kind = "reminded"
	WasRepelled  Kind = "repelled" // somebody tried what they may not; Act and Verdict tell
	IsWaiting    Kind = "waiting"  // approved, and something is in the way
	WasExpired   Kind = "expired"
	WasVoided    Kind = "voided"
	WasSubmitted Kind = "submitted" // written down; the call follows
	WasHeld      Kind = "held"      // Graph proved that it did not act
	WasAccepted  Kind = "accepted"
	WasDoubted   Kind = "doubted"
	IsUnsettled  Kind = "unsettled" // no evidence was found in time
	WasSeen      Kind = "seen"      // this run shows in Graph
	IsOverdue    Kind = "overdue"
	AwaitsPower  Kind = "awaits-power" // accepted, and it begins when the machine is powered on
	WasKept      Kind = "kept"         // an admin wanted to close an overdue run, and Cause says why it stays open
	HasSucceeded Kind = "succeeded"
	HasFailed    Kind = "failed"
	CameLate     Kind = "came-late" // an answer after the end
)

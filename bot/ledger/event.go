package ledger

import (
	"time"

	"cloudpc-bot/auth"
)

// Event is one thing that happened to a request. Events are only ever appended.
type Event struct {
	Seq     int         `json:"seq"` // 1, 2, … within the request
	At      time.Time   `json:"at"`
	Kind    Kind        `json:"kind"`
	By      auth.Person `json:"by,omitzero"` // zero = the bot
	To      State       `json:"to"`          // the state after it
	Cause   Cause       `json:"cause,omitzero"`
	Call    string      `json:"call,omitempty"`    // client-request-id of the call it is about
	Outcome Outcome     `json:"outcome,omitempty"` // of an answer that came late
	Text    string      `json:"text,omitempty"`    // what a person wrote
	Count   int         `json:"count,omitempty"`   // which reminder, or how many approvals there are now

	Act     auth.Act    `json:"act,omitempty"`     // what was tried in vain
	Verdict auth.Reason `json:"verdict,omitempty"` // and why in vain
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
	HasSucceeded Kind = "succeeded"
	HasFailed    Kind = "failed"
	CameLate     Kind = "came-late" // an answer after the end
)

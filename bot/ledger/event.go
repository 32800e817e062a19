package ledger

import (
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Event is one thing that happened to a request, or past this bot. Events are only ever appended, never changed.
type Event struct {
	Request ID  // empty = of none: WasErasedOutside
	Seq     int // 1, 2, … within the request, or among the events of none
	At      time.Time
	Kind    Kind
	By      auth.Person // zero = the bot
	To      State       // the state after the event
	Cause   Cause
	Call    string  // client-request-id of the call the event is about
	Outcome Outcome // of an answer that came after the end (CameLate)
	Count   int     // WasReminded: 1 = first, 2 = later; WasApproved: approvals so far; HasNotActed: 1 for a new cause, else all rejections so far
	Target  string  // cloudPC.id, once it is known

	OS      command.OS // WasAsked: the options of the command
	Account command.Account

	Act     auth.Act    // WasRepelled: what the person tried
	Verdict auth.Reason // and why it was not allowed

	Outside Erase  // WasErasedOutside
	SignIn  SignIn // WasSignedIn

	Texts  map[string]string // by TextWhy and so on; stored beside the chain, and possibly erased
	Number int64             // 1, 2, … across all requests
	Hash   Digest            // of the chain up to and including the event
}

// Same reports whether two events say the same, regardless of when. [Store.AppendEvent] stores
// such events once.
func (e Event) Same(o Event) bool {
	return e.Kind == o.Kind && e.By == o.By && e.To == o.To && e.Act == o.Act && e.Verdict == o.Verdict
}

// Kind is what happened. The words are stored and hashed: they never change.
type Kind string

// The kinds of event.
const (
	WasAsked     Kind = "asked"
	WasShown     Kind = "shown"   // the card was posted
	WasOffered   Kind = "offered" // several machines fit what was typed: the requester has to pick one
	WasPicked    Kind = "picked"  // by the requester; Count is which, from 1
	WasRefused   Kind = "refused"
	WasApproved  Kind = "approved" // by one person; To says whether that was enough
	WasDenied    Kind = "denied"
	WasCancelled Kind = "cancelled"
	WasLeft      Kind = "left"      // an admin ended an unconfirmed request, or closed an overdue run
	WasExplained Kind = "explained" // the admin who denied gave a reason
	WasReminded  Kind = "reminded"
	WasRepelled  Kind = "repelled" // a person tried something that auth did not allow; see Act and Verdict
	IsWaiting    Kind = "waiting"  // approved, but something is in the way
	WasExpired   Kind = "expired"
	WasVoided    Kind = "voided"
	WasAnnounced Kind = "announced" // after the approval: who the machine's owner is, and how long they may say "not now"
	WasVetoed    Kind = "vetoed"    // by the owner
	WasSubmitted Kind = "submitted" // stored; the call to Graph follows
	HasNotActed  Kind = "held"      // Graph proved that it did not act
	WasAccepted  Kind = "accepted"  // Graph accepted the call, by its answer or by evidence
	WasDoubted   Kind = "doubted"   // nobody knows whether Graph acted
	IsUnsettled  Kind = "unsettled" // no evidence was found in time
	WasSeen      Kind = "seen"      // Graph shows this run
	IsOverdue    Kind = "overdue"
	AwaitsPower  Kind = "awaits-power" // accepted, but the run begins when the machine is powered on
	WasKept      Kind = "kept"         // an admin wanted to close an overdue run; Cause says why it stays open
	HasSucceeded Kind = "succeeded"
	HasFailed    Kind = "failed"
	CameLate     Kind = "came-late" // an answer from Graph after the end, or while the run was already followed

	WasSignedIn  Kind = "signed-in" // the requester of a self-service request, in Entra
	WasConfirmed Kind = "confirmed" // by them: which of their machines; Count is which, from 1

	WasErasedOutside Kind = "erased-outside" // a machine, past this bot; of no request
)

package ledger

import (
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Request is one ask to reprovision one Cloud PC.
type Request struct {
	ID      ID
	Version int64 // counts the swaps; Replace compares it

	State   State
	Failure Failure // which kind of failed it is
	Cause   Cause   // why it ended, waits or is in doubt

	Order           command.Order
	Requester       auth.Person
	Interaction     Interaction
	Asked           time.Time
	FromChannel     string // channel in which the command was typed
	ApprovalsNeeded int    // approvals needed

	Target     Target // what Graph said of the machine when the card was made
	Card       Thread
	Shown      time.Time // when the card was posted; reminders count from it
	Reminded   int       // reminders given while it waited for approval
	Consents   []Consent // approvals so far, of distinct people
	Decided    Decision  // who ended the asking, and how
	RetryOf    ID        // the request that this one asks for once more
	Earlier    ID        // an earlier erase of this machine that never showed its end
	Missing    time.Time // since when Graph says that there is no such machine
	Expires    time.Time // when an approval that was not acted on lapses
	Submission Submission
	Result     Target // the machine as it was once ready again
	Ended      time.Time

	Rejections int  // how often Graph proved that it did not act
	RejectedBy Code // and why the last time

	Due   time.Time // when a worker looks again; zero = when somebody decides
	Tries int       // looks in vain since the last progress

	Events      int       // how many events the ledger holds of it
	NarratedSeq int       // how many of them its thread has heard
	Within      time.Time // the next Replace must land before it; zero = whenever
	Free        bool      // the next Replace ends the claim of the deed
	News        []Event   // events the next Replace appends
}

// Interaction is what tells one command from its redelivery. Neither part is a secret:
// Slack's trigger_id is kept as a digest only.
type Interaction struct {
	Envelope string
	Trigger  string
}

// DedupKeys are the keys under which a home knows the gesture again.
func (g Interaction) DedupKeys() []string {
	var m []string
	if g.Envelope != "" {
		m = append(m, "envelope "+g.Envelope)
	}
	if g.Trigger != "" {
		m = append(m, "trigger "+g.Trigger)
	}
	return m
}

// Thread is where a request is told: the card's channel and its ts.
type Thread struct {
	Channel string
	TS      string
}

// String is where the card stands, on one line.
func (t Thread) String() string { return t.Channel + "/" + t.TS }

// IsZero reports whether there is no card yet.
func (t Thread) IsZero() bool { return t == Thread{} }

// Submission is the one call to Graph that an approval allows.
type Submission struct {
	CallID          string // the client-request-id that was sent
	At              time.Time
	Deadline        time.Time // nothing is sent after it
	Outcome         Outcome   // of the answer, once one was heard that tells
	Accepted        time.Time
	Seen            time.Time // when this run itself was first seen in Graph
	Power           time.Time // when it was first seen to wait until the machine is powered on
	EvidenceGivenUp time.Time // when looking for evidence was given up
	RemindedDaily   time.Time // when people were last reminded that it stands open
	Overdue         time.Time // when it was called overdue
	Glimpse         Glimpse   // an end that Graph shows, and that has to show a while
	Closing         Decision  // who wants an overdue run closed; it is looked at once more
}

// Glimpse is an end that what Graph shows speaks for and does not prove: it counts when it is
// still the same a while later.
type Glimpse struct {
	What string
	At   time.Time // when it was first seen so
}

// Consent is one person's approval.
type Consent struct {
	By auth.Person
	At time.Time
}

// Decision is what somebody decided for everybody.
type Decision struct {
	Kind   Kind // WasApproved, WasDenied, WasCancelled or WasLeft
	By     auth.Person
	At     time.Time
	Reason string
}

// State is where a request stands; the words are those of the card.
type State string

// The states of a request.
const (
	Resolving    State = "resolving"
	Pending      State = "pending"
	Approved     State = "approved"
	Submitting   State = "submitting"
	Provisioning State = "provisioning"
	Unconfirmed  State = "unconfirmed"
	Refused      State = "refused"
	Denied       State = "denied"
	Cancelled    State = "cancelled"
	Expired      State = "expired"
	Voided       State = "voided"
	Succeeded    State = "succeeded"
	Failed       State = "failed"
)

// Ended reports whether nothing follows.
func (s State) Ended() bool {
	switch s {
	case Refused, Denied, Cancelled, Expired, Voided, Succeeded, Failed:
		return true
	}
	return false
}

// NotifyDelay is how long telling waits where the bot itself is about to go on: what follows within
// it is told along.
const NotifyDelay = 150 * time.Millisecond

// NotifyAfter reports whether there is something to tell at all, and after which while: while the
// machine is looked for nobody reads, and between approval and answer there is mostly a moment.
func (r *Request) NotifyAfter() (is bool, after time.Duration) {
	switch {
	case len(r.News) == 0, r.State == Resolving:
		return false, 0
	case r.State == Submitting, r.State == Approved && r.Cause.Code == "":
		return true, NotifyDelay
	}
	return true, 0
}

// IsDue reports whether a worker has something to do at a moment.
func (r *Request) IsDue(at time.Time) bool { return !r.Due.IsZero() && !r.Due.After(at) }

// Failure is the kind of a failed request: it decides whether a machine was wiped.
type Failure string

// The kinds of failure.
const (
	ByRefusal Failure = "refused"  // Graph refused the call: nothing wiped
	ByBuild   Failure = "build"    // wiped, and not ready
	Unproven  Failure = "unproven" // nobody knows whether it was wiped, and an admin left it at that
	// Unfinished: Graph accepted the call and never showed the end, and an admin closed it.
	Unfinished Failure = "unfinished"
)

// Cause says why, in a code for words and with the facts an operator needs.
type Cause struct {
	Code      Code
	Detail    string // Graph's or Slack's own word, shortened
	Status    int    // HTTP status
	RequestID string // Graph's request-id

	Until  time.Time // when it is over, where somebody said so
	Reason string    // Graph's own words, cleaned and cut
	Where  string    // the channel it is about, where that is not where the command was typed
}

// Code is the machine-readable part of a cause.
type Code string

// The causes there are.
const (
	NoSuchPC     Code = "no-such-pc"
	ManyPCs      Code = "many-pcs"      // several machines bear the name
	WrongState   Code = "wrong-state"   // the machine's state forbids it; Detail names the state, Until when it ends
	PassingState Code = "passing-state" // it forbids it for a while; Detail names the state
	Taken        Code = "taken"         // another request for the machine is live; Detail is its id
	MayNotPost   Code = "may-not-post"  // Slack refuses the card; Detail is Slack's error
	SlackSilent  Code = "slack-silent"  // the card could not be posted in time
	GraphSilent  Code = "graph-silent"  // Graph gave no usable answer
	GraphRefused Code = "graph-refused" // Graph refused, Status tells how
	Forbidden    Code = "forbidden"     // the permission is missing
	Throttled    Code = "throttled"     // 429
	NoToken      Code = "no-token"      // Entra gave no token
	BadIdentity  Code = "bad-identity"  // Entra rejects the bot's identity for good
	NotSent      Code = "not-sent"      // nothing was written to Graph
	LostAnswer   Code = "lost-answer"   // sent, and no usable answer came
	Interrupted  Code = "interrupted"   // the process that was sending is gone
	Drift        Code = "drift"         // the machine is not the one that was shown; Detail lists what changed
	NoLongerMay  Code = "no-longer-may" // who asked or approved no longer counts
	Waited       Code = "waited"        // nobody could act on the approval in time
	BuildFailed  Code = "build-failed"  // Graph says the run failed
	Frozen       Code = "frozen"        // the brakes are on; Detail is who pulled them
	TooMany      Code = "too-many"      // the budget of an hour is used up; Detail is whose
	Unjudged     Code = "unjudged"      // Slack did not say who these people are or where this is
	OutsideNow   Code = "outside-now"   // the card's channel is shared with another organisation
	MoreNeeded   Code = "more-needed"   // more approvals are needed now than it has
	NotBegun     Code = "not-begun"     // Graph accepted the call and then says that it came to nothing
	EvidenceOf   Code = "evidence"      // Graph shows that the call was acted on; Detail says by what
	TooOld       Code = "too-old"       // nobody could look at the command within its time
	UnderWay     Code = "under-way"     // Graph shows a reprovision of the machine that has not ended; Until is zero
	WithWarnings Code = "with-warnings" // ready, and Graph has warnings; Detail is its word for them
	LooksRebuilt Code = "looks-rebuilt" // v1.0 shows a new identity, and can show no more
	NeverEnded   Code = "never-ended"   // Graph accepted the call and never showed the end
	OthersChat   Code = "others-chat"   // a direct message that the bot cannot be in
	NoScope      Code = "no-scope"      // Slack wants a scope that the app lacks; Detail names it
	Between      Code = "between"       // something between answered in Graph's place
	SecondAdmin  Code = "second-admin"  // Graph refused: Multi Admin Approval wants another administrator
	NoSuchCall   Code = "no-such-call"  // Graph refused: it does not know the action
	Options      Code = "options"       // Graph refused with 400, and options were sent
	NoStatus     Code = "no-status"     // Graph's beta, which showed the machine's state before, does not answer
	StillRuns    Code = "still-runs"    // the run cannot be closed: Graph shows that it goes on; Detail says how
)

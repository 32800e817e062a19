package ledger

import (
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// Request is one ask to reprovision one Cloud PC.
type Request struct {
	ID      ID
	Version int64 // number of swaps so far; Replace compares it

	State   State
	Failure Failure // set only in state failed
	Cause   Cause   // why it ended, waits or is unconfirmed

	Order           command.Order
	Requester       auth.Person
	Interaction     Interaction
	Asked           time.Time
	FromChannel     string // id of the channel in which the command was typed
	ApprovalsNeeded int    // number of distinct people who have to approve; 0 = none

	Choices []Choice // machines that fit what was typed, of which the requester picks one
	Offered bool     // the requester was shown them
	Picked  string   // the cloudPC.id that they picked
	FoundBy FoundBy  // by what the machine was found
	Near    []Choice // where none was found: machines whose name is near what was typed

	Target     Target    // what Graph said about the machine when the card was made
	Card       Thread    // zero until the card is posted
	Shown      time.Time // when the card was posted; reminders count from it
	Reminded   int       // reminders given, or skipped as missed, while it waited for approval
	Consents   []Consent // approvals so far, of distinct people
	Decided    Decision  // the decision that took effect for everybody
	RetryOf    ID        // the request that this one repeats (button "Request again")
	Earlier    ID        // an earlier erase of this machine whose end was never seen
	Missing    time.Time // since when Graph reports no such machine; zero = it does not
	Expires    time.Time // when a pending request, or an approval not yet acted on, expires
	Submission Submission
	Result     Target    // the machine once it was ready again
	Preview    Preview   // what is known of its use, for those who decide
	Owner      Owner     // whose machine it is
	Announced  time.Time // when, after the approval, the owner was looked up; zero = not yet, or never
	Ended      time.Time
	Redacted   time.Time // when its words were last erased; zero = never

	Self SelfService // the requester's own sign-in, of a request for their own machine; zero = it is none

	Rejections int  // how often Graph proved that it did not act
	RejectedBy Code // the cause of the last of them

	Due   time.Time // when a worker looks again; zero = never, unless somebody decides
	Tries int       // unsuccessful tries since the last progress; the back-off grows with them

	Events int  // how many events the ledger has stored for it
	Idle   bool // the swap that returned it ended the claim of its next step: nothing is due
}

// Revision is a request as it is to be stored next, and what the swap has to know besides it.
type Revision struct {
	Request

	NewEvents     []Event   // are appended
	SwapBefore    time.Time // the swap must land before this; zero = at any time
	ReleasesClaim bool      // the swap also ends the claim of the next step
	Told          JobKind   // the audience that was told all of it just before; empty = none
	Handover      *Handover // who claims in the same write what it makes due; nil = nobody
}

// Revise begins a revision of a request as it was read.
func (r Request) Revise() *Revision { return &Revision{Request: r} }

// Next is the request as it will be once the revision is stored.
func (r *Revision) Next() Request {
	next := r.Request
	next.Version++
	next.Events += len(r.NewEvents)
	next.Idle = r.ReleasesClaim
	return next
}

// Interaction identifies what a person did in Slack, so that a redelivery is not taken for a
// second command. A redelivery has the same envelope_id or, in a new envelope, the same
// trigger_id. Neither field is a secret: the trigger_id, which would let its holder open a view
// (docs.slack.dev/reference/methods/views.open), is kept as a digest only.
type Interaction struct {
	Envelope string // envelope_id of Socket Mode
	Trigger  string // digest of the trigger_id
	View     string // id of the form that was sent; Slack lets people send one again whose answer was lost
}

// DedupKeys are the keys by which a store recognises the interaction when it is redelivered.
func (g Interaction) DedupKeys() []string {
	var m []string
	if g.Envelope != "" {
		m = append(m, "envelope "+g.Envelope)
	}
	if g.Trigger != "" {
		m = append(m, "trigger "+g.Trigger)
	}
	if g.View != "" {
		m = append(m, "view "+g.View)
	}
	return m
}

// Thread is where a request's card and the replies to it are: the channel and the ts of the card.
type Thread struct {
	Channel string // channel id
	TS      string // Slack's message ts, which is also the thread_ts of replies
}

// String is channel/ts, as stores write it to a column.
func (t Thread) String() string { return t.Channel + "/" + t.TS }

// IsZero reports whether there is no card yet.
func (t Thread) IsZero() bool { return t == Thread{} }

// Submission is the one call to Graph that an approval allows, and the run it started.
type Submission struct {
	CallID          string    // the client-request-id that is sent with the call
	At              time.Time // when it was stored, just before the call
	Deadline        time.Time // no worker sends the call after it
	Outcome         Outcome   // Acted or Declined, once an answer said so
	Accepted        time.Time // when the answer, or evidence, showed that Graph accepted the call
	Seen            time.Time // when Graph first showed this run
	Power           time.Time // when the run was first seen to wait for the machine to be powered on
	EvidenceGivenUp time.Time // when the bot stopped looking for evidence
	RemindedDaily   time.Time // when people were last reminded that it is still open
	Overdue         time.Time // when it was called overdue
	Glimpse         Glimpse   // an end that Graph shows but that has not lasted long enough to count
	Closing         Decision  // the admin's wish to close an overdue run, until Graph was asked once more
	Phase           Phase     // how far Graph last showed the run to be; empty = only that it accepted the call
}

// Glimpse is an end that Graph's answers suggest but do not prove. It counts only if Graph
// still shows the same some time later, because Graph's status lags.
type Glimpse struct {
	What string    // what was seen, for comparison
	At   time.Time // when it was first seen like this
}

// Consent is one person's approval.
type Consent struct {
	By auth.Person
	At time.Time
}

// Decision is a decision that took effect for everybody.
type Decision struct {
	Kind   Kind // WasApproved, WasDenied, WasCancelled or WasLeft
	By     auth.Person
	At     time.Time
	Reason string // of a denial, optional
}

// State is the state of a request. The words are stored, and shown on the card.
type State string

// The states of a request; the package comment has their diagram.
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

// NotifyDelay is how long a notification is held back when the bot is about to take the next
// step itself: what happens within this time is reported in the same notification.
const NotifyDelay = 150 * time.Millisecond

// NotifyAfter reports whether the new events need a notification, and how long to hold it back.
// While the machine is being resolved there is no thread to post to. Between approval and
// Graph's answer the next event usually follows at once, so the notification waits [NotifyDelay].
func (r *Revision) NotifyAfter() (is bool, after time.Duration) {
	switch {
	case len(r.NewEvents) == 0, r.State == Resolving:
		return false, 0
	case r.State == Submitting, r.State == Approved && r.Cause.Code == "":
		return true, NotifyDelay
	}
	return true, 0
}

// IsDue reports whether a worker has something to do at the given time.
func (r *Request) IsDue(at time.Time) bool { return !r.Due.IsZero() && !r.Due.After(at) }

// Failure is how a request failed. It says whether the machine was wiped.
type Failure string

// The kinds of failure.
const (
	ByRefusal Failure = "refused"  // Graph refused the call: nothing was wiped
	ByBuild   Failure = "build"    // the machine was wiped and is not ready
	Unproven  Failure = "unproven" // nobody knows whether it was wiped, and an admin ended the request
	// Unfinished: Graph accepted the call but never showed the end, and an admin closed it.
	Unfinished Failure = "unfinished"
)

// Failures are all kinds of failure.
func Failures() []Failure { return []Failure{ByRefusal, ByBuild, Unproven, Unfinished} }

// Cause says why: a code, which package words turns into a sentence, and the facts that an
// operator needs.
type Cause struct {
	Code      Code
	Detail    string // depends on Code; often Graph's or Slack's own word, shortened
	Status    int    // HTTP status of the answer
	RequestID string // Graph's request-id, which support asks for

	Until  time.Time // when the obstacle ends, if that is known; of a reminder, when the request expires
	Reason string    // Graph's own message, cleaned and cut
	Where  string    // the channel it is about, if that is not where the command was typed

	Retriable string // Graph's word on whether a build that failed can be tried again: true, false, or none
}

// Code is the machine-readable part of a cause.
type Code string

// The causes.
const (
	NoSuchPC     Code = "no-such-pc"
	ManyPCs      Code = "many-pcs"      // several machines have the name
	WrongState   Code = "wrong-state"   // the machine's state forbids it; Detail is the state, Until when it ends
	PassingState Code = "passing-state" // the machine's state forbids it for a while; Detail is the state
	Taken        Code = "taken"         // another request for the machine is live; Detail is its id
	MayNotPost   Code = "may-not-post"  // Slack refuses the card; Detail is Slack's error
	SlackSilent  Code = "slack-silent"  // Slack did not take the card in time
	GraphSilent  Code = "graph-silent"  // Graph gave no usable answer
	GraphRefused Code = "graph-refused" // Graph refused; Status says how
	Forbidden    Code = "forbidden"     // the bot lacks the permission in Graph
	Throttled    Code = "throttled"     // Graph answered 429
	NoToken      Code = "no-token"      // Entra gave no token
	BadIdentity  Code = "bad-identity"  // Entra rejects the bot's identity for good
	NotSent      Code = "not-sent"      // nothing was written to the connection to Graph
	LostAnswer   Code = "lost-answer"   // the call was sent, but no usable answer came
	Interrupted  Code = "interrupted"   // the process that was sending is gone
	Drift        Code = "drift"         // the machine is not the one that was shown; Detail lists what changed
	NoLongerMay  Code = "no-longer-may" // the requester or an approver no longer counts
	Waited       Code = "waited"        // the approval could not be acted on in time; Detail is the code of what was in the way
	BuildFailed  Code = "build-failed"  // Graph says that the run failed
	Frozen       Code = "frozen"        // the brakes are on; Detail is the admin who pulled them
	TooMany      Code = "too-many"      // the hourly budget is used up; Detail is whose
	Unjudged     Code = "unjudged"      // Slack did not say who these people are or what channel this is
	OutsideNow   Code = "outside-now"   // the card's channel is shared with another organisation
	MoreNeeded   Code = "more-needed"   // more approvals are needed now than the request has
	NotBegun     Code = "not-begun"     // Graph accepted the call but now says that nothing came of it
	NonePicked   Code = "none-picked"   // several machines fit, and the requester picked none in time
	NotOffered   Code = "not-offered"   // several machines fit, and Slack did not let the bot show them
	Protected    Code = "protected"     // PROTECTED names the machine, its policy or its user; Detail says which
	NoEmail      Code = "no-email"      // Slack does not say the e-mail address of the person who was mentioned
	EvidenceOf   Code = "evidence"      // Graph shows that it acted on the call; Detail says what shows it
	TooOld       Code = "too-old"       // no worker could look at the command in time
	UnderWay     Code = "under-way"     // Graph shows a reprovision of the machine that has not ended; Until is zero
	WithWarnings Code = "with-warnings" // ready, but Graph has warnings; Detail is Graph's word for them
	LooksRebuilt Code = "looks-rebuilt" // v1.0 shows a new identity and cannot show more
	NeverEnded   Code = "never-ended"   // Graph accepted the call but never showed the end
	OthersChat   Code = "others-chat"   // a direct message that the bot cannot be in
	NoScope      Code = "no-scope"      // Slack wants a scope that the app lacks; Detail names it
	Between      Code = "between"       // a proxy or another party in between answered instead of Graph
	SecondAdmin  Code = "second-admin"  // Graph refused: Multi Admin Approval requires another administrator
	NoSuchCall   Code = "no-such-call"  // Graph refused: it does not know the action
	Options      Code = "options"       // Graph refused with 400, and options were sent
	OwnerNotice  Code = "owner-notice"  // the owner may say "not now"; Until is when that ends
	OwnerUnknown Code = "owner-unknown" // Slack does not say who the owner is
	OwnerUntold  Code = "owner-untold"  // the owner is told nothing; Detail is why
	Vetoed       Code = "vetoed"        // the owner said "not now"
	NoStatus     Code = "no-status"     // Graph's beta, which showed the machine's state before, does not answer
	StillRuns    Code = "still-runs"    // the run cannot be closed: Graph shows that it goes on; Detail says how

	NoSignIn     Code = "no-sign-in"    // self-service: the requester has not signed in, or that is over; Detail is a NoSignInWhy
	NotOwn       Code = "not-own"       // self-service: the machine is not, or no longer, the signed-in person's
	OwnForbidden Code = "own-forbidden" // self-service: Graph does not let the person do it themselves
)

package ledger

import (
	"fmt"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// MoveError is a change that the request's state does not allow.
type MoveError struct {
	Request ID
	State   State
	Move    string
}

func (e *MoveError) Error() string {
	return fmt.Sprintf("ledger: %s is %s: cannot %s", e.Request, e.State, e.Move)
}

func (r *Request) require(move string, states ...State) error {
	for _, s := range states {
		if r.State == s {
			return nil
		}
	}
	return &MoveError{r.ID, r.State, move}
}

// record appends an event; every change of state goes through it.
func (r *Request) record(kind Kind, by auth.Person, cause Cause, at time.Time) *Event {
	e := Event{
		Request: r.ID, Seq: r.Events + len(r.News) + 1, At: at, Kind: kind, By: by, To: r.State, Cause: cause,
		Call: r.Submission.CallID, Target: r.Target.ID,
	}
	switch kind {
	case WasAsked:
		e.OS, e.Account = r.Order.OS, r.Order.Account
		e.Texts = map[string]string{TextTyped: r.Order.PC, TextWhy: r.Order.Reason}
	case WasShown:
		e.Texts = map[string]string{TextName: r.Target.Name, TextDevice: r.Target.DeviceName, TextUser: r.Target.User}
	case HasSucceeded:
		e.Texts = map[string]string{TextName: r.Result.Name, TextDevice: r.Result.DeviceName, TextUser: r.Result.User}
	}
	r.News = append(r.News, e)
	return &r.News[len(r.News)-1]
}

// enter moves to a state and forgets what was waited for in the old one.
func (r *Request) enter(s State, cause Cause, due, at time.Time) {
	r.State, r.Cause, r.Due, r.Tries = s, cause, due, 0
	if s.Ended() {
		r.Ended, r.Due = at, time.Time{}
	}
}

// New begins a request: somebody asked, and the machine is not found yet.
func New(o command.Order, by auth.Person, typed string, g Interaction, needed int, at time.Time) Request {
	r := Request{
		State: Resolving, Order: o, Requester: by, FromChannel: typed,
		Interaction: g, ApprovalsNeeded: needed, Asked: at, Due: at,
	}
	r.record(WasAsked, by, Cause{}, at)
	return r
}

// Locate takes the machine for this request. Storing it fails with *TakenError
// where another live request holds the machine.
func (r *Request) Locate(t Target) error {
	if err := r.require("locate", Resolving); err != nil {
		return err
	}
	r.Target, r.Cause, r.Tries = t, Cause{}, 0
	return nil
}

// Show records where the card stands, and with it that decisions may come, for as long
// as patience. Where no approval is needed the request is approved, bound to the target
// of the moment, and lapses when it could not be acted on in that time. A request that was
// ended while its card was being posted only takes the card, so that it can tell the end.
func (r *Request) Show(card Thread, at time.Time, patience time.Duration) error {
	if r.State.Ended() && r.Card.IsZero() {
		r.Card, r.Shown = card, at
		r.record(WasShown, auth.Person{}, Cause{}, at)
		return nil
	}
	if err := r.require("show", Resolving); err != nil {
		return err
	}
	r.Card, r.Shown, r.Expires = card, at, at.Add(patience)
	if r.ApprovalsNeeded == 0 {
		r.enter(Approved, Cause{}, at, at)
	} else {
		r.enter(Pending, Cause{}, r.nextReminder(), at)
	}
	r.record(WasShown, auth.Person{}, Cause{}, at)
	return nil
}

// Refuse ends a request that never became one: nothing was asked of anybody.
func (r *Request) Refuse(c Cause, at time.Time) error {
	if err := r.require("refuse", Resolving); err != nil {
		return err
	}
	r.enter(Refused, c, time.Time{}, at)
	r.record(WasRefused, auth.Person{}, c, at)
	return nil
}

// Wait puts the next look off because something is in the way, and counts it. An approved
// request says so once for every new cause; the others wait silently.
func (r *Request) Wait(c Cause, until, at time.Time) error {
	if err := r.Rest(c, until, at); err != nil {
		return err
	}
	r.Tries++
	return nil
}

// Rest is Wait for a rest that a service asked for, or that has an end of its own: it is no
// failure, and lets no back-off grow.
func (r *Request) Rest(c Cause, until, at time.Time) error {
	if r.State.Ended() {
		return &MoveError{r.ID, r.State, "wait"}
	}
	r.Due, r.Missing = r.capAtExpiry(until), time.Time{}
	switch {
	case r.State == Resolving:
		r.Cause = c
	case r.State == Approved && c.Code != r.Cause.Code:
		r.Cause = c
		r.record(IsWaiting, auth.Person{}, c, at)
	}
	return nil
}

// Miss records that Graph says that there is no such machine. That counts when it is asked
// again and says the same.
func (r *Request) Miss(again, at time.Time) error {
	if err := r.require("miss the machine", Approved, Provisioning); err != nil {
		return err
	}
	if r.Missing.IsZero() {
		r.Missing = at
	}
	r.Due = r.capAtExpiry(again)
	return nil
}

// capAtExpiry is a moment, but none after the end of an approval.
func (r *Request) capAtExpiry(t time.Time) time.Time {
	if (r.State == Approved || r.State == Submitting) && t.After(r.Expires) {
		return r.Expires
	}
	return t
}

// ScheduleLook sets the next look after one that found nothing wrong and nothing new.
func (r *Request) ScheduleLook(next time.Time) error {
	if err := r.require("look again", Provisioning, Unconfirmed); err != nil {
		return err
	}
	r.Due = next
	return nil
}

// Expire ends a request that nobody decided on, or could act on, in time.
func (r *Request) Expire(at time.Time) error {
	if err := r.require("expire", Pending, Approved); err != nil {
		return err
	}
	if at.Before(r.Expires) {
		return &MoveError{r.ID, r.State, "expire before its time"}
	}
	r.enter(Expired, Cause{Code: Waited, Detail: string(r.Cause.Code)}, time.Time{}, at)
	r.record(WasExpired, auth.Person{}, r.Cause, at)
	return nil
}

// Void takes an approval back that no longer means what it meant.
func (r *Request) Void(c Cause, at time.Time) error {
	if err := r.require("void", Approved); err != nil {
		return err
	}
	r.enter(Voided, c, time.Time{}, at)
	r.record(WasVoided, auth.Person{}, c, at)
	return nil
}

// Grace is how long after its deadline a submission is left to whoever sends it.
const Grace = 30 * time.Second

// Submit writes down the call that is about to be sent: its id and the moment after
// which nobody sends it. It must be stored before the first byte leaves.
func (r *Request) Submit(callID string, at, deadline time.Time) error {
	if err := r.require("submit", Approved); err != nil {
		return err
	}
	if !at.Before(r.Expires) {
		return &MoveError{r.ID, r.State, "submit after its time"}
	}
	if deadline.After(r.Expires) {
		return &MoveError{r.ID, r.State, "submit with a deadline after its time"}
	}
	r.Within, r.Missing = r.Expires, time.Time{}
	r.Submission = Submission{CallID: callID, At: at, Deadline: deadline}
	r.enter(Submitting, Cause{}, deadline.Add(Grace), at)
	r.record(WasSubmitted, auth.Person{}, Cause{}, at)
	return nil
}

// Outcome is what is known of a call to Graph.
type Outcome string

// The outcomes of a call.
const (
	Acted    Outcome = "acted"     // 204
	Declined Outcome = "declined"  // Graph refused it: nothing happened
	NotActed Outcome = "not-acted" // proven: nothing happened, it may be sent again
	Unknown  Outcome = "unknown"   // no answer that tells
)

// Answer is what came of a call, in time or late.
type Answer struct {
	CallID  string
	Outcome Outcome
	Cause   Cause
	Again   time.Time // Acted: when to look at the run first; NotActed: when to send it again
}

// Answer applies what came of the call that was submitted, also when it comes late.
// After an end it is written down and changes nothing.
func (r *Request) Answer(a Answer, at time.Time) error {
	if a.CallID != r.Submission.CallID {
		return &MoveError{r.ID, r.State, "apply the answer of another call"}
	}
	if a.Outcome == r.Submission.Outcome { // written down before, by a write that was thought lost
		return nil
	}
	if a.Outcome == Acted || a.Outcome == Declined {
		r.Submission.Outcome = a.Outcome
	}
	switch {
	case r.State.Ended(), r.State == Provisioning:
		r.record(CameLate, auth.Person{}, a.Cause, at).Outcome = a.Outcome
		return nil
	case r.State != Submitting && r.State != Unconfirmed:
		return &MoveError{r.ID, r.State, "apply an answer"}
	}
	switch a.Outcome {
	case Acted:
		r.accept(a.Cause, a.Again, at)
	case Declined:
		r.fail(ByRefusal, a.Cause, at)
	case NotActed:
		if r.State == Unconfirmed { // what was doubted in public is not sent again silently
			r.fail(ByRefusal, a.Cause, at)
			break
		}
		if !a.Again.Before(r.Expires) {
			c := a.Cause
			c.Detail, c.Code, c.Until = string(a.Cause.Code), Waited, a.Again
			r.enter(Expired, c, time.Time{}, at)
			r.record(WasExpired, auth.Person{}, c, at)
			break
		}
		same := r.Rejections > 0 && r.RejectedBy == a.Cause.Code
		r.Rejections, r.RejectedBy = r.Rejections+1, a.Cause.Code
		r.enter(Approved, a.Cause, r.capAtExpiry(a.Again), at)
		e := r.record(WasHeld, auth.Person{}, a.Cause, at)
		if e.Count = 1; same {
			e.Count = r.Rejections
		}
	default:
		return r.Doubt(a.Cause, at)
	}
	return nil
}

// Doubt says that nobody knows whether Graph acted. Whoever finds a submission past
// its deadline and grace may say it, and so may who lost the answer.
func (r *Request) Doubt(c Cause, at time.Time) error {
	if r.State == Unconfirmed {
		return nil
	}
	if err := r.require("doubt", Submitting); err != nil {
		return err
	}
	r.enter(Unconfirmed, c, at, at)
	r.record(WasDoubted, auth.Person{}, c, at)
	return nil
}

// Evidence ends a doubt: Graph shows a run that can only be this one. It is looked at
// again at next.
func (r *Request) Evidence(c Cause, next, at time.Time) error {
	if err := r.require("accept evidence", Unconfirmed); err != nil {
		return err
	}
	r.accept(c, next, at)
	return nil
}

// GiveUpEvidence records, once, that there is no sign of the run and people have to look.
func (r *Request) GiveUpEvidence(at time.Time) error {
	if err := r.require("give up looking", Unconfirmed); err != nil {
		return err
	}
	if r.Submission.EvidenceGivenUp.IsZero() {
		r.Submission.EvidenceGivenUp = at
		r.record(IsUnsettled, auth.Person{}, Cause{}, at)
	}
	return nil
}

func (r *Request) accept(c Cause, next, at time.Time) {
	r.Submission.Accepted = at
	r.enter(Provisioning, Cause{}, next, at)
	r.record(WasAccepted, auth.Person{}, c, at)
}

// SeeRun records that this run itself shows in Graph.
func (r *Request) SeeRun(at time.Time) error {
	if err := r.require("see the run", Provisioning); err != nil {
		return err
	}
	if r.Submission.Seen.IsZero() {
		r.Submission.Seen = at
		r.record(WasSeen, auth.Person{}, Cause{}, at)
	}
	return nil
}

// AwaitPower records, once, that the run begins when the machine is powered on.
func (r *Request) AwaitPower(at time.Time) error {
	if err := r.require("wait for power", Provisioning); err != nil {
		return err
	}
	if r.Submission.Power.IsZero() {
		r.Submission.Power = at
		r.record(AwaitsPower, auth.Person{}, Cause{}, at)
	}
	return nil
}

// KeepGlimpse keeps in mind what Graph shows and does not prove; the zero value forgets it.
func (r *Request) KeepGlimpse(g Glimpse) error {
	if err := r.require("keep a glimpse", Provisioning); err != nil {
		return err
	}
	r.Submission.Glimpse = g
	return nil
}

// CallOverdue records, once, that the run takes longer than it should.
func (r *Request) CallOverdue(at time.Time) error {
	if err := r.require("call overdue", Provisioning); err != nil {
		return err
	}
	if r.Submission.Overdue.IsZero() {
		r.Submission.Overdue = at
		r.record(IsOverdue, auth.Person{}, Cause{}, at)
	}
	return nil
}

// Succeed ends a run that Graph shows as ready; now is the new machine. A cause says that it
// is so with warnings, or that no more can be seen than that it looks so.
func (r *Request) Succeed(now Target, c Cause, at time.Time) error {
	if err := r.require("succeed", Provisioning); err != nil {
		return err
	}
	r.Result = now
	r.enter(Succeeded, c, time.Time{}, at)
	r.record(HasSucceeded, auth.Person{}, c, at)
	return nil
}

// FailBuild ends a run that Graph shows as failed: the machine is wiped and not ready.
func (r *Request) FailBuild(c Cause, at time.Time) error {
	if err := r.require("fail", Provisioning); err != nil {
		return err
	}
	r.fail(ByBuild, c, at)
	return nil
}

func (r *Request) fail(f Failure, c Cause, at time.Time) {
	r.Failure = f
	r.enter(Failed, c, time.Time{}, at)
	r.record(HasFailed, auth.Person{}, c, at)
}

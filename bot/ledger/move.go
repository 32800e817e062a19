package ledger

import (
	"fmt"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

// MoveError reports a change that the request's state does not allow.
type MoveError struct {
	Request ID
	State   State
	Move    string // what was tried; reads on from "cannot"
}

func (e *MoveError) Error() string {
	return fmt.Sprintf("ledger: %s is %s: cannot %s", e.Request, e.State, e.Move)
}

// require fails with *MoveError unless the request is in one of states.
func (r *Request) require(move string, states ...State) error {
	for _, s := range states {
		if r.State == s {
			return nil
		}
	}
	return &MoveError{r.ID, r.State, move}
}

// record appends an event to NewEvents, for the state that the request is in now. Every change of
// state records one. The caller may still set fields of the returned event.
func (r *Revision) record(kind Kind, by auth.Person, cause Cause, at time.Time) *Event {
	e := Event{
		Request: r.ID, Seq: r.Events + len(r.NewEvents) + 1, At: at, Kind: kind, By: by, To: r.State, Cause: cause,
		Call: r.Submission.CallID, Target: r.Target.ID,
	}
	r.NewEvents = append(r.NewEvents, e)
	return &r.NewEvents[len(r.NewEvents)-1]
}

// enter moves the request to a state and resets cause, due time and tries, which belonged to
// the old one. An ended request is never due again.
func (r *Revision) enter(s State, cause Cause, due, at time.Time) {
	r.State, r.Cause, r.Due, r.Tries = s, cause, due, 0
	if s.Ended() {
		r.Ended, r.Due = at, time.Time{}
	}
}

// New makes a request that by asked for in channel with the interaction i. Its machine still
// has to be found, so it is resolving and due at once. It has no id yet: see [CreateWithID].
func New(o command.Order, by auth.Person, channel string, i Interaction, needed int, at time.Time) Revision {
	r := Revision{Request: Request{
		State: Resolving, Order: o, Requester: by, FromChannel: channel,
		Interaction: i, ApprovalsNeeded: needed, Asked: at, Due: at,
	}}
	e := r.record(WasAsked, by, Cause{}, at)
	e.OS, e.Account = o.OS, o.Account
	e.Texts = map[string]string{TextTyped: o.PC, TextWhy: o.Reason}
	return r
}

// Locate sets the machine that this request is for. [Store.Replace] then fails with *TakenError
// if another live request already has that machine.
func (r *Revision) Locate(t Target) error {
	if err := r.require("locate", Resolving); err != nil {
		return err
	}
	r.Target, r.Cause, r.Tries = t, Cause{}, 0
	return nil
}

// Show records where the card was posted. From then on people may decide, until the request
// expires after ttl. If no approval is needed the request is approved at once, bound to the
// target as it is now, and expires if it cannot be submitted within ttl. A request that ended
// while its card was being posted only takes the card, so that its end can be shown there.
func (r *Revision) Show(card Thread, at time.Time, ttl time.Duration) error {
	if r.State.Ended() && r.Card.IsZero() {
		r.Card, r.Shown = card, at
		r.record(WasShown, auth.Person{}, Cause{}, at).Texts = r.Target.texts()
		return nil
	}
	if err := r.require("show", Resolving); err != nil {
		return err
	}
	r.Card, r.Shown, r.Expires = card, at, at.Add(ttl)
	if r.ApprovalsNeeded == 0 {
		r.enter(Approved, Cause{}, at, at)
	} else {
		r.enter(Pending, Cause{}, r.nextReminder(), at)
	}
	r.record(WasShown, auth.Person{}, Cause{}, at).Texts = r.Target.texts()
	return nil
}

// Refuse ends a request while it is resolving, before anybody was asked to approve it.
func (r *Revision) Refuse(c Cause, at time.Time) error {
	if err := r.require("refuse", Resolving); err != nil {
		return err
	}
	r.enter(Refused, c, time.Time{}, at)
	r.record(WasRefused, auth.Person{}, c, at)
	return nil
}

// Wait postpones the next look until a given time because something is in the way, and counts
// it in Tries, from which the caller derives its back-off. An approved request records an event
// whenever the cause changes; requests in other states wait without one. The wait of an approved
// request ends at its expiry.
func (r *Revision) Wait(c Cause, until, at time.Time) error {
	if err := r.Rest(c, until, at); err != nil {
		return err
	}
	r.Tries++
	return nil
}

// Rest is Wait for a cooldown that a service asked for, or for a wait with a known end. Neither
// is a failure, so Tries is not counted and the back-off does not grow.
func (r *Revision) Rest(c Cause, until, at time.Time) error {
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

// Miss records that Graph reports no such machine, and when to ask again: the caller acts on it
// only once Graph has said the same a second time.
func (r *Revision) Miss(next, at time.Time) error {
	if err := r.require("record a missing machine", Approved, Provisioning); err != nil {
		return err
	}
	if r.Missing.IsZero() {
		r.Missing = at
	}
	r.Due = r.capAtExpiry(next)
	return nil
}

// capAtExpiry returns t, or the request's expiry if an approval is running and ends before t.
func (r *Request) capAtExpiry(t time.Time) time.Time {
	if (r.State == Approved || r.State == Submitting) && t.After(r.Expires) {
		return r.Expires
	}
	return t
}

// ScheduleLook sets the time of the next look after one that found nothing wrong and nothing
// new. It records no event.
func (r *Revision) ScheduleLook(next time.Time) error {
	if err := r.require("look again", Provisioning, Unconfirmed); err != nil {
		return err
	}
	r.Due = next
	return nil
}

// Expire ends a pending request that nobody decided in time, or an approved one that could not
// be submitted in time. The cause's Detail is the code of what it last waited for. Expire fails
// with *MoveError before the expiry.
func (r *Revision) Expire(at time.Time) error {
	if err := r.require("expire", Pending, Approved); err != nil {
		return err
	}
	if at.Before(r.Expires) {
		return &MoveError{r.ID, r.State, "expire before its expiry"}
	}
	r.enter(Expired, Cause{Code: Waited, Detail: string(r.Cause.Code)}, time.Time{}, at)
	r.record(WasExpired, auth.Person{}, r.Cause, at)
	return nil
}

// Void ends an approved request whose approval no longer holds: the machine is not the one that
// was shown (drift), or a requester or approver no longer counts. A request of self-service may be pending:
// without the requester's sign-in there is nothing to approve.
func (r *Revision) Void(c Cause, at time.Time) error {
	states := []State{Approved}
	if r.IsSelfService() {
		states = append(states, Pending)
	}
	if err := r.require("void", states...); err != nil {
		return err
	}
	r.enter(Voided, c, time.Time{}, at)
	r.record(WasVoided, auth.Person{}, c, at)
	return nil
}

// Grace is how long after its deadline a submission is still left to the worker that sends it.
// Only then may another worker move the request on.
const Grace = 30 * time.Second

// Submit records the call that is about to be sent: its client-request-id, and the deadline
// after which no worker sends it. Store it with [Store.Submit] before the first byte is sent.
// It fails with *MoveError if the request has expired or would expire before the deadline.
func (r *Revision) Submit(callID string, at, deadline time.Time) error {
	if err := r.require("submit", Approved); err != nil {
		return err
	}
	if !at.Before(r.Expires) {
		return &MoveError{r.ID, r.State, "submit after its expiry"}
	}
	if deadline.After(r.Expires) {
		return &MoveError{r.ID, r.State, "submit with a deadline after its expiry"}
	}
	r.SwapBefore, r.Missing = r.Expires, time.Time{}
	r.Submission = Submission{CallID: callID, At: at, Deadline: deadline}
	r.enter(Submitting, Cause{}, deadline.Add(Grace), at)
	r.record(WasSubmitted, auth.Person{}, Cause{}, at)
	return nil
}

// LeaveUnconfirmed records that nobody knows whether Graph acted. The worker that lost the answer calls
// it, and so may any worker that finds a submission past its deadline plus [Grace]. On an
// unconfirmed request it does nothing.
func (r *Revision) LeaveUnconfirmed(c Cause, at time.Time) error {
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

// Evidence moves an unconfirmed request to provisioning, because Graph shows a run that can only
// be this one. The run is looked at again at next.
func (r *Revision) Evidence(c Cause, next, at time.Time) error {
	if err := r.require("accept evidence", Unconfirmed); err != nil {
		return err
	}
	r.accept(c, next, at)
	return nil
}

// GiveUpEvidence records, once, that Graph showed no sign of the run in time and that people
// have to look. From then on an admin may end the request with Leave.
func (r *Revision) GiveUpEvidence(at time.Time) error {
	if err := r.require("give up looking", Unconfirmed); err != nil {
		return err
	}
	if r.Submission.EvidenceGivenUp.IsZero() {
		r.Submission.EvidenceGivenUp = at
		r.record(IsUnsettled, auth.Person{}, Cause{}, at)
	}
	return nil
}

func (r *Revision) accept(c Cause, next, at time.Time) {
	r.Submission.Accepted = at
	r.enter(Provisioning, Cause{}, next, at)
	r.record(WasAccepted, auth.Person{}, c, at)
}

// SeeRun records, once, that Graph shows this run and not merely an earlier state of the machine.
func (r *Revision) SeeRun(at time.Time) error {
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
func (r *Revision) AwaitPower(at time.Time) error {
	if err := r.require("wait for power", Provisioning); err != nil {
		return err
	}
	if r.Submission.Power.IsZero() {
		r.Submission.Power = at
		r.record(AwaitsPower, auth.Person{}, Cause{}, at)
	}
	return nil
}

// KeepGlimpse stores an end that Graph shows but does not prove; the zero value clears it.
func (r *Revision) KeepGlimpse(g Glimpse) error {
	if err := r.require("keep a glimpse", Provisioning); err != nil {
		return err
	}
	r.Submission.Glimpse = g
	return nil
}

// CallOverdue records, once, that the run takes longer than it should.
func (r *Revision) CallOverdue(at time.Time) error {
	if err := r.require("call overdue", Provisioning); err != nil {
		return err
	}
	if r.Submission.Overdue.IsZero() {
		r.Submission.Overdue = at
		r.record(IsOverdue, auth.Person{}, Cause{}, at)
	}
	return nil
}

// Succeed ends a run that Graph shows as ready; now is the machine after it. A cause says that
// Graph has warnings, or that v1.0 cannot show more than a new identity.
func (r *Revision) Succeed(now Target, c Cause, at time.Time) error {
	if err := r.require("succeed", Provisioning); err != nil {
		return err
	}
	r.Result = now
	r.enter(Succeeded, c, time.Time{}, at)
	r.record(HasSucceeded, auth.Person{}, c, at).Texts = now.texts()
	return nil
}

// FailBuild ends a run that Graph shows as failed: the machine is wiped but not ready.
func (r *Revision) FailBuild(c Cause, at time.Time) error {
	if err := r.require("fail", Provisioning); err != nil {
		return err
	}
	r.fail(ByBuild, c, at)
	return nil
}

func (r *Revision) fail(f Failure, c Cause, at time.Time) {
	r.Failure = f
	r.enter(Failed, c, time.Time{}, at)
	r.record(HasFailed, auth.Person{}, c, at)
}

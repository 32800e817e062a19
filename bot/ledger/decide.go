package ledger

import (
	"fmt"
	"time"

	"cloudpc-bot/auth"
)

// The decisions that people make. Whether somebody may decide is up to package auth and was
// settled before; these methods only check that the request is still open to the decision.
// Every method takes the current time, and none decides on a request that has expired.

// DecidedError reports that a decision came too late: somebody else decided first, or the
// request has moved on by itself.
type DecidedError struct {
	Request ID
	State   State
	By      Decision // the decision that came first; zero if nobody decided
	Out     bool     // the call to Graph was sent, or is about to be
}

func (e *DecidedError) Error() string {
	return fmt.Sprintf("ledger: %s is %s: decided already", e.Request, e.State)
}

// TwiceError reports a second approval by the same person.
type TwiceError struct{ Request ID }

func (e *TwiceError) Error() string {
	return fmt.Sprintf("ledger: %s: approved by the same person twice", e.Request)
}

// ExpiredError reports a decision on a request that is past its expiry but that no worker has
// moved to [Expired] yet.
type ExpiredError struct{ Request ID }

func (e *ExpiredError) Error() string { return fmt.Sprintf("ledger: %s has expired", e.Request) }

// requireOpen fails with *DecidedError unless the request is in one of states, and with
// *ExpiredError if it is pending or approved and past its expiry. Otherwise it makes the next
// Replace fail if that would land after the expiry.
func (r *Revision) requireOpen(at time.Time, states ...State) error {
	if r.require("decide", states...) != nil {
		return r.Late()
	}
	if r.State == Pending || r.State == Approved {
		if !at.Before(r.Expires) {
			return &ExpiredError{r.ID}
		}
		r.SwapBefore = r.Expires
	}
	return nil
}

// Late returns the error for a decision that the request is no longer open to.
func (r *Request) Late() *DecidedError {
	return &DecidedError{Request: r.ID, State: r.State, By: r.Decided, Out: r.State.out()}
}

// out reports whether the call to Graph may have been sent, answered or not.
func (s State) out() bool {
	switch s {
	case Submitting, Unconfirmed, Provisioning, Succeeded, Failed:
		return true
	}
	return false
}

// Approve records one person's consent. Once ApprovalsNeeded distinct people have consented,
// the request is approved and expires unless it is submitted within ttl. Approve fails with
// *TwiceError if by, or the other id that the same human may have (see [auth.Person.Twin]),
// has consented before; with *DecidedError or *ExpiredError if the request is not pending.
func (r *Revision) Approve(by auth.Person, at time.Time, ttl time.Duration) error {
	if err := r.requireOpen(at, Pending); err != nil {
		return err
	}
	for _, c := range r.Consents {
		if c.By == by || c.By.Twin() == by.ID {
			return &TwiceError{r.ID}
		}
	}
	r.Consents = append(r.Consents[:len(r.Consents):len(r.Consents)], Consent{by, at})
	if len(r.Consents) >= r.ApprovalsNeeded {
		r.Decided = Decision{Kind: WasApproved, By: by, At: at}
		r.Expires = at.Add(ttl)
		r.enter(Approved, Cause{}, at, at)
	}
	r.record(WasApproved, by, Cause{}, at).Count = len(r.Consents)
	return nil
}

// Deny ends a pending or approved request because an admin denied it. It fails with
// *DecidedError or *ExpiredError if it is too late for that.
func (r *Revision) Deny(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Pending, Approved); err != nil {
		return err
	}
	r.Decided = Decision{Kind: WasDenied, By: by, At: at}
	r.enter(Denied, Cause{}, time.Time{}, at)
	r.record(WasDenied, by, Cause{}, at)
	return nil
}

// Explain adds the reason for a denial, once, in the words of the admin who denied. It fails
// with *DecidedError if by did not deny the request, or if a reason is already recorded or was erased.
func (r *Revision) Explain(by auth.Person, why string, at time.Time) error {
	if r.State != Denied || r.Decided.By != by || r.Decided.Reason != "" || !r.Redacted.IsZero() {
		return r.Late()
	}
	r.Decided.Reason = why
	r.record(WasExplained, by, Cause{}, at).Texts = map[string]string{TextWhy: why}
	return nil
}

// Cancel withdraws a request that is resolving, pending or approved. It fails with
// *DecidedError or *ExpiredError if it is too late for that.
func (r *Revision) Cancel(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Resolving, Pending, Approved); err != nil {
		return err
	}
	r.Decided = Decision{Kind: WasCancelled, By: by, At: at}
	r.enter(Cancelled, Cause{}, time.Time{}, at)
	r.record(WasCancelled, by, Cause{}, at)
	return nil
}

// Close records that an admin wants to close an overdue run whose end was never seen. It only
// makes the request due at once: a worker then asks Graph, and calls CloseUnfinished or Keep
// depending on what Graph shows. Close fails with *MoveError if the run is not overdue.
func (r *Revision) Close(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Provisioning); err != nil {
		return err
	}
	if r.Submission.Overdue.IsZero() {
		return &MoveError{r.ID, r.State, "be closed before it is overdue"}
	}
	if r.Submission.Closing == (Decision{}) {
		r.Submission.Closing = Decision{Kind: WasLeft, By: by, At: at}
	}
	r.Due = at
	return nil
}

// CloseUnfinished ends an overdue run as failed, on behalf of the admin who asked for it with
// Close, because Graph shows no run under way.
func (r *Revision) CloseUnfinished(at time.Time) error {
	if err := r.closing(); err != nil {
		return err
	}
	r.Decided = r.Submission.Closing
	r.Submission.Closing = Decision{}
	r.Failure = Unfinished
	r.enter(Failed, Cause{Code: NeverEnded}, time.Time{}, at)
	r.record(WasLeft, r.Decided.By, r.Cause, at)
	return nil
}

// Keep leaves an overdue run open although an admin asked to close it, and records why.
func (r *Revision) Keep(c Cause, at time.Time) error {
	if err := r.closing(); err != nil {
		return err
	}
	by := r.Submission.Closing.By
	r.Submission.Closing = Decision{}
	r.record(WasKept, by, c, at)
	return nil
}

// closing fails unless an admin has asked to close the run.
func (r *Request) closing() error {
	if err := r.require("close", Provisioning); err != nil {
		return err
	}
	if r.Submission.Closing == (Decision{}) {
		return &MoveError{r.ID, r.State, "be closed: no admin asked for it"}
	}
	return nil
}

// Leave ends an unconfirmed request on an admin's decision, without knowing whether Graph acted.
// It fails with *MoveError while the bot is still looking for evidence.
func (r *Revision) Leave(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Unconfirmed); err != nil {
		return err
	}
	if r.Submission.EvidenceGivenUp.IsZero() {
		return &MoveError{r.ID, r.State, "be left while the bot still looks for evidence"}
	}
	r.Decided = Decision{Kind: WasLeft, By: by, At: at}
	r.Failure = Unproven
	r.enter(Failed, r.Cause, time.Time{}, at)
	r.record(WasLeft, by, r.Cause, at)
	return nil
}

// Repelled is the event of a person trying something that auth did not allow. The caller
// stores it with [Store.AppendEvent].
func (r *Request) Repelled(by auth.Person, act auth.Act, why auth.Reason, at time.Time) Event {
	return Event{At: at, Kind: WasRepelled, By: by, To: r.State, Act: act, Verdict: why}
}

// reminders are the points, in quarters of the time to expiry, at which people are reminded.
var reminders = []int{1, 3}

// nextReminder is when a pending request is next due: for a reminder, or to expire.
func (r *Request) nextReminder() time.Time {
	if r.Reminded >= len(reminders) {
		return r.Expires
	}
	return r.Shown.Add(r.Expires.Sub(r.Shown) * time.Duration(reminders[r.Reminded]) / 4)
}

// Remind records that people are reminded of a pending request. If several reminders were
// missed because no worker was running, one reminder stands for all of them. The event's Count
// is 1 for the first reminder given and 2 for any later one; its cause says until when the request
// can be approved, which the request itself no longer knows once it is.
func (r *Revision) Remind(at time.Time) error {
	if err := r.require("remind", Pending); err != nil {
		return err
	}
	first := r.Reminded == 0
	for r.Reminded < len(reminders) && !at.Before(r.nextReminder()) {
		r.Reminded++
	}
	r.Due = r.nextReminder()
	e := r.record(WasReminded, auth.Person{}, Cause{Until: r.Expires}, at)
	e.Count = 2
	if first {
		e.Count = 1
	}
	return nil
}

// RemindDaily records that people are reminded, once a day, of an unconfirmed or unfinished
// request. The caller keeps the interval.
func (r *Revision) RemindDaily(at time.Time) error {
	if err := r.require("remind daily", Unconfirmed, Provisioning); err != nil {
		return err
	}
	r.Submission.RemindedDaily = at
	r.record(WasReminded, auth.Person{}, Cause{}, at)
	return nil
}

package ledger

import (
	"fmt"
	"time"

	"cloudpc-bot/auth"
)

// What people decide. Whether somebody may is auth's question and was answered before;
// here it is only whether the request is still open to it. Every method is told the
// moment, and none acts on a request whose time is over.

// DecidedError is a decision that came too late: somebody else was first, or the time was.
type DecidedError struct {
	Request ID
	State   State
	By      Decision // who was first; zero where nobody decided
	Out     bool     // the call to Graph is out, or was
}

func (e *DecidedError) Error() string {
	return fmt.Sprintf("ledger: %s is %s: decided already", e.Request, e.State)
}

// TwiceError is an approval by somebody who has approved before.
type TwiceError struct{ Request ID }

func (e *TwiceError) Error() string {
	return fmt.Sprintf("ledger: %s: approved by the same person twice", e.Request)
}

// ExpiredError is a decision on a request whose time is over, although nobody has said so yet.
type ExpiredError struct{ Request ID }

func (e *ExpiredError) Error() string { return fmt.Sprintf("ledger: %s has expired", e.Request) }

// requireOpen says why no decision can be made any more, if none can.
func (r *Request) requireOpen(at time.Time, states ...State) error {
	if r.require("decide", states...) != nil {
		return r.Late()
	}
	if r.State == Pending || r.State == Approved {
		if !at.Before(r.Expires) {
			return &ExpiredError{r.ID}
		}
		r.Within = r.Expires
	}
	return nil
}

// Late is what somebody hears whose decision the request is not open to any more.
func (r *Request) Late() *DecidedError {
	return &DecidedError{Request: r.ID, State: r.State, By: r.Decided, Out: r.State.out()}
}

// out reports whether the call to Graph is out, or was answered.
func (s State) out() bool {
	switch s {
	case Submitting, Unconfirmed, Provisioning, Succeeded, Failed:
		return true
	}
	return false
}

// Approve records by's consent, once. With enough of them, of distinct people, the
// request is approved, and has patience to be acted on.
func (r *Request) Approve(by auth.Person, at time.Time, patience time.Duration) error {
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
		r.Expires = at.Add(patience)
		r.enter(Approved, Cause{}, at, at)
	}
	r.record(WasApproved, by, Cause{}, at).Count = len(r.Consents)
	return nil
}

// Deny ends the request on an admin's word.
func (r *Request) Deny(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Pending, Approved); err != nil {
		return err
	}
	r.Decided = Decision{Kind: WasDenied, By: by, At: at}
	r.enter(Denied, Cause{}, time.Time{}, at)
	r.record(WasDenied, by, Cause{}, at)
	return nil
}

// Explain adds why, once, in the words of who denied it.
func (r *Request) Explain(by auth.Person, why string, at time.Time) error {
	if r.State != Denied || r.Decided.By != by || r.Decided.Reason != "" {
		return r.Late()
	}
	r.Decided.Reason = why
	r.record(WasExplained, by, Cause{}, at).Texts = map[string]string{TextWhy: why}
	return nil
}

// Cancel takes the request back. While it looks for its machine it can be taken back too.
func (r *Request) Cancel(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Resolving, Pending, Approved); err != nil {
		return err
	}
	r.Decided = Decision{Kind: WasCancelled, By: by, At: at}
	r.enter(Cancelled, Cause{}, time.Time{}, at)
	r.record(WasCancelled, by, Cause{}, at)
	return nil
}

// Close records that an admin wants an overdue run closed whose end was never seen. Whether
// it may be is decided by what Graph shows then: due at once, CloseUnfinished or Keep follows.
func (r *Request) Close(by auth.Person, at time.Time) error {
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

// CloseUnfinished ends an overdue run on the word of who wanted it closed: Graph shows no run
// under way.
func (r *Request) CloseUnfinished(at time.Time) error {
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

// Keep leaves an overdue run open that somebody wanted closed, and says why.
func (r *Request) Keep(c Cause, at time.Time) error {
	if err := r.closing(); err != nil {
		return err
	}
	by := r.Submission.Closing.By
	r.Submission.Closing = Decision{}
	r.record(WasKept, by, c, at)
	return nil
}

func (r *Request) closing() error {
	if err := r.require("close", Provisioning); err != nil {
		return err
	}
	if r.Submission.Closing == (Decision{}) {
		return &MoveError{r.ID, r.State, "be closed on nobody's word"}
	}
	return nil
}

// Leave ends a request of which nobody knows whether it was acted on, once looking for
// evidence was given up.
func (r *Request) Leave(by auth.Person, at time.Time) error {
	if err := r.requireOpen(at, Unconfirmed); err != nil {
		return err
	}
	if r.Submission.EvidenceGivenUp.IsZero() {
		return &MoveError{r.ID, r.State, "be left before evidence was looked for"}
	}
	r.Decided = Decision{Kind: WasLeft, By: by, At: at}
	r.Failure = Unproven
	r.enter(Failed, r.Cause, time.Time{}, at)
	r.record(WasLeft, by, r.Cause, at)
	return nil
}

// Repelled is the event of somebody trying what they may not.
func (r *Request) Repelled(by auth.Person, act auth.Act, why auth.Reason, at time.Time) Event {
	return Event{At: at, Kind: WasRepelled, By: by, To: r.State, Act: act, Verdict: why}
}

// reminders are the moments of the waiting, in quarters, at which people are reminded.
var reminders = []int{1, 3}

// nextReminder is when a pending request is due: for a reminder, or for its end.
func (r *Request) nextReminder() time.Time {
	if r.Reminded >= len(reminders) {
		return r.Expires
	}
	return r.Shown.Add(r.Expires.Sub(r.Shown) * time.Duration(reminders[r.Reminded]) / 4)
}

// Remind records that people are reminded of a request that waits for them. What was
// missed while nobody worked is made up for by one reminder, not by several.
func (r *Request) Remind(at time.Time) error {
	if err := r.require("remind", Pending); err != nil {
		return err
	}
	first := r.Reminded == 0
	for r.Reminded < len(reminders) && !at.Before(r.nextReminder()) {
		r.Reminded++
	}
	r.Due = r.nextReminder()
	e := r.record(WasReminded, auth.Person{}, Cause{}, at)
	e.Count = 2
	if first {
		e.Count = 1
	}
	return nil
}

// RemindDaily records that people are reminded, once a day, of what stands open.
func (r *Request) RemindDaily(at time.Time) error {
	if err := r.require("nag", Unconfirmed, Provisioning); err != nil {
		return err
	}
	r.Submission.RemindedDaily = at
	r.record(WasReminded, auth.Person{}, Cause{}, at)
	return nil
}

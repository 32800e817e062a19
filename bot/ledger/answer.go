package ledger

import (
	"time"

	"cloudpc-bot/auth"
)

// Outcome is what is known about a call to Graph.
type Outcome string

// The outcomes of a call. Reprovision answers 204 without a body on success
// (learn.microsoft.com/graph/api/cloudpc-reprovision).
const (
	Acted    Outcome = "acted"     // 204: Graph accepted the call
	Declined Outcome = "declined"  // Graph refused the call for good: nothing happened
	NotActed Outcome = "not-acted" // proof that nothing happened: the call may be sent again
	Unknown  Outcome = "unknown"   // no answer, or none that says whether Graph acted
)

// Answer is the result of a call, in time or late.
type Answer struct {
	CallID  string // the client-request-id of the call
	Outcome Outcome
	Cause   Cause
	NextAt  time.Time // Acted: when to look at the run first; NotActed: when to send the call again
}

// Answer applies the result of the submitted call, even if it comes late. Once the request has
// ended or is provisioning, the answer is only recorded. NotActed makes the request approved
// again, or expired if the call may not be sent again before the expiry; from unconfirmed it
// fails the request instead. It fails with *MoveError if the answer is to another call.
func (r *Revision) Answer(a Answer, at time.Time) error {
	if a.CallID != r.Submission.CallID {
		return &MoveError{r.ID, r.State, "apply the answer of another call"}
	}
	if a.Outcome == r.Submission.Outcome { // already stored, by a write that seemed to have failed
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
		r.accept(a.Cause, a.NextAt, at)
	case Declined:
		r.fail(ByRefusal, a.Cause, at)
	case NotActed:
		if r.State == Unconfirmed { // people were told that the outcome is unknown: do not send it again silently
			r.fail(ByRefusal, a.Cause, at)
			break
		}
		if !a.NextAt.Before(r.Expires) {
			c := a.Cause
			c.Detail, c.Code, c.Until = string(a.Cause.Code), Waited, a.NextAt
			r.enter(Expired, c, time.Time{}, at)
			r.record(WasExpired, auth.Person{}, c, at)
			break
		}
		same := r.Rejections > 0 && r.RejectedBy == a.Cause.Code
		r.Rejections, r.RejectedBy = r.Rejections+1, a.Cause.Code
		r.enter(Approved, a.Cause, r.capAtExpiry(a.NextAt), at)
		e := r.record(HasNotActed, auth.Person{}, a.Cause, at)
		if e.Count = 1; same {
			e.Count = r.Rejections
		}
	default:
		return r.LeaveUnconfirmed(a.Cause, at)
	}
	return nil
}

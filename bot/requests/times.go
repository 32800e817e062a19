package requests

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// TimeToResolve is for how long a request may still look for its machine and for a place for its
// card, and for how long a machine may be erased for which no approval is needed.
func (s *Requests) TimeToResolve(r ledger.Request) time.Duration {
	return r.Asked.Add(s.ResolveTimeout).Sub(s.Store.Now())
}

// CardTTL is for how long a card waits, from now on: without approvals no longer than somebody
// who typed a command expects it to be carried out.
func (s *Requests) CardTTL(r ledger.Request) time.Duration {
	if r.ApprovalsNeeded == 0 {
		return min(s.ApprovalTTL, s.TimeToResolve(r))
	}
	return s.ApprovalTTL
}

// ApprovalEnds is when an approval is over: at its time, and where none was needed ten minutes after the
// command, also where the ledger has a later time from an earlier version.
func (s *Requests) ApprovalEnds(r ledger.Request) time.Time {
	if end := r.Asked.Add(s.ResolveTimeout); r.ApprovalsNeeded == 0 && end.Before(r.Expires) {
		return end
	}
	return r.Expires
}

package requests

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// TimeToResolve is how much time is left to find the machine and post the card. A request that needs
// no approval has to be submitted within this time too. It is negative once the time is over.
func (s *Requests) TimeToResolve(r ledger.Request) time.Duration {
	return r.Asked.Add(s.ResolveTimeout).Sub(s.Store.Now())
}

// CardTTL is how long a card posted now is valid. Without approvals that ends with TimeToResolve, when
// the person who typed the command no longer expects it to be carried out.
func (s *Requests) CardTTL(r ledger.Request) time.Duration {
	if r.ApprovalsNeeded == 0 {
		return min(s.ApprovalTTL, s.TimeToResolve(r))
	}
	return s.ApprovalTTL
}

// ApprovalEnds is when an approval ends: at its expiry; if none was needed at ResolveTimeout after the
// command at the latest, because an earlier version stored later expiries.
func (s *Requests) ApprovalEnds(r ledger.Request) time.Time {
	if end := r.Asked.Add(s.ResolveTimeout); r.ApprovalsNeeded == 0 && end.Before(r.Expires) {
		return end
	}
	return r.Expires
}

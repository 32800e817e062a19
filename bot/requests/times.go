package requests

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// TimeToResolve is how much time is left to find the machine and post the card. A request that needs
// no approval has to be submitted within this time too. It is negative once the time is over. It counts from when the
// requester last said that they want it; one who has to sign in has until the code expires.
func (s *Requests) TimeToResolve(r ledger.Request) time.Duration {
	return s.resolveBy(r).Sub(s.Store.Now())
}

func (s *Requests) resolveBy(r ledger.Request) time.Time {
	if r.IsSelfService() && r.Self.SignedIn.IsZero() {
		return r.Self.Until
	}
	return sooner(r.LastWord().Add(s.ResolveTimeout), r.Self.Until)
}

// CardTTL is how long a card posted at a time is valid. Without approvals that ends with TimeToResolve, when
// the person who typed the command no longer expects it to be carried out; and it never outlasts the requester's
// own sign-in, where the call needs that.
func (s *Requests) CardTTL(r ledger.Request, at time.Time) time.Duration {
	ends := sooner(at.Add(s.ApprovalTTL), r.Self.Until)
	if r.ApprovalsNeeded == 0 {
		ends = sooner(ends, s.resolveBy(r))
	}
	return ends.Sub(at)
}

// ApprovalTTLOf is how long an approval that is given at a time is valid.
func (s *Requests) ApprovalTTLOf(r ledger.Request, at time.Time) time.Duration {
	return sooner(at.Add(s.ApprovalTTL), r.Self.Until).Sub(at)
}

// ApprovalEnds is when an approval ends: at its expiry; if none was needed at ResolveTimeout after the
// command at the latest, because an earlier version stored later expiries.
func (s *Requests) ApprovalEnds(r ledger.Request) time.Time {
	if end := r.LastWord().Add(s.ResolveTimeout); r.ApprovalsNeeded == 0 && end.Before(r.Expires) {
		return end
	}
	return r.Expires
}

// sooner is the first of two times, of which the zero time is none.
func sooner(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

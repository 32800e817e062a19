package ledger

import "slices"

// follows is what may follow on each state; on an end nothing may. The diagram in doc.go draws it,
// and a test compares the two with what the transitions do.
var follows = map[State][]State{
	Resolving:    {Pending, Approved, Refused, Cancelled},
	Pending:      {Approved, Denied, Cancelled, Expired, Voided},
	Approved:     {Submitting, Denied, Cancelled, Expired, Voided},
	Submitting:   {Provisioning, Failed, Approved, Unconfirmed, Expired},
	Provisioning: {Succeeded, Failed},
	Unconfirmed:  {Provisioning, Failed},
	Refused:      {},
	Denied:       {},
	Cancelled:    {},
	Expired:      {},
	Voided:       {},
	Succeeded:    {},
	Failed:       {},
}

// Ended reports whether nothing may follow.
func (s State) Ended() bool { return known(s) && len(follows[s]) == 0 }

// MayBecome reports whether next may follow on s.
func (s State) MayBecome(next State) bool { return slices.Contains(follows[s], next) }

func known(s State) bool { _, ok := follows[s]; return ok }

// statesThat are the states for which is holds, sorted.
func statesThat(is func(State) bool) (all []State) {
	for s := range follows {
		if is(s) {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return all
}

package judge

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// A workspace that joins an Enterprise Grid gets another organisation id, and its people stay who
// they are: what was written down before names them by the old one. In the ledger nothing of it
// changes, since the chain holds it; here both are the same organisation.

// kin is somebody as of the bot's organisation, under whichever of its ids they were written down.
func (j *Judge) kin(p auth.Person) auth.Person {
	if j.FormerHome != "" && p.Org == j.FormerHome {
		p.Org = j.Home
	}
	return p
}

// AsIn is somebody as a request has them, so that a person who asked or approved before is the
// same one now.
func (j *Judge) AsIn(r ledger.Request, by auth.Person) auth.Person {
	known := []auth.Person{r.Requester, r.Decided.By, r.Submission.Closing.By}
	for _, c := range r.Consents {
		known = append(known, c.By)
	}
	for _, p := range known {
		if p.ID == by.ID && j.kin(p) == j.kin(by) {
			return p
		}
	}
	return by
}

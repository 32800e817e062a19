package judge

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// A workspace that joins an Enterprise Grid gets a new organisation id, but its people stay the same,
// and the ledger has them under the old id. The ledger cannot be changed, because the hash chain
// covers it, so both ids are treated as one organisation here.

// kin returns a person of the bot's organisation with its present id, whichever id they were stored
// under. Others are returned unchanged.
func (j *Judge) kin(p auth.Person) auth.Person {
	if j.FormerHome != "" && p.Org == j.FormerHome {
		p.Org = j.Home
	}
	return p
}

// mayBe reports whether p and q may be the same human, under whichever ids of the bot's organisation and
// of theirs. It is for what only stops something, where to recognise too many is the safe side.
func (j *Judge) mayBe(p, q auth.Person) bool { return j.kin(p).MayBe(j.kin(q)) }

// AsIn returns by as the request has stored that person, if it has. So somebody who asked or approved
// before the organisation id changed is recognised as the same person.
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

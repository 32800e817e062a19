package ledger

import (
	"testing"

	"cloudpc-bot/auth"
)

// Nobody is called to approve who cannot: a mention in the channel would also tell the owner there.
func TestWhoAsksAndWhoOwnsIsNotCalled(t *testing.T) {
	person := func(id string) auth.Person { return auth.Person{Org: "T0HOME", ID: id} }
	for name, row := range map[string]struct {
		owner, approver auth.Person
		ownerMay, calls bool
	}{
		"another admin":                 {person("U0DAN"), person("U0BEN"), false, true},
		"who asked":                     {person("U0DAN"), person("U0ADA"), false, false},
		"who asked, under another id":   {person("U0DAN"), person("W0ADA"), false, false},
		"who asked, where owners may":   {person("U0ADA"), person("U0ADA"), true, false},
		"the owner":                     {person("U0DAN"), person("U0DAN"), false, false},
		"the owner under their twin id": {person("W0DAN"), person("U0DAN"), false, false},
		"the owner, where they may":     {person("U0DAN"), person("U0DAN"), true, true},
		"where no owner is known":       {auth.Person{}, person("U0DAN"), false, true},
		"an id of another organisation": {auth.Person{Org: "T0AWAY", ID: "U0DAN"}, person("U0DAN"), false, true},
	} {
		r := Request{Requester: person("U0ADA"), Owner: Owner{Person: row.owner}}
		if got := r.Calls(row.approver, row.ownerMay); got != row.calls {
			t.Errorf("%s: called is %v", name, got)
		}
	}
}

package auth_test

import (
	"fmt"
	"testing"

	"cloudpc-bot/auth"
)

// The groups of these tests, and what is known of somebody in them.
const (
	adminGroup = "S_ADMINS"
	otherGroup = "S_OTHERS"
	askerGroup = "S_ASKERS"
)

func groupRules(t *testing.T) *auth.Rules {
	t.Helper()
	r, err := auth.New(auth.Rules{Home: home, Admins: []string{"ada", adminGroup, otherGroup}, Requesters: []string{"cem", askerGroup}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAMemberIsAsIfListed(t *testing.T) {
	listed := rules(t) // ada and W_BEN are admins, cem may ask
	r := groupRules(t)
	nothing := map[string]bool{adminGroup: false, otherGroup: false, askerGroup: false}
	for id, in := range map[string]string{"W_BEN": otherGroup, "cem": askerGroup, "ada": "", "dan": ""} {
		for _, act := range []auth.Act{auth.Ask, auth.Approve, auth.Deny, auth.Cancel, auth.Leave, auth.Again, auth.Freeze, auth.ReadAll, auth.Read} {
			for _, asked := range []string{id, "ada", "fay"} {
				a := auth.Attempt{By: auth.Person{Org: home, ID: id}, Act: act, Requester: auth.Person{Org: home, ID: asked}, Standing: well, Place: inside}
				want := listed.Judge(a)
				a.Groups = map[string]bool{}
				for g := range nothing {
					a.Groups[g] = g == in
				}
				if got := r.Judge(a); got != want {
					t.Errorf("%s of %q tries to %s what %s asked for: %v, want %v", id, in, act, asked, got, want)
				}
				if open := r.Groups(a); len(open) > 0 {
					t.Errorf("all is known of %s, and yet %v are to be asked about", id, open)
				}
			}
		}
	}
}

func TestAGroupThatIsNotKnownMattersOnlyWhereItCouldChangeTheAnswer(t *testing.T) {
	r := groupRules(t)
	const (
		none   = "[]"
		admins = "[{S_ADMINS ADMINS} {S_OTHERS ADMINS}]"
		askers = "[{S_ASKERS REQUESTERS}]"
		other  = "[{S_OTHERS ADMINS}]"
		all    = "[{S_ADMINS ADMINS} {S_OTHERS ADMINS} {S_ASKERS REQUESTERS}]"
	)
	in, out := true, false
	for _, row := range []struct {
		by      string
		act     auth.Act
		askedBy string
		groups  map[string]bool
		allowed bool
		reason  auth.Reason
		open    string
	}{
		// Listed by id as admin: no group is worth a question.
		{"ada", auth.Ask, "", nil, true, auth.IsAdmin, none},
		{"ada", auth.Approve, "cem", nil, true, auth.IsAdmin, none},
		{"ada", auth.Approve, "ada", nil, false, auth.OwnRequest, none},
		{"ada", auth.ReadAll, "", nil, true, auth.IsAdmin, none},
		{"ada", auth.Freeze, "", nil, true, auth.IsAdmin, none},

		// Listed by id as requester: may ask whatever the groups are; they tell whether an admin asks.
		{"cem", auth.Ask, "", nil, true, auth.IsRequester, admins},
		{"cem", auth.Again, "ada", nil, true, auth.IsRequester, admins},
		{"cem", auth.Ask, "", map[string]bool{adminGroup: in}, true, auth.IsAdmin, none},
		{"cem", auth.Cancel, "cem", nil, true, auth.IsRequester, none},
		{"cem", auth.Read, "cem", nil, true, auth.IsRequester, none},
		{"cem", auth.Cancel, "ada", nil, false, auth.Unknown, admins},
		{"cem", auth.Approve, "ada", nil, false, auth.Unknown, admins},
		{"cem", auth.Approve, "ada", map[string]bool{adminGroup: out}, false, auth.Unknown, other},
		{"cem", auth.Approve, "ada", map[string]bool{adminGroup: out, otherGroup: out}, false, auth.NotAdmin, none},
		{"cem", auth.Approve, "ada", map[string]bool{otherGroup: in}, true, auth.IsAdmin, none},
		{"cem", auth.Approve, "cem", nil, false, auth.OwnRequest, none}, // as an admin or not
		{"cem", auth.ReadAll, "", nil, false, auth.Unknown, admins},

		// Listed by no id.
		{"dan", auth.Ask, "", nil, false, auth.Unknown, all},
		{"dan", auth.Ask, "", map[string]bool{askerGroup: in}, true, auth.IsRequester, admins},
		{"dan", auth.Ask, "", map[string]bool{adminGroup: in}, true, auth.IsAdmin, none},
		{"dan", auth.Ask, "", map[string]bool{adminGroup: out, otherGroup: out}, false, auth.Unknown, askers},
		{"dan", auth.Approve, "ada", nil, false, auth.Unknown, admins}, // no group of requesters may approve
		{"dan", auth.Approve, "ada", map[string]bool{adminGroup: out, otherGroup: out}, false, auth.NotAdmin, none},
		{"dan", auth.Approve, "ada", map[string]bool{adminGroup: out, otherGroup: out, askerGroup: out}, false, auth.NotListed, none},
		{"dan", auth.Approve, "dan", nil, false, auth.OwnRequest, none},
		{"dan", auth.Cancel, "dan", nil, true, auth.IsRequester, none},
		{"dan", auth.Cancel, "ada", map[string]bool{adminGroup: out, otherGroup: out}, false, auth.NotTheirs, none},
	} {
		a := auth.Attempt{By: auth.Person{Org: home, ID: row.by}, Act: row.act, Standing: well, Place: inside, Groups: row.groups}
		if row.askedBy != "" {
			a.Requester = auth.Person{Org: home, ID: row.askedBy}
		}
		what := fmt.Sprintf("%s, of whose groups %v is known, tries to %s what %q asked for", row.by, row.groups, row.act, row.askedBy)
		if got := r.Judge(a); got != (auth.Verdict{Allowed: row.allowed, Reason: row.reason}) {
			t.Errorf("%s: %v, want %v %s", what, got, row.allowed, row.reason)
		}
		if got := fmt.Sprint(r.Groups(a)); got != row.open {
			t.Errorf("%s: to be asked about are %s, want %s", what, got, row.open)
		}
	}
}

func TestNobodyFromElsewhereCostsAQuestion(t *testing.T) {
	r := groupRules(t)
	a := auth.Attempt{By: auth.Person{Org: "E2", ID: "dan"}, Act: auth.Approve, Groups: map[string]bool{adminGroup: true}}
	if v := r.Judge(a); v.Reason != auth.Foreign {
		t.Errorf("got %v", v)
	}
	if open := r.Groups(a); len(open) > 0 {
		t.Errorf("%v are to be asked about", open)
	}
}

func TestMembershipExcusesNothing(t *testing.T) {
	r := groupRules(t)
	for want, change := range map[auth.Reason]func(*auth.Attempt){
		auth.IsGuest: func(a *auth.Attempt) { a.Standing.Guest = true },
		auth.IsBot:   func(a *auth.Attempt) { a.Standing.Bot = true },
		auth.IsGone:  func(a *auth.Attempt) { a.Standing.Deactivated = true },
		auth.Foreign: func(a *auth.Attempt) { a.Standing.Stranger = true },
		auth.Outside: func(a *auth.Attempt) { a.Place.Outside = true },
		auth.Unknown: func(a *auth.Attempt) { a.Standing = auth.Standing{} },
	} {
		a := auth.Attempt{By: auth.Person{Org: home, ID: "dan"}, Act: auth.Ask, Standing: well, Place: inside, Groups: map[string]bool{adminGroup: true}}
		change(&a)
		if v := r.Judge(a); v.Allowed || v.Reason != want {
			t.Errorf("got %v, want %s", v, want)
		}
	}
}

// A group's id is nobody's: who sent it in place of their own would be in the group.
func TestNobodyIsAGroup(t *testing.T) {
	r := groupRules(t)
	a := auth.Attempt{By: auth.Person{Org: home, ID: adminGroup}, Act: auth.Ask, Standing: well, Place: inside,
		Groups: map[string]bool{adminGroup: false, otherGroup: false, askerGroup: false}}
	if v := r.Judge(a); v.Allowed {
		t.Errorf("got %v", v)
	}
}

func TestListsAreTakenApart(t *testing.T) {
	people, groups := auth.Apart([]string{"U024BE7LH", "S0614TZR7", "W012A3CDE"})
	if fmt.Sprint(people, groups) != "[U024BE7LH W012A3CDE] [S0614TZR7]" {
		t.Errorf("got %v and %v", people, groups)
	}
}

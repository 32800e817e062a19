package auth_test

import (
	"fmt"
	"strings"
	"testing"

	"cloudpc-bot/auth"
)

const home = "E1"

// members are people with an account in the home organisation, and what they are.
var (
	well   = auth.Standing{Known: true, Org: home}
	inside = auth.Place{Known: true}
)

func rules(t *testing.T) *auth.Rules {
	t.Helper()
	r, err := auth.New(auth.Rules{Home: home, Admins: []string{"ada", "W_BEN"}, Requesters: []string{"cem"}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPolicy(t *testing.T) {
	person := func(id string) auth.Person { return auth.Person{Org: home, ID: id} }
	r := rules(t)
	for _, row := range []struct {
		by      string
		act     auth.Act
		askedBy string
		allowed bool
		reason  auth.Reason
	}{
		{"ada", auth.Ask, "", true, auth.IsAdmin},
		{"W_BEN", auth.Ask, "", true, auth.IsAdmin},
		{"cem", auth.Ask, "", true, auth.IsRequester},
		{"dan", auth.Ask, "", false, auth.NotListed},
		{"Ada", auth.Ask, "", false, auth.NotListed},
		{"", auth.Ask, "", false, auth.NotListed},
		{"cem", auth.Again, "ada", true, auth.IsRequester},
		{"dan", auth.Again, "ada", false, auth.NotListed},

		{"W_BEN", auth.Approve, "ada", true, auth.IsAdmin},
		{"W_BEN", auth.Approve, "U_BEN", false, auth.OwnRequest}, // perhaps the same person, by the id of before the Grid
		{"ada", auth.Approve, "cem", true, auth.IsAdmin},
		{"ada", auth.Approve, "ada", false, auth.OwnRequest},
		{"cem", auth.Approve, "ada", false, auth.NotAdmin},
		{"cem", auth.Approve, "cem", false, auth.NotAdmin},
		{"dan", auth.Approve, "ada", false, auth.NotListed},

		{"W_BEN", auth.Deny, "ada", true, auth.IsAdmin},
		{"ada", auth.Deny, "ada", true, auth.IsAdmin},
		{"cem", auth.Deny, "cem", false, auth.NotAdmin},
		{"dan", auth.Deny, "ada", false, auth.NotListed},

		{"ada", auth.Cancel, "ada", true, auth.IsAdmin},
		{"W_BEN", auth.Cancel, "ada", true, auth.IsAdmin},
		{"cem", auth.Cancel, "cem", true, auth.IsRequester},
		{"cem", auth.Cancel, "ada", false, auth.NotTheirs},
		{"dan", auth.Cancel, "dan", true, auth.IsRequester}, // who asked may take it back, whatever the lists say now
		{"dan", auth.Cancel, "ada", false, auth.NotListed},

		{"ada", auth.Leave, "ada", true, auth.IsAdmin},
		{"cem", auth.Leave, "cem", false, auth.NotAdmin},
		{"ada", auth.Freeze, "", true, auth.IsAdmin},
		{"cem", auth.Freeze, "", false, auth.NotAdmin},
		{"dan", auth.Freeze, "", false, auth.NotListed},
		{"ada", auth.ReadAll, "", true, auth.IsAdmin},
		{"cem", auth.ReadAll, "", false, auth.NotAdmin},
		{"cem", auth.Read, "cem", true, auth.IsRequester},
		{"cem", auth.Read, "ada", false, auth.NotTheirs},
		{"dan", auth.Read, "ada", false, auth.NotListed},
	} {
		a := auth.Attempt{By: person(row.by), Act: row.act, Standing: well, Place: inside}
		if row.askedBy != "" {
			a.Requester = person(row.askedBy)
		}
		if got := r.Judge(a); got != (auth.Verdict{Allowed: row.allowed, Reason: row.reason}) {
			t.Errorf("%s tries to %s what %q asked for: %v, want %v %s", row.by, row.act, row.askedBy, got, row.allowed, row.reason)
		}
	}
}

func TestEveryMemberMayServeThemselvesWhereThatIsOn(t *testing.T) {
	dan, eve := auth.Person{Org: home, ID: "dan"}, auth.Person{Org: home, ID: "eve"}
	for name, row := range map[string]struct {
		on     bool
		change func(*auth.Attempt)
		reason auth.Reason
	}{
		"off":                    {false, nil, auth.NoSelfService},
		"on no list":             {true, nil, auth.IsMember},
		"an admin":               {true, func(a *auth.Attempt) { a.By.ID = "ada" }, auth.IsMember},
		"an admin, off":          {false, func(a *auth.Attempt) { a.By.ID = "ada" }, auth.NoSelfService},
		"their own request":      {true, func(a *auth.Attempt) { a.Requester = dan }, auth.IsMember},
		"another's request":      {true, func(a *auth.Attempt) { a.Requester = eve }, auth.NotTheirs},
		"an admin, of another's": {true, func(a *auth.Attempt) { a.By.ID, a.Requester = "ada", eve }, auth.NotTheirs},
		"a guest":                {true, func(a *auth.Attempt) { a.Standing.Guest = true }, auth.IsGuest},
		"from elsewhere":         {true, func(a *auth.Attempt) { a.By.Org = "E2" }, auth.Foreign},
		"a shared channel":       {true, func(a *auth.Attempt) { a.Place.Outside = true }, auth.Outside},
		"Slack is silent":        {true, func(a *auth.Attempt) { a.Standing = auth.Standing{} }, auth.Unknown},
	} {
		r, err := auth.New(auth.Rules{Home: home, Admins: []string{"ada", "S_ADMINS"}, SelfService: row.on})
		if err != nil {
			t.Fatal(err)
		}
		a := auth.Attempt{By: dan, Act: auth.SelfService, Standing: well, Place: inside}
		if row.change != nil {
			row.change(&a)
		}
		if v := r.Judge(a); v.Reason != row.reason || v.Allowed != (row.reason == auth.IsMember) {
			t.Errorf("%s: %+v", name, v)
		}
		if groups := r.Groups(a); len(groups) > 0 {
			t.Errorf("%s: it asks who is in %v", name, groups)
		}
	}
}

func TestFactsDecideWhatTheListsAllow(t *testing.T) {
	r := rules(t)
	for name, row := range map[string]struct {
		change func(*auth.Attempt)
		want   auth.Reason
	}{
		"all is well":            {func(*auth.Attempt) {}, auth.IsAdmin},
		"another organisation":   {func(a *auth.Attempt) { a.By.Org = "E2" }, auth.Foreign},
		"no organisation":        {func(a *auth.Attempt) { a.By.Org = "" }, auth.Foreign},
		"nothing known":          {func(a *auth.Attempt) { a.Standing = auth.Standing{} }, auth.Unknown},
		"account of another one": {func(a *auth.Attempt) { a.Standing.Org = "E2" }, auth.Foreign},
		"a stranger":             {func(a *auth.Attempt) { a.Standing.Stranger = true }, auth.Foreign},
		"deactivated":            {func(a *auth.Attempt) { a.Standing.Deactivated = true }, auth.IsGone},
		"a bot":                  {func(a *auth.Attempt) { a.Standing.Bot = true }, auth.IsBot},
		"a guest":                {func(a *auth.Attempt) { a.Standing.Guest = true }, auth.IsGuest},
		"no place known":         {func(a *auth.Attempt) { a.Place = auth.Place{} }, auth.Unknown},
		"a channel shared out":   {func(a *auth.Attempt) { a.Place.Outside = true }, auth.Outside},
		"a channel about to be":  {func(a *auth.Attempt) { a.Place.Invited = true }, auth.Outside},
		"a channel out of sight": {func(a *auth.Attempt) { a.Place.Hidden = true }, auth.Hidden},
		"off the list, unknown":  {func(a *auth.Attempt) { a.By.ID = "dan"; a.Standing = auth.Standing{} }, auth.NotListed},
		"facts that say nothing": {func(a *auth.Attempt) { a.Standing = auth.Standing{Org: home}; a.Place = auth.Place{} }, auth.Unknown},
	} {
		for _, act := range []auth.Act{auth.Ask, auth.Approve, auth.Deny, auth.Cancel, auth.Leave, auth.Again, auth.Freeze} {
			a := auth.Attempt{By: auth.Person{Org: home, ID: "ada"}, Act: act, Requester: auth.Person{Org: home, ID: "cem"}, Standing: well, Place: inside}
			row.change(&a)
			got := r.Judge(a)
			if got.Reason != row.want || got.Allowed != (row.want == auth.IsAdmin) {
				t.Errorf("%s, %s: %v, want %s", name, act, got, row.want)
			}
		}
	}
}

func TestOnlyBySettingMayTheRequesterApprove(t *testing.T) {
	own := auth.Attempt{By: auth.Person{Org: home, ID: "ada"}, Act: auth.Approve, Requester: auth.Person{Org: home, ID: "ada"}, Standing: well, Place: inside}
	r := rules(t)
	if v := r.Judge(own); v.Allowed || v.Reason != auth.OwnRequest {
		t.Errorf("got %v", v)
	}
	r.AllowSelf = true
	if v := r.Judge(own); !v.Allowed {
		t.Errorf("with the setting: %v", v)
	}
	own.By.ID, own.Requester.ID = "cem", "cem"
	if v := r.Judge(own); v.Allowed {
		t.Errorf("with the setting, who is no admin: %v", v)
	}
	own.By, own.Requester = auth.Person{Org: home, ID: "ada"}, auth.Person{Org: "E2", ID: "ada"}
	r.AllowSelf = false
	if v := r.Judge(own); !v.Allowed {
		t.Errorf("the same id in another organisation is another person: %v", v)
	}
}

func TestNobodyIsRefusedAtTheStart(t *testing.T) {
	if _, err := auth.New(auth.Rules{Home: home}); err == nil {
		t.Error("an empty list of admins was accepted")
	}
	if _, err := auth.New(auth.Rules{Home: home, Requesters: []string{"cem"}}); err == nil {
		t.Error("requesters without admins were accepted")
	}
	if _, err := auth.New(auth.Rules{Admins: []string{"ada"}}); err == nil {
		t.Error("rules without a home were accepted")
	}
}

func TestAllowlistNamesWhatIsWrongAndShowsNoValue(t *testing.T) {
	ids, err := auth.Allowlist([]string{"U024BE7LH", "W012A3CDE", " S0614TZR7", "U024BE7LH", "S0614TZR7"})
	if err != nil || fmt.Sprint(ids) != "[U024BE7LH W012A3CDE S0614TZR7]" {
		t.Errorf("got %v, %v", ids, err)
	}
	_, err = auth.Allowlist([]string{"U024BE7LH", "s0614TZR7", "xoxb-123-secret", "@ada", "S0614TZR7"})
	if err == nil {
		t.Fatal("wrong entries were accepted")
	}
	for _, want := range []string{"entry 2 is not", "entry 3 is not", "entry 4 is not"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("error shows a value: %v", err)
	}
	if _, err := auth.Allowlist(nil); err == nil {
		t.Error("an empty list was accepted")
	}
}

func ExampleRules_Judge() {
	rules, _ := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U_ADA", "U_BEN"}})
	ada, ben := auth.Person{Org: "T0HOME", ID: "U_ADA"}, auth.Person{Org: "T0HOME", ID: "U_BEN"}
	attempt := auth.Attempt{
		By: ben, Act: auth.Approve, Requester: ada,
		Standing: auth.Standing{Known: true, Org: "T0HOME"}, Place: auth.Place{Known: true},
	}
	v := rules.Judge(attempt)
	fmt.Println(v.Allowed, v.Reason)
	attempt.By = ada
	v = rules.Judge(attempt)
	fmt.Println(v.Allowed, v.Reason)
	// Output:
	// true is-admin
	// false own-request
}

// "Not now" is the owner's alone: on no list or on any, and never a guest's or an admin's.
func TestVeto(t *testing.T) {
	r := rules(t)
	for name, row := range map[string]struct {
		by      string
		owner   bool
		is      auth.Standing
		at      auth.Place
		allowed bool
		reason  auth.Reason
	}{
		"the owner, on no list": {"dan", true, well, inside, true, auth.IsOwner},
		"the owner, an admin":   {"ada", true, well, inside, true, auth.IsOwner},
		"an admin":              {"ada", false, well, inside, false, auth.NotOwner},
		"a requester":           {"cem", false, well, inside, false, auth.NotOwner},
		"a stranger to it":      {"dan", false, well, inside, false, auth.NotOwner},
		"a guest":               {"dan", true, auth.Standing{Known: true, Org: home, Guest: true}, inside, false, auth.IsGuest},
		"who has left":          {"dan", true, auth.Standing{Known: true, Org: home, Deactivated: true}, inside, false, auth.IsGone},
		"from elsewhere":        {"dan", true, auth.Standing{Known: true, Org: "E2"}, inside, false, auth.Foreign},
		"nobody knows":          {"dan", true, auth.Standing{}, inside, false, auth.Unknown},
	} {
		a := auth.Attempt{By: auth.Person{Org: home, ID: row.by}, Act: auth.Veto, Owner: row.owner, Standing: row.is, Place: row.at}
		if v := r.Judge(a); v.Allowed != row.allowed || v.Reason != row.reason {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

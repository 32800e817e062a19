package judge

import (
	"errors"
	"log/slog"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// dans is a request for the machine of dan@example.com.
func dans() ledger.Request {
	return ledger.Request{Requester: auth.Person{Org: "T0HOME", ID: "U0CEM"}, Target: ledger.Target{ID: "pc", User: "DAN@example.com"}}
}

func TestWhoseMachineItIs(t *testing.T) {
	home := auth.Standing{Known: true, Org: "T0HOME"}
	dan := auth.Person{Org: "T0HOME", ID: "U0DAN"}
	for name, row := range map[string]struct {
		change func(*ledger.Request)
		is     auth.Standing
		fails  error
		want   ledger.Owner
	}{
		"a full member":     {is: home, want: ledger.Owner{Person: dan}},
		"a guest":           {is: auth.Standing{Known: true, Org: "T0HOME", Guest: true}, want: ledger.Owner{Untold: ledger.NotFound}},
		"a bot":             {is: auth.Standing{Known: true, Org: "T0HOME", Bot: true}, want: ledger.Owner{Untold: ledger.NotFound}},
		"who has left":      {is: auth.Standing{Known: true, Org: "T0HOME", Deactivated: true}, want: ledger.Owner{Untold: ledger.NotFound}},
		"from elsewhere":    {is: auth.Standing{Known: true, Org: "T0AWAY"}, want: ledger.Owner{Untold: ledger.NotFound}},
		"nobody":            {change: func(r *ledger.Request) { r.Target.User = "nobody@example.com" }, is: home, want: ledger.Owner{Untold: ledger.NotFound}},
		"no user":           {change: func(r *ledger.Request) { r.Target.User = "" }, is: home, want: ledger.Owner{Untold: ledger.NotFound}},
		"shared":            {change: func(r *ledger.Request) { r.Target.Shared = true }, is: home, want: ledger.Owner{Untold: ledger.SharedPC}},
		"kept uninformed":   {change: func(r *ledger.Request) { r.Order = command.Order{Silent: true} }, is: home, want: ledger.Owner{Untold: ledger.NotifyNo}},
		"the requester":     {change: func(r *ledger.Request) { r.Requester = dan }, is: home, want: ledger.Owner{Person: dan, Untold: ledger.IsAsking}},
		"the same human":    {change: func(r *ledger.Request) { r.Requester.ID = "W0DAN" }, is: home, want: ledger.Owner{Person: dan, Untold: ledger.IsAsking}},
		"who asked before":  {change: func(r *ledger.Request) { r.Requester = auth.Person{Org: "T0OLD", ID: "U0DAN"} }, is: home, want: ledger.Owner{Person: dan, Untold: ledger.IsAsking}},
		"asked, now a twin": {change: func(r *ledger.Request) { r.Requester = auth.Person{Org: "T0OLD", ID: "W0DAN"} }, is: home, want: ledger.Owner{Person: dan, Untold: ledger.IsAsking}},
		"a namesake":        {change: func(r *ledger.Request) { r.Requester = auth.Person{Org: "T0AWAY", ID: "U0DAN"} }, is: home, want: ledger.Owner{Person: dan}},
		"not to be found":   {is: home, fails: &causes.MissingScopeError{Needed: "users:read.email"}, want: ledger.Owner{Untold: ledger.NotLookedUp}},
		"Slack is silent":   {is: home, fails: errors.New("500")},
		"somebody unknown":  {is: auth.Standing{}, want: ledger.Owner{Untold: ledger.NotFound}},
		"through a channel": {is: auth.Standing{Known: true, Org: "T0HOME", Stranger: true}, want: ledger.Owner{Untold: ledger.NotFound}},
	} {
		r := dans()
		if row.change != nil {
			row.change(&r)
		}
		d := &directory{
			asked: map[string]int{}, emails: map[string]string{"U0DAN": "dan@example.com"}, accounts: map[string]auth.Standing{"U0DAN": row.is},
			fails: map[string]error{"DAN@example.com": row.fails},
		}
		j := &Judge{Directory: d, Log: slog.New(slog.DiscardHandler), Home: "T0HOME", FormerHome: "T0OLD"}
		got, err := j.OwnerOf(t.Context(), r)
		if got != row.want || (err != nil) != (name == "Slack is silent") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func at(org, id string) auth.Person { return auth.Person{Org: org, ID: id} }

func TestAVetoIsJudgedByAFreshLook(t *testing.T) {
	rules, err := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U0ADA"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		by     auth.Person
		email  string
		fails  error
		reason auth.Reason
	}{
		"the owner":                   {at("T0HOME", "U0DAN"), "dan@example.com", nil, auth.IsOwner},
		"the owner no more":           {at("T0HOME", "U0DAN"), "dan.new@example.com", nil, auth.NotOwner},
		"an admin":                    {at("T0HOME", "U0ADA"), "dan@example.com", nil, auth.NotOwner},
		"the owner under another id":  {at("T0HOME", "W0DAN"), "dan@example.com", nil, auth.IsOwner},
		"the owner, as before a grid": {at("T0OLD", "U0DAN"), "dan@example.com", nil, auth.IsOwner},
		"both at once":                {at("T0OLD", "W0DAN"), "dan@example.com", nil, auth.IsOwner},
		"nobody has the address":      {at("T0HOME", "U0DAN"), "", nil, auth.NotOwner},
		"an admin under another id":   {at("T0HOME", "W0ADA"), "dan@example.com", nil, auth.NotOwner},
		"Slack is silent":             {at("T0HOME", "U0DAN"), "dan@example.com", errors.New("500"), auth.Unknown},
		"the scope is missing":        {at("T0HOME", "U0DAN"), "dan@example.com", &causes.MissingScopeError{Needed: "users:read.email"}, auth.NoScope},
	} {
		d := &directory{
			asked: map[string]int{}, emails: map[string]string{"U0DAN": row.email}, fails: map[string]error{"DAN@example.com": row.fails},
		}
		j := &Judge{Directory: d, Rules: rules, Log: slog.New(slog.DiscardHandler), Home: "T0HOME", FormerHome: "T0OLD"}
		v := j.JudgeVeto(t.Context(), row.by, dans(), "D0DAN")
		if v.Reason != row.reason || v.Allowed != (row.reason == auth.IsOwner) {
			t.Errorf("%s: %+v", name, v)
		}
		if v.Allowed && d.asked[row.by.ID+", fresh"] != 1 {
			t.Errorf("%s: the account was not looked up freshly: %v", name, d.asked)
		}
	}
}

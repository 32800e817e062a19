package judge

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// directory counts how often it is asked for each fact, and fails for those it is told to.
type directory struct {
	mu     sync.Mutex
	asked  map[string]int
	fails  map[string]error
	emails map[string]string

	accounts map[string]auth.Standing
}

func (d *directory) ask(fact string, fresh bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fresh {
		fact += ", fresh"
	}
	d.asked[fact]++
	return d.fails[strings.TrimSuffix(fact, ", fresh")]
}

func (d *directory) Standing(_ context.Context, of auth.Person, fresh bool) (auth.Standing, error) {
	return auth.Standing{Known: true, Org: "T0HOME"}, d.ask(of.ID, fresh)
}

func (d *directory) Place(_ context.Context, channel string, fresh bool) (auth.Place, error) {
	return auth.Place{Known: true}, d.ask(channel, fresh)
}

func (d *directory) Members(_ context.Context, group string, fresh bool) ([]string, error) {
	return []string{"U0BEN"}, d.ask(group, fresh)
}

func TestOneDecisionAsksForEachFactOnce(t *testing.T) {
	person := func(id string) auth.Person { return auth.Person{Org: "T0HOME", ID: id} }
	r := ledger.Request{
		Requester: person("U0ADA"), Card: ledger.Thread{Channel: "C0OPS", TS: "1.2"},
		Consents: []ledger.Consent{{By: person("U0ADA")}, {By: person("U0BEN")}, {By: person("U0CEM")}},
	}
	all := map[string]int{"U0ADA, fresh": 1, "U0BEN, fresh": 1, "U0CEM, fresh": 1, "C0OPS, fresh": 1, "S0ADMINS, fresh": 1}
	slow := &causes.ThrottledError{After: 7 * time.Second}
	for name, row := range map[string]struct {
		fails   map[string]error
		asked   map[string]int
		unknown bool
		rest    time.Duration
	}{
		"all is well":               {nil, all, false, 0},
		"the channel is not told":   {map[string]error{"C0OPS": errors.New("500")}, all, true, 0},
		"the requester is not told": {map[string]error{"U0ADA": errors.New("500")}, all, true, 0},
		"asked to wait":             {map[string]error{"C0OPS": slow, "U0BEN": errors.New("500")}, all, true, slow.After},
		"a group is not told":       {map[string]error{"S0ADMINS": errors.New("500")}, all, true, 0},
	} {
		rules, err := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U0ADA", "U0CEM", "S0ADMINS"}, AllowSelf: true})
		if err != nil {
			t.Fatal(err)
		}
		d := &directory{asked: map[string]int{}, fails: row.fails}
		j := &Judge{Directory: d, Rules: rules, Log: slog.New(slog.DiscardHandler), Approvals: 3}
		no, waits, rest := j.JudgeAgain(t.Context(), r)
		if no != nil || (waits != nil) != row.unknown || rest != row.rest {
			t.Errorf("%s: %v, waits %v, rest %v", name, no, waits, rest)
		}
		if diff := cmp.Diff(row.asked, d.asked); diff != "" {
			t.Errorf("%s: asked (-want +got):\n%s", name, diff)
		}
		_, _, _ = j.JudgeAgain(t.Context(), r) // another decision, which believes nothing of the first
		for fact, n := range d.asked {
			if n != 2*row.asked[fact] {
				t.Errorf("%s: twice decided, and %s asked %d times", name, fact, n)
			}
		}
	}
}

func (d *directory) Email(_ context.Context, of auth.Person, _ bool) (string, error) {
	return d.emails[of.ID], d.fails["email "+of.ID]
}

func (d *directory) ByEmail(_ context.Context, email string) (auth.Person, auth.Standing, error) {
	for id, theirs := range d.emails {
		if strings.EqualFold(theirs, email) {
			return auth.Person{Org: "T0HOME", ID: id}, d.accounts[id], d.fails[email]
		}
	}
	return auth.Person{}, auth.Standing{}, d.fails[email]
}

func TestOwnersDoNotApproveThatTheirMachineIsErased(t *testing.T) {
	adas := ledger.Request{Requester: auth.Person{Org: "T0HOME", ID: "U0CEM"}, Target: ledger.Target{ID: "pc", User: "ADA@example.com"}}
	shared := ledger.Request{Requester: adas.Requester, Target: ledger.Target{ID: "pc", Shared: true}}
	for name, row := range map[string]struct {
		r      ledger.Request
		by     string
		fails  error
		allow  bool
		reason auth.Reason
	}{
		"the owner":                   {adas, "U0ADA", nil, false, auth.OwnMachine},
		"the owner, where they may":   {adas, "U0ADA", nil, true, auth.IsAdmin},
		"somebody else":               {adas, "U0BEN", nil, false, auth.IsAdmin},
		"a shared machine":            {shared, "U0ADA", nil, false, auth.IsAdmin},
		"Slack says nothing":          {adas, "U0ADA", errors.New("500"), false, auth.Unknown},
		"Slack says nothing, allowed": {adas, "U0ADA", errors.New("500"), true, auth.IsAdmin},
		"the scope is missing":        {adas, "U0ADA", &causes.MissingScopeError{Needed: "users:read.email"}, false, auth.IsAdmin},
		"somebody who may not anyway": {adas, "U0DAN", nil, false, auth.NotListed},
	} {
		rules, err := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U0ADA", "U0BEN", "U0CEM"}, AllowOwner: row.allow})
		if err != nil {
			t.Fatal(err)
		}
		d := &directory{
			asked: map[string]int{}, emails: map[string]string{"U0ADA": "ada@example.com", "U0BEN": "ben@example.com"}, fails: map[string]error{"email " + row.by: row.fails},
		}
		j := &Judge{Directory: d, Rules: rules, Log: slog.New(slog.DiscardHandler), Approvals: 1}
		if v := j.JudgeApproval(t.Context(), auth.Person{Org: "T0HOME", ID: row.by}, row.r, "C0OPS"); v.Reason != row.reason || v.Allowed != (row.reason == auth.IsAdmin) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestTheListsAloneLetNobodyWrongIn(t *testing.T) {
	rules, err := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U0ADA", "S0ADMINS"}})
	if err != nil {
		t.Fatal(err)
	}
	j := &Judge{Rules: rules}
	for who, want := range map[auth.Person]bool{
		{Org: "T0HOME", ID: "U0ADA"}: true, {Org: "T0HOME", ID: "U0DAN"}: true, // the group may have them
		{Org: "T0AWAY", ID: "U0ADA"}: false,
	} {
		if v := j.MightAsk(who); v.Allowed != want {
			t.Errorf("%v: %+v", who, v)
		}
	}
	rules, _ = auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U0ADA"}})
	if v := (&Judge{Rules: rules}).MightAsk(auth.Person{Org: "T0HOME", ID: "U0DAN"}); v.Allowed || v.Reason != auth.NotListed {
		t.Errorf("%+v", v)
	}
}

func TestATwinIsNamedInTheLogAndNotLetIn(t *testing.T) { // S19
	rules, err := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"S0ADMINS"}})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	j := &Judge{Directory: &directory{asked: map[string]int{}}, Rules: rules, Log: slog.New(slog.NewTextHandler(&log, nil))}
	for id, named := range map[string]bool{"W0BEN": true, "W0DAN": false} {
		log.Reset()
		v := j.Judge(t.Context(), auth.Attempt{By: auth.Person{Org: "T0HOME", ID: id}, Act: auth.Ask}, "C0OPS")
		if v.Allowed || v.Reason != auth.NotListed || strings.Contains(log.String(), "member=U0BEN") != named {
			t.Errorf("%s: %+v\n%s", id, v, &log)
		}
	}
}

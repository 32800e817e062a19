package ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackio"
)

// workspace knows nobody and nothing but what it is given.
type workspace struct {
	people   map[string]slackio.Account
	channels map[string]slackio.Channel
	members  map[string][]string
	errs     map[string]error // by id
	missing  []slackio.Scope
}

func (w workspace) Name() string { return "cloudpc-bot" }
func (w workspace) Home() string { return "T0HOME" }

func (w workspace) Account(_ context.Context, id string) (slackio.Account, error) {
	a, ok := w.people[id]
	a.Missing = !ok
	return a, w.errs[id]
}

func (w workspace) Channel(_ context.Context, id string) (slackio.Channel, error) {
	c, ok := w.channels[id]
	c.Missing = !ok
	return c, w.errs[id]
}

func (w workspace) Members(_ context.Context, id string, _ bool) ([]string, error) {
	return w.members[id], w.errs[id]
}

func (w workspace) Missing() []slackio.Scope { return w.missing }

func account(s auth.Standing) slackio.Account {
	s.Known = true
	if s.Org == "" {
		s.Org = "T0HOME"
	}
	return slackio.Account{Standing: s}
}

func TestWhatIsWrongWithTheConfigurationInSlackIsOneErrorEach(t *testing.T) {
	lack := &causes.MissingScopeError{Op: "users.info", Needed: "users:read"}
	w := workspace{
		people: map[string]slackio.Account{
			"U0ADA": account(auth.Standing{}), "U0BEN": account(auth.Standing{}),
			"U0BYE": account(auth.Standing{Deactivated: true}), "U0ROBOT": account(auth.Standing{Bot: true}),
			"U0GUS": account(auth.Standing{Guest: true}), "U0EVE": account(auth.Standing{Org: "T0AWAY"}),
			"U0PETE": account(auth.Standing{Stranger: true}),
		},
		channels: map[string]slackio.Channel{
			"C0IT": {Name: "it", Member: true}, "C0LOBBY": {Name: "lobby"}, "C0OLD": {Name: "old", Archived: true, Member: true},
			"C0SHARED": {Name: "partners", Shared: true, Member: true},
		},
		members: map[string][]string{"S0WELL": {"U0ADA"}},
		errs: map[string]error{
			"S0GONE":  fmt.Errorf("slack: S0GONE: %w", judge.ErrNoGroup),
			"S0SCOPE": &causes.MissingScopeError{Op: "usergroups.users.list", Needed: "usergroups:read"},
			"S0PLAN":  &causes.RefusedError{Op: "usergroups.users.list", Code: "plan_upgrade_required"},
			"S0AWAY":  errors.New("slack: usergroups.users.list: EOF"),
			"U0AWAY":  errors.New("slack: users.info: EOF"), "C0AWAY": errors.New("slack: conversations.info: EOF"),
			"U0LACK": lack, "C0LACK": lack,
		},
	}
	admins := func(ids ...string) doctor.Setup { return doctor.Setup{Admins: ids} }
	requesters := func(ids ...string) doctor.Setup { return doctor.Setup{Admins: []string{"U0ADA"}, Requesters: ids} }
	cards := func(id string) doctor.Setup { return doctor.Setup{Admins: []string{"U0ADA"}, Channel: id} }
	for _, row := range []struct {
		setup doctor.Setup
		level string // of the one line beside the last; empty = there is none
		says  []string
	}{
		{admins("U0ADA", "S0WELL"), "", nil},
		{requesters("U0BEN"), "", nil},
		{cards("C0IT"), "", nil},
		{doctor.Setup{Admins: []string{"U0ADA", "S0WELL"}, Approvals: 1}, "ERROR", []string{"cannot get enough approvals", "variable=ADMINS", "needed=2", "found=1"}},
		{doctor.Setup{Admins: []string{"U0ADA", "U0BEN"}, Approvals: 1}, "", nil},
		{admins("U0NOBODY"), "ERROR", []string{"person=U0NOBODY", "variable=ADMINS", "no account with this id", "Copy member ID"}},
		{requesters("U0BYE"), "ERROR", []string{"person=U0BYE", "variable=REQUESTERS", "deactivated", "take this id off the list"}},
		{admins("U0ROBOT"), "ERROR", []string{"person=U0ROBOT", "a bot"}},
		{requesters("U0GUS"), "ERROR", []string{"person=U0GUS", "guest", "full member"}},
		{admins("U0EVE"), "ERROR", []string{"person=U0EVE", "another organisation"}},
		{admins("U0PETE"), "ERROR", []string{"person=U0PETE", "another organisation"}},
		{doctor.Setup{Admins: []string{"U0BYE", "U0ADA"}, Requesters: []string{"U0BYE"}}, "ERROR", []string{"person=U0BYE", "variable=ADMINS"}},
		{admins("U0AWAY", "U0BYE"), "WARN", []string{"variable=ADMINS", "EOF"}},
		{admins("U0LACK", "U0BYE"), "", nil},
		{admins("S0EMPTY"), "ERROR", []string{"group=S0EMPTY", "variable=ADMINS", "nobody is in it"}},
		{requesters("S0GONE"), "ERROR", []string{"group=S0GONE", "variable=REQUESTERS", "disabled or does not exist", "enable it"}},
		{admins("S0SCOPE"), "ERROR", []string{"group=S0SCOPE", "usergroups:read", "reinstall"}},
		{admins("S0PLAN"), "ERROR", []string{"group=S0PLAN", "plan has no user groups"}},
		{admins("S0AWAY"), "WARN", []string{"group=S0AWAY", "did not answer who is in a user group"}},
		{cards("C0LOBBY"), "ERROR", []string{"channel=C0LOBBY", "APPROVAL_CHANNEL", "the bot is not in it", "/invite @cloudpc-bot in #lobby"}},
		{cards("C0OLD"), "ERROR", []string{"channel=C0OLD", "archived", "unarchive"}},
		{cards("C0SHARED"), "ERROR", []string{"channel=C0SHARED", "shared with another organisation", "name=partners"}},
		{cards("C0NOWHERE"), "ERROR", []string{"channel=C0NOWHERE", "no channel with this id", "/invite @cloudpc-bot there"}},
		{cards("C0AWAY"), "WARN", []string{"channel=C0AWAY", "EOF"}},
		{cards("C0LACK"), "", nil},
	} {
		var out bytes.Buffer
		l := &looks{Workspace: w, log: slog.New(slog.NewTextHandler(&out, nil))}
		if well := l.look(t.Context(), row.setup, false); well && row.level != "" {
			t.Errorf("%+v: all is well", row.setup)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		want := 1
		if row.level != "" {
			want = 2
		}
		if len(lines) != want || !strings.Contains(lines[len(lines)-1], "looked at") {
			t.Errorf("%+v: %d lines\n%s", row.setup, len(lines), out.String())
			continue
		}
		if row.level == "" {
			continue
		}
		for _, part := range append(row.says, "level="+row.level) {
			if !strings.Contains(lines[0], part) {
				t.Errorf("%+v: the line lacks %q: %s", row.setup, part, lines[0])
			}
		}
		if row.level == "ERROR" && !strings.Contains(lines[0], "cure=") {
			t.Errorf("%+v: no cure: %s", row.setup, lines[0])
		}
	}
}

// changing is a workspace in which people put things right.
type changing struct {
	mu sync.Mutex
	workspace
}

func (c *changing) Channel(ctx context.Context, id string) (slackio.Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.workspace.Channel(ctx, id)
}

func (c *changing) Missing() []slackio.Scope {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.missing
}

// What a look finds is told by /readyz until a later look finds it gone, and logged once.
func TestWhatIsPutRightIsSeenWithoutARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &changing{workspace: workspace{
			people:   map[string]slackio.Account{"U0ADA": account(auth.Standing{})},
			channels: map[string]slackio.Channel{"C0LOBBY": {Name: "lobby"}}, errs: map[string]error{},
		}}
		var logs record
		log := slog.New(slog.NewTextHandler(&logs, nil))
		l, lists := &looks{Workspace: w, log: log}, &Lists{changed: make(chan struct{}, 1)}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go l.follow(ctx, lists, func() doctor.Setup { return doctor.Setup{Admins: []string{"U0ADA"}, Channel: "C0LOBBY"} })
		time.Sleep(time.Second) // so that a step never falls on a look
		const away = "APPROVAL_CHANNEL C0LOBBY (#lobby): the bot is not in it; type /invite @cloudpc-bot in #lobby"
		for _, step := range []struct {
			do          func()
			ready, logs string
		}{
			{func() {}, away, "the bot is not in it"},
			{func() {}, away, ""},
			{func() { w.errs["C0LOBBY"] = errors.New("slack: EOF") }, away, "did not answer what APPROVAL_CHANNEL is"}, // no good news
			{func() { delete(w.errs, "C0LOBBY"); w.missing = []slackio.Scope{{Name: "im:write"}} }, "the bot token lacks scopes that the bot needs: im:write; print the app's manifest", "the bot is not in it"},
			{func() { w.missing, w.channels["C0LOBBY"] = nil, slackio.Channel{Name: "lobby", Member: true} }, "", "troubles=0"},
			{func() { w.channels["C0LOBBY"] = slackio.Channel{Name: "lobby"} }, "", ""}, // nobody looks
			{func() { lists.changed <- struct{}{} }, away, "the bot is not in it"},
		} {
			w.mu.Lock()
			step.do()
			w.mu.Unlock()
			time.Sleep(lookAgain)
			synctest.Wait()
			if err := l.Ready(ctx); (err == nil) != (step.ready == "") || err != nil && !strings.HasPrefix(err.Error(), step.ready) {
				t.Errorf("ready: %v, want %q", err, step.ready)
			}
			if said := logs.since(); !strings.Contains(said, step.logs) || (step.logs == "") != (said == "") {
				t.Errorf("logged %q, want %q", said, step.logs)
			}
		}
		l.fails = make([]doctor.Finding, 5)
		if err := l.Ready(ctx); !strings.HasSuffix(err.Error(), "| 2 more: run cloudpc-bot doctor") {
			t.Error(err)
		}
	})
}

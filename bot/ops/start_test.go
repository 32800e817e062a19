package ops_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"cloudpc-bot/bot/slackfake"
)

func TestWhatTheStartFindsInSlackIsAnErrorInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.AddPerson(slackfake.Person{ID: "U_BYE", Name: "bye", Deleted: true})
	w.slack.AddChannel(slackfake.Channel{ID: "C_CARDS", Name: "cards", Members: []string{"U_ADA"}})
	w.slack.SetScopes("commands", "chat:write", "users:read", "users:read.email", "channels:read", "groups:read")
	w.env["REQUESTERS"], w.env["APPROVAL_CHANNEL"], w.env["HTTP_ADDR"] = "U_BYE,U_NOBODY,S_GONE", "C_CARDS", "127.0.0.1:0"
	w.launch()
	w.wait("the look", func() bool { return strings.Contains(w.logged(), "looked at the people") })
	for _, want := range []string{
		`not granted a scope that the bot needs" scope=im:write`, `not granted a scope that the bot needs" scope=usergroups:read`,
		"person=U_BYE", "person=U_NOBODY", "group=S_GONE", "channel=C_CARDS name=cards", "/invite @reprovision in #cards", "troubles=4",
	} {
		if !strings.Contains(w.logged(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
	w.wait("/readyz to tell it", func() bool {
		_, text := w.probe("/readyz")
		return strings.HasPrefix(text, "configuration: the bot token lacks scopes that the bot needs: im:write, usergroups:read; print") &&
			strings.Contains(text, "| APPROVAL_CHANNEL C_CARDS (#cards): the bot is not in it") && strings.Count(text, "\n") == 1
	})
	if n := strings.Count(w.logged(), "level=ERROR"); n != 6 || t.Failed() {
		t.Errorf("%d errors\n%s", n, w.logged())
	}
}

// TestTokensOfTwoAppsEndTheStart: auth.test may say of which app the bot token is, and else bots.info does.
func TestTokensOfTwoAppsEndTheStart(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		w := newWorld(t)
		w.replace(slackfake.Config{BotApp: "A0OTHER", NoAppID: silent})
		if code, out := start(t, w.env); code != 1 || !strings.Contains(out, "the two tokens belong to two apps") {
			t.Errorf("auth.test without app_id = %v: exit status %d\n%s", silent, code, out)
		}
	}
}

func TestApproversWhoAreNoAdminsAreWarnedOfOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["NOTIFY_APPROVERS"] = "U_ADA,U_BEN"
	w.launch()
	w.wait("the start", func() bool { return strings.Contains(w.logged(), "looked at the people") })
	if n := strings.Count(w.logged(), "variable=NOTIFY_APPROVERS person=U_BEN"); n != 1 {
		t.Errorf("%d warnings\n%s", n, w.logged())
	}
}

// TestEightMayStartAtOnceOnNothing gives each an app of its own: Slack lets one app have ten
// sockets, and each process has two.
func TestEightMayStartAtOnceOnNothing(t *testing.T) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := database(t)
			all := make([]*world, 8)
			for i := range all {
				all[i] = newWorld(t)
				all[i].env["DATABASE_URL"] = address
			}
			processes := make([]*exec.Cmd, len(all))
			for i, w := range all {
				processes[i] = w.begin()
			}
			for _, w := range all {
				w.wait("it to run", func() bool {
					log := w.logged()
					if strings.Contains(log, "cloudpc-bot: ") { // what it says when it fails
						t.Fatal(log)
					}
					return strings.Contains(log, "cloudpc-bot started") && w.slack.Sockets() >= 2
				})
			}
			for _, cmd := range processes {
				if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			for i, cmd := range processes {
				if err := cmd.Wait(); err != nil {
					t.Errorf("%v\n%s", err, all[i].logged())
				}
			}
		})
	}
}

// TestAGroupOfAdminsIsEnoughToStart: how many people a group is cannot be counted
// beforehand, and one that nobody can read now may be readable later.
func TestAGroupOfAdminsIsEnoughToStart(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*world)
		warned string
	}{
		"well":     {func(*world) {}, ""},
		"disabled": {func(w *world) { w.slack.SetGroup("S_ADMINS", func(g *slackfake.Group) { g.Disabled = true }) }, "disabled or does not exist"},
		"empty":    {func(w *world) { w.slack.SetGroup("S_ADMINS", func(g *slackfake.Group) { g.Users = nil }) }, "nobody is in it"},
		"no scope": {func(w *world) { w.slack.SetScopes("commands", "chat:write", "users:read", "channels:read") }, "lacks the scope usergroups:read"},
		"away":     {func(w *world) { w.slack.Fail("usergroups.users.list", slackfake.Fault{Status: 500}) }, "did not answer who is in a user group"},
	} {
		w := newWorld(t)
		w.slack.AddPerson(slackfake.Person{ID: "U_BEN", Name: "ben"})
		w.slack.AddGroup(slackfake.Group{ID: "S_ADMINS", Handle: "admins", Users: []string{"U_ADA", "U_BEN"}})
		w.env["ADMINS"], w.env["APPROVALS"] = "S_ADMINS", "1"
		row.change(w)
		w.launch()
		w.wait("the look at the lists", func() bool { return strings.Contains(w.logged(), "looked at the people") })
		logs := w.logged()
		if warned := strings.Contains(logs, "group=S_ADMINS variable=ADMINS"); warned != (row.warned != "") || !strings.Contains(logs, row.warned) {
			t.Errorf("%s:\n%s", name, logs)
		}
		w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
		if row.warned == "" {
			w.wait("the card", w.told("Needs 1 approval"))
		} else {
			w.wait("the no", func() bool { return len(w.slack.Sees("U_ADA")) > 0 })
			if seen := w.slack.Sees("U_ADA")[0]; !strings.Contains(seen, "Slack did not tell me") && !strings.Contains(seen, "not on it") && !strings.Contains(seen, "The Slack app lacks a permission (usergroups:read)") {
				t.Errorf("%s: ada sees %s", name, seen)
			}
		}
		w.kill()
	}
}

// TestWhatIsWrongForGoodEndsTheProcess covers tokens that the services reject.
func TestWhatIsWrongForGoodEndsTheProcess(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*world)
		want   string
	}{
		"bot token":     {func(w *world) { w.env["SLACK_BOT_TOKEN"] = "xoxb-wrong" }, "SLACK_BOT_TOKEN is rejected (invalid_auth)"},
		"app token":     {func(w *world) { w.env["SLACK_APP_TOKEN"] = "xapp-wrong" }, "SLACK_APP_TOKEN is rejected (invalid_auth)"},
		"client secret": {func(w *world) { w.env["AZURE_CLIENT_SECRET"] = "wrong" }, "AZURE_CLIENT_SECRET"},
		"no tenant":     {func(w *world) { w.env["AZURE_CLIENT_ID"] = "00000000-0000-4000-8000-000000000000" }, "AZURE_CLIENT_ID"},
		"no directory":  {func(w *world) { w.env["DATABASE_URL"] = "sqlite:/nowhere/ledger.db" }, "does not exist"},
		"a taken address": {func(w *world) {
			w.env["HTTP_ADDR"] = strings.TrimSuffix(strings.TrimPrefix(w.slack.URL(), "http://"), "/api/")
		}, "HTTP_ADDR"},
	} {
		w := newWorld(t)
		row.change(w)
		if code, out := start(t, w.env); code != 1 || !strings.Contains(out, row.want) {
			t.Errorf("%s: exit status %d\n%s", name, code, out)
		}
	}
}

func TestAnInstallationForAWholeOrganisationIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slack, err := slackfake.New(slackfake.Config{OrgInstall: true, Enterprise: "E0HOME"})
	if err != nil {
		t.Fatal(err)
	}
	defer slack.Close()
	w.env["SLACK_APP_TOKEN"], w.env["SLACK_BOT_TOKEN"], w.env["SLACK_API_URL"] = slack.AppToken(), slack.BotToken(), slack.URL()
	if code, out := start(t, w.env); code != 1 || !strings.Contains(out, "installed for the whole organisation") {
		t.Errorf("exit status %d\n%s", code, out)
	}
}

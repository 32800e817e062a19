package ops_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// binary is the program as it is shipped.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "cloudpc-bot-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "cloudpc-bot")
	if out, err := exec.Command("go", "build", "-o", binary, "cloudpc-bot").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "24"); err != nil { // they wait for one another's deadlines, not for a core
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// world is a workspace and a tenant with one machine, for processes of the bot.
type world struct {
	t      *testing.T
	ctx    context.Context
	slack  *slackfake.Workspace
	tenant *graphfake.Tenant
	env    map[string]string

	mu   sync.Mutex // guards proc and logs
	proc *exec.Cmd
	logs bytes.Buffer
}

const pc = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"

func newWorld(t *testing.T) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	slack, err := slackfake.New(slackfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(slack.Close)
	tenant, err := graphfake.New(graphfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	slack.AddPerson(slackfake.Person{ID: "U_ADA", Name: "ada"})
	slack.AddChannel(slackfake.Channel{ID: "C_IT", Name: "it", BotIn: true, Members: []string{"U_ADA"}})
	tenant.Add(graphfake.CloudPC{ID: pc, DisplayName: "CPC-ada", UserPrincipalName: "dan@example.com"})
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, tenant.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: ctx, slack: slack, tenant: tenant, env: map[string]string{
		"SLACK_APP_TOKEN": slack.AppToken(), "SLACK_BOT_TOKEN": slack.BotToken(), "SLACK_API_URL": slack.URL(), "SLACK_PACE": "0",
		"ADMINS": "U_ADA", "APPROVALS": "0", "DATABASE_URL": "sqlite:" + filepath.Join(dir, "ledger.db"),
		"GRAPH_URL": tenant.URL(), "GRAPH_TIMEOUT": "1s", "FOLLOW_INTERVAL": "200ms", "CA_CERTS": ca, "HTTP_ADDR": "off",
		"AZURE_TENANT_ID": tenant.TenantID(), "AZURE_CLIENT_ID": tenant.ClientID(), "AZURE_CLIENT_SECRET": tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST": tenant.Authority(), "AZURE_DISABLE_INSTANCE_DISCOVERY": "true",
	}}
	t.Cleanup(w.kill)
	return w
}

func environ(env map[string]string) []string {
	out := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for k, v := range env {
		out = append(out, k+"="+v)
	}
	return out
}

// Write takes what the processes log.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.Write(b)
}

// launch starts a process and waits until it hears Slack.
func (w *world) launch() *exec.Cmd {
	w.t.Helper()
	cmd := w.begin()
	w.wait("sockets", func() bool { return w.slack.Sockets() >= 2 })
	return cmd
}

// begin starts a process.
func (w *world) begin() *exec.Cmd {
	w.t.Helper()
	cmd := exec.Command(binary)
	cmd.Env, cmd.Stderr = environ(w.env), w
	cmd.Dir = w.t.TempDir()
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	w.proc = cmd
	w.mu.Unlock()
	return cmd
}

// kill ends the process as a power cut would.
func (w *world) kill() {
	w.mu.Lock()
	cmd := w.proc
	w.proc = nil
	w.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// logged is what the processes have logged.
func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.String()
}

func (w *world) wait(what string, cond func() bool) {
	w.t.Helper()
	for !cond() {
		if w.ctx.Err() != nil {
			w.t.Fatalf("waiting for %s\n%s\n%s", what, w.story(), w.logged())
		}
		ctx, cancel := context.WithTimeout(w.ctx, 100*time.Millisecond)
		_ = w.slack.Wait(ctx, cond)
		cancel()
	}
}

func (w *world) story() string {
	var b strings.Builder
	for _, m := range w.slack.Messages("C_IT") {
		fmt.Fprintf(&b, "%s %s: %s\n", m.ThreadTS, m.TS, m.Plain())
	}
	return b.String()
}

func (w *world) told(text string) func() bool {
	return func() bool { return strings.Contains(w.story(), text) }
}

func TestKilledAnywhereItGoesOnAndActsOnce(t *testing.T) {
	type at struct {
		side, kind, phase string // slack: method; graph: kind; socket: event
		nth               int    // which one of these
	}
	for _, point := range []at{
		{"socket", "", "envelope sent", 1}, {"socket", "", "acked", 1},
		{"graph", graphfake.List, graphfake.Arrived, 1}, {"graph", graphfake.List, graphfake.Answered, 1},
		{"graph", graphfake.Get, graphfake.Arrived, 1}, {"graph", graphfake.Get, graphfake.Answered, 1},
		{"slack", "chat.postMessage", slackfake.Arrived, 1}, {"slack", "chat.postMessage", slackfake.Answered, 1},
		{"graph", graphfake.Get, graphfake.Arrived, 2}, {"graph", graphfake.Get, graphfake.Answered, 2},
		{"graph", graphfake.Reprovision, graphfake.Arrived, 1}, {"graph", graphfake.Reprovision, graphfake.Acted, 1},
		{"graph", graphfake.Reprovision, graphfake.Answered, 1},
		{"slack", "chat.update", slackfake.Arrived, 1}, {"slack", "chat.update", slackfake.Answered, 1},
		{"slack", "chat.postMessage", slackfake.Arrived, 2}, {"slack", "chat.postMessage", slackfake.Answered, 2},
		{"graph", graphfake.Get, graphfake.Arrived, 3}, {"graph", graphfake.Get, graphfake.Answered, 3},
		{"graph", graphfake.Get, graphfake.Answered, 5},
		{"slack", "chat.update", slackfake.Answered, 2}, {"slack", "chat.postMessage", slackfake.Arrived, 3},
	} {
		t.Run(fmt.Sprintf("%s %s %s %d", point.side, point.kind, point.phase, point.nth), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tenant.Tune(func(c *graphfake.Config) { c.Build = 2 * time.Second }) // on a busy machine too it is looked at often enough
			var n atomic.Int32
			dead := make(chan struct{})
			hit := func(kind, phase string) {
				if kind == point.kind && phase == point.phase && int(n.Add(1)) == point.nth {
					w.kill()
					close(dead)
				}
			}
			switch point.side {
			case "slack":
				w.slack.OnCall(func(c slackfake.Call, phase string) { hit(c.Method, phase) })
			case "graph":
				w.tenant.OnCall(func(c graphfake.Call, phase string) { hit(c.Kind, phase) })
			case "socket":
				w.slack.OnSocket(func(event string) { hit("", event) })
			}
			w.launch()
			typed := w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
			select {
			case <-dead:
			case <-w.ctx.Done():
				t.Fatalf("the point was not reached\n%s", w.story())
			}
			w.wait("Slack to notice", func() bool { return w.slack.Sockets() == 0 })
			w.launch()
			if point.phase == "envelope sent" { // not acknowledged: the person types again, or Slack repeats it
				w.slack.Redeliver(typed, false)
			}
			// It either did it, once, or died between writing the call down and sending it:
			// then it does not send it any more, and says that it does not know.
			w.wait("the end of the story", func() bool {
				return w.told("Done. CPC-ada is ready")() || len(w.tenant.Posts()) == 0 && w.told("I do not know whether Graph acted")()
			})
			posts, status := w.tenant.Posts(), "Done."
			if len(posts) == 0 {
				status = "Unconfirmed."
			}
			w.wait("the card to be true", func() bool {
				for _, m := range w.slack.Messages("C_IT") {
					if m.ThreadTS == "" && strings.Contains(m.Plain(), status) {
						return true
					}
				}
				return false
			})
			for _, m := range w.slack.Messages("C_IT") {
				if m.ThreadTS == "" && strings.Contains(m.Plain(), "Sending it to Graph") {
					t.Errorf("a card was left behind: %s", m.Plain())
				}
			}
			if len(posts) > 1 || w.tenant.Wipes(pc) != len(posts) {
				t.Errorf("%d POSTs, %d wipes\n%s", len(posts), w.tenant.Wipes(pc), w.story())
			}
		})
	}
}

// TestPausedBeforeThePOST stops a process when it has written down that the call goes out
// and nothing has left yet, lets another one settle the matter, and wakes it.
func TestPausedBeforeThePOST(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if !killed { // on SQLite, who is stopped in the middle of a write lets nobody else write
				w.env["DATABASE_URL"] = ledgertest.Postgres(t)
			}
			var open func()
			var gets atomic.Int32
			shut := make(chan struct{})
			w.tenant.OnCall(func(c graphfake.Call, phase string) {
				if c.Kind == graphfake.Get && phase == graphfake.Answered && gets.Add(1) == 2 {
					open = w.tenant.Shut() // the next new connection is the POST's own
					close(shut)
				}
			})
			first := w.launch()
			w.slack.Type("U_ADA", "C_IT", "CPC-ada")
			<-shut
			w.wait("the call to be written down", func() bool {
				return strings.Contains(w.logged(), "event=submitted")
			})
			if killed {
				w.kill()
			} else {
				if err := first.Process.Signal(syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			w.slack.DropSockets() // Slack notices that nobody answers
			open()
			w.mu.Lock()
			w.proc = nil
			w.mu.Unlock()
			w.launch()
			w.wait("the other one to settle it", w.told("I do not know whether Graph acted"))
			if !killed {
				if err := first.Process.Signal(syscall.SIGCONT); err != nil {
					t.Fatal(err)
				}
				w.wait("the first to wake", func() bool { return w.slack.Sockets() >= 3 })
				if err := first.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				if err := first.Wait(); err != nil {
					t.Errorf("the first did not stop well: %v", err)
				}
			}
			if posts := w.tenant.Posts(); len(posts) != 0 {
				t.Errorf("a call went out after its deadline: %+v", posts)
			}
			if strings.Contains(w.story(), "Done.") {
				t.Errorf("it says done:\n%s", w.story())
			}
		})
	}
}

func TestStopsWhenAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd := w.launch()
		began := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%v: took %v", sig, took)
		}
	}
}

// homes are the kinds of ledger, each as a way to make an empty one and return its
// DATABASE_URL.
var homes = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db") },
	"postgres": ledgertest.Postgres,
}

// TestEightMayStartAtOnceOnNothing gives each an app of its own: Slack lets one app have ten
// sockets, and each process has two.
func TestEightMayStartAtOnceOnNothing(t *testing.T) {
	for name, home := range homes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := home(t)
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
					return strings.Contains(log, "cloudpc-bot runs") && w.slack.Sockets() >= 2
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

func TestAuditFindsWhatWasWrittenAnew(t *testing.T) {
	for name, home := range homes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env["DATABASE_URL"] = home(t)
			audit := func(want int, words string, witnesses ...string) string {
				t.Helper()
				code, out := start(t, map[string]string{"DATABASE_URL": w.env["DATABASE_URL"]}, append([]string{"audit"}, witnesses...)...)
				if code != want || !strings.Contains(out, words) {
					t.Errorf("audit %v: exit status %d, want %d and %q\n%s", witnesses, code, want, words, out)
				}
				return out
			}
			audit(1, "there is no ledger")
			audit(1, "there is no ledger") // nor has the first look made one
			w.launch()
			w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
			var said []string
			w.wait("a witness of the end", func() bool {
				said = regexp.MustCompile("sign in again.* (R-[0-9A-Z]+):([0-9a-f]{12})").FindStringSubmatch(w.story())
				return said != nil
			})
			request, witness := said[1], said[1]+":"+said[2]
			lines := strings.Split(strings.TrimSpace(audit(0, "The ledger is whole")), "\n")
			head := lines[len(lines)-1]
			audit(0, "borne out by 2 witnesses", head, witness)
			audit(1, request, request+":000000000000")
			audit(2, "no witness", "nonsense")
			w.kill()
			audit(0, "borne out by 1 witnesses", witness)
			w.write("UPDATE goose_db_version SET version_id = 99 WHERE version_id > 0")
			audit(1, "schema 99, this one knows ")
			w.write("UPDATE goose_db_version SET version_id = 0 WHERE version_id = 99") // an older program's, with all that is read
			audit(0, "borne out by 1 witnesses", witness)
			w.write("UPDATE goose_db_version SET version_id = 1 / (1 - version_id)") // fails where an audit has migrated
			w.write("UPDATE events SET body = replace(body, 'U_ADA', 'U_BEN') WHERE number = 1")
			audit(1, "broken at event 1 (of "+request+")")
			audit(1, "broken at event 1 (of "+request+")", witness)
		})
	}
}

// write changes the ledger behind the program's back.
func (w *world) write(statement string) {
	w.t.Helper()
	driver, address := "pgx", w.env["DATABASE_URL"]
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+file
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(w.ctx, statement); err != nil {
		w.t.Fatal(err)
	}
}

// start runs the program with an environment and returns its exit status and all it said.
func start(t *testing.T, env map[string]string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env, cmd.Dir = environ(env), t.TempDir()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestAWrongConfigurationIsListedWholeAndShowsNoValue(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1-good", "SLACK_BOT_TOKEN": "xoxb-good", "ADMINS": "U024BE7LH", "APPROVALS": "0",
		"AZURE_TENANT_ID": "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", "AZURE_CLIENT_ID": "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", "AZURE_CLIENT_SECRET": "s3cr3t",
	}
	const bad = "b@d-v4lue"
	with := func(change map[string]string) map[string]string {
		env := map[string]string{}
		for k, v := range good {
			env[k] = v
		}
		for k, v := range change {
			if v == "-" {
				delete(env, k)
			} else {
				env[k] = v
			}
		}
		return env
	}
	for _, row := range []struct {
		change map[string]string
		want   []string
	}{
		{map[string]string{"SLACK_APP_TOKEN": "-"}, []string{"SLACK_APP_TOKEN: want xapp-…", "Basic Information > App-Level Tokens"}},
		{map[string]string{"SLACK_APP_TOKEN": bad}, []string{"SLACK_APP_TOKEN"}},
		{map[string]string{"SLACK_APP_TOKEN": ""}, []string{"SLACK_APP_TOKEN"}},
		{map[string]string{"SLACK_BOT_TOKEN": "-"}, []string{"SLACK_BOT_TOKEN: want xoxb-…", "Bot User OAuth Token"}},
		{map[string]string{"SLACK_BOT_TOKEN": "xapp-" + bad}, []string{"SLACK_BOT_TOKEN"}},
		{map[string]string{"ADMINS": "-"}, []string{"ADMINS"}},
		{map[string]string{"ADMINS": " , "}, []string{"ADMINS"}},
		{map[string]string{"ADMINS": "U024BE7LH," + bad}, []string{"ADMINS", "entry 2"}},
		{map[string]string{"ADMINS": "U024BE7LH,s0614TZR7"}, []string{"ADMINS", "entry 2", "user group (S…)"}},
		{map[string]string{"APPROVALS": "1"}, []string{"APPROVALS: want a number", "name a second one in ADMINS", "ALLOW_SELF_APPROVAL=true"}},
		{map[string]string{"APPROVALS": "-"}, []string{"APPROVALS: want a number"}},
		{map[string]string{"APPROVALS": "2", "ALLOW_SELF_APPROVAL": "true"}, []string{"APPROVALS: want a number"}},
		{map[string]string{"APPROVALS": "-1"}, []string{"APPROVALS"}},
		{map[string]string{"ALLOW_SELF_APPROVAL": bad}, []string{"ALLOW_SELF_APPROVAL: want true or false"}},
		{map[string]string{"REQUESTERS": "U024BE7LJ," + bad}, []string{"REQUESTERS", "entry 2"}},
		{map[string]string{"MAX_PER_HOUR": "-1"}, []string{"MAX_PER_HOUR"}},
		{map[string]string{"MAX_PER_ADMIN_PER_HOUR": bad}, []string{"MAX_PER_ADMIN_PER_HOUR"}},
		{map[string]string{"GRAPH_URL": "https://graph.microsoft.com/v1.0"}, []string{"GRAPH_URL"}},
		{map[string]string{"DATABASE_URL": "sqlite::memory:"}, []string{"DATABASE_URL"}},
		{map[string]string{"APPROVALS": bad}, []string{"APPROVALS"}},
		{map[string]string{"APPROVAL_TTL": bad}, []string{"APPROVAL_TTL"}},
		{map[string]string{"APPROVAL_TTL": "0"}, []string{"APPROVAL_TTL"}},
		{map[string]string{"APPROVAL_CHANNEL": bad}, []string{"APPROVAL_CHANNEL"}},
		{map[string]string{"SLACK_API_URL": bad}, []string{"SLACK_API_URL"}},
		{map[string]string{"SLACK_API_URL": "https://example.com/api"}, []string{"SLACK_API_URL"}},
		{map[string]string{"SLACK_PACE": "-1s"}, []string{"SLACK_PACE"}},
		{map[string]string{"DATABASE_URL": bad}, []string{"DATABASE_URL"}},
		{map[string]string{"DATABASE_URL": "sqlite:"}, []string{"DATABASE_URL"}},
		{map[string]string{"GRAPH_URL": "http://graph.example.com"}, []string{"GRAPH_URL"}},
		{map[string]string{"GRAPH_BETA": bad}, []string{"GRAPH_BETA"}},
		{map[string]string{"GRAPH_TIMEOUT": "10ms"}, []string{"GRAPH_TIMEOUT"}},
		{map[string]string{"SETTLE_TIMEOUT": bad}, []string{"SETTLE_TIMEOUT"}},
		{map[string]string{"FOLLOW_INTERVAL": "0"}, []string{"FOLLOW_INTERVAL"}},
		{map[string]string{"FOLLOW_TIMEOUT": bad}, []string{"FOLLOW_TIMEOUT"}},
		{map[string]string{"AZURE_DISABLE_INSTANCE_DISCOVERY": bad}, []string{"AZURE_DISABLE_INSTANCE_DISCOVERY"}},
		{map[string]string{"AZURE_TENANT_ID": "-"}, []string{"AZURE_TENANT_ID"}},
		{map[string]string{"AZURE_CLIENT_ID": "-", "AZURE_CLIENT_SECRET": "-"}, []string{"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}},
		{map[string]string{"AZURE_AUTHORITY_HOST": bad}, []string{"AZURE_AUTHORITY_HOST"}},
		{map[string]string{"CA_CERTS": "/nowhere/" + bad}, []string{"CA_CERTS"}},
		{map[string]string{"HTTP_ADDR": bad}, []string{"HTTP_ADDR"}},
		{map[string]string{"LOG_LEVEL": bad}, []string{"LOG_LEVEL"}},
		{map[string]string{"LOG_FORMAT": bad}, []string{"LOG_FORMAT"}},
		{map[string]string{"SLACK_APP_TOKEN": "-", "ADMINS": "-", "GRAPH_URL": bad, "FOLLOW_TIMEOUT": bad, "AZURE_CLIENT_ID": "-", "CA_CERTS": "/nowhere/" + bad},
			[]string{"SLACK_APP_TOKEN", "ADMINS", "GRAPH_URL", "FOLLOW_TIMEOUT", "AZURE_CLIENT_ID", "CA_CERTS"}},
	} {
		code, out := start(t, with(row.change))
		if code != 2 {
			t.Errorf("%v: exit status %d\n%s", row.change, code, out)
		}
		for _, want := range row.want {
			if strings.Count(out, want) != 1 && !strings.Contains(want, " ") {
				t.Errorf("%v: %q is there %d times\n%s", row.change, want, strings.Count(out, want), out)
			}
			if !strings.Contains(out, want) {
				t.Errorf("%v: the message lacks %q\n%s", row.change, want, out)
			}
		}
		for _, value := range []string{bad, "s3cr3t", "xapp-1-good", "xoxb-good"} {
			if strings.Contains(out, value) {
				t.Errorf("%v: the message shows a value\n%s", row.change, out)
			}
		}
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
		"disabled": {func(w *world) { w.slack.SetGroup("S_ADMINS", func(g *slackfake.Group) { g.Disabled = true }) }, "disabled, or there is none"},
		"empty":    {func(w *world) { w.slack.SetGroup("S_ADMINS", func(g *slackfake.Group) { g.Users = nil }) }, "nobody is in it"},
		"no scope": {func(w *world) { w.slack.SetScopes("commands", "chat:write", "users:read", "channels:read") }, "lacks the scope usergroups:read"},
		"away":     {func(w *world) { w.slack.Fail("usergroups.users.list", slackfake.Fault{Status: 500}) }, "does not tell who is in it"},
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
			w.wait("the card", w.told("Waiting for approval"))
		} else {
			w.wait("the no", func() bool { return len(w.slack.Sees("U_ADA")) > 0 })
			if seen := w.slack.Sees("U_ADA")[0]; !strings.Contains(seen, "Slack did not tell me") && !strings.Contains(seen, "not on it") && !strings.Contains(seen, "I lack a permission in Slack (usergroups:read)") {
				t.Errorf("%s: ada sees %s", name, seen)
			}
		}
		w.kill()
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"help"}, 0, "cloudpc-bot demo"},
		{[]string{"--help"}, 0, "cloudpc-bot demo"},
		{[]string{"version"}, 0, "cloudpc-bot "},
		{[]string{"manifest"}, 0, "socket_mode_enabled: true"},
		{[]string{"nonsense"}, 2, "cloudpc-bot demo"},
		{[]string{"demo", "more"}, 2, "cloudpc-bot demo"},
	} {
		if code, out := start(t, nil, row.args...); code != row.code || !strings.Contains(out, row.want) {
			t.Errorf("%v: exit status %d\n%s", row.args, code, out)
		}
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

func TestDemoTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	began := time.Now()
	code, out := start(t, nil, "demo")
	if code != 0 || time.Since(began) > 30*time.Second {
		t.Errorf("exit status %d after %v\n%s", code, time.Since(began), out)
	}
	for _, want := range []string{"/reprovision CPC-ada", "looking for CPC-ada", "Reprovision CPC-ada", "Accepted by Graph", "Done. CPC-ada is ready"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo lacks %q\n%s", want, out)
		}
	}
}

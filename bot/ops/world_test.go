package ops_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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
		"GRAPH_URL": tenant.URL(), "GRAPH_TIMEOUT": "1s", "FOLLOW_INTERVAL": "200ms", "RECONCILE_INTERVAL": "0", "CA_CERTS": ca, "HTTP_ADDR": "off",
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

// databases are the kinds of ledger, each as a way to make an empty one and return its
// DATABASE_URL.
var databases = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db") },
	"postgres": ledgertest.Postgres,
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

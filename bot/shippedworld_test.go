package bot_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// shippedWorld is a world with the program in it as it is shipped, one process after the other. One
// approval is needed, unless its environment says otherwise.
type shippedWorld struct {
	*world
	program string
	env     map[string]string
	looked  int // how many calls of Slack's there were when the newest process had looked at its lists
}

func newShippedWorld(t *testing.T, program, database string) *shippedWorld {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w := newWorld(ctx, t, database)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, w.tenant.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	address := w.ledger
	if database == "postgres" {
		address += "&pool_max_conns=5" // others test on this server too
	}
	return &shippedWorld{world: w, program: program, env: map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": os.Getenv("HOME"), "HTTP_ADDR": "off", "DATABASE_URL": address,
		"SLACK_APP_TOKEN": w.slack.AppToken(), "SLACK_BOT_TOKEN": w.slack.BotToken(), "SLACK_API_URL": w.slack.URL(), "SLACK_PACE": "0",
		"ADMINS": user("ada") + "," + user("ben") + "," + user("fay"), "APPROVALS": "1", "MAX_PER_HOUR": "0", "MAX_PER_ADMIN_PER_HOUR": "0", "RECONCILE_INTERVAL": "0",
		"GRAPH_URL": w.tenant.URL(), "CA_CERTS": ca, "AZURE_AUTHORITY_HOST": w.tenant.Authority(), "AZURE_DISABLE_INSTANCE_DISCOVERY": "true",
		"AZURE_TENANT_ID": w.tenant.TenantID(), "AZURE_CLIENT_ID": w.tenant.ClientID(), "AZURE_CLIENT_SECRET": w.tenant.ClientSecret(),
	}}
}

// run is one process of a shippedWorld.
type run struct {
	*shippedWorld
	cmd   *exec.Cmd
	ended chan struct{} // closed then; err is set
	err   error
}

// begin starts a process.
func (w *shippedWorld) begin() *run {
	w.t.Helper()
	p := &run{shippedWorld: w, cmd: exec.Command(w.program), ended: make(chan struct{})}
	for k, v := range w.env {
		p.cmd.Env = append(p.cmd.Env, k+"="+v)
	}
	p.cmd.Stderr, p.cmd.Dir = w.logs, w.t.TempDir()
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	w.t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.ended })
	return p
}

// launch starts a process and waits until it hears Slack.
func (w *shippedWorld) launch() *run {
	w.t.Helper()
	before := strings.Count(w.logs.String(), lookedAt)
	p := w.begin()
	w.until("it hears Slack", func() bool { return w.slack.Sockets() >= 2 })
	w.until("it has looked at its lists", func() bool { return strings.Count(w.logs.String(), lookedAt) > before })
	w.looked = len(w.slack.Calls())
	return p
}

// signal sends a signal and says when.
func (p *run) signal(sig os.Signal) time.Time {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Error(err)
	}
	return time.Now()
}

// stop tells the process to stop, and waits until it has.
func (p *run) stop(within time.Duration) {
	p.t.Helper()
	p.ends(p.signal(syscall.SIGTERM), within)
}

// ends waits until the process that was told to stop has ended well. One that does not is not
// waited for for ever.
func (p *run) ends(told time.Time, within time.Duration) {
	p.t.Helper()
	select {
	case <-p.ended:
		if took := time.Since(told); p.err != nil || took > within {
			p.t.Errorf("%v, after %v", p.err, took)
		} else {
			p.t.Logf("ended after %v", took.Round(time.Millisecond))
		}
	case <-time.After(inTime + 5*time.Second):
		p.t.Errorf("it has not ended after %v", time.Since(told))
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	p.until("Slack has noticed", func() bool { return p.slack.Sockets() == 0 })
}

// waits reports whether the process has opened the ledger, and waits for a lock there.
func (p *run) waits() bool {
	if file, ok := strings.CutPrefix(p.ledger, "sqlite:"); ok {
		open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
		for _, fd := range open {
			if to, _ := os.Readlink(fd); to == file {
				return true
			}
		}
		return false
	}
	var n int
	err := p.eyes.QueryRowContext(p.ctx, `SELECT count(*) FROM pg_locks WHERE relation = 'goose_db_version'::regclass AND NOT granted`).Scan(&n)
	return err == nil && n > 0
}

// until waits for something to be so.
func (w *shippedWorld) until(what string, holds func() bool) {
	w.t.Helper()
	if err := w.await(func() error {
		if !holds() {
			return errors.New("waited in vain until " + what)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// types has ada ask for a machine, and the bot know of it.
func (w *shippedWorld) types(pc string) {
	w.t.Helper()
	g := w.slack.Type(user("ada"), channels["#it"], pc)
	answered(w.ctx, w.t, g, 0)
}

// posted reports whether Graph acts on a POST.
func (w *shippedWorld) posted() bool {
	posts := w.tenant.Posts()
	return len(posts) == 1 && posts[0].Acted
}

// lookedAt is logged once at the start of a process.
const lookedAt = "looked at the people"

// knows reports whether the bot has looked somebody up since its start, as it does with the
// first interaction.
func (w *shippedWorld) knows(id string) bool {
	return slices.ContainsFunc(w.slack.Calls()[w.looked:], func(c slackfake.Call) bool {
		return c.Method == "users.info" && c.Args["user"] == id && c.Status != 0
	})
}

// called tells when a method of Slack's was called.
func (w *shippedWorld) called(method string) func() bool {
	return func() bool {
		return slices.ContainsFunc(w.slack.Calls(), func(c slackfake.Call) bool { return c.Method == method })
	}
}

// tells tells when a card's thread says something.
func (w *shippedWorld) tells(what string) func() bool {
	return func() bool {
		card, err := w.card()
		return err == nil && strings.Contains(strings.Join(w.replies(card), "\n"), what)
	}
}

// build builds the program as it is shipped, but for what the flags say.
func build(t testing.TB, flags ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cloudpc-bot")
	args := append(append([]string{"build"}, flags...), "-o", binary, "cloudpc-bot")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

package ops_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// troubles are what passes: each is made before the start, and ended by what it returns.
var troubles = []struct {
	name  string
	make  func(w *world) (heal func())
	waits string // what /readyz says meanwhile
	says  string // what the log says; empty = the same
}{
	{"Slack: 503 and a page", slackFails(slackfake.Fault{Status: 503}), "waiting for Slack: auth.test answered 503", "SLACK_API_URL"},
	{"Slack: 502 and a page", slackFails(slackfake.Fault{Status: 502}), "waiting for Slack: auth.test answered 502", ""},
	{"Slack: 200 and a page", slackFails(slackfake.Fault{Garbage: true}), "a page that is not JSON", "is SLACK_API_URL right?"},
	{"Slack: internal_error", slackFails(slackfake.Fault{Error: "internal_error"}), "waiting for Slack: auth.test answered internal_error", ""},
	{"Slack: fatal_error", slackFails(slackfake.Fault{Error: "fatal_error"}), "waiting for Slack: auth.test answered fatal_error", ""},
	{"Slack: service_unavailable", slackFails(slackfake.Fault{Error: "service_unavailable", Status: 503}), "answered service_unavailable", ""},
	{"Slack: 429", slackFails(slackfake.Fault{Status: 429}), "waiting for Slack: auth.test answered 429", ""},
	{"Slack: 429, in a second", slackFails(slackfake.Fault{RetryAfter: time.Second}), "waiting for Slack: auth.test answered 429", "pause=1"},
	{"Slack: ratelimited", slackFails(slackfake.Fault{Error: "ratelimited"}), "waiting for Slack: auth.test answered ratelimited", ""},
	{"Slack: hangs up", slackFails(slackfake.Fault{Drop: true}), "waiting for Slack: auth.test got no answer", ""},
	{"Slack: refuses connections", func(w *world) func() { return w.behind("SLACK_API_URL", nil) }, "connection refused", ""},
	{"Slack: does not answer", func(w *world) func() { return w.behind("SLACK_API_URL", hang) }, "waiting for Slack: it has not answered yet", "auth.test got no answer"},
	{"Slack: not trusted", (*world).untrusted, "CA_CERTS", "certificate signed by unknown authority"},
	{"Slack: no socket", func(w *world) func() {
		w.slack.Fail("apps.connections.open", slackfake.Fault{Status: 503})
		return w.slack.Heal
	}, "slack: no socket to Slack is open", "Slack did not open a socket"},

	{"Entra: 503", entraFails(graphfake.Fault{Status: 503}), "entra: no token", "Entra has not given a token"},
	{"Entra: 502 and a page", entraFails(graphfake.Fault{Status: 502, Foreign: true}), "entra: no token", "Entra has not given a token"},
	{"Entra: 429", entraFails(graphfake.Fault{Status: 429, RetryAfter: time.Second}), "entra: no token", "Entra has not given a token"},
	{"Entra: hangs up", entraFails(graphfake.Fault{DropBefore: true}), "entra: no token", "Entra has not given a token"},
	{"Entra: does not answer", entraFails(graphfake.Fault{Hang: true}), "entra: no token", "Entra did not answer in time"},

	{"Graph: 503", graphFails(graphfake.Fault{Status: 503}), "", "cloudpc-bot started"},
	{"Graph: 502 and a page", graphFails(graphfake.Fault{Status: 502, Foreign: true}), "", "cloudpc-bot started"},
	{"Graph: hangs up", graphFails(graphfake.Fault{DropBefore: true}), "", "cloudpc-bot started"},

	{"PostgreSQL: refuses connections", postgresIs(nil), "the server cannot be reached", "connection refused"},
	{"PostgreSQL: hangs up", postgresIs(hangUp), "waiting for PostgreSQL: ledger: ", "the server cannot be reached"},
	{"PostgreSQL: does not answer", postgresIs(hang), "waiting for PostgreSQL: it has not answered yet", "the server cannot be reached"},
	{"PostgreSQL: is starting", postgresIs(sayPostgres("57P03", "the database system is starting up")), "the database system is starting up", ""},
	{"PostgreSQL: is full", postgresIs(sayPostgres("53300", "sorry, too many clients already")), "too many clients already", ""},
	{"PostgreSQL: is short of memory", postgresIs(sayPostgres("53200", "out of memory")), "out of memory", ""},
}

func slackFails(f slackfake.Fault) func(*world) func() {
	return func(w *world) func() { w.slack.Fail("auth.test", f); return w.slack.Heal }
}

func entraFails(f graphfake.Fault) func(*world) func() {
	return func(w *world) func() {
		w.tenant.Fail(graphfake.Match{Kind: graphfake.Discovery}, f)
		w.tenant.Fail(graphfake.Match{Kind: graphfake.Token}, f)
		return w.tenant.Heal
	}
}

func graphFails(f graphfake.Fault) func(*world) func() {
	return func(w *world) func() { w.tenant.Fail(graphfake.Match{Kind: "graph"}, f); return w.tenant.Heal }
}

func postgresIs(greet func(net.Conn)) func(*world) func() {
	return func(w *world) func() {
		u, err := url.Parse(ledgertest.Postgres(w.t))
		if err != nil {
			w.t.Fatal(err)
		}
		q := u.Query()
		q.Set("sslmode", "disable") // otherwise a connection that breaks is tried again without TLS, and no error is seen
		u.RawQuery = q.Encode()
		w.env["DATABASE_URL"] = u.String()
		return w.behind("DATABASE_URL", greet)
	}
}

func TestWhatPassesIsWaitedForAndTheBotComesUp(t *testing.T) {
	t.Parallel()
	for _, trouble := range troubles {
		t.Run(trouble.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env["HTTP_ADDR"] = "127.0.0.1:0"
			heal := trouble.make(w)
			cmd := w.begin()
			w.wait("the trouble to be told by /readyz", func() bool {
				status, text := w.probe("/readyz")
				return trouble.waits == "" && status == 200 || trouble.waits != "" && status == 503 && strings.Contains(text, trouble.waits)
			})
			if status, text := w.probe("/healthz"); status != 200 {
				t.Errorf("/healthz: %d %s", status, text)
			}
			if strings.HasPrefix(trouble.waits, "waiting for") && strings.Contains(w.logged(), "cloudpc-bot started") {
				t.Errorf("it runs without\n%s", w.logged())
			}
			if trouble.waits == "" { // it is met with the first command, and nobody has called Graph before
				w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
				w.wait("Graph to be named by /readyz", func() bool {
					status, text := w.probe("/readyz")
					return status == 503 && strings.HasPrefix(text, "graph: the latest call, at ") && strings.Count(text, "\n") == 1
				})
			}
			heal()
			w.wait("the bot to be ready", func() bool { status, _ := w.probe("/readyz"); return status == 200 && w.slack.Sockets() >= 2 })
			if trouble.waits == "" {
				w.wait("the end of the command", w.told("Done. CPC-ada is ready"))
			}
			for _, want := range []string{trouble.says, "cloudpc-bot started"} {
				if !strings.Contains(w.logged(), want) {
					t.Errorf("the log lacks %q\n%s", want, w.logged())
				}
			}
			for _, secret := range []string{w.slack.BotToken(), w.slack.AppToken(), w.tenant.ClientSecret()} {
				if strings.Contains(w.logged(), secret) {
					t.Error("the log shows a secret")
				}
			}
			w.ends(cmd)
		})
	}
}

func TestAStartThatWaitsEndsAtOnceWhenAsked(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*world) func(){
		"Slack hangs":      func(w *world) func() { return w.behind("SLACK_API_URL", hang) },
		"Slack is away":    slackFails(slackfake.Fault{Status: 503}),
		"Slack says later": slackFails(slackfake.Fault{RetryAfter: time.Hour}),
		"Entra hangs": func(w *world) func() {
			w.slack.Fail("auth.test", slackfake.Fault{Status: 503})
			return entraFails(graphfake.Fault{Hang: true})(w)
		},
		"PostgreSQL hangs": postgresIs(hang),
		"all are away": func(w *world) func() {
			w.slack.Fail("*", slackfake.Fault{Drop: true})
			entraFails(graphfake.Fault{DropBefore: true})(w)
			return postgresIs(nil)(w)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env["HTTP_ADDR"] = "127.0.0.1:0"
			trouble(w)
			cmd := w.begin()
			w.wait("it to wait", func() bool { _, text := w.probe("/readyz"); return strings.Contains(text, "waiting for") })
			told := time.Now()
			w.ends(cmd)
			if took := time.Since(told); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

var probing = regexp.MustCompile(`the bot answers probes" address=(\S+)`)

// probe asks the process, and says nothing while it does not listen yet.
func (w *world) probe(path string) (status int, text string) {
	found := probing.FindStringSubmatch(w.logged())
	if found == nil {
		return 0, ""
	}
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, "http://"+found[1]+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body)
}

// ends has the process stop, and waits until it has.
func (w *world) ends(cmd *exec.Cmd) {
	w.t.Helper()
	w.mu.Lock()
	w.proc = nil
	w.mu.Unlock()
	told := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	if err := cmd.Wait(); err != nil || time.Since(told) > 10*time.Second {
		w.t.Errorf("ended with %v after %v\n%s", err, time.Since(told), w.logged())
	}
}

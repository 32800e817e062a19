package ops_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// gate stands before a service and lets nobody through until it is opened.
type gate struct {
	t      *testing.T
	target string // host:port
	greet  func(net.Conn)
	came   chan struct{} // closed when somebody has come

	mu    sync.Mutex // guards what follows
	ln    net.Listener
	addr  string
	open  bool
	stuck []net.Conn // that came before
}

// newGate makes a gate that does greet to whoever comes; nil refuses the connection.
func newGate(t *testing.T, target string, greet func(net.Conn)) *gate {
	t.Helper()
	g := &gate{t: t, target: target, greet: greet, came: make(chan struct{})}
	g.listen("127.0.0.1:0")
	if g.addr = g.ln.Addr().String(); greet == nil {
		_ = g.ln.Close()
	}
	t.Cleanup(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		_ = g.ln.Close()
		for _, c := range g.stuck {
			_ = c.Close()
		}
	})
	return g
}

func (g *gate) listen(addr string) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		g.t.Fatal(err)
	}
	g.ln = ln
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go g.serve(c)
		}
	}()
}

func (g *gate) serve(c net.Conn) {
	g.mu.Lock()
	open := g.open
	if g.stuck = append(g.stuck, c); len(g.stuck) == 1 && !open {
		close(g.came)
	}
	g.mu.Unlock()
	if !open {
		g.greet(c)
		return
	}
	up, err := net.Dial("tcp", g.target)
	if err != nil {
		_ = c.Close()
		return
	}
	go func() { _, _ = io.Copy(up, c); _ = up.Close() }()
	_, _ = io.Copy(c, up)
	_ = c.Close()
}

// heal opens the gate, once somebody has come, and hangs up on those who have.
func (g *gate) heal() {
	if g.greet != nil {
		<-g.came
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.stuck {
		_ = c.Close()
	}
	g.stuck, g.open = nil, true
	if g.greet == nil {
		g.listen(g.addr)
	}
}

// What a gate may do to whoever comes.
func hangUp(c net.Conn) { _ = c.Close() }
func hang(net.Conn)     {} // until it is opened
func sayPostgres(code, message string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1024))
		fields := "SFATAL\x00VFATAL\x00C" + code + "\x00M" + message + "\x00\x00"
		_, _ = c.Write(append([]byte{'E', 0, 0, 0, byte(4 + len(fields))}, fields...))
		_ = c.Close()
	}
}

// behind puts a gate before the service that a variable of the world names.
func (w *world) behind(variable string, greet func(net.Conn)) (heal func()) {
	w.t.Helper()
	u, err := url.Parse(w.env[variable])
	if err != nil {
		w.t.Fatal(err)
	}
	g := newGate(w.t, u.Host, greet)
	u.Host = g.addr
	w.env[variable] = u.String()
	return g.heal
}

// untrusted puts a proxy before Slack whose certificate nobody knows, until it gets one that
// CA_CERTS has.
func (w *world) untrusted() (heal func()) {
	w.t.Helper()
	slack, err := url.Parse(w.slack.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	var mu sync.Mutex
	own := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: slack.Host})
	}})
	proxy.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		return own, nil
	}}
	proxy.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // that nobody trusts it is the point
	proxy.StartTLS()
	w.t.Cleanup(proxy.Close)
	roots, err := os.OpenFile(w.env["CA_CERTS"], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(pem.Encode(roots, &pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw}), roots.Close()); err != nil {
		w.t.Fatal(err)
	}
	w.env["SLACK_API_URL"] = proxy.URL + "/api/"
	return func() {
		mu.Lock()
		defer mu.Unlock()
		own = nil // the server's own
	}
}

var probing = regexp.MustCompile(`answering probes" address=(\S+)`)

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

// troubles are what passes: each is made before the start, and ended by what it returns.
var troubles = []struct {
	name  string
	make  func(w *world) (heal func())
	waits string // what /readyz says meanwhile
	says  string // what the log says; empty = the same
}{
	{"Slack: 503 and a page", slackFails(slackfake.Fault{Status: 503}), "waiting for Slack: auth.test answered 503", "SLACK_API_URL"},
	{"Slack: 502 and a page", slackFails(slackfake.Fault{Status: 502}), "waiting for Slack: auth.test answered 502", ""},
	{"Slack: 200 and a page", slackFails(slackfake.Fault{Garbage: true}), "a page that is no JSON", "is SLACK_API_URL right?"},
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
	}, "slack: no socket to Slack is open", "socket not opened"},

	{"Entra: 503", entraFails(graphfake.Fault{Status: 503}), "entra: no token", "Entra has not given a token"},
	{"Entra: 502 and a page", entraFails(graphfake.Fault{Status: 502, Foreign: true}), "entra: no token", "Entra has not given a token"},
	{"Entra: 429", entraFails(graphfake.Fault{Status: 429, RetryAfter: time.Second}), "entra: no token", "Entra has not given a token"},
	{"Entra: hangs up", entraFails(graphfake.Fault{DropBefore: true}), "entra: no token", "Entra has not given a token"},
	{"Entra: does not answer", entraFails(graphfake.Fault{Hang: true}), "entra: no token", "Entra did not answer in time"},

	{"Graph: 503", graphFails(graphfake.Fault{Status: 503}), "", "cloudpc-bot runs"},
	{"Graph: 502 and a page", graphFails(graphfake.Fault{Status: 502, Foreign: true}), "", "cloudpc-bot runs"},
	{"Graph: hangs up", graphFails(graphfake.Fault{DropBefore: true}), "", "cloudpc-bot runs"},

	{"PostgreSQL: refuses connections", postgresIs(nil), "the server is not reached", "connection refused"},
	{"PostgreSQL: hangs up", postgresIs(hangUp), "waiting for PostgreSQL: ledger: ", "the server is not reached"},
	{"PostgreSQL: does not answer", postgresIs(hang), "waiting for PostgreSQL: it has not answered yet", "the server is not reached"},
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
		w.env["DATABASE_URL"] = ledgertest.Postgres(w.t)
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
			if strings.HasPrefix(trouble.waits, "waiting for") && strings.Contains(w.logged(), "cloudpc-bot runs") {
				t.Errorf("it runs without\n%s", w.logged())
			}
			if trouble.waits == "" { // it is met with the first command
				w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
				w.wait("Graph to be asked", func() bool { return len(w.tenant.Calls()) > 2 })
			}
			heal()
			w.wait("the bot to be ready", func() bool { status, _ := w.probe("/readyz"); return status == 200 && w.slack.Sockets() >= 2 })
			if trouble.waits == "" {
				w.wait("the end of the command", w.told("Done. CPC-ada is ready"))
			}
			for _, want := range []string{trouble.says, "cloudpc-bot runs"} {
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

func TestWhiteSpaceAtTheEndsOfValuesDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["REQUESTERS"], w.env["APPROVAL_CHANNEL"], w.env["LOG_LEVEL"], w.env["ALLOW_SELF_APPROVAL"] = "U_ADA", "C_IT", "debug", "true"
	w.env["HTTPS_PROXY"], w.env["NO_PROXY"] = "http://127.0.0.1:9", "127.0.0.1,localhost"
	for name, value := range w.env {
		w.env[name] = " " + value + "\t\r\n"
	}
	w.launch()
	w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
	w.wait("the end of the command", w.told("Done. CPC-ada is ready"))
}

func TestAVariableThatIsNearlyOursIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, value := range map[string]string{"ADMIN": "U_EVE", "APPROVAL": "7", "SLACK_TOKEN": "xoxb-s3cr3t", "GRAPH_BETAS": "false", "LOG_LEVELS": "debug"} {
		w.env[name] = value
	}
	w.launch()
	for _, want := range []string{
		`variable=ADMIN meant=[ADMINS]`, `variable=APPROVAL meant=[APPROVALS]`, `variable=SLACK_TOKEN meant="[SLACK_APP_TOKEN SLACK_BOT_TOKEN]"`,
		`variable=GRAPH_BETAS meant=[GRAPH_BETA]`, `variable=LOG_LEVELS meant=[LOG_LEVEL]`,
	} {
		if !strings.Contains(w.logged(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Count(w.logged(), "does not know") != 5 || strings.Contains(w.logged(), "s3cr3t") {
		t.Errorf("the log\n%s", w.logged())
	}
}

func TestWhatTheStartFindsInSlackIsAnErrorInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.AddPerson(slackfake.Person{ID: "U_BYE", Name: "bye", Deleted: true})
	w.slack.AddChannel(slackfake.Channel{ID: "C_CARDS", Name: "cards", Members: []string{"U_ADA"}})
	w.slack.SetScopes("commands", "chat:write", "users:read", "channels:read", "groups:read")
	w.env["REQUESTERS"], w.env["APPROVAL_CHANNEL"] = "U_BYE,U_NOBODY,S_GONE", "C_CARDS"
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
	if n := strings.Count(w.logged(), "level=ERROR"); n != 6 || t.Failed() {
		t.Errorf("%d errors\n%s", n, w.logged())
	}
}

func TestTokensOfTwoAppsEndTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slack, err := slackfake.New(slackfake.Config{BotApp: "A0OTHER"})
	if err != nil {
		t.Fatal(err)
	}
	defer slack.Close()
	w.env["SLACK_APP_TOKEN"], w.env["SLACK_BOT_TOKEN"], w.env["SLACK_API_URL"] = slack.AppToken(), slack.BotToken(), slack.URL()
	if code, out := start(t, w.env); code != 1 || !strings.Contains(out, "the two tokens belong to two apps") {
		t.Errorf("exit status %d\n%s", code, out)
	}
}

// TestAWrongConfigurationTellsANewcomerWhatToDo has what people really get wrong.
func TestAWrongConfigurationTellsANewcomerWhatToDo(t *testing.T) {
	t.Parallel()
	const id = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"
	good := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1-A0GOOD-123-g00d", "SLACK_BOT_TOKEN": "xoxb-g00d", "ADMINS": "U7REALADA,W7REALBEN",
		"AZURE_TENANT_ID": id, "AZURE_CLIENT_ID": id, "AZURE_CLIENT_SECRET": "s3cr3t~of.nobody",
	}
	type set = map[string]string // "-" = not set
	for _, row := range []struct {
		change set
		lines  int // problems listed
		says   []string
	}{
		{set{"SLACK_APP_TOKEN": "-", "SLACK_BOT_TOKEN": "-", "ADMINS": "-", "AZURE_TENANT_ID": "-", "AZURE_CLIENT_ID": "-", "AZURE_CLIENT_SECRET": "-"}, 4,
			[]string{"SLACK_APP_TOKEN: want xapp-…; https://api.slack.com/apps > the app > Basic Information > App-Level Tokens", "connections:write",
				"SLACK_BOT_TOKEN: want xoxb-…; https://api.slack.com/apps > the app > OAuth & Permissions", "ADMINS: want", "Copy member ID", "Entra admin center > App registrations"}},
		{set{"SLACK_APP_TOKEN": "xoxb-sw4pped", "SLACK_BOT_TOKEN": "xapp-1-sw4pped"}, 2, []string{"that of the bot goes into the other variable", "an app-level token, which goes into the other variable"}},
		{set{"SLACK_BOT_TOKEN": "xoxp-p3rson"}, 1, []string{"a person's token (User OAuth Token)"}},
		{set{"SLACK_BOT_TOKEN": "xoxe.xoxb-r0tates"}, 1, []string{"token rotation is on", "cloudpc-bot manifest"}},
		{set{"SLACK_BOT_TOKEN": `"xoxb-qu0ted"`, "SLACK_APP_TOKEN": `'xapp-qu0ted'`}, 2, []string{"stands in quotes: take them off"}},
		{set{"SLACK_BOT_TOKEN": " \n"}, 1, []string{"SLACK_BOT_TOKEN: want xoxb-…"}},
		{set{"SLACK_BOT_TOKEN": "-", "SLACK_TOKEN": "xoxb-misn4med"}, 1, []string{"SLACK_TOKEN is set, and is no variable of this program"}},
		{set{"ADMINS": "-", "ADMIN": "U7REALADA"}, 1, []string{"ADMIN is set, and is no variable of this program"}},
		{set{"ADMINS": "@ada.lovelace,U7REALADA"}, 1, []string{"entry 1 is not the id of a Slack user (U… or W…) or user group (S…)", "Copy member ID"}},
		{set{"ADMINS": "ada@example.com"}, 1, []string{"entry 1 is not the id"}},
		{set{"ADMINS": "U7REALADA"}, 1, []string{"who asks does not approve, and there is one admin: name a second one in ADMINS, or allow the one to approve alone with ALLOW_SELF_APPROVAL=true"}},
		{set{"APPROVALS": "2"}, 1, []string{"so many approvals take more admins in ADMINS"}},
		{set{"APPROVALS": "tw0ish"}, 1, []string{"APPROVALS: want a number of 0 or more"}},
		{set{"REQUESTERS": "#helpdesk"}, 1, []string{"REQUESTERS: want ids of Slack users and user groups", "Copy group ID"}},
		{set{"APPROVAL_CHANNEL": "#it-approvals"}, 1, []string{"APPROVAL_CHANNEL: want a Slack channel id, as C024BE91L; the channel's name in Slack > About"}},
		{set{"APPROVAL_TTL": "8 hours"}, 1, []string{"APPROVAL_TTL: want a duration above 0, as 8h"}},
		{set{"SLACK_API_URL": "https://slack.example.com/api"}, 1, []string{"a slash at its end"}},
		{set{"GRAPH_URL": "https://graph.microsoft.com/beta"}, 1, []string{"without a path, as https://graph.microsoft.com"}},
		{set{"GRAPH_URL": "https://graph.microsoft.us"}, 1, []string{"GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds", "https://login.microsoftonline.us/"}},
		{set{"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"}, 1, []string{"GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds", "https://graph.microsoft.us"}},
		{set{"AZURE_CLIENT_SECRET": "-"}, 1, []string{"AZURE_CLIENT_SECRET", "Certificates & secrets", "the Value is wanted and not the Secret ID"}},
		{set{"AZURE_TENANT_ID": "Contoso Ltd", "AZURE_CLIENT_ID": "-"}, 2, []string{"Directory (tenant) ID", "Application (client) ID"}},
		{set{"AZURE_CLIENT_SECRET": "-", "AZURE_CLIENT_CERTIFICATE_PATH": "../../auth/testdata/openssl3.pfx", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "wr0ng"}, 1,
			[]string{"the password in AZURE_CLIENT_CERTIFICATE_PASSWORD is not that of the PKCS#12 file"}},
		{set{"AZURE_CLIENT_SECRET": "-", "AZURE_CLIENT_CERTIFICATE_PATH": "../../auth/testdata/encrypted.pem", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "of nobody"}, 1,
			[]string{"the key in the PEM file is encrypted", "openssl pkcs12 -export"}},
		{set{"CA_CERTS": "/nowhere/roots.pem"}, 1, []string{"CA_CERTS: the file cannot be read: no such file or directory"}},
		{set{"DATABASE_URL": "mysql://b0t@db/ledger"}, 1, []string{"DATABASE_URL: want sqlite: and a file, as sqlite:cloudpc-bot.db, or postgres://user:password@host/database"}},
		{set{"DATABASE_URL": "postgres:///l3dger"}, 1, []string{"postgres://user:password@host/database"}},
		{set{"DATABASE_URL": "postgres://b0t:100%sure@db/ledger"}, 1, []string{"DATABASE_URL: want", "percent-encode the user name and the password"}},
		{set{"DATABASE_URL": "postgres://b0t@db/ledger?sslmode=n0pe", "HTTP_ADDR": "8181"}, 2, []string{"sslmode is one of disable"}},
		{set{"HTTP_ADDR": "8181"}, 1, []string{"HTTP_ADDR: want host:port, as 0.0.0.0:8080, or off"}},
		{set{"LOG_LEVEL": "verb0se", "LOG_FORMAT": "logfmt", "GRAPH_BETA": "y3s", "GRAPH_TIMEOUT": "0.1s", "MAX_PER_HOUR": "n0ne", "APPROVAL_CHANNEL": "general", "SLACK_PACE": "-7s"}, 7,
			[]string{"debug, info, warn or error", "text or json", "true or false", "1s to 2m", "0 is no limit", "SLACK_PACE"}},
	} {
		env := set{}
		for _, from := range []set{good, row.change} {
			for name, value := range from {
				if env[name] = value; value == "-" {
					delete(env, name)
				}
			}
		}
		if path := env["AZURE_CLIENT_CERTIFICATE_PATH"]; path != "" { // the program runs elsewhere
			abs, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			env["AZURE_CLIENT_CERTIFICATE_PATH"] = abs
		}
		began := time.Now()
		code, out := start(t, env)
		if took := time.Since(began); code != 2 || took > 5*time.Second {
			t.Errorf("%v: exit status %d after %v\n%s", row.change, code, took, out)
		}
		if lines := strings.Count(strings.TrimSpace(out), "\n"); lines != row.lines || !strings.Contains(out, "cannot start, its configuration is wrong") {
			t.Errorf("%v: %d problems are listed, want %d\n%s", row.change, lines, row.lines, out)
		}
		for _, want := range row.says {
			if !strings.Contains(out, want) {
				t.Errorf("%v: the message lacks %q\n%s", row.change, want, out)
			}
		}
		for name, value := range env {
			if value = strings.TrimSpace(value); len(value) > 2 && strings.Contains(out, value) {
				t.Errorf("%v: the message shows the value of %s\n%s", row.change, name, out)
			}
		}
	}
}

func TestAnAddressWithoutAHostIsTaken(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_POSTGRES") == "" {
		return
	}
	server, err := url.Parse(ledgertest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	q := server.Query()
	q.Set("host", server.Hostname())
	if server.Port() != "" {
		q.Set("port", server.Port())
	}
	server.Host, server.RawQuery = "", q.Encode()
	if code, out := start(t, map[string]string{"DATABASE_URL": server.String()}, "audit"); code != 1 || !strings.Contains(out, "there is no ledger in its schema") {
		t.Errorf("exit status %d\n%s", code, out)
	}
}

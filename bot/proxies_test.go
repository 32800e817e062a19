package bot_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestEverythingGoesThroughAProxy runs the program as it is shipped behind a proxy of each
// scheme, with a password and without, from a command to the end of its request.
func TestEverythingGoesThroughAProxy(t *testing.T) {
	t.Parallel()
	program := build(t)
	tests := map[string]func(*testing.T){"one that is none": func(t *testing.T) { stoppedByAProxy(t, program) }}
	for _, scheme := range schemes {
		if testing.Short() {
			break
		}
		tests[scheme] = func(t *testing.T) { throughAProxy(t, program, scheme, nil) }
		tests[scheme+" with a password"] = func(t *testing.T) { throughAProxy(t, program, scheme, visitor()) }
	}
	atOnce(t, tests)
}

func throughAProxy(t *testing.T, program, scheme string, who *url.Userinfo) {
	w := newShippedWorld(t, program, "sqlite")
	root, certificate := certified(t)
	var err error
	w.slack, err = slackfake.New(slackfake.Config{Host: slackHost, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.slack.Close)
	w.people()
	if w.tenant, err = graphfake.New(graphfake.Config{Host: graphHost, Now: w.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.tenant.Close)
	w.machines()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, append(w.tenant.CertPEM(), root...), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, scheme, who, certificate)
	maps.Copy(w.env, map[string]string{
		"HTTP_PROXY": p.address(), "HTTPS_PROXY": p.address(), "CA_CERTS": ca, "FOLLOW_INTERVAL": "200ms",
		"SLACK_APP_TOKEN": w.slack.AppToken(), "SLACK_BOT_TOKEN": w.slack.BotToken(), "SLACK_API_URL": w.slack.URL(),
		"GRAPH_URL": w.tenant.URL(), "AZURE_AUTHORITY_HOST": w.tenant.Authority(),
		"AZURE_TENANT_ID": w.tenant.TenantID(), "AZURE_CLIENT_ID": w.tenant.ClientID(), "AZURE_CLIENT_SECRET": w.tenant.ClientSecret(),
	})
	life := w.launch()
	w.types("CPC-ada")
	var card slackfake.Message
	w.until("the card is there", func() bool {
		card, err = w.card()
		return err == nil
	})
	if _, err := w.slack.Press(user("ben"), card, "approve").WaitAck(w.ctx); err != nil {
		t.Fatal(err)
	}
	w.until("it is done", w.tells("Done."))
	peers := life.peers()
	if len(peers) < 3 || slices.ContainsFunc(peers, func(port int) bool { return port != p.port() }) {
		t.Errorf("the proxy is at port %d, and the program is connected with %v", p.port(), peers)
	}
	life.stop(inTime)
	p.stop()
	passed, faults := p.seen()
	if passed[slackHost] < 3 || passed[graphHost] < 1 || len(passed) != 2 { // two sockets, and calls
		t.Errorf("through the proxy went %v", passed)
	}
	if len(faults) > 0 {
		t.Errorf("the proxy found fault: %q", faults)
	}
	if strings.Contains(w.logs.String(), "rd%") {
		t.Error("the password is in the log")
	}
}

// peers are the ports that the process is connected with.
func (p *run) peers() (ports []int) {
	p.t.Helper()
	mine := map[string]bool{}
	open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.cmd.Process.Pid))
	for _, fd := range open {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			mine[strings.Trim(to, "socket:[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", p.cmd.Process.Pid, table))
		for line := range strings.Lines(string(raw)) {
			f := strings.Fields(line) // number, local, remote, state, …, inode
			if len(f) < 10 || !mine[f[9]] {
				continue
			}
			_, hex, _ := strings.Cut(f[2], ":")
			port, err := strconv.ParseInt(hex, 16, 32)
			if err != nil {
				p.t.Error(err)
			}
			ports = append(ports, int(port))
		}
	}
	return ports
}

// stoppedByAProxy has a proxy named that Go would ignore: it is told of with all else that is
// wrong, and nothing is called.
func stoppedByAProxy(t *testing.T, program string) {
	w := newShippedWorld(t, program, "sqlite")
	maps.Copy(w.env, map[string]string{"HTTPS_PROXY": "http://user:pa%ss@s3cret:3128", "http_proxy": "gopher://s3cret", "APPROVALS": "-1"})
	p := w.begin()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it has started")
	}
	var status *exec.ExitError
	if !errors.As(p.err, &status) || status.ExitCode() != 2 {
		t.Errorf("it ended with %v", p.err)
	}
	for _, want := range []string{"HTTPS_PROXY: percent-encode", "http_proxy: want http, https, socks5 or socks5h", "APPROVALS must be"} {
		if !w.logs.has(want)() {
			t.Errorf("it does not say %q:\n%s", want, w.logs)
		}
	}
	if w.logs.has("s3cret")() || len(w.slack.Calls()) > 0 {
		t.Errorf("%d calls to Slack; it says\n%s", len(w.slack.Calls()), w.logs)
	}
}

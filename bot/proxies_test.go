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
	s := newSite(t, program, "sqlite")
	root, certificate := certified(t)
	var err error
	s.slack, err = slackfake.New(slackfake.Config{Host: slackHost, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.slack.Close)
	s.people()
	if s.tenant, err = graphfake.New(graphfake.Config{Host: graphHost, Now: s.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.tenant.Close)
	s.machines()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, append(s.tenant.CertPEM(), root...), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, scheme, who, certificate)
	maps.Copy(s.env, map[string]string{
		"HTTP_PROXY": p.address(), "HTTPS_PROXY": p.address(), "CA_CERTS": ca, "FOLLOW_INTERVAL": "200ms",
		"SLACK_APP_TOKEN": s.slack.AppToken(), "SLACK_BOT_TOKEN": s.slack.BotToken(), "SLACK_API_URL": s.slack.URL(),
		"GRAPH_URL": s.tenant.URL(), "AZURE_AUTHORITY_HOST": s.tenant.Authority(),
		"AZURE_TENANT_ID": s.tenant.TenantID(), "AZURE_CLIENT_ID": s.tenant.ClientID(), "AZURE_CLIENT_SECRET": s.tenant.ClientSecret(),
	})
	life := s.launch()
	s.types("CPC-ada")
	var card slackfake.Message
	s.until("the card is there", func() bool {
		card, err = s.card()
		return err == nil
	})
	if _, err := s.slack.Press(user("ben"), card, "approve").WaitAck(s.ctx); err != nil {
		t.Fatal(err)
	}
	s.until("it is done", s.tells("Done."))
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
	if strings.Contains(s.logs.String(), "rd%") {
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
	s := newSite(t, program, "sqlite")
	maps.Copy(s.env, map[string]string{"HTTPS_PROXY": "http://user:pa%ss@s3cret:3128", "http_proxy": "gopher://s3cret", "APPROVALS": "-1"})
	p := s.begin()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it has started")
	}
	var status *exec.ExitError
	if !errors.As(p.err, &status) || status.ExitCode() != 2 {
		t.Errorf("it ended with %v", p.err)
	}
	for _, want := range []string{"HTTPS_PROXY: percent-encode", "http_proxy: want http, https, socks5 or socks5h", "APPROVALS: want"} {
		if !s.logs.has(want)() {
			t.Errorf("it does not say %q:\n%s", want, s.logs)
		}
	}
	if s.logs.has("s3cret")() || len(s.slack.Calls()) > 0 {
		t.Errorf("%d calls to Slack; it says\n%s", len(s.slack.Calls()), s.logs)
	}
}

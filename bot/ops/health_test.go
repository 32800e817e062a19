package ops_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"cloudpc-bot/bot/slackfake"
)

func TestHealthAsksTheBotOnThisMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	addr := unusedAddress(t)
	_, port, _ := net.SplitHostPort(addr)
	w.env["HTTP_ADDR"] = "0.0.0.0:" + port // as in a container
	ask := func(want int, says ...string) {
		t.Helper()
		env := map[string]string{"HTTP_ADDR": w.env["HTTP_ADDR"], "HTTP_PROXY": "http://127.0.0.1:1", "ADMINS": "n0nsense"}
		code, out := start(t, env, "health")
		for _, text := range says {
			if code != want || !strings.Contains(out, text) {
				t.Errorf("exit status %d, want %d and %q\n%s", code, want, text, out)
			}
		}
	}
	ask(1, "the bot does not answer at HTTP_ADDR")
	w.slack.Fail("auth.test", slackfake.Fault{Status: 503})
	cmd := w.begin()
	w.wait("it to wait for Slack", func() bool { return strings.Contains(w.logged(), "waits for a service") })
	ask(0, "alive, and not ready:\n", "\nwaiting for Slack: auth.test answered 503")
	w.slack.Heal()
	w.wait("sockets", func() bool { return w.slack.Sockets() >= 2 && strings.Contains(w.logged(), "cloudpc-bot started") })
	ask(0, "alive and ready")
	w.ends(cmd)
	ask(1, "the bot does not answer at HTTP_ADDR")
}

func TestHealthNeedsAnAddress(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for addr, want := range map[string]struct {
		code int
		says string
	}{
		"off":                      {2, "HTTP_ADDR is off, so the bot answers no probes"},
		"8080":                     {2, "HTTP_ADDR must be host:port"},
		"127.0.0.1:0":              {2, "with port 0 the bot listens on any port"},
		other.URL[len("http://"):]: {1, "the bot is not well: /healthz answers 404"},
	} {
		if code, out := start(t, map[string]string{"HTTP_ADDR": addr}, "health"); code != want.code || !strings.Contains(out, want.says) {
			t.Errorf("%s: exit status %d, want %v\n%s", addr, code, want, out)
		}
	}
}

// A container of the image has no other program that could ask.
func TestTheImageChecksItsHealth(t *testing.T) {
	t.Parallel()
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^HEALTHCHECK .*CMD \["/cloudpc-bot", "health"\]$`).Match(dockerfile) {
		t.Error("the Dockerfile has no health check that runs cloudpc-bot health")
	}
}

package slackio

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

func TestWhatPassesIsNotFinalAtTheStart(t *testing.T) {
	w := open(t, slackfake.Config{})
	for name, row := range map[string]struct {
		fault slackfake.Fault
		says  string
	}{
		"503 page":            {slackfake.Fault{Status: 503}, "auth.test answered 503 with a page that is not JSON; is SLACK_API_URL right?"},
		"502 page":            {slackfake.Fault{Status: 502}, "auth.test answered 502"},
		"404 page":            {slackfake.Fault{Status: 404}, "SLACK_API_URL"},
		"200 page":            {slackfake.Fault{Garbage: true}, "auth.test answered 200 with a page that is not JSON; is SLACK_API_URL right?"},
		"internal_error":      {slackfake.Fault{Error: "internal_error"}, "auth.test answered internal_error"},
		"fatal_error":         {slackfake.Fault{Error: "fatal_error"}, "auth.test answered fatal_error"},
		"service_unavailable": {slackfake.Fault{Error: "service_unavailable", Status: 503}, "auth.test answered service_unavailable"},
		"ratelimited, 200":    {slackfake.Fault{Error: "ratelimited", Status: 200}, "auth.test answered ratelimited"},
		"429":                 {slackfake.Fault{Status: 429}, "auth.test answered 429"},
		"unknown":             {slackfake.Fault{Error: "something_new"}, "auth.test answered something_new"},
		"unknown_method":      {slackfake.Fault{Error: "unknown_method"}, "auth.test answered unknown_method"},
		"dropped":             {slackfake.Fault{Drop: true}, "auth.test got no answer"},
	} {
		w.Heal()
		w.Fail("auth.test", row.fault)
		_, err := Open(t.Context(), w.config())
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "xoxb") {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Heal()
	w.Fail("auth.test", slackfake.Fault{RetryAfter: 7 * time.Second})
	var slow *causes.ThrottledError
	if _, err := Open(t.Context(), w.config()); !errors.Is(err, ErrUnreachable) || !errors.As(err, &slow) || slow.After != 7*time.Second {
		t.Errorf("a wish to wait: %v", err)
	}
	for name, peer := range map[string]*httptest.Server{
		"untrusted": httptest.NewTLSServer(http.NotFoundHandler()),
		"redirect": httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example.com/", http.StatusFound)
		})),
		"no team": httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok":true}`)) })),
	} {
		t.Cleanup(peer.Close)
		_, err := Open(t.Context(), w.config(func(c *Config) {
			c.APIURL = peer.URL + "/api/"
			c.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		}))
		want := map[string]string{"untrusted": "CA_CERTS", "redirect": "answered 302", "no team": "SLACK_API_URL"}[name]
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokensOfTwoAppsAreRefused(t *testing.T) {
	w := open(t, slackfake.Config{BotApp: "A0REPRO"}) // the same
	_, err := Open(t.Context(), w.config(func(c *Config) { c.AppToken = auth.NewSecret("xapp-1-A0OTHER-123-abc") }))
	if err == nil || errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "the two tokens belong to two apps") {
		t.Errorf("by the token: %v", err)
	}
	w = open(t, slackfake.Config{BotApp: "A0OTHER", AppToken: "xapp-of-a-form-to-come"})
	err = wait(t, "the end of Receive", func() chan error {
		ended := make(chan error, 1)
		go func() { ended <- w.Receive(t.Context(), handler{}) }()
		return ended
	}())
	if err == nil || !strings.Contains(err.Error(), "the two tokens belong to two apps") {
		t.Errorf("by the greeting: %v", err)
	}
}

func needed(c *Config) {
	c.Scopes = []Scope{{"chat:write", "to post the card"}, {"im:write", "to tell people"}, {"channels:read", "to know channels"}}
}

func TestALackingScopeIsLoggedOnceAtTheStart(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.SetScopes("users:read", "im:write", "channels:read")
	c, err := Open(t.Context(), w.config(needed))
	if err != nil {
		t.Fatal(err)
	}
	ada := auth.Person{Org: "T0HOME", ID: "U0ADA"}
	for range 2 { // each answer says it again
		if _, err := c.Standing(t.Context(), ada, true); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Post(w.within(), "C0OPS", words.Card{Request: "R-7K3F", Status: "Waiting."}, words.Mentions{})
	if !errors.As(err, new(*causes.MissingScopeError)) {
		t.Errorf("a post without its scope: %v", err)
	}
	if n := strings.Count(w.logs.String(), "chat:write"); n != 1 {
		t.Errorf("told %d times\n%s", n, w.logs)
	}
	for _, want := range []string{"level=ERROR", "to post the card", "cloudpc-bot manifest", "reinstall"} {
		if !strings.Contains(w.logs.String(), want) {
			t.Errorf("the log lacks %q\n%s", want, w.logs)
		}
	}
	for _, wrong := range []string{"im:write", "channels:read"} {
		if strings.Contains(w.logs.String(), wrong) {
			t.Errorf("the log names %s\n%s", wrong, w.logs)
		}
	}
}

func TestScopesThatAreNotToldAreNotNone(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.HideScopes(true)
	w.SetScopes("users:read")
	c, err := Open(t.Context(), w.config(needed))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(w.logs.String(), "ERROR") {
		t.Errorf("nothing is known\n%s", w.logs)
	}
	for range 2 {
		_, err = c.Place(t.Context(), "C0OPS", true)
		var lack *causes.MissingScopeError
		var no *causes.RefusedError
		if !errors.As(err, &lack) || lack.Needed != "channels:read" || lack.Op != "conversations.info" || !errors.As(err, &no) || no.Code != "missing_scope" {
			t.Errorf("a channel: %v", err)
		}
	}
	w.SetScopes("channels:read")
	if _, err = c.Standing(t.Context(), auth.Person{Org: "T0HOME", ID: "U0ADA"}, true); !errors.As(err, new(*causes.MissingScopeError)) {
		t.Errorf("a person: %v", err)
	}
	for _, scope := range []string{"scope=channels:read", "scope=users:read"} {
		if strings.Count(w.logs.String(), scope) != 1 {
			t.Errorf("%s is not told once\n%s", scope, w.logs)
		}
	}
}

func TestManifestAsksForTheScopesThatAreUsed(t *testing.T) {
	raw, err := os.ReadFile("../ops/manifests/slack.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var scopes []string
	for _, m := range regexp.MustCompile(`(?m)^ +- ([a-z:.]+) # \w`).FindAllStringSubmatch(string(raw), -1) {
		scopes = append(scopes, m[1])
	}
	used := func() error {
		w := open(t, slackfake.Config{})
		w.AddChannel(slackfake.Channel{ID: "G0BOARD", Private: true, BotIn: true})
		w.AddGroup(slackfake.Group{ID: "S0ADMINS", Handle: "it-admins"})
		w.SetScopes(scopes...)
		at, posted := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
		_, person := w.Standing(t.Context(), ada, true)
		_, public := w.Place(t.Context(), "C0OPS", true)
		_, private := w.Place(t.Context(), "G0BOARD", true)
		_, members := w.Members(t.Context(), "S0ADMINS", true)
		_, email := w.Email(t.Context(), ada, true)
		return errors.Join(posted, w.Redraw(t.Context(), at, cards["denied"]), w.Reply(t.Context(), at, "so", words.Mentions{}),
			w.Whisper(t.Context(), "C0OPS", ada, "psst"), w.Tell(t.Context(), ada, "psst"), person, public, private, members, email)
	}
	if err := used(); err != nil {
		t.Errorf("with %v: %v", scopes, err)
	}
	all := scopes
	for i, scope := range all {
		scopes = slices.Delete(slices.Clone(all), i, i+1)
		if err := used(); err == nil && scope != "commands" {
			t.Errorf("%s is asked for and not used", scope)
		}
	}
}

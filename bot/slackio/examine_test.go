package slackio

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/slackfake"
)

func TestAnExaminedAppTokenOpensNoSocket(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.OnSocket(func(event string) { t.Errorf("a socket: %s", event) })
	got, err := ExamineAppToken(t.Context(), w.config())
	if err != nil || got.App != w.AppID() || !slices.Equal(got.Scopes, []string{"connections:write"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if last := w.Calls()[len(w.Calls())-1]; last.Method != opening || last.Token != "xapp-…" {
		t.Errorf("the last call: %+v", last)
	}
	if strings.Contains(w.logs.String(), "not granted") {
		t.Errorf("the app token's scopes were taken for the bot's: %s", w.logs)
	}
	for name, row := range map[string]struct {
		change func(*Config)
		fault  slackfake.Fault
		says   string
		fatal  bool
	}{
		"a bot token":  {func(c *Config) { c.AppToken = c.BotToken }, slackfake.Fault{}, "SLACK_APP_TOKEN is rejected (not_allowed_token_type)", true},
		"another":      {func(c *Config) { c.AppToken = auth.NewSecret("xapp-other") }, slackfake.Fault{}, "(invalid_auth)", true},
		"no scope":     {func(*Config) {}, slackfake.Fault{Error: "missing_scope"}, "it lacks the scope connections:write: make a new one", true},
		"an outage":    {func(*Config) {}, slackfake.Fault{Status: 503}, "apps.connections.open answered 503", false},
		"another page": {func(*Config) {}, slackfake.Fault{Garbage: true}, "is SLACK_API_URL right?", false},
	} {
		w.Fail(opening, row.fault)
		_, err := ExamineAppToken(t.Context(), w.config(row.change))
		w.Heal()
		if err == nil || !strings.Contains(err.Error(), row.says) || errors.As(err, new(*TokenError)) != row.fatal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhichAppABotTokenBelongsTo(t *testing.T) {
	for want, fake := range map[string]slackfake.Config{
		"A0REPRO": {}, "A0OTHER": {BotApp: "A0OTHER", NoAppID: true}, "A0REPRO ": {BotApp: "A0REPRO"},
	} {
		w := open(t, fake)
		if got, err := w.App(t.Context()); err != nil || got != strings.TrimSpace(want) {
			t.Errorf("%+v: %q, %v", fake, got, err)
		}
		err := w.OneApp(t.Context(), w.AppID())
		if other := want == "A0OTHER"; other != (err != nil) || other && !strings.Contains(err.Error(), "belong to two apps") {
			t.Errorf("%+v: %v", fake, err)
		}
	}
}

func TestWhatSlackSaysBesideItsAnswers(t *testing.T) {
	w := open(t, slackfake.Config{})
	if got, known := w.Granted(); !known || !slices.Equal(got, w.Scopes()) {
		t.Errorf("%v, %v", got, known)
	}
	if name, id := w.Installed(); name != "Home" || id != "T0HOME" {
		t.Errorf("%s, %s", name, id)
	}
	if off, known := w.Skew(); !known || off != 0 {
		t.Errorf("%v, %v", off, known)
	}
	w.clock.pass(time.Hour)
	if _, err := w.Account(t.Context(), "U0ADA"); err != nil {
		t.Fatal(err)
	}
	if off, _ := w.Skew(); off < 59*time.Minute || off > 61*time.Minute {
		t.Errorf("an hour later: %v", off)
	}
	w.HideScopes(true)
	client, err := Open(t.Context(), w.config())
	if err != nil {
		t.Fatal(err)
	}
	if got, known := client.Granted(); known {
		t.Errorf("hidden: %v", got)
	}
}

package slackio

import (
	"errors"
	"strings"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/slackfake"
)

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	w := open(t, slackfake.Config{})
	for name, row := range map[string]struct {
		spoil func(*Config)
		says  string
		fatal bool
	}{
		"another token":  {func(c *Config) { c.BotToken = auth.NewSecret("xoxb-other") }, "SLACK_BOT_TOKEN is rejected (invalid_auth)", true},
		"another server": {func(c *Config) { c.APIURL = strings.TrimSuffix(c.APIURL, "api/") }, "is SLACK_API_URL right?", false},
		"no address":     {func(c *Config) { c.APIURL = "http://x y/" }, "SLACK_API_URL", false},
		"nobody there":   {func(c *Config) { c.APIURL = "http://127.0.0.1:1/" }, "auth.test", false},
	} {
		_, err := Open(t.Context(), w.config(row.spoil))
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", name, err)
		}
		if fatal := errors.As(err, new(*TokenError)); fatal != row.fatal {
			t.Errorf("%s: a matter of the token: %v", name, fatal)
		}
	}
	org, err := slackfake.New(slackfake.Config{Enterprise: "E0GRID", OrgInstall: true})
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	_, err = Open(t.Context(), w.config(func(c *Config) { c.APIURL, c.BotToken = org.URL(), auth.NewSecret(org.BotToken()) }))
	if err == nil || !strings.Contains(err.Error(), "install it in one workspace") {
		t.Errorf("an app of the whole organisation: %v", err)
	}
}

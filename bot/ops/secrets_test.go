package ops_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/slackio"
)

// What is read from the environment is handed on to the bot's parts, and whichever of them is
// logged as a whole shows no secret of it.
func TestNoPartOfTheBotShowsASecret(t *testing.T) {
	w := newWorld(t)
	const password = "s3cr3t-0f-th3-l3dg3r"
	w.env["DATABASE_URL"] = "postgres://bot:" + password + "@127.0.0.1:1/ledger"
	for name, value := range w.env {
		t.Setenv(name, value)
	}
	cfg, err := config.Read()
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.DatabaseURL.Reveal(); got != w.env["DATABASE_URL"] {
		t.Fatalf("DATABASE_URL: %q", got)
	}
	log := slog.New(slog.DiscardHandler)
	slack := slackio.Config{AppToken: cfg.SlackAppToken, BotToken: cfg.SlackBotToken, APIURL: cfg.SlackAPIURL, HTTP: &http.Client{Timeout: 10 * time.Second, Transport: calls(http.DefaultTransport.RoundTrip)}, Log: log}
	client, err := slackio.Open(t.Context(), slack)
	if err != nil {
		t.Fatal(err)
	}
	parts := bot.Config{Inbox: client, Outbox: client, Directory: client, Log: log}
	for name, part := range map[string]any{
		"the configuration": cfg, "a pointer to it": &cfg, "the configuration of Slack": slack, "a pointer to that": &slack,
		"the client": client, "the parts": parts, "a pointer to them": &parts, "the bot": bot.New(parts),
		"all": struct {
			config.Config
			client *slackio.Client
			parts  bot.Config
		}{cfg, client, parts},
	} {
		for how, text := range printed(part) {
			for variable, secret := range map[string]string{"SLACK_APP_TOKEN": w.slack.AppToken(), "SLACK_BOT_TOKEN": w.slack.BotToken(), "DATABASE_URL": password} {
				for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
					if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
						t.Errorf("%s by %s shows %s: %s", name, how, variable, text)
					}
				}
			}
		}
	}
}

// printed is what fmt, encoding/json and slog make of a value.
func printed(v any) map[string]string {
	out := map[string]string{"Sprint": fmt.Sprint(v)}
	for _, verb := range "vsqxXdpw" {
		for _, flag := range []string{"", "+", "#"} {
			format := "%" + flag + string(verb)
			out[format] = fmt.Sprintf(format, v)
		}
	}
	raw, err := json.Marshal(v)
	out["json"] = fmt.Sprint(string(raw), err)
	var text, lines bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&text, nil)), slog.New(slog.NewJSONHandler(&lines, nil))} {
		log.With("early", v).Info("said", "attr", v)
	}
	out["slog text"], out["slog JSON"] = text.String(), lines.String()
	return out
}

// calls is a transport that nobody can look into: its connections go on changing while it is printed.
type calls func(*http.Request) (*http.Response, error)

func (c calls) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

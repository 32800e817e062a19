package execute

import (
	"log/slog"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/words"
)

// S6: nobody is told to repair a scope, or to invite the bot, where no app of its kind can be.
func TestDirectMessagesBetweenOthersAreSaidToBeNone(t *testing.T) {
	e := New(Config{Requests: &requests.Requests{Log: slog.New(slog.DiscardHandler)}})
	for name, c := range map[string]ledger.Cause{
		"a group direct message":              ledger.MissingScope("mpim:read"),
		"one of several scopes":               ledger.MissingScope("channels:read,groups:read,mpim:read,im:read"),
		"a direct message between two others": e.noPlace(ledger.Request{FromChannel: "D0OTHERS"}, "channel_not_found"),
	} {
		if text := string(words.Why(c)); c.Code != ledger.OthersChat || !strings.Contains(text, "direct message") || strings.Contains(text, "scope") {
			t.Errorf("%s: %s, %s", name, c.Code, text)
		}
	}
	if c := ledger.MissingScope("usergroups:read"); c.Code != ledger.NoScope {
		t.Errorf("a scope of the bot's: %s", c.Code)
	}
	if c := e.noPlace(ledger.Request{FromChannel: "C0OPS"}, "channel_not_found"); c.Code != ledger.MayNotPost {
		t.Errorf("a channel: %s", c.Code)
	}
}

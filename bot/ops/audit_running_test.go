package ops_test

import (
	"regexp"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/slackfake"
)

// TestARunningBotWritesNothingBack redacts a request beside a bot that has just done it, and has the bot act on it
// afterwards. What is printed of the ledger has no secret.
func TestARunningBotWritesNothingBack(t *testing.T) {
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env["DATABASE_URL"] = database(t)
			w.slack.AddPerson(slackfake.Person{ID: "U_EVE", Name: "eve"})
			w.slack.AddChannel(slackfake.Channel{ID: "C_IT", Name: "it", BotIn: true, Members: []string{"U_ADA", "U_EVE"}})
			w.launch()
			asked := w.slack.Type("U_ADA", "C_IT", `CPC-ada reason="kitten sat on it"`)
			var said []string
			w.wait("the end", func() bool {
				said = regexp.MustCompile("sign in again.* (R-[0-9A-Z]+):([0-9a-f]{12})").FindStringSubmatch(w.story())
				return said != nil
			})
			request, receipt := said[1], said[1]+":"+said[2]
			secrets := append(w.tenant.Secrets(), w.slack.AppToken(), w.slack.BotToken(), asked.TriggerID, asked.ResponseURL)
			audit := func(want int, words string, args ...string) {
				t.Helper()
				code, out := start(t, w.env, append([]string{"audit"}, args...)...)
				if code != want || !strings.Contains(out, words) {
					t.Errorf("audit %v: exit status %d, want %d and %q\n%s", args, code, want, words, out)
				}
				for _, secret := range secrets {
					if secret != "" && strings.Contains(out, secret) {
						t.Errorf("audit %v prints a secret: %s", args, out)
					}
				}
			}
			audit(0, "kitten sat on it", "export")
			audit(0, "kitten sat on it", "show", request)
			audit(0, "Erased the words of 1 requests", "redact", "--yes", request)
			_, db := openStore(t, w.env["DATABASE_URL"])
			count := func() (n int) {
				if err := db.QueryRowContext(w.ctx, `SELECT count FROM chain`).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			events := count()
			w.slack.Type("U_ADA", "C_IT", "status "+request)
			w.slack.Type("U_ADA", "C_IT", "history "+pc)
			w.slack.Type("U_EVE", "C_IT", "cancel "+request) // who may not, which is an event
			w.wait("an answer", func() bool { return count() > events })
			w.kill()
			if left := ledgertest.Left(t, db, "kitten", "CPC-ada", "dan@example.com"); len(left) > 0 {
				t.Errorf("words are in the ledger: %q", left)
			}
			audit(0, "confirmed by 1 receipts", "verify", receipt)
			audit(0, `"event":"repelled"`, "export")
		})
	}
}

package ops_test

import (
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// A bot that has worked, and met everything that fails, at the log level that tells most, has no secret
// in anything that it writes or answers: its log, /metrics, /readyz, the files of the ledger, what audit prints.
func TestNoSecretIsKeptOrTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["HTTP_ADDR"], w.env["LOG_LEVEL"], w.env["LOG_FORMAT"] = unusedAddress(t), "debug", "json"
	w.env["APPROVALS"], w.env["ADMINS"], w.env["FOLLOW_INTERVAL"] = "1", "U_ADA,U_BEN", "50ms"
	w.slack.AddPerson(slackfake.Person{ID: "U_BEN", Name: "ben"})
	process := w.launch()
	asked := w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
	w.wait("the card", w.told("Needs 1 approval"))

	for _, method := range []string{"chat.update", "chat.postMessage", "response_url"} {
		w.slack.Fail(method, slackfake.Fault{Drop: true, Times: 1})
		w.slack.Fail(method, slackfake.Fault{Error: "invalid_arguments", Times: 1})
		w.slack.Fail(method, slackfake.Fault{RetryAfter: time.Second, Times: 1})
	}
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{Status: 500, Times: 1})
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Get}, graphfake.Fault{Status: 401, Times: 2})
	pressed := w.slack.Press("U_BEN", w.slack.Messages("C_IT")[0], "approve")
	w.wait("the call", func() bool { return len(w.tenant.Posts()) > 0 })
	w.slack.DropSockets()
	w.wait("a socket again", func() bool { return w.slack.Sockets() > 0 })
	if _, err := w.slack.Type("U_ADA", "C_IT", "list").WaitAck(w.ctx); err != nil {
		t.Fatal(err)
	}

	texts := map[string]string{"/readyz": readyz(w.env["HTTP_ADDR"])}
	_, texts["/metrics"] = scraped(t, w.env["HTTP_ADDR"])
	w.ends(process)
	texts["the log"] = w.logged()
	for _, words := range []string{"audit", "audit R-7K3F:3f9c0a1b2c3d", "audit export", "audit show R-7K3F", "health", "doctor", "manifest slack", "manifest kubernetes", "manifest compose", "manifest entra", "manifest grafana"} {
		_, texts[words] = start(t, w.env, strings.Fields(words)...)
	}
	err := filepath.WalkDir(filepath.Dir(strings.TrimPrefix(w.env["DATABASE_URL"], "sqlite:")), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(d.Name(), ".db") {
			return err
		}
		raw, err := os.ReadFile(path)
		texts["the file "+d.Name()] = string(raw)
		return err
	})
	if err != nil || len(texts) < 9 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	for what, text := range texts {
		if len(text) < 3 {
			t.Errorf("%s has nothing to search: %q", what, text)
		}
	}

	secrets := map[string]string{
		"SLACK_APP_TOKEN": w.slack.AppToken(), "SLACK_BOT_TOKEN": w.slack.BotToken(), "a trigger of a command": asked.TriggerID, "a trigger of a press": pressed.TriggerID,
		"a response_url": asked.ResponseURL, "any response_url": "/hooks/", "the address of a socket": "ticket=", "its path": "/link/", "a bearer": "Bearer ey",
	}
	for i, secret := range w.tenant.Secrets() {
		secrets["a secret of Entra's, or the token "+string(rune('0'+i))] = secret
	}
	if len(secrets) < 11 || !strings.Contains(texts["the log"], `"op":"reprovision"`) || !strings.Contains(texts["/metrics"], `cloudpcbot_graph_calls_total{method="reprovision"`) {
		t.Fatalf("%d secrets\n%s", len(secrets), texts["the log"])
	}
	for name, secret := range secrets {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
			for what, text := range texts {
				if secret == "" || strings.Contains(text, form) {
					t.Errorf("%s holds %s", what, name)
				}
			}
		}
	}
}

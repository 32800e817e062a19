package ops_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestTheStartLogsWhatIsWrongWithTheBotItself covers what costs no call beside those that the start
// makes anyway.
func TestTheStartLogsWhatIsWrongWithTheBotItself(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		slack  slackfake.Config
		tenant graphfake.Config
		logs   []string
		ready  string // what /readyz says
	}{
		"all well": {ready: "ok"},
		"no app role": {
			tenant: graphfake.Config{Roles: []string{"CloudPC.Read.All"}},
			logs:   []string{"level=ERROR", "role=CloudPC.ReadWrite.All", "grant admin consent"},
			ready:  "entra: the token lacks the app role CloudPC.ReadWrite.All; in the Entra admin center",
		},
		"more roles": {
			tenant: graphfake.Config{Roles: []string{"CloudPC.ReadWrite.All", "Directory.ReadWrite.All"}},
			logs:   []string{"level=WARN", "roles=[Directory.ReadWrite.All]"}, ready: "ok",
		},
		"a clock a little late": {
			slack: slackfake.Config{Now: func() time.Time { return time.Now().Add(time.Minute) }},
			logs:  []string{"level=WARN", `msg="this machine's clock is wrong" service=Slack`, "time server"}, ready: "ok",
		},
		"a clock far too early": {
			slack: slackfake.Config{Now: func() time.Time { return time.Now().Add(-time.Hour - 30*time.Second) }},
			logs:  []string{"level=ERROR", `msg="this machine's clock is wrong" service=Slack`},
			ready: "clock: this machine's clock is 1h0m",
		},
	} {
		w := newWorld(t)
		w.replace(row.slack)
		w.tenant.Tune(func(c *graphfake.Config) { c.Roles = row.tenant.Roles })
		w.env["HTTP_ADDR"] = unusedAddress(t)
		w.launch()
		w.wait("the look", func() bool { return strings.Contains(w.logged(), "looked at the people") })
		said := ""
		w.wait(name+": its log and "+row.ready, func() bool {
			for _, want := range row.logs {
				if !strings.Contains(w.logged(), want) {
					return false
				}
			}
			said = readyz(w.env["HTTP_ADDR"])
			return strings.HasPrefix(said, row.ready) && strings.Count(said, "\n") == 1 // and nothing else
		})
		if n := strings.Count(w.logged(), "level=ERROR") + strings.Count(w.logged(), "level=WARN"); n != min(1, len(row.logs)) {
			t.Errorf("%s: %d warnings and errors\n%s", name, n, w.logged())
		}
		w.kill()
	}
}

func TestReadyTellsThatTheLedgersFileIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["HTTP_ADDR"] = "127.0.0.1:0"
	w.launch()
	w.wait("the bot to be ready", func() bool { status, _ := w.probe("/readyz"); return status == 200 })
	file := strings.TrimPrefix(w.env["DATABASE_URL"], "sqlite:")
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	w.wait("/readyz to tell it", func() bool {
		_, text := w.probe("/readyz")
		return strings.HasPrefix(text, "ledger: ") && strings.Contains(text, "renamed, deleted or replaced under the running bot")
	})
}

// replace gives the world another workspace with the same people and channel.
func (w *world) replace(cfg slackfake.Config) {
	w.t.Helper()
	slack, err := slackfake.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(slack.Close)
	slack.AddPerson(slackfake.Person{ID: "U_ADA", Name: "ada"})
	slack.AddChannel(slackfake.Channel{ID: "C_IT", Name: "it", BotIn: true, Members: []string{"U_ADA"}})
	w.slack = slack
	w.env["SLACK_APP_TOKEN"], w.env["SLACK_BOT_TOKEN"], w.env["SLACK_API_URL"] = slack.AppToken(), slack.BotToken(), slack.URL()
}

// readyz is what /readyz answers, or why it does not.
func readyz(address string) string {
	resp, err := http.Get("http://" + address + "/readyz")
	if err != nil {
		return fmt.Sprint(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

package ops_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/slackfake"
)

// The README is a map: nobody reads a book before the first start.
const longestReadme = 350 // lines

// Whoever follows the README from the first command to the last gets what it says, here against a fake Slack and a
// fake Microsoft Graph. A command that this test does not know is an error.
func TestTheReadmeIsFollowed(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(readme), "\n"); n > longestReadme {
		t.Errorf("README.md has %d lines, want at most %d", n, longestReadme)
	}
	w := newWorld(t)
	w.env["ADMINS"], w.env["APPROVALS"], w.env["HTTP_ADDR"] = "U_ADA,U_BEN", "1", freeAddress(t)
	w.slack.AddPerson(slackfake.Person{ID: "U_BEN", Name: "ben"})
	w.slack.SetChannel("C_IT", func(c *slackfake.Channel) { c.Members = append(c.Members, "U_BEN") })

	prints := func(env map[string]string, want string, args ...string) func() error {
		return func() error {
			if code, out := start(t, env, args...); code != 0 || !strings.Contains(out, want) {
				return fmt.Errorf("exit status %d, want 0 and %q\n%s", code, want, out)
			}
			return nil
		}
	}
	target := func(name string) func() error {
		return func() error { return exec.CommandContext(w.ctx, "make", "-C", "../..", "-n", name).Run() }
	}
	commands := map[string]func() error{
		"make demo":                               target("demo"),
		"go run . demo --script":                  prints(nil, "Done. CPC-DAN-01 is ready", "demo", "--script"),
		"go build . && ./cloudpc-bot version":     prints(nil, "cloudpc-bot ", "version"),
		"./cloudpc-bot manifest slack":            prints(w.env, "socket_mode_enabled: true", "manifest", "slack"),
		"./cloudpc-bot manifest entra > entra.sh": prints(w.env, "az ad app", "manifest", "entra"),
		"SELF_SERVICE=true ./cloudpc-bot manifest entra > self-service.sh": prints(with(w.env, "SELF_SERVICE", "true"), `echo "SELF_SERVICE_CLIENT_ID=$own"`, "manifest", "entra"),
		"./cloudpc-bot manifest compose > compose.yaml":                    prints(w.env, "image: postgres", "manifest", "compose"),
		"./cloudpc-bot manifest kubernetes > cloudpc-bot.yaml":             prints(w.env, "kind: Deployment", "manifest", "kubernetes"),
		"./cloudpc-bot doctor": w.healthy,
		"./cloudpc-bot": func() error {
			w.launch()
			w.wait("two sockets in the log", func() bool { return strings.Count(w.logged(), "a socket to Slack is open") >= 2 })
			return w.erasedAndReady()
		},
		"./cloudpc-bot health":                                        prints(w.env, "alive and ready", "health"),
		"./cloudpc-bot audit R-7K3F:3f9c0a1b2c3d":                     w.audited,
		"./cloudpc-bot audit export --from 2026-11-01 > events.jsonl": prints(w.env, `"type":"end"`, "audit", "export", "--from", "2026-11-01"),
		"./cloudpc-bot audit show R-7K3F":                             w.shown,
		"./cloudpc-bot audit redact R-7K3F":                           w.redacted,
		"make test":                                                   target("test"),
	}
	// What stands in the prose: make image and the backup of SQLite.
	for _, prose := range []string{"make image", `sqlite3 cloudpc-bot.db ".backup copy.db"`} {
		if !strings.Contains(string(readme), "`"+prose+"`") {
			t.Errorf("the README lacks %s", prose)
		}
	}
	if err := target("image")(); err != nil {
		t.Errorf("make image: %v", err)
	}
	followed := 0
	for _, line := range shellLines(string(readme)) {
		if exported, ok := strings.CutPrefix(line, "export "); ok {
			if err := knownVariables(exported); err != nil {
				t.Error(err)
			}
			continue
		}
		do, ok := commands[line]
		if !ok {
			t.Errorf("the README has a command that no test runs: %s", line)
			continue
		}
		followed++
		if err := do(); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if followed != len(commands) {
		t.Errorf("%d commands of the README were followed, and this test knows %d", followed, len(commands))
	}
}

// shellLines are the commands of the sh blocks, without their comments.
func shellLines(readme string) (lines []string) {
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func knownVariables(exported string) error {
	for set := range strings.FieldsSeq(exported) {
		if name, _, _ := strings.Cut(set, "="); !slices.Contains(config.Environment(), name) {
			return fmt.Errorf("the README exports %s, which nobody reads", name)
		}
	}
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// with is an environment with one more variable.
func with(env map[string]string, name, value string) map[string]string {
	env = maps.Clone(env)
	env[name] = value
	return env
}

// healthy has the doctor look at a right configuration.
func (w *world) healthy() error {
	code, out := start(w.t, w.env, "doctor")
	if code != 0 || strings.Contains(out, "fail  ") || strings.Contains(out, "warn  ") {
		return fmt.Errorf("exit status %d\n%s", code, out)
	}
	return nil
}

// erasedAndReady has ada ask and ben approve, until the machine is ready.
func (w *world) erasedAndReady() error {
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	w.slack.Type("U_ADA", "C_IT", "CPC-ada")
	var card slackfake.Message
	if err := w.slack.Wait(ctx, func() bool {
		for _, m := range w.slack.Messages("C_IT") {
			if strings.Contains(string(m.Blocks), `"action_id":"approve"`) {
				card = m
				return true
			}
		}
		return false
	}); err != nil {
		return fmt.Errorf("no card: %w\n%s", err, w.logged())
	}
	w.slack.Press("U_BEN", card, "approve")
	if err := w.slack.Wait(ctx, w.told("is ready after")); err != nil {
		return fmt.Errorf("it is not ready: %w\n%s", err, w.logged())
	}
	return nil
}

// audited checks the ledger against the receipt of its thread, and against one that is somebody else's.
func (w *world) audited() error {
	receipt := regexp.MustCompile(`R-[0-9A-Z]{4}:[0-9a-f]{12}`).FindString(w.story())
	if code, out := start(w.t, w.env, "audit", receipt); receipt == "" || code != 0 {
		return fmt.Errorf("receipt %q: exit status %d\n%s", receipt, code, out)
	}
	if code, out := start(w.t, w.env, "audit", "R-7K3F:3f9c0a1b2c3d"); code != 3 {
		return fmt.Errorf("somebody else's receipt: exit status %d\n%s", code, out)
	}
	return nil
}

// request is the id of the request that was made.
func (w *world) request() string {
	return regexp.MustCompile(`R-[0-9A-Z]{4}`).FindString(w.story())
}

func (w *world) shown() error {
	if code, out := start(w.t, w.env, "audit", "show", w.request()); code != 0 || !strings.Contains(out, "CPC-ada") {
		return fmt.Errorf("exit status %d\n%s", code, out)
	}
	return nil
}

// redacted erases the words of the request, without a terminal that could ask, and looks whether they are gone.
func (w *world) redacted() error {
	if code, out := start(w.t, w.env, "audit", "redact", w.request()); code != 2 {
		return fmt.Errorf("without --yes and a terminal: exit status %d\n%s", code, out)
	}
	if code, out := start(w.t, w.env, "audit", "redact", "--yes", w.request()); code != 0 {
		return fmt.Errorf("exit status %d\n%s", code, out)
	}
	if code, out := start(w.t, w.env, "audit", "export"); code != 0 || strings.Contains(out, "dan@example.com") {
		return fmt.Errorf("exit status %d, and the export still has a name\n%s", code, out)
	}
	return nil
}

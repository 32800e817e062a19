package ops_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudpc-bot/bot/slackfake"
)

// file writes a file with a value for a process of the bot, and returns its path.
func (w *world) file(name, content string) string {
	w.t.Helper()
	path := filepath.Join(filepath.Dir(w.env["CA_CERTS"]), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// From its configuration in files to a list that is edited, lost and repaired while the bot runs.
func TestAListIsFollowedWhileTheBotRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.slack.AddPerson(slackfake.Person{ID: "U_BEN", Name: "ben"})
	w.slack.AddChannel(slackfake.Channel{ID: "C_IT", Name: "it", BotIn: true, Members: []string{"U_ADA", "U_BEN"}})
	secrets := []string{w.env["SLACK_APP_TOKEN"], w.env["SLACK_BOT_TOKEN"], w.env["AZURE_CLIENT_SECRET"]}
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DATABASE_URL", "AZURE_CLIENT_SECRET"} {
		w.env[name+"_FILE"] = w.file(name, w.env[name]+"\n")
		delete(w.env, name)
	}
	delete(w.env, "ADMINS")
	w.env["ADMINS_FILE"], w.env["HTTP_ADDR"] = w.file("admins", "U_ADA # ada\n"), "127.0.0.1:0"
	cmd := w.launch()
	ready := func(says string) func() bool {
		return func() bool { _, text := w.probe("/readyz"); return strings.HasPrefix(text, says) }
	}
	ask := func(says string) {
		t.Helper()
		before := len(w.slack.Sees("U_BEN"))
		w.slack.Type("U_BEN", "C_IT", "list")
		w.wait("the answer", func() bool { return len(w.slack.Sees("U_BEN")) > before })
		if seen := w.slack.Sees("U_BEN"); !strings.Contains(seen[len(seen)-1], says) {
			t.Errorf("ben sees %s, want %q", seen[len(seen)-1], says)
		}
	}
	w.wait("the bot to be ready", ready("ok"))
	ask("not on it")

	w.file("admins", "U_ADA # ada\nU_BEN\n")
	w.wait("the list to be read again", func() bool { return strings.Contains(w.logged(), "added=U_BEN") })
	ask("Nothing is in progress")

	if err := os.Remove(w.env["ADMINS_FILE"]); err != nil {
		t.Fatal(err)
	}
	w.wait("the loss to be told", ready("lists: ADMINS_FILE: the file cannot be read: no such file or directory; the list that was read before stays"))
	ask("Nothing is in progress")

	w.file("admins", "U_ADA\n")
	w.wait("the bot to be ready", ready("ok"))
	w.wait("the people on it to be looked at", func() bool { return strings.Count(w.logged(), "looked at the people") == 3 })
	ask("not on it")
	w.ends(cmd)
	for _, secret := range secrets {
		if strings.Contains(w.logged(), secret) {
			t.Error("the log shows a secret")
		}
	}
}

func TestAStartWithoutItsListIsAWrongConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	delete(w.env, "ADMINS")
	for name, path := range map[string]string{"cannot be read: no such file or directory": "/nowhere/admins", "there is no id in the file": w.file("admins", "# nobody yet\n")} {
		w.env["ADMINS_FILE"] = path
		if code, out := start(t, w.env); code != 2 || !strings.Contains(out, "ADMINS_FILE must be") || !strings.Contains(out, name) || strings.Contains(out, path) {
			t.Errorf("exit status %d\n%s", code, out)
		}
	}
}

package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// file writes a file and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pipe makes a named pipe, which whoever opens it has to wait for.
func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileStandsForItsVariable(t *testing.T) {
	set(t, good, map[string]string{
		"SLACK_APP_TOKEN": "", "SLACK_APP_TOKEN_FILE": file(t, "xapp-1-fr0m-a-file\n"),
		"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": file(t, " xoxb-fr0m-a-file \r\n"),
		"DATABASE_URL_FILE": file(t, "postgres://bot:s3cr3t@db/ledger\n"),
		"ADMINS":            "", "ADMINS_FILE": file(t, "# who may approve\n\nU7REALADA # ada\r\n\tW7REALBEN\nU7REALADA\nS0614TZR7"),
		"REQUESTERS_FILE":     file(t, "\ufeffU7REALDAN\r\n"), // as Windows writes it
		"AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_SECRET_FILE": file(t, "\ufeffs3cr3t~fr0m.a-file\r\n"),
	})
	c, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.SlackAppToken.Reveal(), c.SlackBotToken.Reveal(), c.DatabaseURL.Reveal(), strings.Join(c.Admins, " "), strings.Join(c.Requesters, " "), c.ClientSecret.Reveal()}
	want := []string{"xapp-1-fr0m-a-file", "xoxb-fr0m-a-file", "postgres://bot:s3cr3t@db/ledger", "U7REALADA W7REALBEN S0614TZR7", "U7REALDAN", "s3cr3t~fr0m.a-file"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read from files (-want +got):\n%s", diff)
	}
}

func TestWhatIsWrongWithAFileIsToldOnceAndWithoutItsContent(t *testing.T) {
	const secret = "g4rbage"
	for name, row := range map[string]struct {
		set  map[string]string
		says []string // lines, each by how it begins and, behind *, how it ends
	}{
		"both are set": {map[string]string{"SLACK_BOT_TOKEN_FILE": file(t, "xoxb-"+secret)},
			[]string{"SLACK_BOT_TOKEN_FILE must be *; SLACK_BOT_TOKEN is set too: remove one of the two"}},
		"both lists are set": {map[string]string{"ADMINS_FILE": file(t, "U7REALADA")},
			[]string{"ADMINS_FILE must be *; ADMINS is set too: remove one of the two"}},
		"missing": {map[string]string{"SLACK_APP_TOKEN": "", "SLACK_APP_TOKEN_FILE": "/nowhere/" + secret},
			[]string{"SLACK_APP_TOKEN_FILE must be *the file cannot be read: no such file or directory"}},
		"a directory": {map[string]string{"ADMINS": "", "ADMINS_FILE": t.TempDir()},
			[]string{"ADMINS_FILE must be *Copy group ID; the file cannot be read: is a directory"}},
		"no regular file": {map[string]string{"DATABASE_URL_FILE": "/dev/zero"}, []string{"DATABASE_URL_FILE must be *the file cannot be read: it is not a regular file"}},
		"a pipe that nobody writes": {map[string]string{"ADMINS": "", "ADMINS_FILE": pipe(t)},
			[]string{"ADMINS_FILE must be *the file cannot be read: it is not a regular file"}},
		"too large": {map[string]string{"DATABASE_URL_FILE": file(t, strings.Repeat("g", 2<<20))}, []string{"DATABASE_URL_FILE must be *it is larger than 1 MB"}},
		"UTF-16": {map[string]string{"ADMINS": "", "ADMINS_FILE": file(t, "\xff\xfeU\x007\x00R\x00")},
			[]string{"ADMINS_FILE must be *; the file is in UTF-16; save it as UTF-8"}},
		"UTF-16 without a mark": {map[string]string{"DATABASE_URL_FILE": file(t, "\x00s\x00q\x00l")},
			[]string{"DATABASE_URL_FILE must be *; the file is in UTF-16; save it as UTF-8"}},
		"both client secrets": {map[string]string{"AZURE_CLIENT_SECRET_FILE": file(t, secret)},
			[]string{"AZURE_CLIENT_SECRET_FILE must be *; AZURE_CLIENT_SECRET is set too: remove one of the two"}},
		"no client secret": {map[string]string{"AZURE_CLIENT_SECRET": "", "AZURE_CLIENT_SECRET_FILE": file(t, "")},
			[]string{"AZURE_CLIENT_SECRET_FILE must be *; the file is empty"}},
		"empty": {map[string]string{"DATABASE_URL_FILE": file(t, "\n \n")}, []string{"DATABASE_URL_FILE must be *; the file is empty"}},
		"two lines": {map[string]string{"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": file(t, "xoxb-"+secret+"\nxapp-"+secret)},
			[]string{"SLACK_BOT_TOKEN_FILE must be *; the file has several lines"}},
		"another token": {map[string]string{"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": file(t, "xapp-"+secret)},
			[]string{"SLACK_BOT_TOKEN (from SLACK_BOT_TOKEN_FILE) must be xoxb-*this is an app-level token, which goes into SLACK_APP_TOKEN"}},
		"another database": {map[string]string{"DATABASE_URL_FILE": file(t, "mysql://"+secret)},
			[]string{"DATABASE_URL (from DATABASE_URL_FILE) must be sqlite:*"}},
		"only comments": {map[string]string{"REQUESTERS_FILE": file(t, "# U7REALADA\n")}, []string{"REQUESTERS_FILE must be *; there is no id in the file"}},
		"no ids": {map[string]string{"ADMINS": "", "ADMINS_FILE": file(t, "# who\n@"+secret+"\nU7REALADA\nU7REALBEN,"+secret)},
			[]string{"ADMINS_FILE must be *; line 2 is not the id of a Slack user (U… or W…) or user group (S…); line 4 is not the id of a Slack user (U… or W…) or user group (S…)"}},
		"nobody can approve": {map[string]string{"ADMINS": "", "ADMINS_FILE": file(t, "U7REALADA")}, []string{"APPROVALS=1, the default, needs a second admin*"}},
	} {
		set(t, good, row.set)
		_, err := Read()
		mistake, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		lines := strings.Split(mistake.Text, "\n  ")[1:]
		fits := func(line, says string) bool {
			begins, ends, _ := strings.Cut(says, "*")
			return strings.HasPrefix(line, begins) && strings.HasSuffix(line, ends)
		}
		if !slices.EqualFunc(lines, row.says, fits) || strings.Contains(mistake.Text, secret) {
			t.Errorf("%s:\n%s\nwant %q", name, mistake.Text, row.says)
		}
	}
}

func TestOneVariableIsReadWithoutTheOthers(t *testing.T) {
	set(t, map[string]string{"DATABASE_URL_FILE": file(t, "sqlite:here.db\n"), "HTTP_ADDR": "off", "ADMINS": "n0nsense"})
	if url, err := Ledger(); err != nil || url.Reveal() != "sqlite:here.db" {
		t.Errorf("%q %v", url.Reveal(), err)
	}
	if addr, err := HTTPAddr(); err != nil || addr != "off" {
		t.Errorf("%q %v", addr, err)
	}
	set(t, map[string]string{"DATABASE_URL": "sqlite:here.db", "DATABASE_URL_FILE": file(t, "sqlite:there.db"), "HTTP_ADDR": "8080"})
	for _, read := range []func() error{
		func() error { _, err := Ledger(); return err },
		func() error { _, err := HTTPAddr(); return err },
	} {
		if err := read(); !errors.As(err, new(*Error)) {
			t.Errorf("%v", err)
		}
	}
}

func TestTheStartDoesNotWaitForAFileForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := make(chan struct{})
		hanging := inTime(func() (string, error) { <-gone; return "late", nil })
		if value, err := inTime(func() (string, error) { return "here", errors.New("and wrong") })(); value != "here" || err == nil || err.Error() != "and wrong" {
			t.Errorf("%q %v", value, err)
		}
		value, err := hanging()
		if value != "" || err == nil || !strings.Contains(err.Error(), "has not been read within 10s") {
			t.Errorf("%q %v", value, err)
		}
		close(gone)
	})
}

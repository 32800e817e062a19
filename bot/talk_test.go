package bot_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTalk plays every script in testdata/talk: the whole bot, over the wire, against a
// workspace and a tenant that are as strict as the real ones, on each kind of ledger. The language is told by
// the tables of statements and by the scripts themselves. With -short every third script is played.
func TestTalk(t *testing.T) {
	scripts, err := filepath.Glob("testdata/talk/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for database := range databases {
		t.Run(database, func(t *testing.T) {
			for n, path := range scripts {
				if testing.Short() && n%3 != 0 {
					continue
				}
				t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
					t.Parallel()
					play(t, path, database)
				})
			}
		})
	}
}

// statement is one line of a script, by the words it begins with.
type statement struct {
	form string // {who} is a person, {what} the rest of the line
	do   func(w *world, who, what string) error
}

// statements are the language, a file a subject. The first that fits counts.
var statements = slices.Concat(signInStatements, outsideStatements, botStatements, callStatements, formStatements, ownerStatements, peopleStatements, cardStatements, slackStatements, graphStatements)

// compiled is a statement as a pattern.
type compiled struct {
	*regexp.Regexp
	statement
}

var grammar = func() (out []compiled) {
	for _, s := range statements {
		form := regexp.QuoteMeta(s.form)
		form = strings.ReplaceAll(form, `\{who\}`, `(?P<who>[a-z]+)`)
		form = strings.ReplaceAll(form, `\{what\}`, `(?P<what>.+)`)
		form = strings.ReplaceAll(form, " ", `\s+`)
		out = append(out, compiled{regexp.MustCompile("^" + form + "$"), s})
	}
	return out
}()

func play(t *testing.T, path, database string) {
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, database)
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := w.say(line); err != nil {
			t.Fatalf("%s:%d: %s\n\t%v\n%s", path, n, line, err, w.picture())
		}
	}
	if err := w.end(); err != nil {
		t.Fatalf("%s: at the end: %v\n%s", path, err, w.picture())
	}
}

func (w *world) say(line string) error {
	for i, id := range w.requests() {
		line = strings.ReplaceAll(line, []string{"R-1st", "R-2nd", "R-3rd"}[min(i, 2)], id)
	}
	for _, s := range grammar {
		m := s.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var who, what string
		if i := s.SubexpIndex("who"); i >= 0 {
			who = m[i]
		}
		if i := s.SubexpIndex("what"); i >= 0 {
			what = m[i]
		}
		if !w.started && !strings.HasPrefix(s.form, "set ") {
			if err := w.start(); err != nil {
				return err
			}
			w.started = true
		}
		return s.do(w, who, what)
	}
	return fmt.Errorf("no such statement")
}

// fits reports whether text contains what is expected: … stands for anything, R-???? for
// any request, and white space is one space.
func fits(text, want string) bool {
	text, want = strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")
	pattern := regexp.QuoteMeta(want)
	pattern = strings.ReplaceAll(pattern, "…", ".*")
	pattern = strings.ReplaceAll(pattern, `R-\?\?\?\?`, `R-[2-9A-Z]{4,}`)
	return regexp.MustCompile(pattern).MatchString(text)
}

func (w *world) end() error {
	if !w.started {
		return errors.New("the script does nothing")
	}
	if err := w.quiet(); err != nil {
		return err
	}
	if err := w.noMorePosts(); err != nil {
		return err
	}
	if err := w.callsAreRight(); err != nil {
		return err
	}
	if err := w.signInsAreRight(); err != nil {
		return err
	}
	var unknown []string
	w.keys.Range(func(key, _ any) bool { unknown = append(unknown, key.(string)); return true })
	if len(unknown) > 0 {
		return fmt.Errorf("the log has keys that logKeys does not have, or that are not in snake_case: %q", unknown)
	}
	for _, secret := range append(w.tenant.Secrets(), w.slack.AppToken(), w.slack.BotToken()) {
		if strings.Contains(w.logs.String(), secret) {
			return errors.New("a secret is in the log")
		}
	}
	return nil
}

func contains(text, want string) error {
	if fits(text, want) {
		return nil
	}
	return fmt.Errorf("it is: %s", text)
}

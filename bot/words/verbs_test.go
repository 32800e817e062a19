package words

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/command"
)

func TestEveryVerbHasARowWithAllColumns(t *testing.T) {
	all := append(command.Verbs(), command.Reprovision) // a form is asked for with nothing typed
	for _, v := range all {
		row, ok := verbs[v]
		if !ok {
			t.Errorf("%s has no row in the table of verbs (bot/words/verbs.go)", v)
			continue
		}
		for column, empty := range map[string]bool{"syntax": row.syntax == "", "who": row.who == 0, "example": row.example == "", "undone": row.undone == ""} {
			if empty {
				t.Errorf("the row of %s in the table of verbs (bot/words/verbs.go) has an empty column: %s", v, column)
			}
		}
		if o, err := command.Parse(row.example); err != nil || o.Verb != v {
			t.Errorf("the example of %s is read as %v: %v", v, o, err)
		}
		for _, by := range []reader{{true, true, true}, {true, true, false}, {false, true, false}, {false, false, true}} {
			shown := strings.Contains(syntax(by)+"\n", "/reprovision "+row.syntax+"\n")
			if want := row.who == anybody || row.who == onList && by.listed || row.who == admins && by.admin || row.who == selfServed && by.selfServed; shown != want {
				t.Errorf("help shows %s to %+v: %v\n%s", v, by, shown, syntax(by))
			}
		}
		if line := string(row.undone); !strings.HasPrefix(line, "No") || !strings.HasSuffix(line, ".") {
			t.Errorf("what did not happen for %s: %q", v, line)
		}
	}
	if len(verbs) != len(all) {
		t.Errorf("%d rows for %d verbs", len(verbs), len(all))
	}
}

// README's table of commands and the grammar in the documentation of package command name every verb, as
// help does, and no other.
func TestEveryVerbIsDocumented(t *testing.T) {
	var want []string
	for _, v := range command.Verbs() {
		want = append(want, verbs[v].syntax)
	}
	slices.Sort(want)
	for path, line := range map[string]*regexp.Regexp{
		"../../README.md": regexp.MustCompile("(?m)^\\| `/reprovision .*"), "../command/doc.go": regexp.MustCompile(`(?m)^//\t[a-z].*`),
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range line.FindAllString(string(text), -1) {
			if doc, ok := strings.CutPrefix(l, "//\t"); ok {
				got = append(got, doc)
				continue
			}
			cell, _, _ := strings.Cut(strings.ReplaceAll(l[2:], `\|`, "\x00"), "|")
			for _, m := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(cell, -1) {
				if s := strings.TrimPrefix(strings.ReplaceAll(m[1], "\x00", "|"), "/reprovision "); !strings.HasPrefix(s, "<pc>") {
					got = append(got, s)
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s names the commands\n%q, and the table of verbs\n%q", path, got, want)
		}
	}
}

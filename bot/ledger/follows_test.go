package ledger_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// edges are changes of state, each as "before after".
type edges map[string]bool

// The diagram in doc.go, the table of what may follow, and what the transitions do are the same.
func TestTheStateDiagramIsWhatTheCodeDoes(t *testing.T) {
	table, done := edges{}, edges{}
	for _, before := range all {
		for _, after := range all {
			if before.MayBecome(after) {
				table[string(before+" "+after)] = true
			}
		}
	}
	for _, m := range moves {
		for before, after := range m.from {
			if before != after {
				done[string(before+" "+after)] = true
			}
		}
	}
	if diff := cmp.Diff(sorted(table), sorted(done)); diff != "" {
		t.Errorf("what may follow (-) is not what the transitions do (+):\n%s", diff)
	}
	if diff := cmp.Diff(sorted(table), sorted(drawn(t))); diff != "" {
		t.Errorf("what may follow (-) is not what doc.go draws (+):\n%s", diff)
	}
}

// drawn reads the diagram: "//	before ▶ after (why) | after", which may go on on the next line.
func drawn(t *testing.T) edges {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	read, before := edges{}, ""
	for line := range strings.Lines(string(doc)) {
		line, ok := strings.CutPrefix(line, "//\t")
		if !ok || strings.Contains(line, "◀") { // the kinds of event
			continue
		}
		if state, rest, begins := strings.Cut(line, "▶"); begins {
			before, line = strings.TrimSpace(state), rest
		}
		for after := range strings.SplitSeq(regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(line, ""), "|") {
			if after = strings.TrimSpace(after); after != "" {
				read[before+" "+after] = true
			}
		}
	}
	return read
}

func sorted(e edges) []string { return slices.Sorted(maps.Keys(e)) }

func TestEveryStateIsInTheTable(t *testing.T) {
	source, err := os.ReadFile("request.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t\w+\s+State\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		s := ledger.State(m[1])
		if !slices.Contains(all, s) {
			t.Errorf("%s is not among the states that every transition is tried from (all and steps in move_test.go)", s)
		}
		if !s.Ended() && !slices.ContainsFunc(all, s.MayBecome) {
			t.Errorf("%s has no row in the table of what may follow (bot/ledger/follows.go)", s)
		}
	}
	for _, s := range all {
		ends := true
		for _, next := range all {
			ends = ends && !s.MayBecome(next)
		}
		if s.Ended() != ends {
			t.Errorf("%s: it has ended: %v", s, s.Ended())
		}
	}
	if ledger.State("nonsense").Ended() {
		t.Error("a state that nobody knows has ended")
	}
}

func TestEveryKindOfEventIsRecordedByATransition(t *testing.T) {
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	recorded := map[ledger.Kind]bool{}
	note := func(r ledger.Revision) {
		for _, e := range r.NewEvents {
			recorded[e.Kind] = true
		}
	}
	for _, m := range moves {
		for before := range m.from {
			r := in(t, before)
			note(r)
			if err := m.do(&r); err != nil {
				t.Errorf("%s in %s: %v", m.name, before, err)
			}
			note(r)
		}
	}
	r := ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 0, noon)
	note(r)
	recorded[r.Repelled(ada, auth.Approve, auth.NotAdmin, noon).Kind] = true                // for Store.AppendEvent: it is no move
	recorded[ledger.OutsideErase(ledger.Erase{}, "pc", "CPC", "eve", "", noon).Kind] = true // for Store.RecordErases: of no request
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+)\s+Kind\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		if !recorded[ledger.Kind(m[2])] {
			t.Errorf("no transition records %s (%q): it needs one, with a row in moves (move_test.go)", m[1], m[2])
		}
	}
}

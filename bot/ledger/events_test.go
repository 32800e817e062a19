package ledger_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// kinds are the kinds of event by the names of their constants.
func kinds(t *testing.T) map[string]ledger.Kind {
	t.Helper()
	source, err := os.ReadFile("event.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]ledger.Kind{}
	for _, m := range regexp.MustCompile(`(?m)^\t(\w+)\s+Kind\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		all[m[1]] = ledger.Kind(m[2])
	}
	if len(all) < 20 {
		t.Fatalf("only %d kinds of event", len(all))
	}
	return all
}

// The list in doc.go says which transitions record each kind of event, as the code does.
func TestTheListOfEventsIsWhatTheCodeRecords(t *testing.T) {
	kinds := kinds(t)
	records, calls := map[string]map[string]bool{}, map[string]map[string]bool{} // by function
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := f.Name.Name
			if records[name] == nil {
				records[name], calls[name] = map[string]bool{}, map[string]bool{}
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					s, ok := n.Fun.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					if of, ok := s.X.(*ast.Ident); !ok || of.Name != "r" { // what a request does itself
						return true
					}
					calls[name][s.Sel.Name] = true
					if kind, ok := first(n).(*ast.Ident); ok && s.Sel.Name == "record" && kinds[kind.Name] != "" {
						records[name][kind.Name] = true
					}
				case *ast.CompositeLit:
					if of, ok := n.Type.(*ast.Ident); !ok || of.Name != "Event" {
						return true
					}
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							if kind, ok := kv.Value.(*ast.Ident); ok && kinds[kind.Name] != "" {
								records[name][kind.Name] = true
							}
						}
					}
				}
				return true
			})
		}
	}
	got := map[string]bool{}
	var note func(by string, seen map[string]bool, to string)
	note = func(by string, seen map[string]bool, to string) { // a transition, or what it calls
		if seen[by] {
			return
		}
		seen[by] = true
		for name := range records[by] {
			got[string(kinds[name])+" "+to] = true
		}
		for callee := range calls[by] {
			if records[callee] != nil {
				note(callee, seen, to)
			}
		}
	}
	for name := range records {
		if token.IsExported(name) {
			note(name, map[string]bool{}, name)
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^//\t(\S+)\s+◀ (.*)$`).FindAllStringSubmatch(string(doc), -1) {
		for by := range strings.SplitSeq(m[2], " | ") {
			want[m[1]+" "+by] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("what doc.go lists (-) is not what the code records (+):\n%s", diff)
	}
}

func first(n *ast.CallExpr) ast.Expr {
	if len(n.Args) == 0 {
		return nil
	}
	return n.Args[0]
}

// An audit knows of every event whether it decides. Here that is compared with what the transitions do.
func TestAnAuditKnowsWhichEventsDecide(t *testing.T) {
	table := ledger.Effects()
	for name, kind := range kinds(t) {
		if _, ok := table[kind]; !ok {
			t.Errorf("ledger.%s has no row in the table of effects (bot/ledger/effects.go)", name)
		}
	}
	if len(table) != len(kinds(t)) {
		t.Errorf("%d rows for %d kinds of event", len(table), len(kinds(t)))
	}
	for _, m := range moves {
		for before := range m.from {
			r := in(t, before)
			was := r.Decided
			if err := m.do(&r); err != nil {
				t.Errorf("%s in %s: %v", m.name, before, err)
			}
			decided := false
			for _, e := range r.NewEvents {
				decided = decided || table[e.Kind]
				if table[e.Kind] && (r.Decided.Kind != e.Kind || r.Decided.By != e.By) {
					t.Errorf("%s in %s: %s decides by the table of effects (bot/ledger/effects.go), and the request says %v", m.name, before, e.Kind, r.Decided)
				}
			}
			if changed := r.Decided.Kind != was.Kind || r.Decided.By != was.By; changed && !decided {
				t.Errorf("%s in %s decides (%v), and no event of it does by the table of effects (bot/ledger/effects.go)", m.name, before, r.Decided)
			}
		}
	}
}

package ledgertest

import (
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"cloudpc-bot/bot/ledger"
)

// Read is how a database reads a table for a statement.
type Read struct {
	Table string
	Index string // empty = none: it reads the whole table
	Whole bool   // the whole index; else only the part that it searches for
}

// Recorder collects the texts of all statements that stores run.
type Recorder struct {
	mu    sync.Mutex
	texts map[string]bool
	watch []func() []string
}

// Record adds the text of a statement.
func (r *Recorder) Record(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.texts == nil {
		r.texts = map[string]bool{}
	}
	r.texts[text] = true
}

// Watch adds all texts that a store remembers.
func (r *Recorder) Watch(remembered func() []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch = append(r.watch, remembered)
}

// all returns what was recorded, sorted.
func (r *Recorder) all() []string {
	r.mu.Lock()
	watch := r.watch
	r.mu.Unlock()
	for _, remembered := range watch {
		for _, text := range remembered() {
			r.Record(text)
		}
	}
	return slices.Sorted(maps.Keys(r.texts))
}

// growing are the tables that grow with the ledger. All others have a row, or one for each worker.
var growing = []string{"requests", "queue", "events", "texts", "machines", "gestures", "submissions", "outside"}

// small are the indexes that may be read whole, because they hold only what is live or in hand.
var small = []string{"requests_live", "queue_claimed", "queue_held"}

// ReadsByIndex has plan tell how the database reads for every statement that stores ran during the whole
// contract, as contract has recorded: none of them may read whole what grows with the ledger. Searches are
// checked as the program asks them, see Questions. Database makes a database whose stores record theirs.
func ReadsByIndex(
	t *testing.T, contract *Recorder, database func(testing.TB, *Recorder) Database, plan func(t testing.TB, h Database, statement string) []Read,
) {
	var r Recorder
	clock := newClock()
	h := database(t, &r)
	s := h.Open(clock.now)
	patterns := ended(t, s, clock)
	growEnded(t, h.SQL, patterns, 0, 5000) // enough for a planner that knows the sizes
	growLive(t, h.SQL, enterPattern(t, s, clock, "6", shownAt).ID, 0, 40)

	used := map[string]bool{}
	check := func(what, statement string, mayReadWhole ...string) {
		for _, read := range plan(t, h, statement) {
			used[read.Index] = true
			if slices.Contains(growing, read.Table) && (read.Index == "" || read.Whole && !slices.Contains(append(mayReadWhole, small...), read.Index)) {
				t.Errorf("%s reads all of %s, by the index %q:\n%s", what, read.Table, read.Index, statement)
			}
		}
	}
	checked := r.all()
	fresh := func() (texts []string) {
		for _, text := range r.all() {
			if !slices.Contains(checked, text) {
				texts = append(texts, text)
			}
		}
		checked = append(checked, texts...)
		return texts
	}
	questions := Questions()
	hasEveryQuestion(t, questions)
	for _, name := range slices.Sorted(maps.Keys(questions)) {
		found(t, s, questions[name])
		for _, statement := range fresh() {
			if questions[name].Machine != "" && slices.ContainsFunc(plan(t, h, statement), func(r Read) bool { return r.Index == "requests_by_requester" }) {
				t.Errorf("%s reads all requests of a person: those for the machine are fewer", name)
			}
			if questions[name].Limit > 0 {
				check(name, statement, "requests_by_age") // newest first, until there are enough
			} else {
				check(name, statement)
			}
		}
	}
	seen := 0
	for _, statement := range contract.all() {
		if !slices.ContainsFunc(whole, func(text string) bool { return strings.Contains(statement, text) }) {
			check("a statement", statement, "requests_succeeded") // that one newest first, until there are enough
			seen++
		}
	}
	if seen < 40 {
		t.Errorf("only %d statements were seen: was it the whole contract?", seen)
	}
	for _, index := range indexes(t, h.SQL) {
		if !used[index] {
			t.Errorf("no statement reads the index %s", index)
		}
	}
}

// whole are parts of statements that may read whole tables: an audit's, and searches, of which the contract
// has more than the program asks.
var whole = []string{"ORDER BY e.number", "FROM requests ORDER BY", " FROM requests WHERE 1 = 1 "}

// indexes are the names of all indexes that are not there for a key.
func indexes(t testing.TB, db *sql.DB) (names []string) {
	query := `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
	if isPostgres(db) {
		query = `SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class AS c ON c.oid = indrelid
			WHERE NOT indisprimary AND relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'goose%'`
	}
	for _, row := range rows(t, db, query) {
		names = append(names, row[0])
	}
	return names
}

// hasEveryQuestion fails if the program's source asks for a combination of fields that no question has.
func hasEveryQuestion(t *testing.T, questions map[string]ledger.Query) {
	t.Helper()
	known := map[string]bool{}
	for _, q := range questions {
		var fields []string
		for v, at := reflect.ValueOf(q), 0; at < v.NumField(); at++ {
			if !v.Field(at).IsZero() {
				fields = append(fields, v.Type().Field(at).Name)
			}
		}
		known[strings.Join(slices.Sorted(slices.Values(fields)), " ")] = true
	}
	files, err := filepath.Glob("../../*/*.go") // from the tests of a store
	must(t, err)
	asked := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			queries := []ast.Expr{lit}
			kind := lit.Type
			if list, ok := kind.(*ast.ArrayType); ok {
				queries, kind = lit.Elts, list.Elt
			}
			if q, ok := kind.(*ast.SelectorExpr); !ok || q.Sel.Name != "Query" {
				return true
			}
			for _, q := range queries {
				var fields []string
				for _, e := range q.(*ast.CompositeLit).Elts {
					fields = append(fields, e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name)
				}
				asked++
				if what := strings.Join(slices.Sorted(slices.Values(fields)), " "); !known[what] {
					t.Errorf("%s searches by %s, and no question of the tests does", name, what)
				}
			}
			return false
		})
	}
	if asked < 8 {
		t.Errorf("only %d searches were seen", asked)
	}
}

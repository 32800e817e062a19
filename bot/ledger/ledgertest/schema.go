package ledgertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// columns are the columns that every store has, by table; those with a ? may be NULL. To add one,
// add it here and to the migrations of each store, and write a new fixture.
var columns = map[string]string{
	"requests":    "id version state live target? requester asked_at body cause card? events",
	"queue":       "kind key due_at? worker leased events cursor holder",
	"machines":    "name target",
	"events":      "number request? seq at body hash",
	"chain":       "one count hash",
	"texts":       "number field salt text",
	"gestures":    "mark request at",
	"brakes":      "one frozen org person why at",
	"submissions": "request person at",
	"workers":     "name sockets until",
	"outside":     "id number",
	"watch":       "one began? until?",
}

// hasTheTablesOfEveryDatabase compares names, and which columns may be NULL; types differ by store.
func hasTheTablesOfEveryDatabase(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	h.Open(newClock().now)
	query := `SELECT m.name, c.name, CASE WHEN c."notnull" OR c.pk THEN '' ELSE '?' END
		FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if isPostgres(h.SQL) {
		query = `SELECT table_name, column_name, CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END
			FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	got := map[string][]string{}
	for _, column := range rows(t, h.SQL, query) {
		if column[0] != "goose_db_version" { // goose's own table
			got[column[0]] = append(got[column[0]], column[1]+column[2])
		}
	}
	want := map[string][]string{}
	for table, names := range columns {
		want[table] = slices.Sorted(strings.FieldsSeq(names))
		slices.Sort(got[table])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("its tables or columns differ from those of every store:\n%s", diff)
	}
}

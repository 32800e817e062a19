package ledgertest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"
)

type execer interface {
	Exec(string, ...any) (sql.Result, error)
}

// exec runs statements that are separated by "; ".
func exec(t testing.TB, db execer, statements string) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, "; ") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// insert runs a statement in which %s stands for the placeholders of values, in the form that the
// database understands.
func insert(t testing.TB, db *sql.DB, tx execer, statement string, values ...any) {
	t.Helper()
	var placeholders []string
	for i, v := range values {
		placeholder := fmt.Sprint("$", i+1)
		if !isPostgres(db) {
			placeholder = "?"
			if at, ok := v.(time.Time); ok {
				values[i] = at.UnixMicro()
			}
		}
		placeholders = append(placeholders, placeholder)
	}
	if _, err := tx.Exec(fmt.Sprintf(statement, strings.Join(placeholders, ", ")), values...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// isPostgres tells the two databases apart, for the little SQL that differs.
func isPostgres(db *sql.DB) bool { return !strings.Contains(fmt.Sprintf("%T", db.Driver()), "sqlite") }

// rows returns the result of a query as text.
func rows(t testing.TB, db *sql.DB, query string) (out [][]string) {
	t.Helper()
	got, err := db.Query(query)
	must(t, err)
	defer got.Close()
	names, err := got.Columns()
	must(t, err)
	for got.Next() {
		row := make([]string, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		must(t, got.Scan(into...))
		out = append(out, row)
	}
	must(t, got.Err())
	return out
}

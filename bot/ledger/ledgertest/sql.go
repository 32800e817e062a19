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

func exec(t testing.TB, db execer, statements string) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, "; ") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// insert fills in values in the way that the home understands.
func insert(t testing.TB, db *sql.DB, tx execer, statement string, values ...any) {
	t.Helper()
	var marks []string
	for i, v := range values {
		mark := fmt.Sprint("$", i+1)
		if !isPostgres(db) {
			mark = "?"
			if at, ok := v.(time.Time); ok {
				values[i] = at.UnixMicro()
			}
		}
		marks = append(marks, mark)
	}
	if _, err := tx.Exec(fmt.Sprintf(statement, strings.Join(marks, ", ")), values...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// isPostgres tells the two kinds of home apart, for the little SQL that differs.
func isPostgres(db *sql.DB) bool { return !strings.Contains(fmt.Sprintf("%T", db.Driver()), "sqlite") }

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

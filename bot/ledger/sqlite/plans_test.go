package sqlite_test

import (
	"regexp"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/sqlite"
)

// recorded is a database whose stores record their statements.
func recorded(t testing.TB, r *ledgertest.Recorder) ledgertest.Database {
	h := database(t)
	open := h.Open
	h.Open = func(now func() time.Time) ledger.Store {
		s := open(now)
		r.Watch(s.(*sqlite.Store).Statements)
		return s
	}
	return h
}

// access is a step of a plan that reads a table.
var access = regexp.MustCompile(`^(SEARCH|SCAN) (\w+)(?: USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX (\w+)|(INTEGER )?PRIMARY KEY))?`)

// ours is what the statements of a store begin with, apart from those of its transactions.
var ours = regexp.MustCompile(`^(SELECT|UPDATE|INSERT|DELETE|WITH)\b`)

// alias is what a statement calls a table.
var alias = regexp.MustCompile(`\b(events|texts|machines|requests|queue) (?:AS )?(e|t|had|own|typed|none|also|meant)\b`)

// plan asks SQLite (www.sqlite.org/eqp.html).
func plan(t testing.TB, h ledgertest.Database, statement string) (reads []ledgertest.Read) {
	if !ours.MatchString(statement) {
		return nil // of a transaction
	}
	tables := map[string]string{}
	for _, found := range alias.FindAllStringSubmatch(statement, -1) {
		tables[found[2]] = found[1]
	}
	rows, err := h.SQL.Query(`EXPLAIN QUERY PLAN `+statement, make([]any, 20)...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		found := access.FindStringSubmatch(detail)
		if found == nil {
			continue
		}
		read := ledgertest.Read{Table: found[2], Index: found[3], Whole: found[1] == "SCAN"}
		if table := tables[found[2]]; table != "" {
			read.Table = table
		}
		if read.Index == "" && !read.Whole {
			read.Index = "the key"
		}
		reads = append(reads, read)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return reads
}

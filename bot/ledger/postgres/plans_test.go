package postgres_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

// recorded is a database whose stores record their statements.
func recorded(t testing.TB, r *ledgertest.Recorder) ledgertest.Database {
	address := ledgertest.Postgres(t)
	h := in(t, address)
	h.Open = func(now func() time.Time) ledger.Store {
		s, err := postgres.OpenTraced(t.Context(), address, postgres.Options{Now: now}, tracer{r})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	return h
}

// tracer records the statements of a store, those of a batch too.
type tracer struct{ *ledgertest.Recorder }

func (r tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	r.Record(q.SQL)
	return ctx
}
func (tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}
func (r tracer) TraceBatchQuery(_ context.Context, _ *pgx.Conn, q pgx.TraceBatchQueryData) {
	r.Record(q.SQL)
}
func (tracer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// ours is what the statements of a store begin with, apart from those of its transactions.
var ours = regexp.MustCompile(`^(SELECT|UPDATE|INSERT|DELETE|WITH)\b`)

// plan asks PostgreSQL for the plan that it makes whatever the arguments are, and that reads a whole table
// only where it has no other way: a planner that knows how small these tables are would rather do that.
func plan(t testing.TB, h ledgertest.Database, statement string) (reads []ledgertest.Read) {
	if !ours.MatchString(statement) || strings.Contains(statement, "goose_db_version") || strings.HasSuffix(statement, ";") {
		return nil // of a migration
	}
	c, err := h.SQL.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, set := range []string{`SET plan_cache_mode = force_generic_plan`, `SET enable_seqscan = off`, `PREPARE asked AS ` + statement} {
		if _, err := c.ExecContext(t.Context(), set); err != nil {
			t.Fatalf("%s: %v", set, err)
		}
	}
	defer func() { _, _ = c.ExecContext(t.Context(), `DEALLOCATE asked`) }()
	var n int
	if err := c.QueryRowContext(t.Context(), `SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	execute := `EXECUTE asked`
	if n > 0 {
		execute += `(NULL` + strings.Repeat(`, NULL`, n-1) + `)`
	}
	var text string
	if err := c.QueryRowContext(t.Context(), `EXPLAIN (FORMAT JSON) `+execute).Scan(&text); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		reads = append(reads, p.Plan.reads("")...)
	}
	return reads
}

// node is a step of a plan (www.postgresql.org/docs/current/using-explain.html).
type node struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Cond     string `json:"Index Cond"`
	Plans    []node
}

// reads are what a node and those below it read; of is the table of a bitmap.
func (n node) reads(of string) (all []ledgertest.Read) {
	if n.Relation != "" {
		of = n.Relation
	}
	if strings.Contains(n.Type, "Scan") && (n.Index != "" || n.Type == "Seq Scan") {
		all = append(all, ledgertest.Read{Table: of, Index: n.Index, Whole: n.Cond == ""})
	}
	for _, below := range n.Plans {
		all = append(all, below.reads(of)...)
	}
	return all
}

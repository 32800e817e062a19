package postgres_test

import (
	"flag"
	"net/url"
	"os/exec"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger/ledgertest"
)

var fixture = flag.String("fixture", "", "keep what the program writes now as the fixture of this version")

// TestYesterdaysLedgersGoOn opens the dumps that earlier programs wrote.
func TestYesterdaysLedgersGoOn(t *testing.T) {
	ledgertest.Yesterday(t, "ledger.sql", restored)
}

func BenchmarkMigration(b *testing.B) { ledgertest.Migration(b, "ledger.sql", restored) }

// restored is the database in a schema that a dump has filled.
func restored(t testing.TB, dump []byte) ledgertest.Database {
	address := ledgertest.Postgres(t)
	c, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), string(dump), pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	return in(t, address)
}

// TestWriteAFixture needs pg_dump.
func TestWriteAFixture(t *testing.T) {
	if *fixture == "" {
		t.Skip("only where -fixture names a version")
	}
	address := ledgertest.Postgres(t)
	ledgertest.WriteFixture(t, *fixture, "ledger.sql", in(t, address), func() []byte {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		schema := q.Get("search_path")
		q.Del("search_path")
		u.RawQuery = q.Encode()
		dump, err := exec.CommandContext(t.Context(), "pg_dump", "--inserts", "--no-owner", "--no-privileges", "--schema", schema, u.String()).Output()
		if err != nil {
			t.Fatal(err)
		}
		return loose(dump, schema)
	})
}

// loose takes out of a dump the name of its schema, the settings of a session, and what only psql
// understands, so that it can be loaded into any schema.
func loose(dump []byte, schema string) []byte {
	for _, line := range []string{`\\.*`, `--.*`, `SET .*`, `SELECT pg_catalog\.set_config\(.*`, `CREATE SCHEMA .*`, ``} {
		dump = regexp.MustCompile(`(?m)^`+line+`\n`).ReplaceAll(dump, nil)
	}
	return regexp.MustCompile(`\b`+schema+`\.`).ReplaceAll(dump, nil)
}

package postgres_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

func changed(t *testing.T, statements ...string) (address string, db *sql.DB) {
	t.Helper()
	address = ledgertest.Postgres(t)
	s, err := postgres.Open(t.Context(), address, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	db, err = sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return address, db
}

func TestAReaderLeavesTheDatabaseAsItIs(t *testing.T) {
	address, db := changed(t, `UPDATE goose_db_version SET version_id = 0`, `DROP TABLE workers`) // as an older program might have left it
	s, err := postgres.Open(t.Context(), address, postgres.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Verify(t.Context()); err != nil {
		t.Errorf("verify: %v", err)
	}
	if _, err := s.Create(t.Context(), ledger.Revision{Request: ledger.Request{ID: "R-7K3F", State: ledger.Resolving}}); err == nil || !strings.Contains(err.Error(), "read-only transaction") {
		t.Errorf("a write: %v", err)
	}
	if age := time.Since(s.Now()).Abs(); age > time.Minute {
		t.Errorf("its clock is %v off", age)
	}
	var version int
	var workers *string
	if err := db.QueryRowContext(t.Context(), `SELECT (SELECT max(version_id) FROM goose_db_version), to_regclass('workers')`).Scan(&version, &workers); err != nil || version != 0 || workers != nil {
		t.Errorf("schema %d, workers %v, %v", version, workers, err)
	}
}

func TestAReaderSaysWhyItCannotRead(t *testing.T) {
	for want, statements := range map[string][]string{
		"newer version of this program (schema 99, this one knows ": {`UPDATE goose_db_version SET version_id = 99`},
		"has schema 0, and this program can only read schema ":      {`UPDATE goose_db_version SET version_id = 0`, `ALTER TABLE texts DROP COLUMN salt`},
		"there is no ledger in its schema ":                         {`DROP TABLE goose_db_version`},
	} {
		address, _ := changed(t, statements...)
		_, err := postgres.Open(t.Context(), address, postgres.Options{ReadOnly: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

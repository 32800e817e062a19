package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
)

func closed(t *testing.T, change ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range change {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestAReaderLeavesTheFileAsItIs(t *testing.T) {
	path := closed(t, `UPDATE goose_db_version SET version_id = 0`, `DROP TABLE workers`) // as an older program might have left it
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Errorf("verify: %v", err)
	}
	if _, err := s.Create(t.Context(), ledger.Revision{}); err == nil {
		t.Error("a reader has written")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed, %v", err)
	}
}

func TestAReaderSaysWhyItCannotRead(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		closed(t, `UPDATE goose_db_version SET version_id = 99`):                                       "newer version of this program (schema 99, this one knows ",
		closed(t, `UPDATE goose_db_version SET version_id = 0`, `ALTER TABLE texts DROP COLUMN salt`):  "has schema 0, and this program can only read schema ",
		closed(t, `UPDATE goose_db_version SET version_id = 0`, `ALTER TABLE chain RENAME TO chained`): "has schema 0, and this program can only read schema ",
		closed(t, `DROP TABLE goose_db_version`):                                                       "is not a ledger",
		text:                                                                                           "is not a ledger",
		filepath.Join(t.TempDir(), "nothing.db"):                                                       "there is no ledger",
	} {
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, err := os.Stat(path); err != nil && want != "there is no ledger" {
			t.Error(err)
		}
	}
}

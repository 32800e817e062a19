package sqlite_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"cloudpc-bot/bot/ledger/ledgertest"
)

var fixture = flag.String("fixture", "", "keep what the program writes now as the fixture of this version")

// TestYesterdaysLedgersGoOn opens the files that earlier programs wrote.
func TestYesterdaysLedgersGoOn(t *testing.T) {
	ledgertest.Yesterday(t, "ledger.db", restored)
}

func BenchmarkMigration(b *testing.B) { ledgertest.Migration(b, "ledger.db", restored) }

// restored is the database in a file with this content.
func restored(t testing.TB, fixture []byte) ledgertest.Database {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, fixture, 0o600); err != nil {
		t.Fatal(err)
	}
	return at(t, path)
}

func TestWriteAFixture(t *testing.T) {
	if *fixture == "" {
		t.Skip("only where -fixture names a version")
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	h := at(t, path)
	ledgertest.WriteFixture(t, *fixture, "ledger.db", h, func() []byte {
		whole := filepath.Join(t.TempDir(), "whole.db") // one file, with nothing of it in a journal
		if _, err := h.SQL.ExecContext(t.Context(), `VACUUM INTO ?`, whole); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}

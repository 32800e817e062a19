package bot_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
)

// databases are the kinds of database that a ledger has, each as a way to make an empty one and
// return its DATABASE_URL.
var databases = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db") },
	"postgres": ledgertest.Postgres,
}

// TestMain says loudly where a database is left out.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_POSTGRES") == "" {
		os.Stderr.WriteString("SKIPPED: everything on PostgreSQL. Set TEST_POSTGRES, as postgres://postgres@127.0.0.1:5432/test\n")
	}
	os.Exit(m.Run())
}

// onEveryDatabase runs a test in a world of its own on each kind of ledger, side by side.
func onEveryDatabase(t *testing.T, test func(t *testing.T, w *world)) {
	t.Parallel()
	for database := range databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			test(t, newWorld(ctx, t, database))
		})
	}
}

// openLedger is one more look at the ledger of an address; its clock is the ledger's own
// where now is nil.
func openLedger(ctx context.Context, address string, now func() time.Time) (ledger.Store, error) {
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return sqlite.Open(ctx, file, sqlite.Options{Now: now})
	}
	return postgres.Open(ctx, address, postgres.Options{Now: now})
}

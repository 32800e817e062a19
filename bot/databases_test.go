package bot_test

import (
	"context"
	"database/sql"
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

// openSQL looks past the store at the database of an address.
func openSQL(t testing.TB, address string) *sql.DB {
	t.Helper()
	driver, name := "pgx", address
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, name = "sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// toldOf is how many events of a request its thread was told of.
func toldOf(t testing.TB, db *sql.DB, id ledger.ID) (n int) {
	t.Helper()
	if err := db.QueryRow(`SELECT cursor FROM queue WHERE kind = 'thread' AND key = $1`, id).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// openLedger is one more look at the ledger of an address; its clock is the ledger's own
// where now is nil.
func openLedger(ctx context.Context, address string, now func() time.Time) (ledger.Store, error) {
	if file, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return sqlite.Open(ctx, file, sqlite.Options{Now: now})
	}
	address += "&pool_max_conns=5" // others test on this server too
	return postgres.Open(ctx, address, postgres.Options{Now: now})
}

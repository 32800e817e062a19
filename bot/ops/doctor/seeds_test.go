package doctor_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
)

// What is wrong in a world, where that takes more than a line.

func later(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }

func without(list []string, one string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == one })
}

// file puts a file with that text where the ledger is to be.
func (w *world) file(text string) {
	w.must(os.WriteFile(strings.TrimPrefix(w.env["DATABASE_URL"], "sqlite:"), []byte(text), 0o600))
}

const makeNewer = `UPDATE goose_db_version SET version_id = 99`

func (w *world) newerFile() {
	path := filepath.Join(w.t.TempDir(), "newer.db")
	s, err := sqlite.Open(w.t.Context(), path, sqlite.Options{})
	w.must(err)
	w.must(s.Close())
	w.run("sqlite", path, makeNewer)
	w.env["DATABASE_URL"] = "sqlite:" + path
}

// server moves the ledger to PostgreSQL, under an address that is not quite right.
func (w *world) server(change func(*url.URL, url.Values)) {
	w.postgres()
	u, err := url.Parse(w.env["DATABASE_URL"])
	w.must(err)
	q := u.Query()
	change(u, q)
	u.RawQuery = q.Encode()
	w.env["DATABASE_URL"] = u.String()
}

// migrated moves the ledger to PostgreSQL and makes its tables.
func (w *world) migrated() (address string) {
	w.postgres()
	address = w.env["DATABASE_URL"]
	s, err := postgres.Open(w.t.Context(), address, postgres.Options{})
	w.must(err)
	w.must(s.Close())
	return address
}

func (w *world) newerServer() { w.run("pgx", w.migrated(), makeNewer) }

// lowlyRole connects as a role that may see the ledger's schema and nothing in it.
func (w *world) lowlyRole() {
	address, role := w.migrated(), "r"+strings.ReplaceAll(uuid.NewString(), "-", "")
	w.run("pgx", address, `CREATE ROLE `+role+` LOGIN`)
	w.run("pgx", address, `DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO `+role+`', current_schema()); END $$`)
	w.t.Cleanup(func() { w.run("pgx", address, `DROP OWNED BY `+role+`; DROP ROLE `+role) })
	u, err := url.Parse(address)
	w.must(err)
	u.User = url.UserPassword(role, "s3cr3t")
	w.env["DATABASE_URL"] = u.String()
}

func (w *world) run(driver, address, statement string) {
	w.t.Helper()
	db, err := sql.Open(driver, address)
	w.must(err)
	_, err = db.Exec(statement)
	w.must(err)
	w.must(db.Close())
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

package postgres_test

import (
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

func TestAnExaminationChangesNothing(t *testing.T) {
	address := ledgertest.Postgres(t)
	x, err := postgres.Examine(t.Context(), address)
	if err != nil || x.Have != 0 || x.Newest == 0 || !x.Fsync || !x.FullPages || x.Commits != "on" || x.Server == "" || !strings.HasPrefix(x.Schema, "t") {
		t.Errorf("before the first start: %+v, %v", x, err)
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d tables, %v", n, err)
	}
	address, db = changed(t)
	if x, err = postgres.Examine(t.Context(), address); err != nil || x.Have != x.Newest {
		t.Errorf("after it: %+v, %v", x, err)
	}
	if err := db.QueryRow(`SELECT count(*) FROM workers`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d workers, %v", n, err)
	}
}

func TestAnExaminationSaysWhyTheDatabaseCannotServe(t *testing.T) {
	role := "r" + strings.ReplaceAll(uuid.NewString(), "-", "")
	good, db := changed(t, `CREATE ROLE `+role+` LOGIN`, `DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO `+role+`', current_schema()); END $$`)
	t.Cleanup(func() {
		if _, err := db.Exec(`DROP OWNED BY ` + role + `; DROP ROLE ` + role); err != nil {
			t.Error(err)
		}
	})
	seen, seenDB := changed(t, `DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %1$I TO `+role+`; GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO `+role+`', current_schema()); END $$`)
	t.Cleanup(func() {
		if _, err := seenDB.Exec(`DROP OWNED BY ` + role); err != nil {
			t.Error(err)
		}
	})
	newer, _ := changed(t, `UPDATE goose_db_version SET version_id = 99`)
	with := func(address string, change func(*url.URL, url.Values)) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(u, q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for _, row := range []struct {
		address, want string
		passes        bool
	}{
		{newer, "newer version of this program (schema 99", false},
		{with(good, func(u *url.URL, _ url.Values) { u.User = url.User(role) }), "the role lacks a privilege", false},
		{with(seen, func(u *url.URL, _ url.Values) { u.User = url.User(role) }), "permission denied for table workers", false},
		{with(good, func(_ *url.URL, q url.Values) { q.Set("search_path", "nowhere") }), "no schema in its search_path exists", false},
		{with(good, func(_ *url.URL, q url.Values) { q.Set("default_transaction_read_only", "on") }), "its transactions are read-only", false},
		{with(good, func(u *url.URL, _ url.Values) { u.Path = "/nowhere" }), "does not exist", false},
		{with(good, func(u *url.URL, _ url.Values) { u.Host = "127.0.0.1:1" }), "the server cannot be reached", true},
		{"postgres://u:s3cr3t@127.0.0.1:1/x?sslmode=none", "DATABASE_URL is not a valid PostgreSQL address", false},
	} {
		_, err := postgres.Examine(t.Context(), row.address)
		if err == nil || !strings.Contains(err.Error(), row.want) || errors.Is(err, postgres.ErrUnreachable) != row.passes || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v, want %q", row.address, err, row.want)
		}
	}
}

func TestAnExaminationTellsTheServersDefault(t *testing.T) {
	address := ledgertest.Postgres(t)
	x, err := postgres.Examine(t.Context(), address+"&synchronous_commit=off")
	if err != nil || x.Default != "off" || x.Commits != "on" {
		t.Errorf("%+v, %v", x, err)
	}
}

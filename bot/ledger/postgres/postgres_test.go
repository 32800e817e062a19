package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

// database is an empty schema on the server that TEST_POSTGRES names.
func database(t testing.TB) ledgertest.Database { return in(t, ledgertest.Postgres(t)) }

// in is the database in a schema.
func in(t testing.TB, address string) ledgertest.Database {
	db, err := sql.Open("pgx", address+"&session_replication_role=replica&synchronous_commit=off") // no foreign keys
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return ledgertest.Database{SQL: db, Open: func(now func() time.Time) ledger.Store {
		o := postgres.Options{Now: now}
		s, err := postgres.Open(t.Context(), address, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}}
}

func TestLedger(t *testing.T) {
	var contract ledgertest.Recorder
	ledgertest.Run(t, func(t testing.TB) ledgertest.Database { return recorded(t, &contract) })
	t.Run("readsByIndex", func(t *testing.T) { ledgertest.ReadsByIndex(t, &contract, recorded, plan) })
}

func BenchmarkLedger(b *testing.B) { ledgertest.Bench(b, database) }

func BenchmarkGrowth(b *testing.B) { ledgertest.Growth(b, database) }

func TestManyMayStartAtOnceOnAnEmptyDatabase(t *testing.T) {
	address := ledgertest.Postgres(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := postgres.Open(context.WithoutCancel(t.Context()), address, postgres.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	all.Wait()
}

func TestAnotherStoreHearsOfWork(t *testing.T) {
	address := ledgertest.Postgres(t)
	one, two := open(t, address), open(t, address)
	next := func(s ledger.Store) bool {
		select {
		case <-s.Changes():
			return true
		case <-time.After(10 * time.Second):
			return false
		}
	}
	if !next(one) || !next(two) {
		t.Fatal("not told once that it hears") // then it looks at what it may have missed
	}
	if _, err := ledger.CreateWithID(t.Context(), one, ledger.Revision{Request: ledger.Request{State: ledger.Resolving}}); err != nil {
		t.Fatal(err)
	}
	if !next(two) {
		t.Error("not told of another store's write")
	}
	select {
	case <-one.Changes():
		t.Error("told of its own write")
	default:
	}
}

func TestTheClockIsTheDatabases(t *testing.T) {
	address := ledgertest.Postgres(t)
	s := open(t, address)
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range 3 {
		var before, after time.Time
		if err := db.QueryRow(`SELECT clock_timestamp()`).Scan(&before); err != nil {
			t.Fatal(err)
		}
		now := s.Now()
		if err := db.QueryRow(`SELECT clock_timestamp()`).Scan(&after); err != nil {
			t.Fatal(err)
		}
		const err = 500 * time.Millisecond // half a round trip on a busy machine
		if now.Before(before.Add(-err)) || now.After(after.Add(err)) {
			t.Errorf("%v is not between %v and %v", now, before, after)
		}
		if _, err := s.Next(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestATransactionThatStandsStillKeepsNobodyForLong(t *testing.T) {
	address := ledgertest.Postgres(t)
	s := open(t, address)
	db, err := sql.Open("pgx", address+"&idle_in_transaction_session_timeout=300ms") // as every connection of a store has it, only longer
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow(`SELECT count FROM chain FOR UPDATE`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.CreateWithID(t.Context(), s, ledger.Revision{Request: ledger.Request{State: ledger.Resolving}, NewEvents: []ledger.Event{{Kind: ledger.WasAsked}}}); err != nil {
		t.Error(err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("the transaction that stood still was not thrown out")
	}
	if got := postgres.Held(t.Context(), s); got != "5s" {
		t.Errorf("connections of a store have %q", got)
	}
}

func TestWhatCannotBeOpenedIsSaidInWords(t *testing.T) {
	address := ledgertest.Postgres(t)
	for bad, want := range map[string]string{
		"postgres://user:hunter2@[::1:5432/db":                           "is not a valid PostgreSQL address",
		"postgres://postgres:hunter2@127.0.0.1:1/db":                     "127.0.0.1/db",
		strings.Replace(address, "search_path=", "search_path=none_", 1): "no schema in its search_path exists",
	} {
		_, err := postgres.Open(t.Context(), bad, postgres.Options{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAPoolerBetweenIsRefused(t *testing.T) {
	bouncer, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("SKIPPED: no pgbouncer here")
	}
	u, err := url.Parse(ledgertest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		settings string
		refused  bool
	}{
		"transactions, the last used first": {"pool_mode = transaction", true},
		"transactions, in turns":            {"pool_mode = transaction\nserver_round_robin = 1\nmin_pool_size = 3", true},
		"statements":                        {"pool_mode = statement", true},
		"sessions":                          {"pool_mode = session", false},
	} {
		t.Run(name, func(t *testing.T) {
			through := *u
			through.Host = pool(t, bouncer, u, row.settings)
			s, err := postgres.Open(t.Context(), through.String(), postgres.Options{})
			if err == nil {
				s.Close()
			}
			if refused := err != nil && strings.Contains(err.Error(), "a connection pooler in transaction mode"); refused != row.refused || !row.refused && err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

// pool starts pgbouncer before the server and returns where it listens.
func pool(t *testing.T, bouncer string, server *url.URL, settings string) string {
	t.Helper()
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	users, config := filepath.Join(dir, "users"), filepath.Join(dir, "bouncer.ini")
	for path, text := range map[string]string{
		users: `"` + server.User.Username() + `" ""`,
		config: fmt.Sprintf("[databases]\n* = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nauth_type = trust\nauth_file = %s\nunix_socket_dir =\nignore_startup_parameters = search_path,extra_float_digits\n%s\n",
			server.Hostname(), server.Port(), addr.Port, users, settings),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bouncer, config)
	if os.Getuid() == 0 { // it refuses to run as root
		c.Args = []string{bouncer, "-u", "nobody", config}
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	for range 500 {
		if up, err := net.Dial("tcp", addr.String()); err == nil {
			up.Close()
			return addr.String()
		}
		time.Sleep(10 * time.Millisecond) // until it listens: a program of others has no log to wait for
	}
	t.Fatal("pgbouncer does not listen")
	return ""
}

func TestAnOlderProgramRefusesANewerLedger(t *testing.T) {
	address := ledgertest.Postgres(t)
	open(t, address).Close()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`); err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.Open(t.Context(), address, postgres.Options{}); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("got %v", err)
	}
}

func open(t testing.TB, address string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), address, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

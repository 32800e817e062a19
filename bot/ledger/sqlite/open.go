// Package sqlite is the ledger's home in one file, for one bot.
//
// Every write is on the disk before it is reported (WAL, synchronous=FULL), in an
// immediate transaction, by one writer. Writes that are waiting at the same moment
// share a transaction and its fsync, each under a savepoint of its own: none is
// reported before its own is safe. Several processes may open the same file; they
// then share the lock of SQLite, and the machine's clock.
//
// What it cannot do: live on a network file system, whose locks SQLite cannot trust.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is a ledger in a file.
type Store struct {
	reads  *statements // of pool
	pool   *sql.DB
	writes *writer
	now    func() time.Time
}

var _ ledger.Store = (*Store)(nil)

// Options are what may differ between two stores on the same file.
type Options struct {
	Now      func() time.Time // the ledger's clock; nil = time.Now
	ReadOnly bool             // make no file and no table, and write nothing: for an audit
}

// Open opens the file, creates it readable for its owner only where there is none,
// and brings its schema up to date. It refuses a file that a newer program wrote. Read-only
// it takes the schema as it is, as long as what it reads is there.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	how := open
	if o.ReadOnly {
		how = look
	}
	s, err := how(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("ledger: sqlite %q: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string, o Options) (*Store, error) {
	if err := prepare(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, "_txlock=immediate", "_pragma=journal_mode(WAL)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrateWithRetry(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reads, err := sql.Open("sqlite", dsn(path, "_pragma=query_only(1)", "_pragma=cache_size(-500)")) // the system has the pages too
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reads.SetMaxOpenConns(4)
	reads.SetMaxIdleConns(4) // each is made with its settings and its statements
	w, err := newWriter(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close(), reads.Close())
	}
	return newStore(reads, w, o), nil
}

func newStore(reads *sql.DB, w *writer, o Options) *Store {
	s := &Store{reads: &statements{on: reads}, pool: reads, writes: w, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// look opens the file without the right to write, so that it is left as it is found. SQLite
// still makes its -shm file beside a ledger in WAL mode, and takes it away again.
func look(ctx context.Context, path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no ledger: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=ro", "_pragma=query_only(1)"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	if err := legible(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w, err := newWriter(ctx, db) // whose writes SQLite refuses
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return newStore(db, w, o), nil
}

// legible reports whether an audit can read the schema, whichever version it has.
func legible(ctx context.Context, db *sql.DB) error {
	var have int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have); err != nil {
		var e *sqlite.Error
		if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CANTOPEN {
			return errors.New("cannot be read in a directory that may not be written: SQLite makes a file beside it; copy it elsewhere, with its -wal file, and audit the copy")
		}
		return fmt.Errorf("is no ledger, or damaged: %w", err)
	}
	newest, err := row.Newest(migrations)
	if err != nil {
		return err
	}
	if have > newest {
		return errors.New(row.Newer(have, newest))
	}
	for _, read := range row.Reads() {
		rows, err := db.QueryContext(ctx, read)
		if err == nil {
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err != nil {
			return fmt.Errorf("%s (%w)", row.Older(have, newest), err)
		}
	}
	return nil
}

// prepare makes sure that the file exists and only its owner may read it: SQLite
// would create it with whatever the umask leaves open.
func prepare(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %q does not exist; create it or set DATABASE_URL", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission), err != nil && strings.Contains(err.Error(), "read-only file system"):
		return errors.New("may not be written; mount a writable volume or set DATABASE_URL")
	case err != nil:
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

func dsn(path string, options ...string) string {
	options = append(options, "_pragma=busy_timeout(10000)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(1)")
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(options, "&")
}

// migrateWithRetry brings the schema up to date, also where several processes start on the file at
// once: one of them does it, and who lost against it looks again. SQLite does not wait for
// the lock in every case (turning on WAL, for one), so that waiting is done here.
func migrateWithRetry(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := migrate(ctx, db)
		if err == nil || !isBusy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10*time.Millisecond + rand.N(40*time.Millisecond)):
		}
	}
}

// isBusy reports whether somebody else had the lock, or has just done the same.
func isBusy(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the rest tells more of the same
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT:
		return true
	}
	return strings.Contains(e.Error(), "already exists")
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("is no ledger, or damaged: %w", err)
	}
	known := p.ListSources()
	if newest := known[len(known)-1].Version; have > newest {
		return errors.New(row.Newer(have, newest))
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Close ends the store after the writes that are under way.
func (s *Store) Close() error {
	return errors.Join(s.writes.close(), s.pool.Close())
}

// Now is the clock of the machine.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Package sqlite is the ledger's store in one SQLite file, for one bot.
//
// One writer does all writes, in immediate transactions. With WAL and synchronous=FULL
// (www.sqlite.org/pragma.html#pragma_synchronous) a write is on disk before it is reported. Writes
// that wait at the same time share a transaction and its fsync, each under its own savepoint, and
// none of them is reported before that fsync. Several processes may open the same file: they then
// share SQLite's write lock and the machine's clock.
//
// What it cannot do is work on a network file system: WAL needs shared memory on one host
// (www.sqlite.org/wal.html), and SQLite cannot trust the locks there (www.sqlite.org/faq.html#q5).
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

// Store is a ledger in an SQLite file.
type Store struct {
	reads  *statements // prepared on pool
	pool   *sql.DB
	writes *writer
	now    func() time.Time

	path string
	file fs.FileInfo // what was at path when it was opened

	changes chan struct{}
}

var _ ledger.Store = (*Store)(nil)

// Options may differ between two stores on the same file.
type Options struct {
	Now      func() time.Time // the ledger's clock; nil = time.Now
	ReadOnly bool             // for an audit: create no file and no table, and write nothing
	AsItIs   bool             // for a redaction beside a bot that may be older: create no file and no table
}

// Open opens the file, or creates it with access for its owner only, and migrates its schema. It
// refuses a file written by a newer version of this program. With ReadOnly or AsItIs it accepts an older
// schema as it is, provided that everything an audit reads is there.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	how := openFile
	switch {
	case o.ReadOnly:
		how = look
	case o.AsItIs:
		how = openAsItIs
	}
	s, err := how(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("ledger: sqlite %q: %w", path, err)
	}
	s.path = path
	if s.file, err = os.Stat(path); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: sqlite %q: %w", path, err), s.Close())
	}
	return s, nil
}

// InPlace fails if another file is where the ledger was opened, or none. What is written then is lost with the
// file that is still open, and a new connection reads the other one
// (www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use).
func (s *Store) InPlace() error {
	there, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !os.SameFile(s.file, there):
		return fmt.Errorf("ledger: sqlite %q: the file was renamed, deleted or replaced under the running bot; stop the bot, put the file back with its -wal file, and start again", s.path)
	case err != nil:
		return fmt.Errorf("ledger: sqlite %q: %w", s.path, err)
	}
	return nil
}

func openFile(ctx context.Context, path string, o Options) (*Store, error) {
	if err := prepare(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, "_txlock=immediate", "_pragma=journal_mode(WAL)", "_pragma=secure_delete(1)")) // so that a migration leaves no copy of a table in free pages
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrateWithRetry(ctx, db, 30*time.Second); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return openPools(ctx, path, db, o)
}

// openAsItIs opens the file to write in it what every version's schema has.
func openAsItIs(ctx context.Context, path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("there is no ledger: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=rw", "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := legible(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return openPools(ctx, path, db, o)
}

// openPools makes a store that writes through db.
func openPools(ctx context.Context, path string, db *sql.DB, o Options) (*Store, error) {
	reads, err := sql.Open("sqlite", dsn(path, "_pragma=query_only(1)", "_pragma=cache_size(-500)")) // 500 KiB each: the operating system caches the pages too
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reads.SetMaxOpenConns(4)
	reads.SetMaxIdleConns(4) // keep them: a new connection has to apply its pragmas and prepare its statements again
	w, err := newWriter(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close(), reads.Close())
	}
	return newStore(reads, w, o), nil
}

func newStore(reads *sql.DB, w *writer, o Options) *Store {
	s := &Store{reads: &statements{on: reads}, pool: reads, writes: w, now: o.Now, changes: make(chan struct{}, 1)}
	w.undone = s.changed
	go w.loop()
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// look opens the file read-only, so that it is left unchanged. For a file in WAL mode SQLite still
// creates its -shm file beside it, and removes it again (www.sqlite.org/wal.html#read_only_databases).
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
	w, err := newWriter(ctx, db) // SQLite refuses its writes
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return newStore(db, w, o), nil
}

// legible fails if an audit cannot read the schema. Older versions are fine if they have all that
// an audit reads.
func legible(ctx context.Context, db *sql.DB) error {
	var have int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have); err != nil {
		var e *sqlite.Error
		if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CANTOPEN {
			return errors.New("cannot be read in a read-only directory: SQLite has to create a file beside it; copy it, with its -wal file, to a writable directory and audit the copy")
		}
		return fmt.Errorf("is not a ledger, or is damaged: %w", err)
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

// prepare makes sure that the file exists and that only its owner can access it: SQLite would
// create it with whatever permissions the umask allows.
func prepare(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %q does not exist; create it or set DATABASE_URL", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission), err != nil && strings.Contains(err.Error(), "read-only file system"):
		return errors.New("is not writable; mount a writable volume or set DATABASE_URL")
	case err != nil:
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// dsn is the address of a file for the driver, with the settings that all connections share.
func dsn(path string, options ...string) string {
	options = append(options, "_pragma=busy_timeout(10000)", "_pragma=synchronous(FULL)", "_pragma=foreign_keys(1)")
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(options, "&")
}

// migrateWithRetry migrates the schema, even if several processes start on the file at once: one of
// them migrates, and the others try again, for up to wait, and find it done. The retry is needed
// because busy_timeout does not make SQLite wait in every case, for example when it turns on WAL. The
// migration itself takes as long as it takes: one that is cut short for a large ledger never ends.
func migrateWithRetry(ctx context.Context, db *sql.DB, wait time.Duration) error {
	for until := time.Now().Add(wait); ; {
		err := migrate(ctx, db)
		if err == nil || !isBusy(err) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10*time.Millisecond + rand.N(40*time.Millisecond)):
		}
	}
}

// isBusy reports whether another process had the lock, or has just made the same migration.
func isBusy(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff { // the primary result code; the higher bits only refine it (www.sqlite.org/rescode.html)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT:
		return true
	}
	return strings.Contains(e.Error(), "already exists") || strings.Contains(e.Error(), "duplicate column name")
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
		return fmt.Errorf("is not a ledger, or is damaged: %w", err)
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

// Close closes the store once the writes already accepted are done.
func (s *Store) Close() error {
	return errors.Join(s.writes.close(), s.pool.Close())
}

// Syncs is how many commits of this store have waited for the disk, failed ones too.
func (s *Store) Syncs() int64 { return s.writes.syncs.Load() }

// Now is the machine's clock, in the microseconds that the ledger stores.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

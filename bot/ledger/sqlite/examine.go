package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cloudpc-bot/bot/ledger/row"
)

// Examination is what Examine found out about a file and its place.
type Examination struct {
	Exists       bool  // else the bot will create it
	Have, Newest int64 // versions of the schema: the file's and this program's; the bot migrates an older one
	Free         int64 // bytes that are left for the file; -1 = unknown on this system
	Network      bool  // it is on a network file system, as far as that can be told
}

// Examine says whether [Open] would succeed, and changes nothing: it creates no file that stays, and
// the table that it creates to see whether it may write is rolled back. An error says why the bot
// cannot use the file.
func Examine(ctx context.Context, path string) (Examination, error) {
	x, err := examineAt(ctx, path)
	if err != nil {
		return x, fmt.Errorf("ledger: sqlite %q: %w", path, err)
	}
	return x, nil
}

func examineAt(ctx context.Context, path string) (x Examination, err error) {
	if x.Newest, err = row.Newest(migrations); err != nil {
		return x, err
	}
	dir := filepath.Dir(path)
	x.Free, x.Network = volume(dir)
	if err := creates(dir); err != nil { // SQLite has a log beside the file, and a file of shared memory
		return x, err
	}
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return x, nil
	case err != nil:
		return x, err
	}
	x.Exists = true
	db, err := sql.Open("sqlite", dsn(path, "mode=rw", "_txlock=immediate"))
	if err != nil {
		return x, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if x.Have, err = schema(ctx, db); err != nil {
		return x, fmt.Errorf("is not a ledger, or is damaged: %w", err)
	}
	if x.Have > x.Newest {
		return x, errors.New(row.Newer(x.Have, x.Newest))
	}
	return x, writes(ctx, db)
}

// creates fails if no file can be created in a directory.
func creates(dir string) error {
	f, err := os.CreateTemp(dir, ".cloudpc-bot-doctor-*")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the directory %q does not exist; create it or set DATABASE_URL", dir)
	case err != nil:
		return fmt.Errorf("no file can be created in its directory (%w); mount a writable volume or set DATABASE_URL", cause(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// cause is the system's error without the name of the file.
func cause(err error) error {
	if of, ok := errors.AsType[*fs.PathError](err); ok {
		return of.Err
	}
	return err
}

// schema is the version of a file's schema; 0 = it has none yet.
func schema(ctx context.Context, db *sql.DB) (have int64, err error) {
	var tables, known int
	if err := db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = 'goose_db_version') FROM sqlite_schema WHERE type = 'table'`).Scan(&tables, &known); err != nil {
		return 0, err
	}
	switch {
	case tables == 0:
		return 0, nil
	case known == 0:
		return 0, errors.New("it has tables of another program")
	}
	return have, db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have)
}

// writes fails if the file cannot be written. It waits for the lock like any other writer.
func writes(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		_, err = tx.ExecContext(ctx, `CREATE TABLE cloudpc_bot_doctor (x)`)
		err = errors.Join(err, tx.Rollback())
	}
	if err != nil {
		return fmt.Errorf("is not writable (%w); mount a writable volume or set DATABASE_URL", err)
	}
	return nil
}

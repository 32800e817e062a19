package sqlite

import (
	"context"
	"database/sql"
	"testing"
	"time"
)

// Migrate migrates the schema of a file, and waits so long for others that do the same.
func Migrate(ctx context.Context, path string, wait time.Duration) error {
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return err
	}
	defer db.Close()
	return migrateWithRetry(ctx, db, wait)
}

// Age marks the file as written by a program that knows schema version v.
func Age(s *Store, v int) error {
	return s.writes.write(context.Background(), func(ctx context.Context, c *statements) error {
		_, err := c.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)`, v)
		return err
	})
}

// FactSynchronous and ClaimSynchronous are how the writer commits a fact and a claim, read inside of one:
// 1 = NORMAL, 2 = FULL. SQLite refuses to change the setting within a transaction
// (pragma.c, "Safety level may not be changed inside a transaction"), so what is read holds for the commit.
func (s *Store) FactSynchronous(t testing.TB) int  { return s.synchronous(t, s.writes.write) }
func (s *Store) ClaimSynchronous(t testing.TB) int { return s.synchronous(t, s.writes.writeClaim) }

func (s *Store) synchronous(t testing.TB, write func(context.Context, do) error) (mode int) {
	err := write(t.Context(), func(ctx context.Context, c *statements) error {
		return c.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&mode)
	})
	if err != nil {
		t.Error(err)
	}
	return mode
}

// FailingClaim is a claim that fails with err.
func (s *Store) FailingClaim(ctx context.Context, err error) error {
	return s.writes.writeClaim(ctx, func(context.Context, *statements) error { return err })
}

// Statements are the texts of all statements that s has prepared.
func (s *Store) Statements() (texts []string) {
	for _, cache := range []*statements{s.reads, s.writes.c} {
		cache.ready.Range(func(text, _ any) bool {
			texts = append(texts, text.(string))
			return true
		})
	}
	return texts
}

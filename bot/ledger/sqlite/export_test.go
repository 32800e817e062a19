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

// Synchronous is how the writer commits now: 1 = NORMAL, 2 = FULL.
func (s *Store) Synchronous(t testing.TB) (mode int) {
	done := make(chan error, 1)
	go func() {
		done <- s.writes.writeClaim(t.Context(), func(ctx context.Context, c *statements) error {
			return c.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&mode)
		})
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return mode
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

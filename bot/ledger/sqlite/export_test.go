package sqlite

import (
	"context"
)

// Age marks the file as written by a program that knows schema version v.
func Age(s *Store, v int) error {
	return s.writes.write(context.Background(), func(ctx context.Context, c *statements) error {
		_, err := c.ExecContext(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (?, 1)`, v)
		return err
	})
}

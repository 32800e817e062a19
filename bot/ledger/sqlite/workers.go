package sqlite

import (
	"context"
	"time"
)

// Changes is nil: SQLite tells no process of another's writes.
func (s *Store) Changes() <-chan struct{} { return nil }

// Heartbeat notes that a worker lives, and counts the sockets of all that do.
func (s *Store) Heartbeat(ctx context.Context, worker string, sockets int, lease time.Duration) (int, error) {
	var sum int // not read where the write outlives ctx
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		now := s.Now()
		if _, err := c.ExecContext(ctx, `INSERT INTO workers (name, sockets, until) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET sockets = excluded.sockets, until = excluded.until`,
			worker, sockets, now.Add(lease).UnixMicro()); err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, `DELETE FROM workers WHERE until <= ?`, now.UnixMicro()); err != nil {
			return err
		}
		return c.QueryRowContext(ctx, `SELECT coalesce(sum(sockets), 0) FROM workers`).Scan(&sum)
	})
	if err != nil {
		return 0, fail("attend", "", err)
	}
	return sum, nil
}

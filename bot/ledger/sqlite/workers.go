package sqlite

import (
	"context"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Changes receives a value when the store has given back a claim of which this process did not learn.
// SQLite does not notify one process of another's writes.
func (s *Store) Changes() <-chan struct{} { return s.changes }

// changed signals a change. It never blocks: a signal that is already waiting will do.
func (s *Store) changed() {
	select {
	case s.changes <- struct{}{}:
	default:
	}
}

// Orphaned reads the requests that wait for a worker which is not alive.
func (s *Store) Orphaned(ctx context.Context) (ids []ledger.ID, err error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT key FROM queue WHERE holder <> '' AND holder NOT IN (SELECT name FROM workers WHERE until > ?) ORDER BY key`, s.Now().UnixMicro())
	if err != nil {
		return nil, fail("read orphans", "", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ledger.ID
		if err := rows.Scan(&id); err != nil {
			return nil, fail("read orphans", "", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fail("read orphans", "", err)
	}
	return ids, nil
}

// Heartbeat records that a worker is alive, and adds up the sockets of all live workers.
func (s *Store) Heartbeat(ctx context.Context, worker string, sockets int, lease time.Duration) (int, error) {
	var sum int // not read if ctx ends first, because the write may still be running
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
		return 0, fail("heartbeat", "", err)
	}
	return sum, nil
}

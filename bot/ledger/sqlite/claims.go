package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// Claim hands out due requests, those longest overdue first.
func (s *Store) Claim(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	return s.runClaim(ctx, `UPDATE requests SET worker = ?, leased = ? WHERE id IN (
		SELECT id FROM requests WHERE due_at <= ? AND leased <= ? ORDER BY due_at LIMIT ?) RETURNING `+row.Columns,
		worker, lease, n)
}

// Renew extends a worker's claims.
func (s *Store) Renew(ctx context.Context, worker string, lease time.Duration, executions, notifications []ledger.ID) error {
	err := s.writes.writeClaim(ctx, func(ctx context.Context, c *statements) error {
		now := s.Now()
		for statement, ids := range map[string][]ledger.ID{
			`UPDATE requests SET leased = ? WHERE id = ? AND worker = ? AND leased > ?`:           executions,
			`UPDATE requests SET tell_leased = ? WHERE id = ? AND teller = ? AND tell_leased > ?`: notifications,
		} {
			for _, id := range ids {
				if _, err := c.ExecContext(ctx, statement, now.Add(lease).UnixMicro(), id, worker, now.UnixMicro()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fail("renew", "", err)
	}
	return nil
}

// Release ends a claim of an execution.
func (s *Store) Release(ctx context.Context, worker string, id ledger.ID) error {
	return s.exec(ctx, "release", id, `UPDATE requests SET worker = '', leased = 0 WHERE id = ? AND worker = ?`, id, worker)
}

// ClaimNotification hands out requests whose notification is due, those longest overdue first.
func (s *Store) ClaimNotification(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	return s.runClaim(ctx, `UPDATE requests SET teller = ?, tell_leased = ? WHERE id IN (
		SELECT id FROM requests WHERE tell_at <= ? AND tell_leased <= ? ORDER BY tell_at LIMIT ?) RETURNING `+row.Columns,
		worker, lease, n)
}

// ReleaseNotification ends a claim of a notification. If events arrived that the worker has not
// seen, the time at which they made the notification due stays.
func (s *Store) ReleaseNotification(ctx context.Context, worker string, id ledger.ID, narrated int, next time.Time, seen int) (bool, error) {
	var more bool // not returned where the write outlives ctx
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		err := c.QueryRowContext(ctx, `UPDATE requests SET teller = '', tell_leased = 0, told = max(told, ?),
			tell_at = CASE WHEN events > ?2 THEN tell_at ELSE ? END WHERE id = ? AND teller = ? RETURNING events > ?2`,
			narrated, seen, micros(next), id, worker).Scan(&more)
		if errors.Is(err, sql.ErrNoRows) {
			return ledger.ErrStale
		}
		return err
	})
	if err != nil {
		return false, fail("release notification", id, err)
	}
	return more, nil
}

// Next is the earliest time at which something can be claimed: the first due time among the rows
// that no worker holds, by index, and for the few rows that a worker holds, the later of due time
// and end of lease. INDEXED BY is needed for the latter: SQLite would expect fewer rows to be due
// than to be held, and read all that are due.
func (s *Store) Next(ctx context.Context) (time.Time, error) {
	var at sql.NullInt64
	err := s.reads.QueryRowContext(ctx, `SELECT min(at) FROM (
		SELECT * FROM (SELECT due_at AS at FROM requests WHERE due_at IS NOT NULL AND worker = '' ORDER BY due_at LIMIT 1)
		UNION ALL SELECT max(due_at, leased) FROM requests INDEXED BY requests_in_hand WHERE worker <> '' AND due_at IS NOT NULL
		UNION ALL SELECT * FROM (SELECT tell_at FROM requests WHERE tell_at IS NOT NULL AND teller = '' ORDER BY tell_at LIMIT 1)
		UNION ALL SELECT max(tell_at, tell_leased) FROM requests INDEXED BY requests_in_telling WHERE teller <> '' AND tell_at IS NOT NULL)`).Scan(&at)
	if err != nil {
		return time.Time{}, fail("next", "", err)
	}
	if !at.Valid {
		return time.Time{}, nil
	}
	return time.UnixMicro(at.Int64).UTC(), nil
}

func (s *Store) runClaim(ctx context.Context, statement, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	var out []ledger.Request
	err := s.writes.writeClaim(ctx, func(ctx context.Context, c *statements) error {
		now := s.Now() // taken here, with the lock held: after a long wait for it the lease would already be over
		rows, err := c.QueryContext(ctx, statement, worker, now.Add(lease).UnixMicro(), now.UnixMicro(), now.UnixMicro(), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for r, err := range row.Requests(rows) {
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fail("claim", "", err)
	}
	return out, nil
}

func (s *Store) exec(ctx context.Context, op string, id ledger.ID, statement string, args ...any) error {
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		_, err := c.ExecContext(ctx, statement, args...)
		return err
	})
	if err != nil {
		return fail(op, id, err)
	}
	return nil
}

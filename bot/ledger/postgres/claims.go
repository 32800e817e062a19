package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// now is the current time in a statement that is a transaction of its own; $1 is s.at(). It is a
// scalar subquery so that it is evaluated once and an index can be used: clock_timestamp() is
// volatile and would be evaluated for every row.
const now = `(SELECT coalesce($1, clock_timestamp()))`

// unsynced begins a statement that only claims or renews, and is a transaction of its own: its commit does
// not wait for the disk, because a claim is no fact. After a crash of the server a lost claim is made once
// more (www.postgresql.org/docs/current/wal-async-commit.html). The setting ends with the transaction.
// synced is true; it stands in the statement so that the setting is made at all.
const (
	unsynced = `WITH unsynced AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)) `
	synced   = `(SELECT count(*) = 1 FROM unsynced)`
)

// Claim hands out due requests, those longest overdue first. It skips rows that another
// transaction has locked, because that is probably a worker claiming them.
func (s *Store) Claim(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	got, err := s.list(ctx, unsynced+`UPDATE requests SET worker = $2, leased = `+now+` + $3 WHERE `+synced+` AND id IN (
		SELECT id FROM requests WHERE due_at <= `+now+` AND leased <= `+now+` ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
		RETURNING `+row.Columns, s.at(), worker, lease, n)
	return got, fail("claim", "", err)
}

// ClaimNotification hands out requests whose notification is due, in the same way as Claim.
func (s *Store) ClaimNotification(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error) {
	got, err := s.list(ctx, unsynced+`UPDATE requests SET teller = $2, tell_leased = `+now+` + $3 WHERE `+synced+` AND id IN (
		SELECT id FROM requests WHERE tell_at <= `+now+` AND tell_leased <= `+now+` ORDER BY tell_at LIMIT $4 FOR UPDATE SKIP LOCKED)
		RETURNING `+row.Columns, s.at(), worker, lease, n)
	return got, fail("claim", "", err)
}

// Renew extends a worker's claims.
func (s *Store) Renew(ctx context.Context, worker string, lease time.Duration, executions, notifications []ledger.ID) error {
	_, err := s.exec(ctx, unsynced+`UPDATE requests SET
		leased = CASE WHEN id = ANY($4) AND worker = $2 AND leased > `+now+` THEN `+now+` + $3 ELSE leased END,
		tell_leased = CASE WHEN id = ANY($5) AND teller = $2 AND tell_leased > `+now+` THEN `+now+` + $3 ELSE tell_leased END
		WHERE `+synced+` AND (id = ANY($4) AND worker = $2 OR id = ANY($5) AND teller = $2)`, s.at(), worker, lease, executions, notifications)
	return fail("renew", "", err)
}

// Release ends a claim of an execution.
func (s *Store) Release(ctx context.Context, worker string, id ledger.ID) error {
	_, err := s.exec(ctx, `UPDATE requests SET worker = '', leased = '-infinity' WHERE id = $1 AND worker = $2`, id, worker)
	return fail("release", id, err)
}

// ReleaseNotification ends a claim of a notification. If events arrived that the worker has not
// seen, the time at which they made the notification due stays.
func (s *Store) ReleaseNotification(ctx context.Context, worker string, id ledger.ID, narrated int, next time.Time, seen int) (more bool, err error) {
	err = s.change(ctx, "release notification", id, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE requests SET teller = '', tell_leased = '-infinity', told = greatest(told, $1),
			tell_at = CASE WHEN events > $2 THEN tell_at ELSE $3 END WHERE id = $4 AND teller = $5 RETURNING events > $2`,
			narrated, seen, moment(next), id, worker).Scan(&more)
		if errors.Is(err, pgx.ErrNoRows) {
			return ledger.ErrStale
		}
		return err
	})
	return more, err
}

// Next is the earliest time at which something can be claimed: the first due time among the rows
// that no worker holds, by index, and for the few rows that a worker holds, the later of due time
// and end of lease. The same query reads the database's clock, for Now.
func (s *Store) Next(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	began := time.Now()
	var at *time.Time
	var there time.Time
	err := s.pool.QueryRow(ctx, `SELECT least(
		(SELECT due_at FROM requests WHERE due_at IS NOT NULL AND worker = '' ORDER BY due_at LIMIT 1),
		(SELECT min(greatest(due_at, leased)) FROM requests WHERE worker <> '' AND due_at IS NOT NULL),
		(SELECT tell_at FROM requests WHERE tell_at IS NOT NULL AND teller = '' ORDER BY tell_at LIMIT 1),
		(SELECT min(greatest(tell_at, tell_leased)) FROM requests WHERE teller <> '' AND tell_at IS NOT NULL)), clock_timestamp()`).Scan(&at, &there)
	if err != nil {
		return time.Time{}, fail("next", "", err)
	}
	s.measured(began, there)
	if at == nil {
		return time.Time{}, nil
	}
	return at.UTC(), nil
}

// Heartbeat records that a worker is alive, and adds up the sockets of all live workers.
func (s *Store) Heartbeat(ctx context.Context, worker string, sockets int, lease time.Duration) (sum int, err error) {
	err = s.change(ctx, "heartbeat", "", func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO workers (name, sockets, until) VALUES ($2, $3, `+now+` + $4)
			ON CONFLICT (name) DO UPDATE SET sockets = excluded.sockets, until = excluded.until`, s.at(), worker, sockets, lease); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM workers WHERE name IN (
			SELECT name FROM workers WHERE until <= `+now+` FOR UPDATE SKIP LOCKED)`, s.at()); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT coalesce(sum(sockets), 0) FROM workers WHERE until > `+now, s.at()).Scan(&sum)
	})
	return sum, err
}

// exec runs a statement that is a transaction of its own, and returns how many rows it changed.
func (s *Store) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for {
		done, err := s.pool.Exec(ctx, statement, args...)
		if isCode(err, "40001", "40P01") { // serialization_failure, deadlock_detected: rolled back, so it can be repeated
			continue
		}
		return done.RowsAffected(), err
	}
}

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

// enqueue adds to b what a change of a request makes due, and the hint for the other stores, which
// PostgreSQL delivers when the transaction commits. A step that is due no more is deleted, and its claim
// with it; ends also ends its claim. An audience is due as before where the change says nothing to it.
func (s *Store) enqueue(b *pgx.Batch, r ledger.Revision, events int, ends bool) {
	if r.Due.IsZero() {
		b.Queue(`DELETE FROM queue WHERE kind = $1 AND key = $2`, ledger.JobStep, r.ID)
	} else {
		b.Queue(`INSERT INTO queue (kind, key, due_at, holder) VALUES ($1, $2, $3, $5) ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, holder = excluded.holder,
			worker = CASE WHEN $4 THEN '' ELSE queue.worker END, leased = CASE WHEN $4 THEN '-infinity' ELSE queue.leased END`,
			ledger.JobStep, r.ID, r.Due, ends, r.StepHolder())
	}
	for _, a := range r.Audiences() {
		told := 0
		if a.Told {
			told = events
		}
		var after *time.Duration
		if a.Due {
			after = &a.After
		}
		b.Queue(`INSERT INTO queue (kind, key, due_at, events, cursor) VALUES ($2, $3, coalesce($1, clock_timestamp()) + $4, $5, $6) ON CONFLICT (kind, key)
			DO UPDATE SET due_at = coalesce(excluded.due_at, queue.due_at), events = excluded.events, cursor = greatest(queue.cursor, excluded.cursor)`,
			s.at(), a.Kind, r.ID, after, events, told)
	}
	b.Queue(`SELECT pg_notify($1, $2)`, s.channel, s.name)
}

// hand claims for a worker what a change of a request has made due, in the same transaction.
func (s *Store) hand(ctx context.Context, tx pgx.Tx, h *ledger.Handover, id ledger.ID) ([]ledger.Job, error) {
	if h == nil || len(h.Kinds) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `UPDATE queue SET worker = $2, leased = `+now+` + $3
		WHERE kind = ANY($4) AND key = $5 AND due_at <= `+now+` AND leased <= `+now+` AND holder IN ('', $2) RETURNING kind, cursor`, s.at(), h.Worker, h.Lease, h.Kinds, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (ledger.Job, error) {
		j := ledger.Job{Key: string(id)}
		return j, r.Scan(&j.Kind, &j.Cursor)
	})
}

// Claim hands out due jobs of a kind, those longest overdue first. It skips rows that another
// transaction has locked, because that is probably a worker claiming them.
func (s *Store) Claim(ctx context.Context, kind ledger.JobKind, worker string, lease time.Duration, n int) ([]ledger.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, unsynced+`UPDATE queue SET worker = $2, leased = `+now+` + $3 WHERE `+synced+` AND kind = $5 AND key IN (
		SELECT key FROM queue WHERE kind = $5 AND due_at <= `+now+` AND leased <= `+now+` AND holder IN ('', $2) ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
		RETURNING key, cursor`, s.at(), worker, lease, n, kind)
	if err != nil {
		return nil, fail("claim", "", err)
	}
	cursors := map[string]int{}
	var keys []string
	var key string
	var cursor int
	if _, err := pgx.ForEachRow(rows, []any{&key, &cursor}, func() error {
		keys, cursors[key] = append(keys, key), cursor
		return nil
	}); err != nil || len(keys) == 0 {
		return nil, fail("claim", "", err)
	}
	got, err := s.jobs(ctx, kind, keys, cursors)
	return got, fail("claim", "", err) // the claims that nobody learns of end with their leases
}

// jobs reads the requests of claimed jobs, after the claim: within its statement they would be as they
// were before it waited for its rows, and might lack events that the cursor counts.
func (s *Store) jobs(ctx context.Context, kind ledger.JobKind, keys []string, cursors map[string]int) ([]ledger.Job, error) {
	found, err := s.list(ctx, `SELECT `+row.Columns+` FROM requests WHERE id = ANY($1)`, keys)
	if err != nil {
		return nil, err
	}
	byID := map[string]ledger.Request{}
	for _, r := range found {
		byID[string(r.ID)] = r
	}
	var out []ledger.Job
	for _, key := range keys {
		out = append(out, ledger.Job{Kind: kind, Key: key, Cursor: cursors[key], Req: byID[key]})
	}
	return out, nil
}

// Renew extends a worker's claims.
func (s *Store) Renew(ctx context.Context, worker string, lease time.Duration, kind ledger.JobKind, keys []string) error {
	_, err := s.exec(ctx, unsynced+`UPDATE queue SET leased = `+now+` + $3
		WHERE `+synced+` AND kind = $5 AND key = ANY($4) AND worker = $2 AND leased > `+now, s.at(), worker, lease, keys, kind)
	return fail("renew", "", err)
}

// Release ends a claim.
func (s *Store) Release(ctx context.Context, worker string, j ledger.Job) error {
	_, err := s.exec(ctx, `UPDATE queue SET worker = '', leased = '-infinity' WHERE kind = $1 AND key = $2 AND worker = $3`, j.Kind, j.Key, worker)
	return fail("release", ledger.ID(j.Key), err)
}

// Finish ends a claim of an audience's job. If events arrived that the worker has not seen, the time at
// which they made the job due stays.
func (s *Store) Finish(ctx context.Context, worker string, j ledger.Job, told int, next time.Time) (more bool, err error) {
	err = s.change(ctx, "finish", ledger.ID(j.Key), func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE queue SET worker = '', leased = '-infinity', cursor = greatest(cursor, $1),
			due_at = CASE WHEN events > $2 THEN due_at ELSE $3 END WHERE kind = $4 AND key = $5 AND worker = $6 RETURNING events > $2`,
			told, j.Req.Events, moment(next), j.Kind, j.Key, worker).Scan(&more)
		if errors.Is(err, pgx.ErrNoRows) {
			return ledger.ErrStale
		}
		return err
	})
	return more, err
}

// Schedule makes a job of no request due, unless it is due earlier.
func (s *Store) Schedule(ctx context.Context, kind ledger.JobKind, key string, at time.Time) error {
	return s.change(ctx, "schedule", ledger.ID(key), func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO queue (kind, key, due_at) VALUES ($1, $2, $3)
			ON CONFLICT (kind, key) DO UPDATE SET due_at = least(queue.due_at, excluded.due_at)`, kind, key, at)
		if err != nil {
			return err
		}
		return s.notify(ctx, tx)
	})
}

// Next is the earliest time at which something can be claimed: of each kind the first due time among
// the jobs that no worker holds, by index, and for the few that a worker holds, the later of due time
// and end of lease. The same query reads the database's clock, for Now.
func (s *Store) Next(ctx context.Context, worker string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	began := time.Now()
	var at *time.Time
	var there time.Time
	err := s.pool.QueryRow(ctx, `SELECT least(
		(SELECT min(greatest(due_at, leased)) FROM queue WHERE worker <> '' AND due_at IS NOT NULL AND holder IN ('', $2)),
		(SELECT min(first.due_at) FROM unnest($1::text[]) AS this CROSS JOIN LATERAL (
			SELECT due_at FROM queue WHERE kind = this AND due_at IS NOT NULL AND worker = '' AND holder IN ('', $2) ORDER BY due_at LIMIT 1) AS first)), clock_timestamp()`,
		ledger.JobKinds(), worker).Scan(&at, &there)
	if err != nil {
		return time.Time{}, fail("next", "", err)
	}
	s.measured(began, there)
	if at == nil {
		return time.Time{}, nil
	}
	return at.UTC(), nil
}

// Orphaned reads the requests that wait for a worker which is not alive.
func (s *Store) Orphaned(ctx context.Context) ([]ledger.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, `SELECT key FROM queue WHERE holder <> '' AND holder NOT IN (SELECT name FROM workers WHERE until > `+now+`) ORDER BY key`, s.at())
	if err != nil {
		return nil, fail("read orphans", "", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ledger.ID])
	return ids, fail("read orphans", "", err)
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

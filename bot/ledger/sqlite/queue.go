package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// enqueue writes what a change of a request makes due. A step that is due no more is deleted, and its
// claim with it. An audience is due as before where the change says nothing to it.
func enqueue(ctx context.Context, c *statements, r ledger.Revision, events int, now time.Time) error {
	var err error
	if r.Due.IsZero() {
		_, err = c.ExecContext(ctx, `DELETE FROM queue WHERE kind = ? AND key = ?`, ledger.JobStep, r.ID)
	} else {
		_, err = c.ExecContext(ctx, `INSERT INTO queue (kind, key, due_at, holder) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET due_at = excluded.due_at, holder = excluded.holder`, ledger.JobStep, r.ID, r.Due.UnixMicro(), r.StepHolder())
	}
	if err != nil {
		return err
	}
	for _, a := range r.Audiences() {
		told := 0
		if a.Told {
			told = events
		}
		var due any
		if a.Due {
			due = now.Add(a.After).UnixMicro()
		}
		if _, err := c.ExecContext(ctx, `INSERT INTO queue (kind, key, due_at, events, cursor) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET due_at = coalesce(excluded.due_at, due_at), events = excluded.events, cursor = max(cursor, excluded.cursor)`,
			a.Kind, r.ID, due, events, told); err != nil {
			return err
		}
	}
	return nil
}

// hand claims for a worker what a change of a request has made due, in the same transaction.
func hand(ctx context.Context, c *statements, h *ledger.Handover, id ledger.ID, now time.Time) (jobs []ledger.Job, err error) {
	if h == nil {
		return nil, nil
	}
	for _, kind := range h.Kinds {
		j := ledger.Job{Kind: kind, Key: string(id)}
		err := c.QueryRowContext(ctx, `UPDATE queue SET worker = ?, leased = ? WHERE kind = ? AND key = ? AND due_at <= ? AND leased <= ?5 AND holder IN ('', ?1) RETURNING cursor`,
			h.Worker, now.Add(h.Lease).UnixMicro(), kind, id, now.UnixMicro()).Scan(&j.Cursor)
		switch {
		case err == nil:
			jobs = append(jobs, j)
		case !errors.Is(err, sql.ErrNoRows):
			return nil, err
		}
	}
	return jobs, nil
}

// handBack ends claims of which nobody knows, because the answer of the write that made them was lost.
func handBack(ctx context.Context, c *statements, h *ledger.Handover, jobs []ledger.Job) error {
	for _, j := range jobs {
		if err := release(ctx, c, h.Worker, j); err != nil {
			return err
		}
	}
	return nil
}

// Claim hands out due jobs of a kind, those longest overdue first.
func (s *Store) Claim(ctx context.Context, kind ledger.JobKind, worker string, lease time.Duration, n int) ([]ledger.Job, error) {
	var out []ledger.Job
	err := s.writes.writeClaim(ctx, func(ctx context.Context, c *statements) error {
		now := s.Now() // taken here, with the lock held: after a long wait for it the lease would already be over
		rows, err := c.QueryContext(ctx, `UPDATE queue SET worker = ?, leased = ? WHERE kind = ? AND key IN (
			SELECT key FROM queue WHERE kind = ?3 AND due_at <= ? AND leased <= ?4 AND holder IN ('', ?1) ORDER BY due_at LIMIT ?) RETURNING key, cursor,
			(SELECT body FROM requests WHERE id = key), (SELECT version FROM requests WHERE id = key), (SELECT events FROM requests WHERE id = key)`,
			worker, now.Add(lease).UnixMicro(), kind, now.UnixMicro(), n)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			j, err := readJob(kind, rows)
			if err != nil {
				return err
			}
			out = append(out, j)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fail("claim", "", err)
	}
	return out, nil
}

// readJob reads a claimed job from its row: key, cursor and, NULL where the key is no request's, the request.
func readJob(kind ledger.JobKind, rows row.Row) (ledger.Job, error) {
	j := ledger.Job{Kind: kind}
	var body []byte
	var version *int64
	var events *int
	if err := rows.Scan(&j.Key, &j.Cursor, &body, &version, &events); err != nil || body == nil {
		return j, err
	}
	var err error
	if j.Req, err = ledger.DecodeRequest(body); err == nil {
		j.Req.Version, j.Req.Events = *version, *events
	}
	return j, err
}

// Renew extends a worker's claims.
func (s *Store) Renew(ctx context.Context, worker string, lease time.Duration, kind ledger.JobKind, keys []string) error {
	err := s.writes.writeClaim(ctx, func(ctx context.Context, c *statements) error {
		now := s.Now()
		for _, key := range keys {
			if _, err := c.ExecContext(ctx, `UPDATE queue SET leased = ? WHERE kind = ? AND key = ? AND worker = ? AND leased > ?`,
				now.Add(lease).UnixMicro(), kind, key, worker, now.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fail("renew", "", err)
	}
	return nil
}

// Release ends a claim.
func (s *Store) Release(ctx context.Context, worker string, j ledger.Job) error {
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error { return release(ctx, c, worker, j) })
	if err != nil {
		return fail("release", ledger.ID(j.Key), err)
	}
	return nil
}

func release(ctx context.Context, c *statements, worker string, j ledger.Job) error {
	_, err := c.ExecContext(ctx, `UPDATE queue SET worker = '', leased = 0 WHERE kind = ? AND key = ? AND worker = ?`, j.Kind, j.Key, worker)
	return err
}

// Finish ends a claim of an audience's job. If events arrived that the worker has not seen, the time at
// which they made the job due stays.
func (s *Store) Finish(ctx context.Context, worker string, j ledger.Job, told int, next time.Time) (bool, error) {
	var more bool // not returned where the write outlives ctx
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		err := c.QueryRowContext(ctx, `UPDATE queue SET worker = '', leased = 0, cursor = max(cursor, ?),
			due_at = CASE WHEN events > ?2 THEN due_at ELSE ? END WHERE kind = ? AND key = ? AND worker = ? RETURNING events > ?2`,
			told, j.Req.Events, micros(next), j.Kind, j.Key, worker).Scan(&more)
		if errors.Is(err, sql.ErrNoRows) {
			return ledger.ErrStale
		}
		return err
	})
	if err != nil {
		return false, fail("finish", ledger.ID(j.Key), err)
	}
	return more, nil
}

// Schedule makes a job of no request due, unless it is due earlier.
func (s *Store) Schedule(ctx context.Context, kind ledger.JobKind, key string, at time.Time) error {
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		_, err := c.ExecContext(ctx, `INSERT INTO queue (kind, key, due_at) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at)`, kind, key, at.UnixMicro())
		return err
	})
	if err != nil {
		return fail("schedule", ledger.ID(key), err)
	}
	return nil
}

// Next is the earliest time at which something can be claimed: of each kind the first due time among
// the jobs that no worker holds, by index, and for the few that a worker holds, the later of due time
// and end of lease. INDEXED BY is needed for the latter: SQLite would expect fewer jobs to be due than
// to be held, and read all that are due.
func (s *Store) Next(ctx context.Context, worker string) (time.Time, error) {
	query := `SELECT min(at) FROM (
		SELECT max(due_at, leased) AS at FROM queue INDEXED BY queue_claimed WHERE worker <> '' AND due_at IS NOT NULL AND holder IN ('', ?1)`
	args := []any{worker}
	for _, kind := range ledger.JobKinds() {
		query += ` UNION ALL SELECT * FROM (SELECT due_at FROM queue WHERE kind = ? AND due_at IS NOT NULL AND worker = '' AND holder IN ('', ?1) ORDER BY due_at LIMIT 1)`
		args = append(args, kind)
	}
	var at sql.NullInt64
	if err := s.reads.QueryRowContext(ctx, query+`)`, args...).Scan(&at); err != nil {
		return time.Time{}, fail("next", "", err)
	}
	if !at.Valid {
		return time.Time{}, nil
	}
	return time.UnixMicro(at.Int64).UTC(), nil
}

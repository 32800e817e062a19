package sqlite

import (
	"context"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Watch reads which part of the audit log was read, and begins the watch if there is none.
func (s *Store) Watch(ctx context.Context) (ledger.Watch, error) {
	var began, until int64
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		return c.QueryRowContext(ctx, `UPDATE watch SET began = coalesce(began, ?1), until = coalesce(until, ?1) RETURNING began, until`,
			s.Now().UnixMicro()).Scan(&began, &until)
	})
	if err != nil {
		return ledger.Watch{}, fail("watch", "", err)
	}
	return ledger.Watch{Began: moment(began), Until: moment(until)}, nil
}

// Calls reads the submissions since a time.
func (s *Store) Calls(ctx context.Context, from time.Time) ([]ledger.Call, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT e.body, r.body FROM events AS e JOIN requests AS r ON r.id = e.request
		WHERE instr(e.body, '"kind":"submitted"') > 0 AND e.at >= ? ORDER BY e.at, e.number`, from.UnixMicro())
	if err != nil {
		return nil, fail("calls", "", err)
	}
	defer rows.Close()
	var out []ledger.Call
	for rows.Next() {
		var link string
		var request []byte
		if err := rows.Scan(&link, &request); err != nil {
			return nil, fail("calls", "", err)
		}
		call, ok, err := ledger.CallOf(link, request)
		if err != nil {
			return nil, fail("calls", "", err)
		}
		if ok {
			out = append(out, call)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fail("calls", "", err)
	}
	return out, nil
}

// RecordErases stores erases that are new as events of no request.
func (s *Store) RecordErases(ctx context.Context, until time.Time, erases []ledger.Event) ([]ledger.Event, error) {
	var fresh []ledger.Event // not returned where the write outlives ctx
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		if _, err := c.ExecContext(ctx, `UPDATE watch SET began = coalesce(began, ?1), until = max(coalesce(until, ?1), ?1)`, until.UnixMicro()); err != nil {
			return err
		}
		known := map[string]bool{}
		for _, e := range erases {
			var is bool
			if err := c.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM outside WHERE id = ?)`, e.Outside.Event).Scan(&is); err != nil {
				return err
			}
			known[e.Outside.Event] = is
		}
		if fresh = ledger.NewErases(erases, known); len(fresh) == 0 {
			return nil
		}
		var n int
		if err := c.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM events WHERE request IS NULL`).Scan(&n); err != nil {
			return err
		}
		if err := appendEvents(ctx, c, "", n, fresh); err != nil {
			return err
		}
		for i, e := range fresh {
			if _, err := c.ExecContext(ctx, `INSERT INTO outside (id, number) SELECT ?, number FROM events WHERE request IS NULL AND seq = ?`, e.Outside.Event, n+i+1); err != nil {
				return err
			}
		}
		_, err := c.ExecContext(ctx, `INSERT INTO queue (kind, key, due_at, events) VALUES (?, '', ?, ?)
			ON CONFLICT DO UPDATE SET due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at), events = excluded.events`,
			ledger.JobOutside, s.Now().UnixMicro(), n+len(fresh))
		return err
	})
	if err != nil {
		return nil, fail("record erases", "", err)
	}
	return fresh, nil
}

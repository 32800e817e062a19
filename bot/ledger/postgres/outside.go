package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
)

// Watch reads which part of the audit log was read, and begins the watch if there is none.
func (s *Store) Watch(ctx context.Context) (w ledger.Watch, err error) {
	err = s.change(ctx, "watch", "", func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `UPDATE watch SET began = coalesce(began, `+now+`), until = coalesce(until, `+now+`) RETURNING began, until`,
			s.at()).Scan(&w.Began, &w.Until)
	})
	return ledger.Watch{Began: w.Began.UTC(), Until: w.Until.UTC()}, err
}

// Calls reads the submissions since a time.
func (s *Store) Calls(ctx context.Context, from time.Time) (out []ledger.Call, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, `SELECT e.body, r.body FROM events AS e JOIN requests AS r ON r.id = e.request
		WHERE position('"kind":"submitted"' in e.body) > 0 AND e.at >= $1 ORDER BY e.at, e.number`, from)
	if err != nil {
		return nil, fail("calls", "", err)
	}
	var link, request string
	_, err = pgx.ForEachRow(rows, []any{&link, &request}, func() error {
		call, ok, err := ledger.CallOf(link, []byte(request))
		if ok {
			out = append(out, call)
		}
		return err
	})
	return out, fail("calls", "", err)
}

// RecordErases stores erases that are new as events of no request. It locks the watch first, so that two
// processes that read the same log do it one after the other.
func (s *Store) RecordErases(ctx context.Context, until time.Time, erases []ledger.Event) (fresh []ledger.Event, err error) {
	err = s.change(ctx, "record erases", "", func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE watch SET began = coalesce(began, $1), until = greatest(until, $1)`, until); err != nil {
			return err
		}
		var ids []string
		for _, e := range erases {
			ids = append(ids, e.Outside.Event)
		}
		rows, err := tx.Query(ctx, `SELECT id FROM outside WHERE id = ANY($1)`, ids)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		var id string
		if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { known[id] = true; return nil }); err != nil {
			return err
		}
		if fresh = ledger.NewErases(erases, known); len(fresh) == 0 {
			return nil
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(seq), 0) FROM events WHERE request IS NULL`).Scan(&n); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO queue (kind, key, due_at, events) VALUES ($2, '', `+now+`, $3)
			ON CONFLICT (kind, key) DO UPDATE SET due_at = least(queue.due_at, excluded.due_at), events = excluded.events`,
			s.at(), ledger.JobOutside, n+len(fresh)); err != nil {
			return err
		}
		if err := s.notify(ctx, tx); err != nil {
			return err
		}
		if err := s.appendEvents(ctx, tx, "", n, fresh); err != nil {
			return err
		}
		var b pgx.Batch
		for i, e := range fresh {
			b.Queue(`INSERT INTO outside (id, number) SELECT $1, number FROM events WHERE request IS NULL AND seq = $2`, e.Outside.Event, n+i+1)
		}
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return nil, err
	}
	return fresh, nil
}

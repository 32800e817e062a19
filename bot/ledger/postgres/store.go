package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// Create stores a new request, its events and the dedup keys of its interaction.
func (s *Store) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	body, err := ledger.EncodeRequest(r.Request)
	if err != nil {
		return r.Request, err
	}
	made := r.Request
	made.Version, made.Events = 1, len(r.NewEvents)
	var jobs []ledger.Job
	err = s.change(ctx, "create", r.ID, func(ctx context.Context, tx pgx.Tx) (err error) {
		if err := s.mark(ctx, tx, r.Request); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO requests
			(id, version, state, live, target, requester, asked_at, body, cause, events, card)
			VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			r.ID, r.State, !r.State.Ended(), row.Text(r.Target.ID), row.Person(r.Requester), r.Asked, body, r.Cause.Code, made.Events, row.Card(r.Request))
		if violatesIndex(err, "requests_pkey") {
			return ledger.ErrIDTaken
		}
		if err != nil {
			return err
		}
		var b pgx.Batch
		s.enqueue(&b, r, made.Events, false)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		if jobs, err = s.hand(ctx, tx, r.Handover, r.ID); err != nil {
			return err
		}
		if err := indexNames(ctx, tx, r.Request); err != nil {
			return err
		}
		return s.appendEvents(ctx, tx, r.ID, 0, r.NewEvents)
	})
	if err != nil {
		return r.Request, err
	}
	r.Handover.Take(made, jobs)
	return made, nil
}

// mark stores the dedup keys of a request's interaction, and deletes those older than 24 hours,
// skipping rows that another transaction is deleting. It fails with *ledger.SeenError if a key
// exists. Slack documents no schedule for redelivering commands; events it sends again for up to
// 6 minutes (docs.slack.dev/apis/events-api).
func (s *Store) mark(ctx context.Context, tx pgx.Tx, r ledger.Request) error {
	_, err := tx.Exec(ctx, `DELETE FROM gestures WHERE mark IN (SELECT mark FROM gestures
		WHERE at < (SELECT coalesce($1, clock_timestamp())) - interval '24 hours' FOR UPDATE SKIP LOCKED)`, s.at())
	if err != nil {
		return err
	}
	for _, key := range r.Interaction.DedupKeys() {
		var seen ledger.ID
		err := tx.QueryRow(ctx, `INSERT INTO gestures (mark, request, at) VALUES ($1, $2, coalesce($3, clock_timestamp()))
			ON CONFLICT (mark) DO UPDATE SET mark = excluded.mark RETURNING request`, key, r.ID, s.at()).Scan(&seen)
		if err != nil {
			return err
		}
		if seen != r.ID {
			return &ledger.SeenError{Request: seen}
		}
	}
	return nil
}

// Replace swaps r in if the stored version is still r.Version.
func (s *Store) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	return s.swap(ctx, "replace", r, func(context.Context, pgx.Tx) error { return nil })
}

// swap replaces r. Before it does, check runs in the same transaction and can refuse.
func (s *Store) swap(ctx context.Context, op string, r ledger.Revision, check func(context.Context, pgx.Tx) error) (ledger.Request, error) {
	body, err := ledger.EncodeRequest(r.Request)
	if err != nil {
		return r.Request, err
	}
	next := r.Next()
	var jobs []ledger.Job
	for {
		err = s.change(ctx, op, r.ID, func(ctx context.Context, tx pgx.Tx) (err error) {
			if err := check(ctx, tx); err != nil {
				return err
			}
			err = tx.QueryRow(ctx, `UPDATE requests SET version = version + 1, state = $1, live = $2, target = $3,
				body = $4, cause = $5, events = events + $6, card = $7 WHERE id = $8 AND version = $9 RETURNING events`,
				r.State, !r.State.Ended(), row.Text(r.Target.ID), body, r.Cause.Code, len(r.NewEvents), row.Card(r.Request), r.ID, r.Version).Scan(&next.Events)
			if errors.Is(err, pgx.ErrNoRows) {
				return missing(ctx, tx, r.ID)
			}
			if err != nil {
				return err
			}
			var b pgx.Batch
			s.enqueue(&b, r, next.Events, r.ReleasesClaim)
			if err := tx.SendBatch(ctx, &b).Close(); err != nil {
				return err
			}
			if jobs, err = s.hand(ctx, tx, r.Handover, r.ID); err != nil {
				return err
			}
			if err := indexNames(ctx, tx, r.Request); err != nil {
				return err
			}
			if err := s.appendEvents(ctx, tx, r.ID, next.Events-len(r.NewEvents), r.NewEvents); err != nil {
				return err
			}
			return s.inTime(ctx, tx, r.SwapBefore)
		})
		if !violatesIndex(err, "one_live_request_per_target") {
			break
		}
		by, holderErr := s.holder(ctx, r.Target.ID)
		if holderErr != nil || by != "" {
			err = fail(op, r.ID, cmp.Or[error](holderErr, &ledger.TakenError{By: by}))
			break
		} // the request that had the target has ended in the meantime: try again
	}
	if err != nil {
		return r.Request, err
	}
	r.Handover.Take(next, jobs)
	return next, nil
}

// holder is the live request for a target, empty if there is none.
func (s *Store) holder(ctx context.Context, target string) (by ledger.ID, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = s.pool.QueryRow(ctx, `SELECT id FROM requests WHERE target = $1 AND live`, target).Scan(&by)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return by, err
}

// missing says why an update found no row: ErrNotFound, or ErrStale if the request exists.
func missing(ctx context.Context, tx pgx.Tx, id ledger.ID) error {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM requests WHERE id = $1)`, id).Scan(&there); err != nil {
		return err
	}
	if !there {
		return ledger.ErrNotFound
	}
	return ledger.ErrStale
}

// AppendEvent appends an event and changes nothing else. It stores the same event only once.
func (s *Store) AppendEvent(ctx context.Context, id ledger.ID, e ledger.Event) error {
	return s.change(ctx, "append event", id, func(ctx context.Context, tx pgx.Tx) error {
		var n int
		err := tx.QueryRow(ctx, `SELECT events FROM requests WHERE id = $1 FOR UPDATE`, id).Scan(&n)
		if errors.Is(err, pgx.ErrNoRows) {
			return ledger.ErrNotFound
		}
		if err != nil {
			return err
		}
		known, err := readEvents(ctx, tx, id, 0)
		if err != nil || slices.ContainsFunc(known, e.Same) {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE requests SET events = events + 1 WHERE id = $1`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE queue SET events = $1 WHERE kind = ANY($2) AND key = $3`, n+1, ledger.AudienceKinds(), id); err != nil {
			return err
		}
		return s.appendEvents(ctx, tx, id, n, []ledger.Event{e})
	})
}

// Get reads one request.
func (s *Store) Get(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := row.Request(s.pool.QueryRow(ctx, `SELECT `+row.Columns+` FROM requests WHERE id = $1`, id))
	if errors.Is(err, pgx.ErrNoRows) {
		err = ledger.ErrNotFound
	}
	return r, fail("get", id, err)
}

// Find yields requests, newest first. It reads all of them before it yields the first.
func (s *Store) Find(ctx context.Context, q ledger.Query) iter.Seq2[ledger.Request, error] {
	where, args := row.Where(q, "live")
	query := `SELECT ` + row.Columns + ` FROM requests WHERE ` + numbered(where) + ` ORDER BY asked_at DESC, id`
	if q.Limit > 0 {
		query += fmt.Sprint(" LIMIT ", q.Limit)
	}
	if q.Skip > 0 {
		query += fmt.Sprint(" OFFSET ", q.Skip)
	}
	return func(yield func(ledger.Request, error) bool) {
		found, err := s.list(ctx, query, args...) // all at once, so that a slow caller holds no connection of the pool
		if err != nil {
			yield(ledger.Request{}, fail("find", "", err))
			return
		}
		for _, r := range found {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Runs reads the newest runs that ended well.
func (s *Store) Runs(ctx context.Context, n int) ([]ledger.Run, error) {
	found, err := s.list(ctx, row.NewestRuns+`$1`, n)
	var all []ledger.Run
	for _, r := range found {
		all = append(all, ledger.RunOf(r))
	}
	return all, fail("runs", "", err)
}

// numbered replaces each ? of a condition by $1, $2, …
func numbered(where string) string {
	for n := 1; strings.Contains(where, "?"); n++ {
		where = strings.Replace(where, "?", fmt.Sprint("$", n), 1)
	}
	return where
}

// list runs a query and reads all requests of its result.
func (s *Store) list(ctx context.Context, query string, args ...any) ([]ledger.Request, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (ledger.Request, error) { return row.Request(r) })
}

// moment is how a time is stored: NULL for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

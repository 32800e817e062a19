package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// remembered is how long the dedup keys of an interaction are kept. Slack documents no schedule
// for redelivering commands; events it sends again for up to 6 minutes (docs.slack.dev/apis/events-api).
const remembered = 24 * time.Hour

// Create stores a new request, its events and the dedup keys of its interaction.
func (s *Store) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	body, err := ledger.EncodeRequest(r.Request)
	if err != nil {
		return r.Request, err
	}
	made := r.Request
	made.Version, made.Events = 1, len(r.NewEvents)
	var jobs []ledger.Job
	err = s.writes.writeOr(ctx, func(ctx context.Context, c *statements) (err error) {
		now := s.Now()
		if _, err := c.ExecContext(ctx, `DELETE FROM gestures WHERE at < ?`, now.Add(-remembered).UnixMicro()); err != nil {
			return err
		}
		for _, key := range r.Interaction.DedupKeys() {
			var seen string
			err := c.QueryRowContext(ctx, `INSERT INTO gestures (mark, request, at) VALUES (?, ?, ?)
				ON CONFLICT (mark) DO UPDATE SET mark = mark RETURNING request`, key, r.ID, now.UnixMicro()).Scan(&seen)
			if err != nil {
				return err
			}
			if seen != string(r.ID) {
				return &ledger.SeenError{Request: ledger.ID(seen)}
			}
		}
		_, err = c.ExecContext(ctx, `INSERT INTO requests
			(id, version, state, live, target, requester, asked_at, body, cause, events, card)
			VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.ID, r.State, !r.State.Ended(), row.Text(r.Target.ID), row.Person(r.Requester), r.Asked.UnixMicro(), body, r.Cause.Code, made.Events, row.Card(r.Request))
		if isConstraint(err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
			return ledger.ErrIDTaken
		}
		if err != nil {
			return err
		}
		if err := enqueue(ctx, c, r, made.Events, now); err != nil {
			return err
		}
		if jobs, err = hand(ctx, c, r.Handover, r.ID, now); err != nil {
			return err
		}
		if err := indexNames(ctx, c, r.Request); err != nil {
			return err
		}
		return appendEvents(ctx, c, r.ID, 0, r.NewEvents)
	}, func(ctx context.Context, c *statements) error { return handBack(ctx, c, r.Handover, jobs) })
	if err != nil {
		return r.Request, fail("create", r.ID, err)
	}
	r.Handover.Take(made, jobs)
	return made, nil
}

// Replace swaps r in if the stored version is still r.Version.
func (s *Store) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	return s.swap(ctx, "replace", r, nil)
}

// swap replaces r. If check is not nil, it runs first in the same transaction and can refuse.
func (s *Store) swap(ctx context.Context, op string, r ledger.Revision, check func(context.Context, *statements) error) (ledger.Request, error) {
	body, err := ledger.EncodeRequest(r.Request)
	if err != nil {
		return r.Request, err
	}
	next := r.Next()
	var jobs []ledger.Job
	err = s.writes.writeOr(ctx, func(ctx context.Context, c *statements) (err error) {
		if check != nil {
			if err := check(ctx, c); err != nil {
				return err
			}
		}
		now := s.Now()
		if !r.SwapBefore.IsZero() && !now.Before(r.SwapBefore) {
			return ledger.ErrStale
		}
		err = c.QueryRowContext(ctx, `UPDATE requests SET version = version + 1, state = ?, body = ?, cause = ?, events = events + ?
			WHERE id = ? AND version = ? RETURNING events`,
			r.State, body, r.Cause.Code, len(r.NewEvents), r.ID, r.Version).Scan(&next.Events)
		if err == nil {
			err = updateRarelyChanged(ctx, c, r.Request)
		}
		switch {
		case isConstraint(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
			return taken(ctx, c, r.Target.ID)
		case errors.Is(err, sql.ErrNoRows):
			return missing(ctx, c, r.ID)
		case err != nil:
			return err
		}
		if err := enqueue(ctx, c, r, next.Events, now); err != nil {
			return err
		}
		if r.ReleasesClaim {
			if _, err := c.ExecContext(ctx, `UPDATE queue SET worker = '', leased = 0 WHERE kind = ? AND key = ?`, ledger.JobStep, r.ID); err != nil {
				return err
			}
		}
		if jobs, err = hand(ctx, c, r.Handover, r.ID, now); err != nil {
			return err
		}
		if err := indexNames(ctx, c, r.Request); err != nil {
			return err
		}
		return appendEvents(ctx, c, r.ID, next.Events-len(r.NewEvents), r.NewEvents)
	}, func(ctx context.Context, c *statements) error { return handBack(ctx, c, r.Handover, jobs) })
	if err != nil {
		return r.Request, fail(op, r.ID, err)
	}
	r.Handover.Take(next, jobs)
	return next, nil
}

// updateRarelyChanged writes the columns that most swaps leave unchanged, and only if they differ.
// They are not part of the swap's own UPDATE because SQLite rewrites the index entries of every
// column that an UPDATE names, changed or not.
func updateRarelyChanged(ctx context.Context, c *statements, r ledger.Request) error {
	_, err := c.ExecContext(ctx, `UPDATE requests SET live = ?1, target = ?2, card = ?3
		WHERE id = ?4 AND (live IS NOT ?1 OR target IS NOT ?2 OR card IS NOT ?3)`,
		!r.State.Ended(), row.Text(r.Target.ID), row.Card(r), r.ID)
	return err
}

// AppendEvent appends an event and changes nothing else. It stores the same event only once.
func (s *Store) AppendEvent(ctx context.Context, id ledger.ID, e ledger.Event) error {
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) error {
		known, err := readEvents(ctx, c, id, 0)
		if err != nil || slices.ContainsFunc(known, e.Same) {
			return err
		}
		var n int
		err = c.QueryRowContext(ctx, `UPDATE requests SET events = events + 1 WHERE id = ? RETURNING events`, id).Scan(&n)
		if errors.Is(err, sql.ErrNoRows) {
			return ledger.ErrNotFound
		}
		if err != nil {
			return err
		}
		for _, kind := range ledger.AudienceKinds() {
			if _, err := c.ExecContext(ctx, `UPDATE queue SET events = ? WHERE kind = ? AND key = ?`, n, kind, id); err != nil {
				return err
			}
		}
		return appendEvents(ctx, c, id, n-1, []ledger.Event{e})
	})
	if err != nil {
		return fail("append event", id, err)
	}
	return nil
}

// taken returns the error for a target that another live request has.
func taken(ctx context.Context, c *statements, target string) error {
	var by ledger.ID
	err := c.QueryRowContext(ctx, `SELECT id FROM requests WHERE target = ? AND live = 1`, target).Scan(&by)
	if err != nil {
		return err
	}
	return &ledger.TakenError{By: by}
}

// missing says why an update found no row: ErrNotFound, or ErrStale if the request exists.
func missing(ctx context.Context, c *statements, id ledger.ID) error {
	var n int
	if err := c.QueryRowContext(ctx, `SELECT count(*) FROM requests WHERE id = ?`, id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return ledger.ErrNotFound
	}
	return ledger.ErrStale
}

// Get reads one request.
func (s *Store) Get(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	r, err := row.Request(s.reads.QueryRowContext(ctx, `SELECT `+row.Columns+` FROM requests WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ledger.ErrNotFound
	}
	if err != nil {
		return r, fail("get", id, err)
	}
	return r, nil
}

// Find yields requests, newest first. It holds one of the reading connections until the caller
// stops.
func (s *Store) Find(ctx context.Context, q ledger.Query) iter.Seq2[ledger.Request, error] {
	where, args := row.Where(q, "live = 1")
	limit := q.Limit
	if limit == 0 {
		limit = -1
	}
	from := `requests`
	if q.Live && q.Requester.IsZero() && q.Machine == "" && q.Target == "" {
		from += ` INDEXED BY requests_live` // SQLite would rather read all that ended too, because by age they are in order already
	}
	query := `SELECT ` + row.Columns + ` FROM ` + from + ` WHERE ` + where + ` ORDER BY asked_at DESC, id LIMIT ? OFFSET ?`
	return func(yield func(ledger.Request, error) bool) {
		rows, err := s.reads.QueryContext(ctx, query, append(args, limit, q.Skip)...)
		if err != nil {
			yield(ledger.Request{}, fail("find", "", err))
			return
		}
		defer rows.Close()
		for r, err := range row.Requests(rows) {
			if err != nil {
				err = fail("find", "", err)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// Runs reads the newest runs that ended well.
func (s *Store) Runs(ctx context.Context, n int) ([]ledger.Run, error) {
	rows, err := s.reads.QueryContext(ctx, row.NewestRuns+`?`, n)
	if err != nil {
		return nil, fail("runs", "", err)
	}
	defer rows.Close()
	var all []ledger.Run
	for r, err := range row.Requests(rows) {
		if err != nil {
			return nil, fail("runs", "", err)
		}
		all = append(all, ledger.RunOf(r))
	}
	return all, nil
}

// fail adds the operation and the request to an error. It wraps, so errors.Is and errors.As still
// find the errors that the contract promises.
func fail(op string, id ledger.ID, err error) error {
	if id == "" {
		return fmt.Errorf("ledger: sqlite: %s: %w", op, err)
	}
	return fmt.Errorf("ledger: sqlite: %s %s: %w", op, id, err)
}

func isConstraint(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == code
}

// micros is how a time is stored: microseconds since 1970, NULL for the zero time. moment reads it.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

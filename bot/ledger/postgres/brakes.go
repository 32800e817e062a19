package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// Submit swaps r in, if the brakes are off and the budget has room.
func (s *Store) Submit(ctx context.Context, r ledger.Revision, b ledger.Budget) (ledger.Request, error) {
	return s.swap(ctx, "submit", r, func(ctx context.Context, tx pgx.Tx) error {
		brakes, err := readBrakes(ctx, tx, ` FOR UPDATE`)
		if err != nil {
			return err
		}
		if brakes.Frozen {
			return &ledger.FrozenError{Brakes: brakes}
		}
		if err := s.spend(ctx, tx, r.ID, auth.Person{}, b.PerHour); err != nil {
			return err
		}
		for _, p := range r.People() {
			if err := s.spend(ctx, tx, r.ID, p, b.PerPerson); err != nil {
				return err
			}
		}
		return nil
	})
}

// spend counts a request against a person's hourly budget, or against the budget of everybody
// together if person is zero. A limit of 0 means no limit; the request is counted even then. It
// fails with *ledger.BudgetError if limit other requests have been counted within the hour. The
// caller holds the lock on the brakes, so no other transaction counts at the same time.
func (s *Store) spend(ctx context.Context, tx pgx.Tx, id ledger.ID, person auth.Person, limit int) error {
	name := ""
	if !person.IsZero() {
		name = row.Person(person)
	}
	if limit > 0 {
		var n int
		var oldest *time.Time
		err := tx.QueryRow(ctx, `SELECT count(*), min(at) FROM submissions WHERE person = $2 AND request <> $3
			AND at > `+now+` - interval '1 hour'`, s.at(), name, id).Scan(&n, &oldest)
		if err != nil {
			return err
		}
		if n >= limit {
			return &ledger.BudgetError{Of: person, Until: oldest.UTC().Add(time.Hour)}
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM submissions WHERE person = $2 AND at <= `+now+` - interval '1 hour'`, s.at(), name); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO submissions (request, person, at) VALUES ($2, $3, `+now+`)
		ON CONFLICT (request, person) DO UPDATE SET at = excluded.at`, s.at(), id, name)
	return err
}

// Freeze pulls the brakes. If they are on already, the first admin and reason stay.
func (s *Store) Freeze(ctx context.Context, by auth.Person, why string) (ledger.Brakes, error) {
	return s.brake(ctx, "freeze", func(ctx context.Context, tx pgx.Tx, _ ledger.Brakes) error {
		_, err := tx.Exec(ctx, `UPDATE brakes SET frozen = true, org = $2, person = $3, why = $4, at = `+now+` WHERE NOT frozen`,
			s.at(), by.Org, by.ID, why)
		return err
	})
}

// Unfreeze releases the brakes.
func (s *Store) Unfreeze(ctx context.Context) (ledger.Brakes, error) {
	return s.brake(ctx, "unfreeze", func(ctx context.Context, tx pgx.Tx, before ledger.Brakes) error {
		if !before.Frozen {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE brakes SET frozen = false, org = '', person = '', why = '', at = '-infinity'`); err != nil {
			return err
		}
		// Only the requests that waited for the brakes: those that Graph asked to wait keep waiting.
		rows, err := tx.Query(ctx, `SELECT id FROM requests WHERE live AND state = $1 AND cause = $2 ORDER BY id FOR UPDATE`, ledger.Approved, ledger.Frozen)
		if err != nil {
			return err
		}
		frozen, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE queue SET due_at = least(due_at, `+now+`) WHERE kind = $2 AND key = ANY($3) AND due_at IS NOT NULL`,
			s.at(), ledger.JobStep, frozen); err != nil {
			return err
		}
		return s.notify(ctx, tx)
	})
}

// brake changes the brakes, and returns them as they were before.
func (s *Store) brake(ctx context.Context, op string, do func(context.Context, pgx.Tx, ledger.Brakes) error) (before ledger.Brakes, err error) {
	err = s.change(ctx, op, "", func(ctx context.Context, tx pgx.Tx) (err error) {
		if before, err = readBrakes(ctx, tx, ` FOR UPDATE`); err != nil {
			return err
		}
		return do(ctx, tx, before)
	})
	return before, err
}

// Brakes reads the brakes.
func (s *Store) Brakes(ctx context.Context) (ledger.Brakes, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	b, err := readBrakes(ctx, s.pool, ``)
	return b, fail("brakes", "", err)
}

// Spent reads how much of each budget is used.
func (s *Store) Spent(ctx context.Context) ([]ledger.Spending, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, `SELECT person, count(*), min(at) FROM submissions WHERE at > `+now+` - interval '1 hour'
		GROUP BY person ORDER BY person COLLATE "C"`, s.at())
	if err != nil {
		return nil, fail("spent", "", err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (spent ledger.Spending, err error) {
		var of string
		err = r.Scan(&of, &spent.Count, &spent.Oldest)
		spent.Of, spent.Oldest = row.ParsePerson(of), spent.Oldest.UTC()
		return spent, err
	})
	return all, fail("spent", "", err)
}

// reader is the pool or a transaction.
type reader interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

var _ reader = (*pgxpool.Pool)(nil)

// readBrakes reads the brakes; lock is empty, or a locking clause.
func readBrakes(ctx context.Context, c reader, lock string) (b ledger.Brakes, err error) {
	var at *time.Time
	err = c.QueryRow(ctx, `SELECT frozen, org, person, why, CASE WHEN frozen THEN at END FROM brakes`+lock).
		Scan(&b.Frozen, &b.By.Org, &b.By.ID, &b.Why, &at)
	if at != nil {
		b.At = at.UTC()
	}
	return b, err
}

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

// Submit swaps r in, past the brakes and within the budget.
func (s *Store) Submit(ctx context.Context, r ledger.Request, b ledger.Budget) (ledger.Request, error) {
	return s.replace(ctx, "submit", r, func(ctx context.Context, tx pgx.Tx) error {
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

// spend counts a request against somebody's hour; nobody is everybody. The lock on the brakes
// keeps everybody else from counting meanwhile.
func (s *Store) spend(ctx context.Context, tx pgx.Tx, id ledger.ID, who auth.Person, limit int) error {
	name := ""
	if !who.IsZero() {
		name = row.Person(who)
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
			return &ledger.BudgetError{Of: who, Until: oldest.UTC().Add(time.Hour)}
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM submissions WHERE person = $2 AND at <= `+now+` - interval '1 hour'`, s.at(), name); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO submissions (request, person, at) VALUES ($2, $3, `+now+`)
		ON CONFLICT (request, person) DO UPDATE SET at = excluded.at`, s.at(), id, name)
	return err
}

// Freeze pulls the brakes. Who pulled them first is kept.
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
		// Only what waited for this: who waits because Graph asked to goes on waiting.
		if _, err := tx.Exec(ctx, `UPDATE requests SET due_at = least(due_at, `+now+`)
			WHERE state = $2 AND due_at IS NOT NULL AND cause = $3`, s.at(), ledger.Approved, ledger.Frozen); err != nil {
			return err
		}
		return s.notify(ctx, tx)
	})
}

func (s *Store) brake(ctx context.Context, op string, do func(context.Context, pgx.Tx, ledger.Brakes) error) (before ledger.Brakes, err error) {
	err = s.change(ctx, op, "", func(ctx context.Context, tx pgx.Tx) (err error) {
		if before, err = readBrakes(ctx, tx, ` FOR UPDATE`); err != nil {
			return err
		}
		return do(ctx, tx, before)
	})
	return before, err
}

// Brakes reads how they stand.
func (s *Store) Brakes(ctx context.Context) (ledger.Brakes, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	b, err := readBrakes(ctx, s.pool, ``)
	return b, fail("brakes", "", err)
}

// reader is the pool or a transaction.
type reader interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
	QueryRow(context.Context, string, ...any) pgx.Row
}

var _ reader = (*pgxpool.Pool)(nil)

func readBrakes(ctx context.Context, c reader, lock string) (b ledger.Brakes, err error) {
	var at *time.Time
	err = c.QueryRow(ctx, `SELECT frozen, org, person, why, CASE WHEN frozen THEN at END FROM brakes`+lock).
		Scan(&b.Frozen, &b.By.Org, &b.By.ID, &b.Why, &at)
	if at != nil {
		b.At = at.UTC()
	}
	return b, err
}

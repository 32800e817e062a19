package sqlite

import (
	"context"
	"database/sql"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// Submit swaps r in, if the brakes are off and the budget has room.
func (s *Store) Submit(ctx context.Context, r ledger.Revision, b ledger.Budget) (ledger.Request, error) {
	return s.swap(ctx, "submit", r, func(ctx context.Context, c *statements) error {
		now := s.Now() // taken here, with the lock held: the hour counts back from when the write runs
		brakes, err := readBrakes(ctx, c)
		if err != nil {
			return err
		}
		if brakes.Frozen {
			return &ledger.FrozenError{Brakes: brakes}
		}
		if err := spend(ctx, c, r.ID, auth.Person{}, b.PerHour, now); err != nil {
			return err
		}
		for _, p := range r.People() {
			if err := spend(ctx, c, r.ID, p, b.PerPerson, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// spend counts a request against a person's hourly budget, or against the budget of everybody
// together if person is zero. A limit of 0 means no limit; the request is counted even then. It
// fails with *ledger.BudgetError if limit other requests have been counted within the hour.
func spend(ctx context.Context, c *statements, id ledger.ID, person auth.Person, limit int, now time.Time) error {
	name := ""
	if !person.IsZero() {
		name = row.Person(person)
	}
	hour := now.Add(-time.Hour).UnixMicro()
	if limit > 0 {
		var n int
		var oldest sql.NullInt64
		err := c.QueryRowContext(ctx, `SELECT count(*), min(at) FROM submissions WHERE person = ? AND at > ? AND request <> ?`,
			name, hour, id).Scan(&n, &oldest)
		if err != nil {
			return err
		}
		if n >= limit {
			return &ledger.BudgetError{Of: person, Until: time.UnixMicro(oldest.Int64).UTC().Add(time.Hour)}
		}
	}
	if _, err := c.ExecContext(ctx, `DELETE FROM submissions WHERE person = ? AND at <= ?`, name, hour); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, `INSERT INTO submissions (request, person, at) VALUES (?, ?, ?)
		ON CONFLICT (request, person) DO UPDATE SET at = excluded.at`, id, name, now.UnixMicro())
	return err
}

// Freeze pulls the brakes. If they are on already, the first admin and reason stay.
func (s *Store) Freeze(ctx context.Context, by auth.Person, why string) (ledger.Brakes, error) {
	return s.brake(ctx, "freeze", func(ctx context.Context, c *statements, _ ledger.Brakes) error {
		_, err := c.ExecContext(ctx, `UPDATE brakes SET frozen = 1, org = ?, person = ?, why = ?, at = ? WHERE frozen = 0`,
			by.Org, by.ID, why, s.Now().UnixMicro())
		return err
	})
}

// Unfreeze releases the brakes.
func (s *Store) Unfreeze(ctx context.Context) (ledger.Brakes, error) {
	return s.brake(ctx, "unfreeze", func(ctx context.Context, c *statements, before ledger.Brakes) error {
		if !before.Frozen {
			return nil
		}
		if _, err := c.ExecContext(ctx, `UPDATE brakes SET frozen = 0, org = '', person = '', why = '', at = 0`); err != nil {
			return err
		}
		// Only the requests that waited for the brakes: those that Graph asked to wait keep waiting.
		_, err := c.ExecContext(ctx, `UPDATE queue SET due_at = min(due_at, ?) WHERE kind = ? AND due_at IS NOT NULL
			AND key IN (SELECT id FROM requests WHERE live = 1 AND state = ? AND cause = ?)`, s.Now().UnixMicro(), ledger.JobStep, ledger.Approved, ledger.Frozen)
		return err
	})
}

// brake changes the brakes, and returns them as they were before.
func (s *Store) brake(ctx context.Context, op string, do func(context.Context, *statements, ledger.Brakes) error) (ledger.Brakes, error) {
	var before ledger.Brakes
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) (err error) {
		if before, err = readBrakes(ctx, c); err != nil {
			return err
		}
		return do(ctx, c, before)
	})
	if err != nil {
		return ledger.Brakes{}, fail(op, "", err)
	}
	return before, nil
}

// Brakes reads the brakes.
func (s *Store) Brakes(ctx context.Context) (ledger.Brakes, error) {
	b, err := readBrakes(ctx, s.reads)
	if err != nil {
		return b, fail("brakes", "", err)
	}
	return b, nil
}

// Spent reads how much of each budget is used.
func (s *Store) Spent(ctx context.Context) ([]ledger.Spending, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT person, count(*), min(at) FROM submissions INDEXED BY submissions_at WHERE at > ? GROUP BY person ORDER BY person`,
		s.Now().Add(-time.Hour).UnixMicro())
	if err != nil {
		return nil, fail("spent", "", err)
	}
	defer rows.Close()
	var out []ledger.Spending
	for rows.Next() {
		var of string
		var oldest int64
		var spent ledger.Spending
		if err := rows.Scan(&of, &spent.Count, &oldest); err != nil {
			return nil, fail("spent", "", err)
		}
		spent.Of, spent.Oldest = row.ParsePerson(of), time.UnixMicro(oldest).UTC()
		out = append(out, spent)
	}
	if err := rows.Err(); err != nil {
		return nil, fail("spent", "", err)
	}
	return out, nil
}

func readBrakes(ctx context.Context, c reader) (b ledger.Brakes, err error) {
	var at int64
	err = c.QueryRowContext(ctx, `SELECT frozen, org, person, why, at FROM brakes`).Scan(&b.Frozen, &b.By.Org, &b.By.ID, &b.Why, &at)
	if b.Frozen {
		b.At = time.UnixMicro(at).UTC()
	}
	return b, err
}

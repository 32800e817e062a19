package postgres

import (
	"context"
	"time"
)

// measured is what the database's clock said at a moment of ours.
type measured struct {
	here  time.Time // has a monotonic reading, which no change of our clock moves
	there time.Time
}

// Now is the database's clock, as it was measured last. What has to be right by it, leases
// and expiry, is decided in the database.
func (s *Store) Now() time.Time {
	if s.fixed != nil {
		return s.fixed().UTC().Truncate(time.Microsecond)
	}
	m := s.offset.Load()
	return m.there.Add(time.Since(m.here)).UTC().Truncate(time.Microsecond)
}

// at is the clock for a statement: a test's, or nothing, which means the database's.
func (s *Store) at() *time.Time {
	if s.fixed == nil {
		return nil
	}
	now := s.Now()
	return &now
}

func (s *Store) measure(ctx context.Context) error {
	began := time.Now()
	var there time.Time
	if err := s.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&there); err != nil {
		return err
	}
	s.measured(began, there)
	return nil
}

// freshReading is how long a reading may take to be as good as the one before it.
const freshReading = time.Second

// measured takes a reading that was asked for at a moment. It was taken between then and
// now, and counts as of the middle. Where that is a wide span, because the network was silent
// or this process stood still, what is known from before is better, as far as it agrees.
func (s *Store) measured(began, there time.Time) {
	now := time.Now()
	if before := s.offset.Load(); before != nil && now.Sub(began) > freshReading {
		known := before.there.Add(began.Sub(before.here)) // when it was asked for, by what is known
		if !there.Before(known) && there.Sub(known) <= now.Sub(began) {
			return
		}
	}
	s.offset.Store(&measured{here: began.Add(now.Sub(began) / 2), there: there})
}

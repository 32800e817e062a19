package postgres

import (
	"context"
	"time"
)

// measured is a reading of the database's clock.
type measured struct {
	here  time.Time // this process's time of the reading; monotonic, so a change of its clock does not matter
	there time.Time // the database's time of the reading
}

// Now estimates the database's clock from the last reading and the time passed since. Decisions
// that depend on the exact time, about leases and expiry, are made by the database.
func (s *Store) Now() time.Time {
	if s.fixed != nil {
		return s.fixed().UTC().Truncate(time.Microsecond)
	}
	m := s.offset.Load()
	return m.there.Add(time.Since(m.here)).UTC().Truncate(time.Microsecond)
}

// at is the time to pass to a statement: a test's clock, or nil for the database's own.
func (s *Store) at() *time.Time {
	if s.fixed == nil {
		return nil
	}
	now := s.Now()
	return &now
}

// measure reads the database's clock.
func (s *Store) measure(ctx context.Context) error {
	began := time.Now()
	var there time.Time
	if err := s.pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&there); err != nil {
		return err
	}
	s.measured(began, there)
	return nil
}

// freshReading is the longest round trip after which a reading always replaces the one before.
const freshReading = time.Second

// measured takes over a reading of the database's clock that was requested at began. The clock was
// read between then and now; it is assumed to have been halfway. After a long round trip, because
// the network or this process hung, that is imprecise, so the previous reading is kept if the new
// one is consistent with it.
func (s *Store) measured(began, there time.Time) {
	now := time.Now()
	if before := s.offset.Load(); before != nil && now.Sub(began) > freshReading {
		known := before.there.Add(began.Sub(before.here)) // the database's time at began, by the previous reading
		if !there.Before(known) && there.Sub(known) <= now.Sub(began) {
			return
		}
	}
	s.offset.Store(&measured{here: began.Add(now.Sub(began) / 2), there: there})
}

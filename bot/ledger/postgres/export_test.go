package postgres

import (
	"context"
	"time"
)

// Held is for how long the server lets a transaction of s stand idle.
func Held(ctx context.Context, s *Store) (held string) {
	_ = s.pool.QueryRow(ctx, `SHOW idle_in_transaction_session_timeout`).Scan(&held)
	return held
}

// Measured tells s a reading of the database's clock that was asked for at a moment.
func Measured(s *Store, began, there time.Time) { s.measured(began, there) }

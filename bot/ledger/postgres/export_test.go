package postgres

import "context"

// Held is for how long the server lets a transaction of s stand idle.
func Held(ctx context.Context, s *Store) (held string) {
	_ = s.pool.QueryRow(ctx, `SHOW idle_in_transaction_session_timeout`).Scan(&held)
	return held
}

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// OpenTraced is Open with a tracer of all statements.
func OpenTraced(ctx context.Context, url string, o Options, tracer pgx.QueryTracer) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.Tracer = tracer
	return connect(ctx, config, o)
}

// Held is for how long the server lets a transaction of s stand idle.
func Held(ctx context.Context, s *Store) (held string) {
	_ = s.pool.QueryRow(ctx, `SHOW idle_in_transaction_session_timeout`).Scan(&held)
	return held
}

// Measured tells s a reading of the database's clock that was asked for at a moment.
func Measured(s *Store, began, there time.Time) { s.measured(began, there) }

// Connections calls do with every pooled connection of s, idle ones taken one after the other.
func Connections(ctx context.Context, s *Store, do func(show func(setting string) string)) {
	for _, c := range s.pool.AcquireAllIdle(ctx) {
		do(func(setting string) (value string) {
			_ = c.QueryRow(ctx, "SHOW "+setting).Scan(&value)
			return value
		})
		c.Release()
	}
}

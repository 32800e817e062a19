package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
)

// Totals counts the live requests by state, the due jobs by kind, and reads the brakes.
func (s *Store) Totals(ctx context.Context) (ledger.Totals, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	t := ledger.Totals{Live: map[ledger.State]int{}, Due: map[ledger.JobKind]ledger.DueJobs{}}
	rows, err := s.pool.Query(ctx, `SELECT state, count(*) FROM requests WHERE live GROUP BY state`)
	if err != nil {
		return t, fail("totals", "", err)
	}
	var state ledger.State
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { t.Live[state] = n; return nil }); err != nil {
		return t, fail("totals", "", err)
	}
	for _, kind := range ledger.JobKinds() {
		var due ledger.DueJobs
		if err := s.pool.QueryRow(ctx, `SELECT count(*), coalesce(`+now+` - min(due_at), interval '0') FROM queue WHERE kind = $2 AND due_at <= `+now,
			s.at(), kind).Scan(&due.Count, &due.Age); err != nil {
			return t, fail("totals", "", err)
		}
		if due.Count > 0 {
			due.Age = max(due.Age, time.Duration(0))
			t.Due[kind] = due
		}
	}
	brakes, err := readBrakes(ctx, s.pool, ``)
	t.Frozen = brakes.Frozen
	return t, fail("totals", "", err)
}

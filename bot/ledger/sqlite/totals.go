package sqlite

import (
	"context"
	"database/sql"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Totals counts the live requests by state, the due jobs by kind, and reads the brakes.
func (s *Store) Totals(ctx context.Context) (ledger.Totals, error) {
	t := ledger.Totals{Live: map[ledger.State]int{}, Due: map[ledger.JobKind]ledger.DueJobs{}}
	rows, err := s.reads.QueryContext(ctx, `SELECT state, count(*) FROM requests WHERE live = 1 GROUP BY state`)
	if err != nil {
		return t, fail("totals", "", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state ledger.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return t, fail("totals", "", err)
		}
		t.Live[state] = n
	}
	if err := rows.Err(); err != nil {
		return t, fail("totals", "", err)
	}
	now := s.Now()
	for _, kind := range ledger.JobKinds() {
		var due ledger.DueJobs
		var first sql.NullInt64
		if err := s.reads.QueryRowContext(ctx, `SELECT count(*), min(due_at) FROM queue WHERE kind = ? AND due_at <= ?`, kind, now.UnixMicro()).
			Scan(&due.Count, &first); err != nil {
			return t, fail("totals", "", err)
		}
		if due.Count > 0 {
			due.Age = now.Sub(time.UnixMicro(first.Int64))
			t.Due[kind] = due
		}
	}
	brakes, err := readBrakes(ctx, s.reads)
	t.Frozen = brakes.Frozen
	if err != nil {
		return t, fail("totals", "", err)
	}
	return t, nil
}

package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
)

// indexNames stores the names by which a request's machine can be found. If the request has no
// machine, its own id takes the place of the machine's. Names are inserted in sorted order, so that
// two transactions with the same names do not deadlock.
func indexNames(ctx context.Context, tx pgx.Tx, r ledger.Request) error {
	target := r.Target.ID
	if target == "" {
		target = string(r.ID)
	}
	names := slices.Sorted(slices.Values(r.Names()))
	_, err := tx.Exec(ctx, `INSERT INTO machines (name, target)
		SELECT name, $2 FROM unnest($1::text[]) AS name ON CONFLICT DO NOTHING`, names, target)
	return err
}

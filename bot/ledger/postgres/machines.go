package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
)

// indexNames remembers under which names the machine of a request was seen. They are entered in
// one order, so that no two transactions wait for each other.
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

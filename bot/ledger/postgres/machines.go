package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
)

// named remembers under which names the machine of a request was seen. They are entered in
// one order, so that no two transactions wait for each other.
func named(ctx context.Context, tx pgx.Tx, r ledger.Request) error {
	target := r.Target.ID
	if target == "" {
		target = string(r.ID)
	}
	names := slices.Sorted(slices.Values(r.Names()))
	_, err := tx.Exec(ctx, `INSERT INTO machines (name, target)
		SELECT name, $2 FROM unnest($1::text[]) AS name ON CONFLICT DO NOTHING`, names, target)
	return err
}

// ofMachine narrows to the machines that ever bore a name, and to what was asked in vain
// under any of their names. The name is given twice.
const ofMachine = `(target IN (SELECT target FROM machines WHERE name = ?)
	OR target IS NULL AND id IN (SELECT typed.target FROM machines AS typed WHERE typed.name IN (
		SELECT also.name FROM machines AS also JOIN machines AS meant USING (target) WHERE meant.name = ?)))`

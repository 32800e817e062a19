package sqlite

import (
	"context"
	"strings"

	"cloudpc-bot/bot/ledger"
)

// indexNames stores the names by which a request's machine can be found. If the request has no
// machine, its own id takes the place of the machine's.
func indexNames(ctx context.Context, c *statements, r ledger.Request) error {
	target := r.Target.ID
	if target == "" {
		target = string(r.ID)
	}
	names := r.Names()
	if len(names) == 0 {
		return nil
	}
	var args []any
	for _, n := range names {
		args = append(args, n, target)
	}
	_, err := c.ExecContext(ctx, `INSERT INTO machines (name, target) VALUES (?, ?)`+
		strings.Repeat(", (?, ?)", len(names)-1)+` ON CONFLICT DO NOTHING`, args...)
	return err
}

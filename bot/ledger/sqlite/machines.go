package sqlite

import (
	"context"
	"strings"

	"cloudpc-bot/bot/ledger"
)

// indexNames remembers under which names the machine of a request was seen.
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

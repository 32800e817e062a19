package bot

import (
	"context"

	"cloudpc-bot/bot/ledger"
)

// remind looks at a request that waits for approval: people are reminded twice, and when
// its time is over it ends.
func (b *Bot) remind(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	now := b.Store.Now()
	return b.swap(ctx, r, func(r *ledger.Request) error {
		if !now.Before(r.Expires) {
			return r.Expire(now)
		}
		return r.Remind(now)
	})
}

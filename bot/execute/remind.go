package execute

import (
	"context"

	"cloudpc-bot/bot/ledger"
)

// remind handles a request that waits for approval: people are reminded twice, and it expires when
// its time is over.
func (e *Executor) remind(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		if !now.Before(r.Expires) {
			return r.Expire(now)
		}
		return r.Remind(now)
	})
}

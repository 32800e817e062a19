package bot

import (
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
)

// InFlight is how many claims a bot works on.
func InFlight(b *Bot) (n int) {
	for _, kind := range ledger.JobKinds() {
		n += b.worker.InFlight(kind)
	}
	return n
}

// Handler is what a bot takes interactions in with.
func Handler(b *Bot) intake.Handler { return b.intake }

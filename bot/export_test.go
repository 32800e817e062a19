package bot

import "cloudpc-bot/bot/intake"

// InFlight is how many claims a bot works on.
func InFlight(b *Bot) int { return b.worker.Execution.InFlight() + b.worker.Notification.InFlight() }

// Handler is what a bot takes interactions in with.
func Handler(b *Bot) intake.Handler { return b.intake }

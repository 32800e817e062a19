package bot

// Lease is how long the claims of a worker that died keep others away.
const Lease = lease

// InHand is how many claims a bot works on.
func InHand(b *Bot) int { return len(b.doing.ids()) + len(b.telling.ids()) }

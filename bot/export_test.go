package bot

// Lease is how long the claims of a worker that died keep others away.
const Lease = lease

// InHand is how many claims a bot works on.
func InHand(b *Bot) int64 { return b.inHand.Load() }

package ledger

import (
	"context"
	"time"
)

// Monitor reads how the ledger as a whole stands, for those who watch the bot.
type Monitor interface {
	// Totals counts what is under way, by the clock of the ledger. It reads only what is live or due,
	// so its cost does not grow with the ledger's age.
	Totals(ctx context.Context) (Totals, error)
}

// Totals are how many requests and jobs are under way, and whether the brakes are on.
type Totals struct {
	Live   map[State]int       // requests that have not ended; a state without any is left out
	Due    map[JobKind]DueJobs // jobs that are due, claimed or not; a kind without any is left out
	Frozen bool
}

// DueJobs are the jobs of one kind that are due.
type DueJobs struct {
	Count int
	Age   time.Duration // for how long the one longest overdue has been due
}

// LiveStates are all states that are no end, sorted.
func LiveStates() []State { return statesThat(func(s State) bool { return !s.Ended() }) }

// States are all states, sorted.
func States() []State { return statesThat(known) }

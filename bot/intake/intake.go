// Package intake handles what people do in Slack: commands, presses of buttons, forms. Each
// interaction is judged, and what it asks is stored in the ledger before Slack is given the
// acknowledgement. So whatever Slack was told is done survives a crash, and nothing waits for Graph.
//
// What it cannot do is always answer in time: if the ledger takes longer than Slack waits, a command
// is answered with "I may not have saved this" and a press is not acknowledged, and the person is
// told the result later.
package intake

import (
	"context"
	"log/slog"
	"sync"

	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/worker"
)

// Config is what an Intake needs.
type Config struct {
	Outbox   notify.Outbox
	Judge    *judge.Judge
	Requests *requests.Requests
	Worker   *worker.Worker
	Machines Machines
	Log      *slog.Logger
	Channel  string // where cards are posted; empty = where the command was typed

	SelfService bool // every full member may reprovision a machine of their own

	MaxOpen       int  // requests of one person that may wait at once; 0 = no limit
	RequireReason bool // a request without a reason is refused

	Budget ledger.Budget // how many machines may be erased within an hour
}

// Intake is a [Handler] that stores interactions in the ledger.
type Intake struct {
	Config

	inFlight sync.WaitGroup // interactions that wait for the ledger, and late answers to them
	stopped  chan struct{}  // closed when Drain has given up on the rest
}

// New makes an Intake from ready parts.
func New(c Config) *Intake { return &Intake{Config: c, stopped: make(chan struct{})} }

// Drain waits until the ledger has answered every interaction, or until ctx ends; then it cancels
// those that are left. It is called once, after the inbox has stopped.
func (i *Intake) Drain(ctx context.Context) {
	done := make(chan struct{})
	go func() { i.inFlight.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		i.Log.Warn("the bot stopped before the ledger had answered every interaction")
	}
	close(i.stopped)
}

// Package intake takes in what people do in Slack: commands, presses of buttons, forms. Each is
// judged, and written down before it is acknowledged.
package intake

import (
	"context"
	"log/slog"
	"sync"

	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/worker"
)

// Config is what gestures are taken in with.
type Config struct {
	Outbox   notify.Outbox
	Judge    *judge.Judge
	Requests *requests.Requests
	Worker   *worker.Worker
	Log      *slog.Logger
	Channel  string // where cards are posted; empty = where the command was typed
}

// Intake is a [Handler] that writes gestures into the ledger.
type Intake struct {
	Config

	gestures sync.WaitGroup // that the ledger has not answered yet, and late answers to them
	stopped  chan struct{}  // closed when nothing is waited for any more
}

// New takes gestures in.
func New(c Config) *Intake { return &Intake{Config: c, stopped: make(chan struct{})} }

// Drain waits for gestures that the ledger has not answered yet, until ctx ends, and waits for
// nothing after that.
func (i *Intake) Drain(ctx context.Context) {
	done := make(chan struct{})
	go func() { i.gestures.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		i.Log.Warn("stopped before the ledger had answered every gesture")
	}
	close(i.stopped)
}

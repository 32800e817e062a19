// Package execute does the next step of a request: it finds the machine, posts the card, reminds,
// looks again at people and machine, calls Graph, and watches the machine until the end shows. No
// other room of the bot can reach Graph.
package execute

import (
	"time"

	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// Config is what requests are executed with.
type Config struct {
	Fleet    Fleet
	Outbox   notify.Outbox
	Notifier *notify.Notifier
	Judge    *judge.Judge
	Requests *requests.Requests
	Worker   *worker.Worker

	Approvers      words.Mentions // are called when a card goes up
	Links          words.Links    // that cards lead to
	Channel        string         // where cards are posted; empty = where the command was typed
	Budget         ledger.Budget  // how many machines may be erased within an hour
	GraphTimeout   time.Duration  // deadline of the call
	SettleTimeout  time.Duration  // how long an unconfirmed request looks for evidence before people are asked
	FollowInterval time.Duration  // how often a run is looked at
	FollowTimeout  time.Duration  // when a run is called overdue
}

// Executor does the next step of requests.
type Executor struct {
	Config
	callers callers
}

// New makes an executor of ready parts.
func New(c Config) *Executor { return &Executor{Config: c} }

// Work is how requests that are due are executed.
func (e *Executor) Work() worker.Work { return worker.Work{Batches: pollsTogether, Do: e.workOn} }

// pollsTogether makes one batch of the requests that only look at their machine, and lets each
// of the others go alone.
func pollsTogether(claimed []ledger.Request) [][]ledger.Request {
	var polls, others []ledger.Request
	for _, r := range claimed {
		if r.State == ledger.Provisioning || r.State == ledger.Unconfirmed {
			polls = append(polls, r)
		} else {
			others = append(others, r)
		}
	}
	batches := worker.EachAlone(others)
	if len(polls) > 0 {
		batches = append(batches, polls)
	}
	return batches
}

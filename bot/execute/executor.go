// Package execute takes the next step of a request: it finds the machine, posts the card, reminds
// people, checks people and machine once more, calls Graph, and follows the machine until Graph
// shows the end. It also reads the tenant's audit log, which settles lost answers and shows what was
// done past this bot. It is the only one of the bot's packages that uses Graph.
//
// It promises that one approval leads to at most one call that may have been carried out: the swap
// to submitting is stored before the call, and the call is made again only if Graph proved that it
// did not act. What it cannot know is what Graph did if the answer was lost. Such a request is
// unconfirmed: execute looks for evidence on the machine, and then leaves it to people.
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

// Config is what an Executor needs.
type Config struct {
	Fleet     Fleet
	Directory *Directory
	Outbox    notify.Outbox
	Notifier  *notify.Notifier
	Judge     *judge.Judge
	Requests  *requests.Requests
	Worker    *worker.Worker

	Approvers func() words.Mentions // are called when a card goes up; they may change at any time

	SelfService *SelfService // nil = switched off

	Protected      Protected     // is never erased
	AllowOwner     bool          // people may approve that their own machine is erased
	NotifyOwner    bool          // the person whose machine it is is told
	OwnerNotice    time.Duration // how long after the approval they may say "not now", and nothing is erased
	Links          words.Links   // that cards lead to
	Channel        string        // where cards are posted; empty = where the command was typed
	Budget         ledger.Budget // how many machines may be erased within an hour
	GraphTimeout   time.Duration // deadline of the call
	SettleTimeout  time.Duration // how long an unconfirmed request looks for evidence before people are asked
	FollowInterval time.Duration // how often a run is looked at
	FollowTimeout  time.Duration // when a run is called overdue

	ReconcileInterval time.Duration  // how often the tenant's audit log is read; 0 = never
	OutsideErase      func(own bool) // is called for each erase that is found to be done past this bot, under its own application or not; nil = nothing
}

// Executor does the next step of requests.
type Executor struct {
	Config
	callers callers
	signIns *signIns
}

// New makes an Executor from ready parts.
func New(c Config) *Executor { return &Executor{Config: c, signIns: newSignIns()} }

// EndSignIns ends the sign-ins that this process has, and waits until nothing is done for them any more.
func (e *Executor) EndSignIns() { e.signIns.end() }

// Work is how a worker executes the requests that are due.
func (e *Executor) Work() worker.Work { return worker.Work{Batches: pollsTogether, Do: e.workOn} }

// pollsTogether puts the requests that only read their machine into one batch, because Graph answers
// many reads in one call. Each of the others is a batch of its own.
func pollsTogether(claimed []ledger.Job) [][]ledger.Job {
	var polls, others []ledger.Job
	for _, j := range claimed {
		if j.Req.State == ledger.Provisioning || j.Req.State == ledger.Unconfirmed {
			polls = append(polls, j)
		} else {
			others = append(others, j)
		}
	}
	batches := worker.EachAlone(others)
	if len(polls) > 0 {
		batches = append(batches, polls)
	}
	return batches
}

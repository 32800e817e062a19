package notify

import (
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// Notifier notifies people of the events that they have not been notified of. The cursor is in the
// ledger, so any process can continue.
type Notifier struct {
	Outbox   Outbox
	Requests *requests.Requests
	Worker   *worker.Worker

	Admins     func() words.Mentions // are mentioned where a request waits for them; they may change at any time
	AllowOwner bool                  // people may approve that their own machine is erased
	Links      words.Links           // that cards lead to
	Channel    string                // is told what was done past this bot; empty = none

	sent sentCache
	past pastRuns
}

// Work is how a worker sends the notifications that are due.
func (n *Notifier) Work() worker.Work { return worker.Work{Do: n.tell, Alone: true} }

// CardDrawn records that the card of a request was drawn when it had this number of events, so that
// the same card is not sent again.
func (n *Notifier) CardDrawn(id ledger.ID, events int, c words.Card) { n.sent.drawn(id, events, 0, c) }

// CardLink is the permanent link to a request's card, empty if there is no card yet.
func CardLink(o Outbox, r ledger.Request) string {
	if r.Card.IsZero() {
		return ""
	}
	return o.Link(r.Card)
}

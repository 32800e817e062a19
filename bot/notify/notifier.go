package notify

import (
	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/requests"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
)

// Notifier tells people of requests what they were not told yet.
type Notifier struct {
	Outbox   Outbox
	Requests *requests.Requests
	Worker   *worker.Worker

	Admins      []auth.Person // are mentioned where a request waits for them
	AdminGroups []string      // user groups, likewise
	Links       words.Links   // that cards lead to

	sent sentCache
}

// Work is how notifications that are due are sent.
func (n *Notifier) Work() worker.Work { return worker.Work{Do: n.tell, PutBack: n.putBack} }

// CardDrawn says that the card of a request with so many events was drawn, so that it is not
// drawn again as the same.
func (n *Notifier) CardDrawn(id ledger.ID, events int, c words.Card) { n.sent.drawn(id, events, c) }

// CardLink is the address of a request's card, empty before it stands.
func CardLink(o Outbox, r ledger.Request) string {
	if r.Card.IsZero() {
		return ""
	}
	return o.Link(r.Card)
}

package notify

import (
	"encoding/json"
	"hash/maphash"
	"sync"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// sentCache is what this process has sent to Slack about requests: where a notification is cut short, the
// next one need not begin anew, and no card is drawn twice as the same. It only saves calls: whoever
// does not have it says something twice. What a card shows is known between two events: after the
// next one another process may have drawn it.
type sentCache struct {
	mu sync.Mutex
	by map[ledger.ID]progress
}

const maxSent = 10_000

type progress struct {
	tries   int    // that failed in a row
	events  int    // how many there were when its card was drawn; zero = not known
	picture uint64 // the sum of what was drawn
	replied int    // the newest event that its thread has been told

	owed []private // to the requester, once the thread has been told
}

func (c *sentCache) of(id ledger.ID) progress {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[id]
}

func (c *sentCache) change(id ledger.ID, f func(*progress)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.by[id]
	f(&p)
	if c.by == nil || len(c.by) >= maxSent { // requests that another process told to the end are dropped in no other way
		c.by = map[ledger.ID]progress{}
	}
	c.by[id] = p
}

// shows reports whether the card of a request with so many events shows a picture, as far as is
// known.
func (c *sentCache) shows(id ledger.ID, events int, card words.Card) bool {
	p := c.of(id)
	return p.events == events && p.picture == sumOf(card)
}

func (c *sentCache) drawn(id ledger.ID, events int, card words.Card) {
	c.change(id, func(p *progress) { p.events, p.picture = events, sumOf(card) })
}

var seed = maphash.MakeSeed()

func sumOf(card words.Card) uint64 {
	raw, _ := json.Marshal(card) // strings alone: never fails
	return maphash.Bytes(seed, raw)
}

func (c *sentCache) replied(id ledger.ID, seq int) {
	c.change(id, func(p *progress) { p.replied = seq })
}

// owe remembers what is still to be said in private.
func (c *sentCache) owe(id ledger.ID, messages ...private) {
	if len(messages) > 0 {
		c.change(id, func(p *progress) { p.owed = append(p.owed[:len(p.owed):len(p.owed)], messages...) })
	}
}

// failed counts one more failure and says how many there were before it.
func (c *sentCache) failed(id ledger.ID) (before int) {
	c.change(id, func(p *progress) { before = p.tries; p.tries++ })
	return before
}

// told ends a telling. What the card shows stays known for as long as it can still change.
func (c *sentCache) told(r ledger.Request) {
	if r.State.Ended() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.by, r.ID)
		return
	}
	c.change(r.ID, func(p *progress) { p.tries = 0 })
}

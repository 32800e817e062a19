package notify

import (
	"encoding/json"
	"hash/maphash"
	"sync"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// sentCache is what this process has sent to Slack about requests. After a notification that was cut
// short, the next one need not begin from the start, and the same card is not sent twice. It only
// saves calls: a process without it sends something twice. What a card shows is known only until the
// next event, because another process may draw it then.
type sentCache struct {
	mu sync.Mutex
	by map[ledger.ID]progress
}

// maxSent is how many requests the cache holds. When it is full it is emptied.
const maxSent = 10_000

type progress struct {
	tries   map[ledger.JobKind]int // failures in a row, of each audience
	events  int                    // number of events when the card was last drawn; 0 = not known
	picture uint64                 // checksum of the card as it was drawn, without how far the run is
	redraws int                    // how many redraws without news were due when it was drawn
	replied int                    // Seq of the newest event posted to the thread

	owed []private // messages for the requester, to be sent after the reply in the thread
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
	if c.by == nil || len(c.by) >= maxSent { // nothing else drops requests whose end another process reported
		c.by = map[ledger.ID]progress{}
	}
	c.by[id] = p
}

// shows reports whether this process knows that the card of a request with this number of events
// already looks like card, and that no redraw without news has come due since.
func (c *sentCache) shows(id ledger.ID, events, redraws int, card words.Card) bool {
	p := c.of(id)
	return p.events == events && p.redraws == redraws && p.picture == sumOf(card)
}

func (c *sentCache) drawn(id ledger.ID, events, redraws int, card words.Card) {
	c.change(id, func(p *progress) { p.events, p.redraws, p.picture = events, redraws, sumOf(card) })
}

var seed = maphash.MakeSeed()

func sumOf(card words.Card) uint64 {
	raw, _ := json.Marshal(card) // holds nothing that can fail to encode
	return maphash.Bytes(seed, raw)
}

func (c *sentCache) replied(id ledger.ID, seq int) {
	c.change(id, func(p *progress) { p.replied = seq })
}

// owe remembers private messages that are still to be sent.
func (c *sentCache) owe(id ledger.ID, messages ...private) {
	if len(messages) > 0 {
		c.change(id, func(p *progress) { p.owed = append(p.owed[:len(p.owed):len(p.owed)], messages...) })
	}
}

// failed counts a failure to tell an audience and returns how many there were before it.
func (c *sentCache) failed(j ledger.Job) (before int) {
	c.change(j.Req.ID, func(p *progress) {
		if p.tries == nil {
			p.tries = map[ledger.JobKind]int{}
		}
		before = p.tries[j.Kind]
		p.tries[j.Kind]++
	})
	return before
}

// told ends a notification. What the card shows is remembered only while the request is live.
func (c *sentCache) told(j ledger.Job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if delete(c.by[j.Req.ID].tries, j.Kind); j.Req.State.Ended() && j.Kind == ledger.JobThread {
		delete(c.by, j.Req.ID)
	}
}

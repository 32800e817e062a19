package bot

import (
	"encoding/json"
	"hash/maphash"
	"sync"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// heard is what Slack has heard of requests from this process: where a telling is cut short,
// the next one need not begin anew, and no card is drawn twice as the same. It is a saving
// and no truth; whoever does not have it says something twice. What a card shows is known
// between two events: behind the next one another process may have drawn it.
type heard struct {
	mu sync.Mutex
	by map[ledger.ID]progress
}

const mostHeard = 10_000

type progress struct {
	tries   int    // that failed in a row
	events  int    // how many there were when its card was drawn; zero = not known
	picture uint64 // the sum of what was drawn
	replied int    // the newest event that its thread has heard

	owed []private // to the requester, behind what the thread has heard
}

func (h *heard) of(id ledger.ID) progress {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.by[id]
}

func (h *heard) change(id ledger.ID, f func(*progress)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.by[id]
	f(&p)
	if h.by == nil || len(h.by) >= mostHeard { // what another process told to the end is never dropped else
		h.by = map[ledger.ID]progress{}
	}
	h.by[id] = p
}

// shows reports whether the card of a request with so many events shows a picture, as far as is
// known.
func (h *heard) shows(id ledger.ID, events int, c words.Card) bool {
	p := h.of(id)
	return p.events == events && p.picture == sumOf(c)
}

func (h *heard) drawn(id ledger.ID, events int, c words.Card) {
	h.change(id, func(p *progress) { p.events, p.picture = events, sumOf(c) })
}

var seed = maphash.MakeSeed()

func sumOf(c words.Card) uint64 {
	raw, _ := json.Marshal(c) // strings alone: never fails
	return maphash.Bytes(seed, raw)
}

func (h *heard) replied(id ledger.ID, seq int) {
	h.change(id, func(p *progress) { p.replied = seq })
}

// owe remembers what is still to be said in private.
func (h *heard) owe(id ledger.ID, messages ...private) {
	if len(messages) > 0 {
		h.change(id, func(p *progress) { p.owed = append(p.owed[:len(p.owed):len(p.owed)], messages...) })
	}
}

// failed counts one more failure and says how many there were before it.
func (h *heard) failed(id ledger.ID) (before int) {
	h.change(id, func(p *progress) { before = p.tries; p.tries++ })
	return before
}

// told ends a telling. What the card shows stays known for as long as it can still change.
func (h *heard) told(r ledger.Request) {
	if r.State.Ended() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.by, r.ID)
		return
	}
	h.change(r.ID, func(p *progress) { p.tries = 0 })
}

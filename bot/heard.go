package bot

import (
	"sync"

	"cloudpc-bot/bot/ledger"
)

// heard is what Slack has heard of requests that are not told to the end: where a telling is
// cut short, the next one need not begin anew. It is a saving and no truth; whoever does not
// have it says something twice.
type heard struct {
	mu sync.Mutex
	by map[ledger.ID]progress
}

type progress struct {
	tries   int   // that failed in a row
	drawn   int64 // the version that its card shows; zero = not known
	replied int   // the newest event that its thread has heard
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
	if h.by == nil {
		h.by = map[ledger.ID]progress{}
	}
	h.by[id] = p
}

func (h *heard) drawn(id ledger.ID, version int64) {
	h.change(id, func(p *progress) { p.drawn = version })
}

func (h *heard) replied(id ledger.ID, seq int) {
	h.change(id, func(p *progress) { p.replied = seq })
}

// failed counts one more failure and says how many there were before it.
func (h *heard) failed(id ledger.ID) (before int) {
	h.change(id, func(p *progress) { before = p.tries; p.tries++ })
	return before
}

func (h *heard) forget(id ledger.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.by, id)
}

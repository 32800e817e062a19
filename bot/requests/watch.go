package requests

import (
	"sync"

	"cloudpc-bot/bot/ledger"
)

// watches are who waits for the next change of a request by this process.
type watches struct {
	mu sync.Mutex
	by map[ledger.ID]*watch
}

type watch struct {
	changed chan struct{}
	n       int // who watch
}

// Watch returns a channel that is closed when this process next stores a change of a request. Changes by
// other processes do not show. The caller must call stop once it waits no more.
func (s *Requests) Watch(id ledger.ID) (changed <-chan struct{}, stop func()) {
	w := &s.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[ledger.ID]*watch{}
	}
	this := w.by[id]
	if this == nil {
		this = &watch{changed: make(chan struct{})}
		w.by[id] = this
	}
	this.n++
	return this.changed, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if this.n--; this.n == 0 && w.by[id] == this {
			delete(w.by, id)
		}
	}
}

// stored tells who watches a request that it has changed.
func (w *watches) stored(id ledger.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if this := w.by[id]; this != nil {
		close(this.changed)
		delete(w.by, id)
	}
}

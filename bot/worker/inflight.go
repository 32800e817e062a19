package worker

import (
	"context"
	"maps"
	"slices"
	"sync"

	"cloudpc-bot/bot/ledger"
)

// inFlight are the requests of one queue that a worker is working on. If work outlasts its claim, for
// example because the process was paused, the request can be claimed again while it is in flight, by
// this worker too. That does no harm to executions, since only the first swap lands. Two concurrent
// notifications would say the same twice, so there the second claim is put back when the first is
// done.
type inFlight struct {
	mu sync.Mutex
	by map[ledger.ID]*entry
}

// entry is one request in flight.
type entry struct {
	n         int  // its claims that are worked on
	reclaimed bool // it was claimed again, and that claim waits to be put back
}

// add registers claimed requests and returns those to work on. If claims can be put back, requests
// that are already in flight are left out.
func (f *inFlight) add(claimed []ledger.Request, putBack bool) (fresh []ledger.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by == nil {
		f.by = map[ledger.ID]*entry{}
	}
	for _, r := range claimed {
		e := f.by[r.ID]
		if e == nil {
			e = &entry{}
			f.by[r.ID] = e
		}
		if e.n > 0 && putBack {
			e.reclaimed = true
			continue
		}
		e.n++
		fresh = append(fresh, r)
	}
	return fresh
}

// done ends the work on a batch, and puts back claims that were added meanwhile.
func (f *inFlight) done(ctx context.Context, batch []ledger.Request, putBack func(context.Context, ledger.Request)) {
	for _, r := range batch {
		for f.reclaimed(r.ID) {
			putBack(ctx, r)
		}
	}
}

// reclaimed reports whether a request was claimed again since it was added or since the previous call,
// and resets that. If it was not, reclaimed takes one of its claims out of flight.
func (f *inFlight) reclaimed(id ledger.ID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.by[id]
	if e.reclaimed {
		e.reclaimed = false
		return true
	}
	if e.n--; e.n == 0 {
		delete(f.by, id)
	}
	return false
}

func (f *inFlight) ids() []ledger.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Keys(f.by))
}

package worker

import (
	"context"
	"maps"
	"slices"
	"sync"

	"cloudpc-bot/bot/ledger"
)

// inFlight is what a worker works on of one queue. Work that outlasts its claim, as in a process
// that slept, can be claimed anew while it goes on, by this worker too. Either may be first with
// the execution of a request. Two notifications at once would say the same twice: the claim that
// came second is put back when the first is done.
type inFlight struct {
	mu sync.Mutex
	by map[ledger.ID]*entry
}

// entry is a request that is worked on.
type entry struct {
	n         int  // claims of it that are worked on
	reclaimed bool // one came besides, and waits to be put back
}

// add takes in what was claimed, and returns what is to be done of it. Where claims can be put
// back, that leaves out what is in flight already.
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

// done lets go of a batch, and puts back the claims that came meanwhile.
func (f *inFlight) done(ctx context.Context, batch []ledger.Request, putBack func(context.Context, ledger.Request)) {
	for _, r := range batch {
		for f.reclaimed(r.ID) {
			putBack(ctx, r)
		}
	}
}

// reclaimed reports whether a request was claimed anew since it was added, or since reclaimed
// said so; otherwise one claim of it is in flight no more.
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

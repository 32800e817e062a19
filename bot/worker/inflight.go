package worker

import (
	"maps"
	"slices"
	"sync"

	"cloudpc-bot/bot/ledger"
)

// inFlight are the jobs of one kind that a worker is doing. If work outlasts its claim, for example
// because the process was paused, the job can be claimed again while it is in flight, by this worker
// too. That does no harm to the steps of a request, since only the first swap lands. Two concurrent
// notifications would say the same twice, so there the second claim is given back when the first is
// done.
type inFlight struct {
	mu sync.Mutex
	by map[string]*entry
}

// entry is one job in flight.
type entry struct {
	n         int  // its claims that are worked on
	reclaimed bool // it was claimed again, and that claim waits to be given back
}

// add registers claimed jobs and returns those to do. With alone, jobs that are already in flight are
// left out.
func (f *inFlight) add(claimed []ledger.Job, alone bool) (fresh []ledger.Job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.by == nil {
		f.by = map[string]*entry{}
	}
	for _, j := range claimed {
		e := f.by[j.Key]
		if e == nil {
			e = &entry{}
			f.by[j.Key] = e
		}
		if e.n > 0 && alone {
			e.reclaimed = true
			continue
		}
		e.n++
		fresh = append(fresh, j)
	}
	return fresh
}

// reclaimed reports whether a job was claimed again since it was added or since the previous call, and
// resets that. If it was not, reclaimed takes one of its claims out of flight.
func (f *inFlight) reclaimed(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.by[key]
	if e.reclaimed {
		e.reclaimed = false
		return true
	}
	if e.n--; e.n == 0 {
		delete(f.by, key)
	}
	return false
}

func (f *inFlight) keys() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Keys(f.by))
}

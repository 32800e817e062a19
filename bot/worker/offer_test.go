package worker

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"cloudpc-bot/bot/ledger"
)

// A place is offered only where work could start now.
func TestPlacesAreOfferedWhereWorkCouldStart(t *testing.T) {
	for name, row := range map[string]struct {
		busy, unacked int
		stopping      bool
		offered       bool
	}{
		"nothing is in flight":                      {offered: true},
		"one place is left":                         {busy: maxInFlight - 1, offered: true},
		"all places are taken":                      {busy: maxInFlight},
		"an interaction waits, and little else":     {unacked: 1, busy: maxWhileAcking - 1, offered: true},
		"an interaction waits, and enough is begun": {unacked: 1, busy: maxWhileAcking},
		"the worker is stopping":                    {stopping: true},
	} {
		w := running(row.busy, func(context.Context, []ledger.Job) { t.Error(name, ": work began") })
		for range row.unacked {
			defer w.Acknowledging()()
		}
		if row.stopping {
			w.Stop()
		}
		h := w.Offer()
		if got := slices.Contains(h.Kinds, ledger.JobStep); got != row.offered {
			t.Errorf("%s: a place is offered: %v", name, got)
		}
		if row.offered && w.InFlight(ledger.JobStep) != 1 {
			t.Errorf("%s: a place that is offered does not count as taken", name)
		}
		h.Jobs = []ledger.Job{{Kind: ledger.JobStep, Key: "R-7K3F"}} // as the store sets them before the answer is lost
		w.Settle(h, false)
		if left := freed(w.queues[ledger.JobStep].free); left != maxInFlight-row.busy || w.InFlight(ledger.JobStep) != 0 {
			t.Errorf("%s: %d places are free afterwards", name, left)
		}
	}
}

// What was handed over begins at once, in the place that was kept for it, and gives that back.
func TestWhatIsHandedOverBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan []ledger.Job)
		w := running(0, func(_ context.Context, batch []ledger.Job) { done <- batch })
		h := w.Offer()
		h.Jobs = []ledger.Job{{Kind: ledger.JobThread, Key: "R-7K3F"}}
		w.Settle(h, true)
		synctest.Wait()
		if n := w.InFlight(ledger.JobThread); n != 1 {
			t.Errorf("%d are in flight", n)
		}
		again := w.Offer()
		again.Jobs = h.Jobs // claimed again, as after a lease that ended: it is not done a second time beside it
		w.Settle(again, true)
		if got := <-done; len(got) != 1 || got[0].Key != "R-7K3F" {
			t.Errorf("it does %v", got)
		}
		synctest.Wait()
		for kind, q := range w.queues {
			if n := freed(q.free); n != maxInFlight || w.InFlight(kind) != 0 {
				t.Errorf("%s: %d places are free in the end", kind, n)
			}
		}
	})
}

// A worker that stops waits for no write; what that hands over in the end is given back.
func TestAHandoverAfterTheEndIsGivenBack(t *testing.T) {
	w := running(0, func(context.Context, []ledger.Job) { t.Error("work began") })
	store := &released{}
	w.Store = store
	h := w.Offer()
	for kind, q := range w.queues {
		if back := q.close() + freed(q.free); back != maxInFlight {
			t.Errorf("%s: it waits for %d places", kind, maxInFlight-back)
		}
	}
	h.Jobs = []ledger.Job{{Kind: ledger.JobStep, Key: "R-7K3F"}}
	w.Settle(h, true)
	if len(store.jobs) != 1 || store.jobs[0].Key != "R-7K3F" {
		t.Errorf("it gives back %v", store.jobs)
	}
}

// However Offer and the end of a worker meet, no place is lost: Run would wait for it for ever.
func TestNoPlaceIsLostInTheEnd(t *testing.T) {
	for range 2000 {
		w := running(0, func(context.Context, []ledger.Job) {})
		w.Store = &released{}
		var offers sync.WaitGroup
		begun := make(chan struct{})
		offers.Go(func() {
			close(begun)
			for range 3 {
				w.Settle(w.Offer(), true)
			}
		})
		<-begun
		back := map[ledger.JobKind]int{}
		for kind, q := range w.queues {
			back[kind] = q.close()
		}
		offers.Wait()
		for kind, q := range w.queues {
			if n := back[kind] + freed(q.free); n != maxInFlight {
				t.Fatalf("%s: %d places are back", kind, n)
			}
		}
	}
}

// running is a worker whose claim loops run, and of whose places so many are taken.
func running(busy int, do func(context.Context, []ledger.Job)) *Worker {
	w := New(Config{Store: &released{}})
	for _, q := range w.queues {
		q.doing.Store(&doing{context.Background(), Work{Do: do, Alone: true}})
		q.free <- maxInFlight - busy
	}
	return w
}

// released is a ledger in which claims are released.
type released struct {
	Store
	jobs []ledger.Job
}

func (r *released) Release(_ context.Context, _ string, j ledger.Job) error {
	r.jobs = append(r.jobs, j)
	return nil
}

package worker

import "cloudpc-bot/bot/ledger"

// Offer offers a place of each kind that a request has work of to a write, which may then claim what it makes due: see
// [ledger.Handover]. It offers none while the worker is stopping, where all places are taken, and where
// interactions that wait for their acknowledgement come first. The caller must call Settle after the
// write.
func (w *Worker) Offer() *ledger.Handover {
	h := &ledger.Handover{Worker: w.name, Lease: Lease}
	for _, kind := range ledger.RequestKinds() {
		if !w.Stopping() && w.reserve(w.queues[kind]) {
			h.Kinds = append(h.Kinds, kind)
		}
	}
	return h
}

// reserve takes a free place, if there is one that may be used now.
func (w *Worker) reserve(q *queue) bool {
	q.mu.Lock() // before the places: close must find them all
	defer q.mu.Unlock()
	n := 0
	if !q.closed {
		n = freed(q.free)
	}
	if n == 0 {
		return false
	}
	if w.unacked.Load() > 0 && maxInFlight-n >= maxWhileAcking {
		q.free <- n
		return false
	}
	q.offered++
	if n > 1 {
		q.free <- n - 1
	}
	return true
}

// Settle starts what a write has handed over if it landed, and frees the places that it had no use for.
// What was handed over to a worker that has stopped meanwhile is given back.
func (w *Worker) Settle(h *ledger.Handover, landed bool) {
	for _, kind := range h.Kinds {
		var jobs []ledger.Job
		for _, j := range h.Jobs {
			if landed && j.Kind == kind {
				jobs = append(jobs, j)
			}
		}
		q := w.queues[kind]
		if w.fill(q, jobs) {
			continue
		}
		for _, j := range jobs {
			w.Release(q.doing.Load().ctx, j)
		}
	}
}

// fill starts a job in the place that was offered for it, or frees the place if there is none. It reports
// false where no job starts any more.
func (w *Worker) fill(q *queue, jobs []ledger.Job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.offered--
	if q.closed {
		return false
	}
	if w.start(q, jobs) == 0 {
		q.free <- 1
	}
	return true
}

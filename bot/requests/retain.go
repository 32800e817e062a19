package requests

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/worker"
)

// RetainKey is the one key of [ledger.JobRetain].
const RetainKey = "ledger"

// RetainWork erases the words of requests that ended longer ago than words are kept; keep zero means that they
// are kept for ever. One bot at a time does it for all that share the ledger; one that keeps them for ever
// leaves it to the next.
func (s *Requests) RetainWork(keep time.Duration) worker.Work {
	return worker.Work{Alone: true, Do: func(ctx context.Context, batch []ledger.Job) { s.retain(ctx, batch[0], keep) }}
}

// retainEvery is how often words are looked for that are too old: 24 times within the time for which they are
// kept, at least once an hour.
func retainEvery(keep time.Duration) time.Duration {
	if keep == 0 {
		return time.Hour
	}
	return min(keep/24, time.Hour)
}

func (s *Requests) retain(ctx context.Context, j ledger.Job, keep time.Duration) {
	working, cancel := context.WithTimeout(ctx, worker.MaxClaimAge)
	defer cancel()
	now := s.Store.Now()
	next := now.Add(retainEvery(keep))
	if keep > 0 {
		n, err := ledger.RedactEndedBefore(working, s.Store, now.Add(-keep))
		if n > 0 {
			s.Log.Info("the ledger erased the words of requests that ended long ago", "erased", n)
		}
		if err != nil && !s.Worker.Stopping() {
			s.Log.Error("the ledger did not erase all words that are older than RETAIN; trying again", "error", err)
			next = now.Add(min(time.Minute, retainEvery(keep)))
		}
	}
	last, cancel := s.Worker.FinalWrite(ctx)
	defer cancel()
	if _, err := s.Store.Finish(last, s.Worker.Name(), j, 0, next); err != nil && !errors.Is(err, ledger.ErrStale) { // else another bot has it
		s.Log.Warn("the ledger did not take when words are looked for next", "job", string(j.Kind), "error", err)
	}
	s.Worker.WakeAt(j.Kind, next)
}

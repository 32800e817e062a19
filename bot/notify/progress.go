package notify

import (
	"context"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// The card of a run says how far it is, and is redrawn for that a few times: at a third and two thirds of the
// usual time, and when the run takes longer than half of the others, and than three quarters. When it has been told
// of everything, the thread is due again at the next of these times, with nothing to say but the card. So all redraws of
// a card come from one job, one after another, and a progress never replaces a newer card. How often a card was
// redrawn is not counted, which would take a write to the ledger for each: the times of a run stay the same, so each
// comes once, and that is the same for another process, or after a restart, since the estimate leaves out the runs that
// one of them may not have read yet (see [ledger.UsualOf]). The times can move only where the ledger did not answer when
// it was asked how long runs take, or where hundreds of other runs end meanwhile, which MAX_PER_HOUR does not allow
// by default. Then a card may be redrawn more often, and that is all.

// redraws are when the card of a run is redrawn without news, counted from when the run began. Those close to a
// later one are left out.
func redraws(u ledger.Usual) (at []time.Duration) {
	const apart = 3 * time.Minute
	all := []time.Duration{u.Median / 3, 2 * u.Median / 3, u.Median + time.Minute, u.High + time.Minute} // after both, in whole minutes
	for i, t := range all {
		if i == len(all)-1 || all[i+1]-t >= apart {
			at = append(at, t)
		}
	}
	return at
}

// redrawsPassed is how many of the redraws of a request's card were due by now, and when the next one is;
// zero = none. There are none while nothing goes on, and none once people were told that it is overdue.
func redrawsPassed(r ledger.Request, p words.Progress) (n int, next time.Time) {
	began := r.RunBegan()
	if r.State != ledger.Provisioning || began.IsZero() || !r.Submission.Overdue.IsZero() {
		return 0, time.Time{}
	}
	for _, t := range redraws(p.Usual) {
		if at := began.Add(t); at.After(p.Now) {
			return n, at
		}
		n++
	}
	return n, time.Time{}
}

// progressOf is how far a request's run is now.
func (n *Notifier) progressOf(ctx context.Context, r ledger.Request) words.Progress {
	if r.State != ledger.Provisioning {
		return words.Progress{}
	}
	now := n.Requests.Store.Now()
	return words.Progress{Now: now, Usual: ledger.UsualOf(r, n.past.runs(now, func() ([]ledger.Run, error) {
		runs, err := n.Requests.Store.Runs(ctx, ledger.RunsForAnEstimate)
		if err != nil {
			n.Requests.LogOf(r).Warn("the ledger did not say how long runs take", "error", err)
		}
		return runs, err
	}))}
}

const (
	runsFresh  = ledger.RunsFresh // for how long that is not done again; what is older would give another estimate
	runsFailed = time.Minute      // the same after it failed
)

// pastRuns are the newest runs in the ledger, as this process last read them.
type pastRuns struct {
	mu    sync.Mutex
	known []ledger.Run
	until time.Time // they are not read again before
}

// runs reads them with read if they are old. If that fails, they stay as they were.
func (p *pastRuns) runs(now time.Time, read func() ([]ledger.Run, error)) []ledger.Run {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.until) {
		return p.known
	}
	runs, err := read()
	if err != nil {
		p.until = now.Add(runsFailed)
		return p.known
	}
	p.known, p.until = runs, now.Add(runsFresh)
	return runs
}

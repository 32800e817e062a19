package execute

import (
	"context"
	"errors"
	"time"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

// follow looks at a machine that is being rebuilt, until Graph shows the end of this run. After
// FollowTimeout the run is overdue: people are told, and follow looks only once an hour.
func (e *Executor) follow(ctx context.Context, r ledger.Request, look machineReader) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	pc, err := look(ctx, r.Target.ID)
	if err != nil {
		e.Requests.LogOf(r).Warn("Graph did not show the machine that is being rebuilt", "error", err)
		pc = graph.CloudPC{}
	}
	slower := cooldown.Cap(retryAfter(err))
	run := readEvidence(r, pc, now)
	e.Requests.LogOf(r).Debug("the bot looked for the run in Graph", "run_state", run.state, "seen", run.seen, "sign", run.by, "power", run.power, "glimpse", run.glimpse.What)
	switch {
	case run.failed != "":
		cause := ledger.Cause{Code: ledger.BuildFailed, Detail: run.failed, Retriable: run.another}
		if run.intact {
			cause.Code = ledger.NotBegun
		}
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.FailBuild(cause, now) })
	case run.ready:
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { return r.Succeed(targetOf(pc, graph.Policy{}), run.caveat(), now) })
	case r.Submission.Closing != (ledger.Decision{}):
		return e.close(ctx, r, pc, err)
	}
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error { // one write for all that one look found
		err := errors.Join(recordSighting(r, run, now), keepPhase(r, run))
		next := e.FollowInterval
		if now.Sub(r.Submission.At) >= e.FollowTimeout {
			err = errors.Join(err, r.CallOverdue(now), remindDaily(r, r.Submission.Overdue, now))
			next = max(next, time.Hour)
		}
		if r.Submission.Glimpse != (ledger.Glimpse{}) { // an unproven end is confirmed after settling, so look then
			next = min(next, max(e.FollowInterval, settling))
		}
		return errors.Join(err, r.ScheduleLook(e.nextLook(next, slower)))
	})
}

// recordSighting records what a look showed, if it is new.
func recordSighting(r *ledger.Revision, run evidence, now time.Time) error {
	waits := run.power && r.Submission.Power.IsZero()
	seen := run.seen && !run.power && r.Submission.Seen.IsZero()
	var err error
	switch {
	case waits:
		err = r.AwaitPower(now)
	case seen:
		err = r.SeeRun(now)
	case run.glimpse == r.Submission.Glimpse:
		return nil
	}
	return errors.Join(err, r.KeepGlimpse(run.glimpse))
}

// keepPhase records how far a look showed the run to be. What shows no more, as when Graph flips back for a
// while, has been all the same.
func keepPhase(r *ledger.Revision, run evidence) error {
	if run.phase == "" {
		return nil
	}
	return r.KeepPhase(run.phase)
}

// close ends an overdue run that an admin wants closed, unless Graph shows that it goes on, or Graph
// could not be asked; the request then stays open, with the cause. If Graph says twice that there is
// no such machine, 30 pauses apart, no run can be under way either.
func (e *Executor) close(ctx context.Context, r ledger.Request, pc graph.CloudPC, err error) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	goesOn := underWay(r, pc)
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		switch {
		case errors.Is(err, graph.ErrNotFound) && !r.Missing.IsZero() && now.Sub(r.Missing) >= 30*e.Worker.Pause:
		case errors.Is(err, graph.ErrNotFound):
			return errors.Join(r.Keep(ledger.Cause{Code: ledger.NoSuchPC, Detail: words.MachineName(r.Request)}, now), r.Miss(r.Due, now))
		case err != nil:
			return r.Keep(causeOf(err), now)
		case !pc.Beta && r.Target.Status != "":
			return r.Keep(ledger.Cause{Code: ledger.NoStatus}, now)
		case goesOn != "":
			return r.Keep(ledger.Cause{Code: ledger.StillRuns, Detail: goesOn}, now)
		}
		return r.CloseUnfinished(now)
	})
}

// remindDaily reminds people once a day of a request that has been waiting for them since the given time.
func remindDaily(r *ledger.Revision, since, now time.Time) error {
	if last := r.Submission.RemindedDaily; last.After(since) {
		since = last
	}
	if now.Sub(since) < 24*time.Hour {
		return nil
	}
	return r.RemindDaily(now)
}

// nextLook is the time of the next look: after about in, but not before atLeast, which is how long Graph
// asked the bot to wait. It rounds looks up to a grid of a fifth of FollowInterval, so that looks at about the same time
// fall on the same moment and share one call. Jitter spreads them over the points of the grid.
func (e *Executor) nextLook(in, atLeast time.Duration) time.Time {
	grid := e.FollowInterval / 5
	return slot(e.Requests.Store.Now().Add(max(worker.Jitter(in-grid), atLeast)), grid)
}

// slot is the first point of the grid that is not before t.
func slot(t time.Time, grid time.Duration) time.Time {
	if on := t.Truncate(grid); on.Before(t) {
		return on.Add(grid)
	}
	return t
}

// seekEvidence looks at the machine of an unconfirmed request for evidence that Graph acted. If there
// is none after SettleTimeout, people are asked to look, and seekEvidence looks once an hour.
// Evidence that first shows after FollowTimeout no longer counts.
func (e *Executor) seekEvidence(ctx context.Context, r ledger.Request, look machineReader) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	pc, err := look(ctx, r.Target.ID)
	if err != nil {
		e.Requests.LogOf(r).Warn("Graph did not show the machine of an unconfirmed request", "error", err)
		pc = graph.CloudPC{}
	}
	slower := cooldown.Cap(retryAfter(err))
	if run := readEvidence(r, pc, now); run.seen && now.Sub(r.Submission.At) < e.FollowTimeout {
		return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
			return r.Evidence(ledger.Cause{Code: ledger.EvidenceOf, Detail: run.by}, now, now)
		})
	}
	gaveUp := err == nil && now.Sub(r.Submission.At) >= e.SettleTimeout // only a successful look can find that there is no evidence
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		next := e.FollowInterval
		var err error
		if gaveUp {
			err = errors.Join(r.GiveUpEvidence(now), remindDaily(r, r.Submission.EvidenceGivenUp, now))
			next = max(next, time.Hour)
		}
		return errors.Join(err, r.ScheduleLook(e.nextLook(next, slower)))
	})
}

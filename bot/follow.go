package bot

import (
	"context"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// follow looks at a machine that is being built, until Graph shows the end of this run.
func (b *Bot) follow(ctx context.Context, r ledger.Request, look look) (ledger.Request, error) {
	now := b.Store.Now()
	pc, err := look(ctx, r.Target.ID)
	if err != nil {
		b.log(r).Warn("run not seen", "error", err)
		pc = graph.CloudPC{}
	}
	slower := retryAfter(err)
	run := sight(r, pc)
	switch {
	case run.failed != "":
		cause := ledger.Cause{Code: ledger.BuildFailed, Detail: run.failed}
		if run.intact {
			cause.Code = ledger.NotBegun
		}
		return b.swap(ctx, r, func(r *ledger.Request) error { return r.FailBuild(cause, now) })
	case run.ready:
		return b.swap(ctx, r, func(r *ledger.Request) error { return r.Succeed(seen(pc), now) })
	}
	if run.seen && r.Submission.Seen.IsZero() {
		if r, err = b.swap(ctx, r, func(r *ledger.Request) error { return r.SeeRun(now) }); err != nil {
			return r, err
		}
	}
	next := b.FollowInterval
	if now.Sub(r.Submission.At) >= b.FollowTimeout {
		if r, err = b.swap(ctx, r, func(r *ledger.Request) error { return r.CallOverdue(now) }); err != nil {
			return r, err
		}
		if r, err = b.nag(ctx, r, r.Submission.Overdue); err != nil {
			return r, err
		}
		next = max(next, time.Hour)
	}
	return b.lookAgain(ctx, r, next, slower)
}

// nag reminds people once a day of what stands open since some time.
func (b *Bot) nag(ctx context.Context, r ledger.Request, since time.Time) (ledger.Request, error) {
	now := b.Store.Now()
	if last := r.Submission.Nagged; last.After(since) {
		since = last
	}
	if now.Sub(since) < 24*time.Hour {
		return r, nil
	}
	return b.swap(ctx, r, func(r *ledger.Request) error { return r.Nag(now) })
}

// lookAgain sets when to look again: within a while, and not before atLeast, which is
// Graph's wish.
func (b *Bot) lookAgain(ctx context.Context, r ledger.Request, in, atLeast time.Duration) (ledger.Request, error) {
	next := b.nextLook(in, atLeast)
	return b.swap(ctx, r, func(r *ledger.Request) error { return r.Look(next) })
}

// nextLook puts looks onto a grid, so that those of about the same time are of the same
// moment and cost one call. Jitter spreads them over the grid.
func (b *Bot) nextLook(in, atLeast time.Duration) time.Time {
	grid := b.FollowInterval / 5
	return slot(b.Store.Now().Add(max(jitter(in-grid), atLeast)), grid)
}

// slot is the first moment of a grid that is not before t.
func slot(t time.Time, grid time.Duration) time.Time {
	if on := t.Truncate(grid); on.Before(t) {
		return on.Add(grid)
	}
	return t
}

// settle looks for evidence of a run of which nobody knows whether it was begun.
func (b *Bot) settle(ctx context.Context, r ledger.Request, look look) (ledger.Request, error) {
	now := b.Store.Now()
	pc, err := look(ctx, r.Target.ID)
	if err != nil {
		b.log(r).Warn("no evidence to be had", "error", err)
		pc = graph.CloudPC{}
	}
	slower := retryAfter(err)
	if run := sight(r, pc); run.seen && now.Sub(r.Submission.At) < b.FollowTimeout {
		return b.swap(ctx, r, func(r *ledger.Request) error {
			return r.Evidence(ledger.Cause{Code: ledger.EvidenceOf, Detail: run.by}, now, now)
		})
	}
	next := b.FollowInterval
	if err == nil && now.Sub(r.Submission.At) >= b.SettleTimeout { // only who has looked can say that there is nothing
		if r, err = b.swap(ctx, r, func(r *ledger.Request) error { return r.Unsettle(now) }); err != nil {
			return r, err
		}
		if r, err = b.nag(ctx, r, r.Submission.Unsettled); err != nil {
			return r, err
		}
		next = max(next, time.Hour)
	}
	return b.lookAgain(ctx, r, next, slower)
}

// sighting is what Graph shows of one run.
type sighting struct {
	seen   bool   // the run shows at all
	by     string // what shows it, for people
	ready  bool   // and it has ended well
	failed string // or badly, with Graph's word for it
	intact bool   // it has failed, and nothing shows that the machine was touched
}

// skew is how far Graph's clock and the ledger's may lie apart.
const skew = 2 * time.Minute

// sight looks for the run that r submitted in what Graph says of the machine. Graph shows
// the old picture for minutes after it accepted a call, and flips back to it, so nothing
// counts that could as well belong to an earlier run. While it is in doubt whether there
// is a run at all, nothing counts either that could belong to a later one.
func sight(r ledger.Request, pc graph.CloudPC) sighting {
	if pc.ID == "" {
		return sighting{}
	}
	before, since := r.Target, r.Submission.At.Add(-skew)
	act := pc.LastAction
	mine := act.Reprovision() && !act.Started.Before(since) && !act.Started.Equal(before.LastAction)
	if r.State == ledger.Unconfirmed && act.Started.After(r.Submission.Deadline.Add(skew)) {
		mine = false // somebody else's, from the admin center perhaps
	}
	anew := pc.Provisioned.After(before.Provisioned) && !pc.Provisioned.Before(since)
	intune, entra := changed(before.ManagedDeviceID, pc.ManagedDeviceID), changed(before.AADDeviceID, pc.AADDeviceID)
	builds := pc.Status == graph.Provisioning || pc.Status == graph.Preparing || pc.Status == graph.Deprovisioning && r.State != ledger.Unconfirmed
	other := intune || entra

	var s sighting
	for _, sign := range []struct {
		shows bool
		by    string
	}{
		{mine, "its remote action Reprovision is " + string(act.State)},
		{anew, "it was provisioned anew"},
		{other, "it has a new device identity"},
		{builds, "it is " + stateName(string(pc.Status))},
	} {
		if sign.shows && !s.seen {
			s.seen, s.by = true, sign.by
		}
	}

	known := !r.Submission.Seen.IsZero()
	brokeNow := pc.Status == graph.Failed && (before.Status != string(graph.Failed) || other)
	switch {
	case mine && act.State.Ended() && act.State != graph.ActionDone:
		s.failed = failure(pc)
		s.intact = !brokeNow && !anew && !other && !builds
	case mine && !act.State.Ended():
		// the run itself says that it goes on, whatever else is shown
	case mine || anew:
		s.ready = pc.Status.Ready()
		if pc.Status == graph.Failed {
			s.failed = failure(pc)
		}
	case !pc.Beta:
		// v1.0 shows no status, and both identities anew are all there is to see. They
		// appear in mid-build, so they end only a run of which v1.0 has to tell all.
		s.ready = before.Status == "" && intune && entra
	case known:
		s.ready = pc.Status.Ready() && intune && entra
		if brokeNow {
			s.failed = failure(pc)
		}
	}
	return s
}

// changed reports whether an identity gave way to another one.
func changed(before, after string) bool { return before != "" && after != "" && before != after }

// failure is Graph's own word for what went wrong.
func failure(pc graph.CloudPC) string {
	var parts []string
	for _, d := range []graph.Detail{pc.LastAction.Detail, pc.StatusDetail} {
		for _, s := range []string{d.Code, d.Message} {
			if s != "" {
				parts = append(parts, s)
			}
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "status "+string(pc.Status))
	}
	return strings.Join(parts, "; ")
}

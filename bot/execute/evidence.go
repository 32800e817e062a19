package execute

import (
	"fmt"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// evidence is what Graph shows of one run.
type evidence struct {
	seen  bool   // the run shows at all
	by    string // what shows it, for people
	state string // the machine's, in Graph's word; empty where none is shown
	power bool   // the run begins when the machine is powered on

	ready    bool   // it has ended, and the machine can be used
	rebuilt  bool   // that is what v1.0 lets one guess, and no more can be seen
	warnings string // Graph's, about a machine that can be used all the same
	failed   string // it has ended badly, with Graph's word for it
	intact   bool   // and nothing shows that the machine was touched

	glimpse ledger.Glimpse // an end that has to show the same for a while before it counts
}

// caveat is what is to be said of a run that ended well.
func (e evidence) caveat() ledger.Cause {
	switch {
	case e.rebuilt:
		return ledger.Cause{Code: ledger.LooksRebuilt}
	case e.warnings != "":
		return ledger.Cause{Code: ledger.WithWarnings, Detail: e.warnings}
	}
	return ledger.Cause{}
}

const (
	// skew is how far Graph's clock and the ledger's may lie apart.
	skew = 2 * time.Minute
	// settling is for how long an end has to show the same where it is not proven. Graph's
	// status has been seen to lag by five to ten minutes, and to flip back meanwhile.
	settling = 10 * time.Minute
)

// readEvidence looks for the run that r submitted in what Graph shows of the machine now. It depends
// on its arguments alone: r holds how the machine looked before, the submission, and what was
// seen since.
//
// Graph shows the old picture for minutes after it accepted a call, and flips back to it, so
// nothing counts that could as well belong to an earlier run. While it is in doubt whether
// there is a run at all, nothing counts either that could belong to a later one. What speaks for
// an end and does not prove it counts when it shows the same for a while.
func readEvidence(r ledger.Request, pc graph.CloudPC, now time.Time) evidence {
	if pc.ID == "" { // nobody looked
		return evidence{glimpse: r.Submission.Glimpse}
	}
	s := signs(r, pc)
	e := evidence{state: string(pc.Status), power: s.mine && s.row.UnderWay() && pending(s.row) && strings.EqualFold(pc.PowerState, "poweredOff")}
	e.seen, e.by = s.shows()
	end := s.concludes()
	if !end.ready && !end.failed {
		if !pc.Beta && r.Target.Status != "" { // a moment without beta shows too little to forget by
			e.glimpse = r.Submission.Glimpse
		}
		return e
	}
	if !end.proven {
		e.glimpse = r.Submission.Glimpse
		if what := s.picture(end); e.glimpse.What != what {
			e.glimpse = ledger.Glimpse{What: what, At: now}
		}
		if now.Sub(e.glimpse.At) < settling {
			return e
		}
	}
	e.ready, e.rebuilt, e.intact = end.ready, end.ready && !pc.Beta, end.intact
	if end.ready && pc.Status == graph.ProvisionedWithWarnings {
		e.warnings = detail(pc.StatusDetail)
		if e.warnings == "" {
			e.warnings = "it names none"
		}
	}
	if end.failed {
		e.failed = s.failure()
	}
	return e
}

// found is what of a picture belongs to the run.
type found struct {
	r      ledger.Request
	pc     graph.CloudPC
	row    graph.RemoteAction
	mine   bool // the row is this run's
	anew   bool // it was provisioned since the call
	builds bool // it is being built, or taken away for it

	had     bool // it had an identity before
	changed bool // one gave way to another
	gone    bool // one that there was is not there now
	renewed bool // all that there were gave way to others
}

func signs(r ledger.Request, pc graph.CloudPC) found {
	before, since := r.Target, r.Submission.At.Add(-skew)
	f := found{r: r, pc: pc, row: pc.LastAction}
	if f.row.Reprovision() && r.Submission.Outcome != ledger.Acted && f.row.Started.After(r.Submission.Deadline.Add(skew)) {
		return f // Graph never said that it took our call, and this run is somebody else's: so is all that shows
	}
	f.mine = f.row.Reprovision() && !f.row.Started.Before(since) && !f.row.Started.Equal(before.LastAction)
	f.anew = pc.Provisioned.After(before.Provisioned) && !pc.Provisioned.Before(since)
	f.builds = pc.Status == graph.Provisioning || pc.Status == graph.Preparing ||
		pc.Status == graph.Deprovisioning && r.State != ledger.Unconfirmed
	f.renewed = true
	for _, id := range [][2]string{{before.ManagedDeviceID, pc.ManagedDeviceID}, {before.AADDeviceID, pc.AADDeviceID}} {
		was, is := ledger.Identity(id[0]), ledger.Identity(id[1])
		if was == "" { // one that appears is no sign that another gave way
			continue
		}
		f.had = true
		gaveWay := is != "" && !strings.EqualFold(was, is)
		f.changed = f.changed || gaveWay
		f.gone = f.gone || is == ""
		f.renewed = f.renewed && gaveWay
	}
	f.renewed = f.renewed && f.had
	return f
}

// shows is the first sign of the run, for people.
func (f found) shows() (shows bool, by string) {
	for _, sign := range []struct {
		shows bool
		by    string
	}{
		{f.mine, "its remote action Reprovision is " + string(f.row.State)},
		{f.anew, "it was provisioned anew"},
		{f.changed, "it has a new device identity"},
		{f.builds, "it is " + words.StateName(string(f.pc.Status))},
	} {
		if sign.shows {
			return true, sign.by
		}
	}
	return false, ""
}

// conclusion is how a run seems to have ended; neither ready nor failed while it goes on.
type conclusion struct{ ready, failed, intact, proven bool }

// concludes reads the signs together: the row of the run, the machine's status, its identities, and
// when it was provisioned.
func (f found) concludes() conclusion {
	before, known := f.r.Target, !f.r.Submission.Seen.IsZero()
	done := f.mine && f.row.State == graph.ActionDone
	broken := f.mine && !done && f.row.State.Ended() // failed, canceled, not supported
	runs := f.mine && !done && !broken               // or a state that nobody knows
	touched := f.changed || f.gone || f.anew
	switch {
	case !f.pc.Beta:
		// v1.0 shows no status, and identities appear in mid-build. Where beta showed more of
		// the machine before, it has to tell the end.
		return conclusion{ready: before.Status == "" && f.renewed}
	case f.builds: // whatever its row says: the service tries again by itself
		return conclusion{}
	case !known && !f.mine && !f.anew: // nothing of this run shows
		return conclusion{}
	case f.pc.Status == graph.Failed:
		// Where it had failed before this run too, or nobody knows, the status can be the old
		// one, and only the row tells.
		was := before.Status == "" || strings.EqualFold(before.Status, string(graph.Failed))
		if was && !broken {
			return conclusion{}
		}
		return conclusion{failed: true, intact: was && !touched, proven: !was && !runs && !done}
	case !f.pc.Status.Ready():
		return conclusion{}
	case done:
		return conclusion{ready: true, proven: !f.gone}
	case f.gone: // who has no identity is not there yet
		return conclusion{}
	case broken && !touched:
		return conclusion{failed: true, intact: true}
	case broken && !f.anew && !f.renewed:
		return conclusion{failed: true}
	case broken, runs: // a row that lags is outweighed by all the rest together
		return conclusion{ready: f.anew && (f.renewed || !f.had)}
	case f.anew:
		return conclusion{ready: true, proven: true}
	}
	return conclusion{ready: f.renewed && f.pc.Provisioned.IsZero()} // no date is shown
}

// picture is all that an end was concluded from, in one line.
func (f found) picture(c conclusion) string {
	how := "failed"
	if c.ready {
		how = "ready"
	}
	return strings.ToLower(fmt.Sprintf("%s: status %s, row %s %s, devices %s %s, provisioned %s", how, f.pc.Status,
		f.row.State, f.row.Started.UTC().Format(time.RFC3339), ledger.Identity(f.pc.ManagedDeviceID), ledger.Identity(f.pc.AADDeviceID),
		f.pc.Provisioned.UTC().Format(time.RFC3339)))
}

// failure is Graph's own word for what went wrong.
func (f found) failure() string {
	var parts []string
	if f.mine {
		parts = append(parts, detail(f.row.Detail))
	}
	if f.pc.Status == graph.Failed {
		parts = append(parts, detail(f.pc.StatusDetail))
	}
	if text := joined(parts...); text != "" {
		return text
	}
	if f.pc.Status == graph.Failed {
		return "status " + string(f.pc.Status)
	}
	return "its remote action Reprovision is " + string(f.row.State)
}

func detail(d graph.Detail) string { return joined(d.Code, d.Message) }

// joined are the parts that say something, each once.
func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" && (len(out) == 0 || out[len(out)-1] != p) {
			out = append(out, p)
		}
	}
	return strings.Join(out, "; ")
}

func pending(a graph.RemoteAction) bool {
	return strings.EqualFold(string(a.State), string(graph.ActionPending))
}

// underWay says what Graph shows to go on on the machine of an accepted call; empty = nothing.
func underWay(r ledger.Request, pc graph.CloudPC) string {
	f := signs(r, pc)
	switch {
	case f.row.UnderWay():
		return "its remote action Reprovision is " + string(f.row.State)
	case f.builds:
		return "it is " + words.StateName(string(pc.Status))
	case !pc.Beta && f.gone:
		return "it has no device identity at the moment"
	}
	return ""
}

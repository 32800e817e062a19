package execute

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// evidence is what Graph shows of one run: of the reprovision that a submission started.
type evidence struct {
	seen  bool         // Graph shows the run
	by    string       // the sign that shows it, in words for people
	state string       // the machine's status in Graph's word; empty if Graph shows none
	power bool         // the run is pending until somebody powers the machine on
	phase ledger.Phase // how far the run is, as far as Graph shows it

	ready    bool   // the run has ended and the machine can be used
	rebuilt  bool   // ready, but concluded from v1.0, which shows no status
	warnings string // ready, but Graph has these warnings
	failed   string // the run has failed; Graph's words for it
	another  string // failed: Graph's word on whether it can be tried again
	intact   bool   // failed, and nothing shows that the machine was touched

	glimpse ledger.Glimpse // an unproven end, which counts once Graph has shown it unchanged for [settling]
}

// caveat is the reservation to report with a run that ended well, zero if there is none.
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
	// skew is how far Graph's clock and the ledger's may differ.
	skew = 2 * time.Minute
	// settling is how long Graph has to show an unproven end unchanged before it counts. Microsoft
	// documents no delay. Others have seen Graph's status lag by 5 to 10 minutes, and flip back
	// meanwhile (github.com/bwya77/PSWindowsCloudPC, github.com/shannonfritz/CloudPC-Replace).
	settling = 10 * time.Minute
)

// readEvidence looks for the run that r submitted in what Graph shows about the machine now. It is a
// pure function: r holds how the machine looked before the call, the submission, and what has been
// seen since.
//
// For minutes after Graph accepted a call it still shows the old state of the machine, and it can
// flip back to it. So nothing counts that could also belong to an earlier run. While nobody knows
// whether there is a run at all, nothing counts either that could belong to a later one. Signs that
// suggest an end but do not prove it count once Graph has shown them unchanged for [settling].
func readEvidence(r ledger.Request, pc graph.CloudPC, now time.Time) evidence {
	if pc.ID == "" { // the read failed
		return evidence{glimpse: r.Submission.Glimpse}
	}
	s := signs(r, pc)
	e := evidence{state: string(pc.Status), power: s.mine && s.row.UnderWay() && pending(s.row) && strings.EqualFold(pc.PowerState, "poweredOff")}
	e.seen, e.by = s.shows()
	e.phase = s.phase()
	end := s.concludes()
	if !end.ready && !end.failed {
		if !pc.Beta && r.Target.Status != "" { // beta did not answer, and v1.0 shows too little to withdraw the glimpse
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
			e.warnings = "it gives no details"
		}
	}
	if end.failed {
		e.failed, e.another = s.failure()
	}
	return e
}

// found are the signs of the run in one reading of the machine. Identities are the device ids of
// Intune and Entra, which a reprovision replaces.
type found struct {
	r      ledger.Request
	pc     graph.CloudPC
	row    graph.RemoteAction // the machine's last remote action
	mine   bool               // row is this run's
	anew   bool               // the machine was provisioned since the call
	builds bool               // the machine is being built, or removed in order to be built

	had     bool // the machine had an identity before the call
	changed bool // an identity was replaced by another
	gone    bool // an identity is missing now
	renewed bool // every identity that it had was replaced by another
}

// signs collects the signs of the run that r submitted. There are none if the machine's last remote
// action shows that they belong to another run.
func signs(r ledger.Request, pc graph.CloudPC) found {
	before, since := r.Target, r.Submission.At.Add(-skew)
	f := found{r: r, pc: pc, row: pc.LastAction}
	if f.row.Reprovision() && r.Submission.Outcome != ledger.Acted && f.row.Started.After(r.Submission.Deadline.Add(skew)) {
		// Graph never said that it accepted our call, and this reprovision began too late to be ours:
		// none of the signs can be trusted.
		return f
	}
	f.mine = f.row.Reprovision() && !f.row.Started.Before(since) && !f.row.Started.Equal(before.LastAction)
	f.anew = pc.Provisioned.After(before.Provisioned) && !pc.Provisioned.Before(since)
	// Deprovisioning is also how a machine is removed for good, so it is no sign of a run in doubt.
	f.builds = pc.Status == graph.Provisioning || pc.Status == graph.Preparing ||
		pc.Status == graph.Deprovisioning && r.State != ledger.Unconfirmed
	f.renewed = true
	for _, id := range [][2]string{{before.ManagedDeviceID, pc.ManagedDeviceID}, {before.AADDeviceID, pc.AADDeviceID}} {
		was, is := ledger.Identity(id[0]), ledger.Identity(id[1])
		if was == "" { // an identity that appears has not replaced another
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

// shows reports whether any sign shows the run, and the strongest one in words for people.
func (f found) shows() (shows bool, by string) {
	for _, sign := range []struct {
		shows bool
		by    string
	}{
		{f.mine, "its remote action Reprovision is " + string(f.row.State)},
		{f.anew, "it was provisioned again"},
		{f.changed, "it has a new device identity"},
		{f.builds, "it is " + words.StateName(string(f.pc.Status))},
	} {
		if sign.shows {
			return true, sign.by
		}
	}
	return false, ""
}

// phase is how far the run is. A remote action that is active shows only that the run has begun.
func (f found) phase() ledger.Phase {
	switch {
	case f.builds && f.pc.Status == graph.Deprovisioning:
		return ledger.Erasing
	case f.builds, f.changed, f.anew:
		return ledger.Building
	}
	return ""
}

// conclusion is how a run seems to have ended; neither ready nor failed while it goes on. One that
// is not proven has to be confirmed by time, see [settling].
type conclusion struct{ ready, failed, intact, proven bool }

// concludes weighs the signs together: the row of the run, the machine's status, its identities, and
// when it was provisioned.
func (f found) concludes() conclusion {
	before, known := f.r.Target, !f.r.Submission.Seen.IsZero()
	done := f.mine && f.row.State == graph.ActionDone
	broken := f.mine && !done && f.row.State.Ended() // failed, canceled, not supported
	runs := f.mine && !done && !broken               // also in a state that this bot does not know
	touched := f.changed || f.gone || f.anew
	switch {
	case !f.pc.Beta:
		// v1.0 shows no status, and new identities appear while the machine is still being built. If
		// beta showed the status before the call, only beta can show the end.
		return conclusion{ready: before.Status == "" && f.renewed}
	case f.builds:
		// Whatever the row says: Windows 365 itself retries a provisioning that fails
		// (learn.microsoft.com/windows-365/enterprise/automated-provisioning-steps).
		return conclusion{}
	case !known && !f.mine && !f.anew: // nothing of this run shows
		return conclusion{}
	case f.pc.Status == graph.Failed:
		// If the machine had failed before the call too, or nobody knows, this may still be the old
		// status, and only the row can tell.
		was := before.Status == "" || strings.EqualFold(before.Status, string(graph.Failed))
		if was && !broken {
			return conclusion{}
		}
		return conclusion{failed: true, intact: was && !touched, proven: !was && !runs && !done}
	case !f.pc.Status.Ready():
		return conclusion{}
	case done:
		return conclusion{ready: true, proven: !f.gone}
	case f.gone: // a machine without its identities is not ready yet
		return conclusion{}
	case broken && !touched:
		return conclusion{failed: true, intact: true}
	case broken && !f.anew && !f.renewed:
		return conclusion{failed: true}
	case broken, runs: // the row may lag: all the other signs together outweigh it
		return conclusion{ready: f.anew && (f.renewed || !f.had)}
	case f.anew:
		return conclusion{ready: true, proven: true}
	}
	return conclusion{ready: f.renewed && f.pc.Provisioned.IsZero()} // Graph shows no provisioning date that could decide it
}

// picture is everything that an end was concluded from, in one line, so that two readings can be
// compared.
func (f found) picture(c conclusion) string {
	how := "failed"
	if c.ready {
		how = "ready"
	}
	return strings.ToLower(fmt.Sprintf("%s: status %s, row %s %s, devices %s %s, provisioned %s", how, f.pc.Status,
		f.row.State, f.row.Started.UTC().Format(time.RFC3339), ledger.Identity(f.pc.ManagedDeviceID), ledger.Identity(f.pc.AADDeviceID),
		f.pc.Provisioned.UTC().Format(time.RFC3339)))
}

// failure is what went wrong, in Graph's own words, and its word on whether it can be tried again.
func (f found) failure() (text, retriable string) {
	var details []graph.Detail
	if f.mine {
		details = append(details, f.row.Detail)
	}
	if f.pc.Status == graph.Failed {
		details = append(details, f.pc.StatusDetail)
	}
	var parts []string
	for _, d := range details {
		parts, retriable = append(parts, detail(d)), cmp.Or(retriable, d.Retriable)
	}
	switch text := joined(parts...); {
	case text != "":
		return text, retriable
	case f.pc.Status == graph.Failed:
		return "status " + string(f.pc.Status), retriable
	}
	return "its remote action Reprovision is " + string(f.row.State), retriable
}

func detail(d graph.Detail) string { return joined(d.Code, d.Message) }

// joined joins the parts that are not empty, without repeating the last one.
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

// underWay says, in words for people, what Graph shows to be going on with the machine of an accepted
// call; empty = nothing.
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

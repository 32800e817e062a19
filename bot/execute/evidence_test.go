package execute

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

const zeroGUID = "00000000-0000-0000-0000-000000000000"

var (
	calledAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	lastRun  = calledAt.Add(-30 * 24 * time.Hour)
	soon     = calledAt.Add(time.Minute)
	later    = calledAt.Add(40 * time.Minute)
)

// onBeta is a machine as beta showed it before the call.
func onBeta() graph.CloudPC {
	return graph.CloudPC{
		ID: "pc-1", Beta: true, Status: graph.Provisioned, ManagedDeviceID: "m1", AADDeviceID: "a1", Provisioned: lastRun,
		LastAction: graph.RemoteAction{Name: "Reprovision", State: graph.ActionDone, Started: lastRun},
	}
}

// accepted is a request whose call Graph took, of a machine that looked so before.
func accepted(before graph.CloudPC, seen bool) ledger.Request {
	r := ledger.Request{State: ledger.Provisioning, Target: targetOf(before, graph.Policy{}), Submission: ledger.Submission{At: calledAt, Deadline: calledAt.Add(30 * time.Second), Outcome: ledger.Acted}}
	if seen {
		r.Submission.Seen = soon
	}
	return r
}

func row(state graph.ActionState, started time.Time) graph.RemoteAction {
	return graph.RemoteAction{Name: "reprovision", State: state, Started: started, Detail: graph.Detail{Code: "word"}}
}

// verdict is evidence in a few words.
func verdict(e evidence) string {
	var words []string
	for _, w := range []struct {
		is   bool
		word string
	}{
		{e.seen, "seen"}, {e.power, "waits for power"}, {e.ready && !e.rebuilt, "ready"}, {e.ready && e.rebuilt, "looks rebuilt"},
		{e.warnings != "", "(" + e.warnings + ")"}, {e.failed != "" && !e.intact, "failed: " + e.failed}, {e.failed != "" && e.intact, "intact: " + e.failed},
	} {
		if w.is {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}

// looks is what one look says, and what another one says that shows the same after a while.
func looks(r ledger.Request, pc graph.CloudPC) (first, second string) {
	e := readEvidence(r, pc, later)
	r.Submission.Glimpse = e.glimpse
	if almost := readEvidence(r, pc, later.Add(settling-time.Second)); verdict(almost) != verdict(e) {
		return verdict(e), "too soon: " + verdict(almost)
	}
	return verdict(e), verdict(readEvidence(r, pc, later.Add(settling)))
}

func TestOnlyWhatBelongsToThisRunCounts(t *testing.T) {
	for name, line := range map[string]struct {
		change        func(*graph.CloudPC)
		seen          bool   // the run was seen before
		first, second string // of two looks that show the same, ten minutes apart; second empty = as the first
	}{
		"the old picture":             {func(*graph.CloudPC) {}, false, "", ""},
		"the old picture, once seen":  {func(*graph.CloudPC) {}, true, "", ""},
		"no picture":                  {func(pc *graph.CloudPC) { *pc = graph.CloudPC{} }, true, "", ""},
		"an old failure":              {func(pc *graph.CloudPC) { pc.Status = graph.Failed }, false, "", ""},
		"an old failed action":        {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionFailed, lastRun) }, false, "", ""},
		"another action of today":     {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionDone, soon); pc.LastAction.Name = "Reboot" }, false, "", ""},
		"a resize":                    {func(pc *graph.CloudPC) { pc.Status = graph.Resizing }, false, "", ""},
		"an unknown status":           {func(pc *graph.CloudPC) { pc.Status = "somethingNew" }, true, "", ""},
		"provisioning":                {func(pc *graph.CloudPC) { pc.Status = graph.Provisioning }, false, "seen", ""},
		"deprovisioning":              {func(pc *graph.CloudPC) { pc.Status = graph.Deprovisioning }, false, "seen", ""},
		"the action begun":            {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionActive, soon) }, false, "seen", ""},
		"the action pending":          {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionPending, soon) }, false, "seen", ""},
		"the action done, status not": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionDone, soon); pc.Status = graph.Provisioning }, true, "seen", ""},
		"the action done":             {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionDone, soon) }, true, "seen ready", ""},
		"the action done, unseen":     {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionDone, soon) }, false, "seen ready", ""},
		"the action done, no device yet": {func(pc *graph.CloudPC) {
			pc.LastAction = row(graph.ActionDone, soon)
			pc.ManagedDeviceID = zeroGUID
		}, true, "seen", "seen ready"},
		"a status that flips": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionActive, soon); pc.ManagedDeviceID = "m2" }, true, "seen", ""},
		"ready with warnings": {func(pc *graph.CloudPC) {
			pc.Provisioned = later
			pc.Status = graph.ProvisionedWithWarnings
			pc.StatusDetail = graph.Detail{Code: "c", Message: "m"}
		}, true, "seen ready (c; m)", ""},
		"warnings without one": {func(pc *graph.CloudPC) { pc.Provisioned = later; pc.Status = graph.ProvisionedWithWarnings }, true, "seen ready (it gives no details)", ""},
		"provisioned anew":     {func(pc *graph.CloudPC) { pc.Provisioned = later }, false, "seen ready", ""},
		"provisioned anew, no row": {func(pc *graph.CloudPC) {
			pc.Provisioned = later
			pc.LastAction = graph.RemoteAction{}
		}, false, "seen ready", ""},
		"the action failed, old picture": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionFailed, soon) }, false, "seen", "seen intact: word"},
		"the action canceled":            {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionCanceled, soon) }, false, "seen", "seen intact: word"},
		"the action not supported":       {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionNotSupported, soon) }, false, "seen", "seen intact: word"},
		"the action failed, it too":      {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionFailed, soon); pc.Status = graph.Failed }, false, "seen failed: word", ""},
		"the action failed, still built": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionFailed, soon); pc.Status = graph.Provisioning }, true, "seen", ""},
		"the action failed, half of it new": {func(pc *graph.CloudPC) {
			pc.LastAction = row(graph.ActionFailed, soon)
			pc.ManagedDeviceID = "m2"
		}, true, "seen", "seen failed: word"},
		"the action failed, all else says ready": {func(pc *graph.CloudPC) {
			pc.LastAction = row(graph.ActionFailed, soon)
			pc.ManagedDeviceID, pc.AADDeviceID, pc.Provisioned = "m2", "a2", later
		}, true, "seen", "seen ready"},
		"the action goes on, it failed": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionActive, soon); pc.Status = graph.Failed }, true, "seen", "seen failed: word"},
		"failed, once seen":             {func(pc *graph.CloudPC) { pc.Status = graph.Failed; pc.LastAction = graph.RemoteAction{} }, true, "failed: status failed", ""},
		"half a new identity":           {func(pc *graph.CloudPC) { pc.ManagedDeviceID = "m2"; pc.LastAction = graph.RemoteAction{} }, true, "seen", ""},
		"new identity, the old date": {func(pc *graph.CloudPC) {
			pc.ManagedDeviceID, pc.AADDeviceID = "m2", "a2"
			pc.LastAction = graph.RemoteAction{}
		}, true, "seen", ""},
		"new identity, no date": {func(pc *graph.CloudPC) {
			pc.ManagedDeviceID, pc.AADDeviceID, pc.Provisioned = "m2", "a2", time.Time{}
			pc.LastAction = graph.RemoteAction{}
		}, true, "seen", "seen ready"},
		"v1.0 for a moment": {func(pc *graph.CloudPC) { *pc = graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m2", AADDeviceID: "a2"} }, true, "seen", ""},

		// The public reports, by their numbers.
		"G1: no device while it is built": {func(pc *graph.CloudPC) {
			pc.ManagedDeviceID, pc.AADDeviceID = zeroGUID, zeroGUID
			pc.LastAction = graph.RemoteAction{}
		}, true, "", ""},
		"G3: the row stays active":                {lagging("active"), true, "seen", "seen ready"},
		"G3: the row stays pending":               {lagging("pending"), true, "seen", "seen ready"},
		"G3: the row stays none":                  {lagging("none"), true, "seen", "seen ready"},
		"G3: the row stays unknown":               {lagging("unknownFutureValue"), true, "seen", "seen ready"},
		"G3: the row is spelled with a capital":   {lagging("Active"), true, "seen", "seen ready"},
		"G3: without a date the row still counts": {func(pc *graph.CloudPC) { lagging("active")(pc); pc.Provisioned = lastRun }, true, "seen", ""},
		"G11: powered off": {func(pc *graph.CloudPC) {
			pc.LastAction, pc.PowerState = row(graph.ActionPending, soon), "poweredOff"
		}, false, "seen waits for power", ""},
		"G11: powered off, and it runs": {func(pc *graph.CloudPC) {
			pc.LastAction, pc.PowerState = row(graph.ActionActive, soon), "poweredOff"
		}, false, "seen", ""},
		"G13: warnings": {func(pc *graph.CloudPC) {
			pc.LastAction, pc.Status = row(graph.ActionDone, soon), graph.ProvisionedWithWarnings
			pc.StatusDetail = graph.Detail{Code: "partnerAgentInstallFailed", Message: "an agent is missing"}
		}, true, "seen ready (partnerAgentInstallFailed; an agent is missing)", ""},
		"G27: ids in another case": {func(pc *graph.CloudPC) { pc.ManagedDeviceID, pc.AADDeviceID = "M1", "A1" }, true, "", ""},
	} {
		pc := onBeta()
		line.change(&pc)
		if line.second == "" {
			line.second = line.first
		}
		first, second := looks(accepted(onBeta(), line.seen), pc)
		if first != line.first || second != line.second {
			t.Errorf("%s: %q and later %q, want %q and %q", name, first, second, line.first, line.second)
		}
	}
}

// The row's own word counts before that of the status, which may be older.
func TestGraphsWordOnAnotherTryIsKept(t *testing.T) {
	for name, line := range map[string]struct{ ofRow, ofStatus, want string }{
		"both": {"false", "true", "false"}, "the row's": {"true", "", "true"}, "the status'": {"", "false", "false"}, "none": {"", "", ""},
	} {
		pc := onBeta()
		pc.LastAction, pc.Status = row(graph.ActionFailed, soon), graph.Failed
		pc.LastAction.Detail.Retriable, pc.StatusDetail = line.ofRow, graph.Detail{Code: "c", Retriable: line.ofStatus}
		if e := readEvidence(accepted(onBeta(), true), pc, later); e.failed != "word; c" || e.another != line.want {
			t.Errorf("%s: %q, %q, want %q", name, e.failed, e.another, line.want)
		}
	}
}

// lagging is a machine that is built, but for its row.
func lagging(state graph.ActionState) func(*graph.CloudPC) {
	return func(pc *graph.CloudPC) {
		pc.ManagedDeviceID, pc.AADDeviceID, pc.Provisioned = "m2", "a2", later
		pc.LastAction = row(state, soon)
	}
}

func TestV1TellsByIdentityAlone(t *testing.T) {
	for name, line := range map[string]struct {
		hadIntune, hadEntra string
		intune, entra       string
		first, second       string
	}{
		"nothing new":                    {"m1", "a1", "m1", "a1", "", ""},
		"in another case":                {"m1", "a1", "M1", "A1", "", ""},
		"identity gone":                  {"m1", "a1", "", "", "", ""},
		"half of it":                     {"m1", "a1", "m1", "a2", "seen", "seen"},
		"and no other":                   {"m1", "a1", "", "a2", "seen", "seen"},
		"a new identity":                 {"m1", "a1", "m2", "a2", "seen", "seen looks rebuilt"},
		"G1: zeros":                      {"m1", "a1", zeroGUID, zeroGUID, "", ""},
		"G1: zeros before":               {zeroGUID, "a1", "m2", "a1", "", ""},
		"one appears":                    {"", "a1", "m2", "a1", "", ""},
		"G19: Business has one identity": {"", "a1", "", "a2", "seen", "seen looks rebuilt"},
		"none was there":                 {"", "", "m2", "a2", "", ""},
	} {
		r := accepted(graph.CloudPC{ID: "pc-1", ManagedDeviceID: line.hadIntune, AADDeviceID: line.hadEntra}, true)
		first, second := looks(r, graph.CloudPC{ID: "pc-1", ManagedDeviceID: line.intune, AADDeviceID: line.entra})
		if first != line.first || second != line.second {
			t.Errorf("%s: %q and later %q, want %q and %q", name, first, second, line.first, line.second)
		}
	}
}

func TestALookThatShowsSomethingElseBeginsAnew(t *testing.T) {
	r := accepted(graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m1", AADDeviceID: "a1"}, true)
	built := graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m2", AADDeviceID: "a2"}
	for i, look := range []struct {
		pc    graph.CloudPC
		after time.Duration
		want  string
	}{
		{built, 0, "seen"},
		{graph.CloudPC{}, 5 * time.Minute, ""}, // nobody looked: nothing is forgotten
		{built, 9 * time.Minute, "seen"},
		{graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m2"}, 10 * time.Minute, "seen"},
		{built, 11 * time.Minute, "seen"},
		{built, 20 * time.Minute, "seen"},
		{graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m3", AADDeviceID: "a2"}, 21 * time.Minute, "seen"},
		{graph.CloudPC{ID: "pc-1", ManagedDeviceID: "M3", AADDeviceID: "A2"}, 31 * time.Minute, "seen looks rebuilt"},
	} {
		e := readEvidence(r, look.pc, later.Add(look.after))
		if got := verdict(e); got != look.want {
			t.Errorf("look %d: %q, want %q", i, got, look.want)
		}
		r.Submission.Glimpse = e.glimpse
	}
}

func TestAFailureOfBeforeIsNotThisRuns(t *testing.T) {
	before := onBeta()
	before.Status, before.LastAction = graph.Failed, graph.RemoteAction{}
	for name, line := range map[string]struct {
		change        func(*graph.CloudPC)
		first, second string
	}{
		"the old picture once more": {func(*graph.CloudPC) {}, "", ""},
		"a new identity":            {func(pc *graph.CloudPC) { pc.ManagedDeviceID = "m2" }, "seen", "seen"},
		"the status flips back":     {func(pc *graph.CloudPC) { pc.ManagedDeviceID, pc.AADDeviceID = "", "" }, "", ""},
		"a new identity, and its row": {func(pc *graph.CloudPC) {
			pc.ManagedDeviceID, pc.LastAction = "m2", row(graph.ActionFailed, soon)
		}, "seen", "seen failed: word"},
		"the row failed":  {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionFailed, soon) }, "seen", "seen intact: word"},
		"the row is done": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionDone, soon) }, "seen", "seen"},
		"all but the status is new": {func(pc *graph.CloudPC) {
			pc.LastAction, pc.ManagedDeviceID, pc.AADDeviceID, pc.Provisioned = row(graph.ActionDone, soon), "m2", "a2", later
		}, "seen", "seen"},
	} {
		pc := before
		line.change(&pc)
		first, second := looks(accepted(before, true), pc)
		if first != line.first || second != line.second {
			t.Errorf("%s: %q and later %q, want %q and %q", name, first, second, line.first, line.second)
		}
	}
}

func TestInDoubtNothingCountsThatCouldBeALaterRun(t *testing.T) {
	for name, line := range map[string]struct {
		change func(*graph.CloudPC)
		seen   bool
	}{
		"its action":            {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionActive, soon) }, true},
		"an action hours later": {func(pc *graph.CloudPC) { pc.LastAction = row(graph.ActionActive, calledAt.Add(5*time.Hour)) }, false},
		"taken away":            {func(pc *graph.CloudPC) { pc.Status = graph.Deprovisioning }, false},
		"being built":           {func(pc *graph.CloudPC) { pc.Status = graph.Provisioning }, true},
		"a later run being built": {func(pc *graph.CloudPC) {
			pc.Status, pc.LastAction = graph.Provisioning, row(graph.ActionActive, calledAt.Add(20*time.Minute))
		}, false},
		"a later run that is done": {func(pc *graph.CloudPC) {
			pc.ManagedDeviceID, pc.AADDeviceID, pc.Provisioned = "m2", "a2", calledAt.Add(time.Hour)
			pc.LastAction = row(graph.ActionDone, calledAt.Add(20*time.Minute))
		}, false},
	} {
		pc := onBeta()
		line.change(&pc)
		for _, state := range []ledger.State{ledger.Unconfirmed, ledger.Provisioning} { // taken for accepted by evidence, not by an answer
			r := accepted(onBeta(), false)
			r.State, r.Submission.Outcome = state, ""
			e := readEvidence(r, pc, later)
			seen := line.seen || name == "taken away" && state == ledger.Provisioning // then it can be for the build
			if e.seen != seen || e.ready || e.failed != "" {
				t.Errorf("%s, %s: %q, want seen %v", name, state, verdict(e), seen)
			}
		}
	}
}

// truth is where a run really is.
type truth int

const (
	notBegun truth = iota // accepted, and nothing has happened yet
	takenAway
	building
	half   // being built, with one identity of the new machine
	whole  // being built, with both
	ended  // ready
	broken // failed for good, no machine
)

// TestTheTableOfEvidence holds what a look concludes against where the run really is, for every
// picture that the reports show of it: each part of the picture may be the true one, the one from
// before the call (Graph lags and flips back), or missing.
func TestTheTableOfEvidence(t *testing.T) {
	states := []graph.ActionState{"", "none", "pending", "active", "Active", "unknownFutureValue", "failed", "canceled", "notSupported", "done"}
	looked := 0
	for _, beta := range []bool{true, false} {
		for _, wasFailed := range []bool{false, true} {
			for _, business := range []bool{false, true} {
				before := onBeta()
				if wasFailed {
					before.Status = graph.Failed
				}
				if business {
					before.ManagedDeviceID = ""
				}
				if !beta {
					before = v1Of(before)
				}
				for at := notBegun; at <= broken; at++ {
					for _, old := range []struct{ status, intune, entra, date bool }{ // shown as before
						{}, {status: true}, {intune: true, entra: true}, {status: true, intune: true, entra: true, date: true}, {date: true},
						{entra: true}, {intune: true}, {status: true, date: true}, {status: true, intune: true, entra: true},
					} {
						for _, state := range states {
							if state == "done" && at != ended || state.Ended() && state != "done" && at == ended { // no row lies about the end it names
								continue
							}
							for _, none := range []string{"", zeroGUID} {
								pc := shownOf(before, at, old.status, old.intune, old.entra, old.date, none)
								if state != "" {
									pc.LastAction = row(state, soon)
								}
								if !beta {
									pc = v1Of(pc)
								}
								for _, seen := range []bool{false, true} {
									looked++
									first, second := looks(accepted(before, seen), pc)
									picture := fmt.Sprintf("beta %v, failed before %v, business %v, truth %d, old %+v, row %q, none as %q, seen %v: %q, later %q",
										beta, wasFailed, business, at, old, state, none, seen, first, second)
									stale := pc.Status == before.Status
									holdAgainst(t, at, stale, beta, state, picture, first, second)
								}
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d pictures", looked)
}

// holdAgainst says what a verdict must not be where a run is at.
func holdAgainst(t *testing.T, at truth, stale, beta bool, state graph.ActionState, picture, first, second string) {
	t.Helper()
	says := func(word string) bool { return strings.Contains(first, word) || strings.Contains(second, word) }
	switch {
	case !beta && says("ready"):
		t.Errorf("v1.0 cannot say ready: %s", picture)
	case !beta && strings.Contains(first, "rebuilt"):
		t.Errorf("one look is not enough for v1.0: %s", picture)
	case !beta && says("failed"), !beta && says("intact"):
		t.Errorf("v1.0 cannot say failed: %s", picture)
	case says("ready") && at != ended:
		t.Errorf("not ended, and called ready: %s", picture)
	case says("failed:") && at != broken && !says("intact") && !(stale && state.Ended() && state != graph.ActionDone): // a row that names a failure, beside a failure of before for ten minutes on end
		t.Errorf("not failed, and called failed: %s", picture)
	case strings.Contains(first, "failed:") && at != broken:
		t.Errorf("not failed, and called failed at once: %s", picture)
	case says("intact") && at > notBegun && !stale: // else nothing shows that it was touched
		t.Errorf("touched, and called intact: %s", picture)
	}
}

// shownOf is what Graph shows of a run, with some of it as it was before.
func shownOf(before graph.CloudPC, at truth, status, intune, entra, date bool, none string) graph.CloudPC {
	pc := before
	business := before.ManagedDeviceID == ""
	now := before
	switch at {
	case takenAway:
		now.Status, now.ManagedDeviceID, now.AADDeviceID = graph.Deprovisioning, none, none
	case building:
		now.Status, now.ManagedDeviceID, now.AADDeviceID = graph.Provisioning, none, none
	case half:
		now.Status, now.ManagedDeviceID, now.AADDeviceID = graph.Provisioning, none, "a2"
	case whole:
		now.Status, now.ManagedDeviceID, now.AADDeviceID = graph.Provisioning, "m2", "a2"
	case ended:
		now.Status, now.ManagedDeviceID, now.AADDeviceID, now.Provisioned = graph.Provisioned, "m2", "a2", later
	case broken:
		now.Status, now.ManagedDeviceID, now.AADDeviceID = graph.Failed, none, none
	}
	if business {
		now.ManagedDeviceID = none
	}
	if !status {
		pc.Status = now.Status
	}
	if !intune {
		pc.ManagedDeviceID = now.ManagedDeviceID
	}
	if !entra {
		pc.AADDeviceID = now.AADDeviceID
	}
	if !date {
		pc.Provisioned = now.Provisioned
	}
	return pc
}

// v1Of is what v1.0 shows of a machine.
func v1Of(pc graph.CloudPC) graph.CloudPC {
	return graph.CloudPC{ID: pc.ID, ManagedDeviceID: pc.ManagedDeviceID, AADDeviceID: pc.AADDeviceID}
}

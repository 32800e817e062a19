package bot

import (
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

func TestOnlyWhatBelongsToThisRunCounts(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	before := at.Add(-30 * 24 * time.Hour) // of the run before
	old := graph.CloudPC{
		ID: "pc-1", Beta: true, Status: graph.Provisioned, ManagedDeviceID: "m1", AADDeviceID: "a1", Provisioned: before,
		LastAction: graph.RemoteAction{Name: "Reprovision", State: graph.ActionDone, Started: before},
	}
	act := func(state graph.ActionState, started time.Time) graph.RemoteAction {
		return graph.RemoteAction{Name: "reprovision", State: state, Started: started, Detail: graph.Detail{Code: "word"}}
	}
	soon, later := at.Add(time.Minute), at.Add(40*time.Minute)
	for name, row := range map[string]struct {
		change func(*graph.CloudPC)
		seen   bool // the run was seen before
		want   sighting
	}{
		"the old picture":                  {func(*graph.CloudPC) {}, false, sighting{}},
		"the old picture, once seen":       {func(*graph.CloudPC) {}, true, sighting{}},
		"no picture":                       {func(pc *graph.CloudPC) { *pc = graph.CloudPC{} }, true, sighting{}},
		"an old failure":                   {func(pc *graph.CloudPC) { pc.Status = graph.Failed }, false, sighting{}},
		"an old failed action":             {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionFailed, before) }, false, sighting{}},
		"another action of today":          {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionDone, soon); pc.LastAction.Name = "Reboot" }, false, sighting{}},
		"a resize":                         {func(pc *graph.CloudPC) { pc.Status = graph.Resizing }, false, sighting{}},
		"provisioning":                     {func(pc *graph.CloudPC) { pc.Status = graph.Provisioning }, false, sighting{seen: true}},
		"deprovisioning":                   {func(pc *graph.CloudPC) { pc.Status = graph.Deprovisioning }, false, sighting{seen: true}},
		"the action begun":                 {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionActive, soon) }, false, sighting{seen: true}},
		"the action pending":               {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionPending, soon) }, false, sighting{seen: true}},
		"a status that flips":              {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionActive, soon); pc.ManagedDeviceID = "m2" }, true, sighting{seen: true}},
		"the action done, status not":      {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionDone, soon); pc.Status = graph.Provisioning }, true, sighting{seen: true}},
		"the action done":                  {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionDone, soon) }, true, sighting{seen: true, ready: true}},
		"the action done, unseen":          {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionDone, soon) }, false, sighting{seen: true, ready: true}},
		"ready with warnings":              {func(pc *graph.CloudPC) { pc.Provisioned = later; pc.Status = graph.ProvisionedWithWarnings }, true, sighting{seen: true, ready: true}},
		"provisioned anew":                 {func(pc *graph.CloudPC) { pc.Provisioned = later }, false, sighting{seen: true, ready: true}},
		"provisioned anew, old row":        {func(pc *graph.CloudPC) { pc.Provisioned = later; pc.LastAction = graph.RemoteAction{} }, false, sighting{seen: true, ready: true}},
		"the action failed":                {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionFailed, soon) }, false, sighting{seen: true, failed: "word", intact: true}},
		"the action failed, identity gone": {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionFailed, soon); pc.Status = graph.Failed }, false, sighting{seen: true, failed: "word"}},
		"the action canceled":              {func(pc *graph.CloudPC) { pc.LastAction = act(graph.ActionCanceled, soon) }, false, sighting{seen: true, failed: "word", intact: true}},
		"failed, once seen":                {func(pc *graph.CloudPC) { pc.Status = graph.Failed; pc.LastAction = graph.RemoteAction{} }, true, sighting{failed: "status failed"}},
		"half a new identity":              {func(pc *graph.CloudPC) { pc.ManagedDeviceID = "m2"; pc.LastAction = graph.RemoteAction{} }, true, sighting{seen: true}},
		"new identity, no dates": {func(pc *graph.CloudPC) {
			pc.ManagedDeviceID, pc.AADDeviceID = "m2", "a2"
			pc.LastAction = graph.RemoteAction{}
		}, true, sighting{seen: true, ready: true}},
		"an unknown status": {func(pc *graph.CloudPC) { pc.Status = "somethingNew" }, true, sighting{}},
		"v1.0 for a moment": {func(pc *graph.CloudPC) { *pc = graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m2", AADDeviceID: "a2"} }, true, sighting{seen: true}},
	} {
		r := ledger.Request{State: ledger.Provisioning, Target: seen(old), Submission: ledger.Submission{At: at}}
		if row.seen {
			r.Submission.Seen = soon
		}
		pc := old
		row.change(&pc)
		got := sight(r, pc)
		if got.seen != (got.by != "") {
			t.Errorf("%s: seen %v by %q", name, got.seen, got.by)
		}
		got.by = ""
		if got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
}

func TestV1TellsByIdentityAlone(t *testing.T) {
	r := ledger.Request{
		State: ledger.Provisioning, Submission: ledger.Submission{At: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
		Target: seen(graph.CloudPC{ID: "pc-1", ManagedDeviceID: "m1", AADDeviceID: "a1"}),
	}
	for name, row := range map[string]struct {
		intune, entra string
		want          sighting
	}{
		"nothing new":    {"m1", "a1", sighting{}},
		"identity gone":  {"", "", sighting{}},
		"half of it":     {"m1", "a2", sighting{seen: true}},
		"and no other":   {"", "a2", sighting{seen: true}},
		"a new identity": {"m2", "a2", sighting{seen: true, ready: true}},
	} {
		got := sight(r, graph.CloudPC{ID: "pc-1", ManagedDeviceID: row.intune, AADDeviceID: row.entra})
		got.by = ""
		if got != row.want {
			t.Errorf("%s: got %+v, want %+v", name, got, row.want)
		}
	}
}

func TestAFailureOfBeforeIsNotThisRuns(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	old := graph.CloudPC{ID: "pc-1", Beta: true, Status: graph.Failed, ManagedDeviceID: "m1", AADDeviceID: "a1"}
	r := ledger.Request{State: ledger.Provisioning, Target: seen(old), Submission: ledger.Submission{At: at, Seen: at}}
	if got := sight(r, old); got != (sighting{}) {
		t.Errorf("the old picture once more: %+v", got)
	}
	now := old
	now.ManagedDeviceID = "m2"
	if got := sight(r, now); got.failed == "" {
		t.Errorf("failed with a new identity: %+v", got)
	}
}

func TestInDoubtNothingCountsThatCouldBeALaterRun(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	old := graph.CloudPC{ID: "pc-1", Beta: true, Status: graph.Provisioned, ManagedDeviceID: "m1", AADDeviceID: "a1"}
	r := ledger.Request{State: ledger.Unconfirmed, Target: seen(old), Submission: ledger.Submission{At: at, Deadline: at.Add(30 * time.Second)}}
	for name, row := range map[string]struct {
		change func(*graph.CloudPC)
		seen   bool
	}{
		"its action": {func(pc *graph.CloudPC) {
			pc.LastAction = graph.RemoteAction{Name: "Reprovision", State: graph.ActionActive, Started: at.Add(time.Minute)}
		}, true},
		"an action hours later": {func(pc *graph.CloudPC) {
			pc.LastAction = graph.RemoteAction{Name: "Reprovision", State: graph.ActionActive, Started: at.Add(5 * time.Hour)}
		}, false},
		"taken away":  {func(pc *graph.CloudPC) { pc.Status = graph.Deprovisioning }, false},
		"being built": {func(pc *graph.CloudPC) { pc.Status = graph.Provisioning }, true},
	} {
		pc := old
		row.change(&pc)
		if got := sight(r, pc); got.seen != row.seen {
			t.Errorf("%s: seen %v, want %v", name, got.seen, row.seen)
		}
	}
}

package graph_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

var began = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestAuditEventsTellWhoDidWhatToWhich(t *testing.T) {
	w := open(t, graphfake.Config{Now: func() time.Time { return began }, Build: -1})
	ours, theirs := w.Add(graphfake.CloudPC{DisplayName: "CPC-ours"}), w.Add(graphfake.CloudPC{DisplayName: "CPC-theirs"})
	c := w.client(t, nil)
	if err := c.Reprovision(graph.WithCallID(t.Context(), "11111111-1111-4111-8111-111111111111"), ours.ID, graph.Build{}); err != nil {
		t.Fatal(err)
	}
	w.EraseElsewhere(theirs.ID, graphfake.Actor{User: "eve@contoso.example"})
	w.Audit(graphfake.AuditEvent{At: began.Add(-time.Minute), Activity: "Patch CloudPcUserSetting"})
	w.Audit(graphfake.AuditEvent{ID: "odd", Raw: raw("actor", `7`, "resources", `"none"`, "correlationId", `"00000000-0000-0000-0000-000000000000"`, "activityResult", `"SUCCESS"`)})
	w.Audit(graphfake.AuditEvent{ID: "timeless", Raw: raw("activityDateTime", `"yesterday"`, "activity", `"Bulk Reprovision"`, "activityType", `"Create Action"`)})
	w.Audit(graphfake.AuditEvent{Raw: raw("id", `null`)})
	got, err := c.AuditEvents(t.Context(), began)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].Resources = slices.Clip(got[i].Resources)
	}
	log := w.AuditEvents()
	want := []graph.AuditEvent{
		{ID: log[0].ID, At: began, Activity: "Reprovision cloudPc", Result: graph.AuditSuccess, CorrelationID: "11111111-1111-4111-8111-111111111111",
			App: w.ClientID(), AppName: "cloudpc-bot", Resources: []graph.AuditResource{{ID: ours.ID, Name: "CPC-ours"}}},
		{ID: log[1].ID, At: began, Activity: "Reprovision cloudPc", Result: graph.AuditSuccess, CorrelationID: log[1].CorrelationID,
			App: log[1].Actor.App, AppName: log[1].Actor.AppName, User: "eve@contoso.example", Resources: []graph.AuditResource{{ID: theirs.ID, Name: "CPC-theirs"}}},
		{ID: "odd", At: began, Activity: "Reprovision cloudPc", Result: graph.AuditSuccess},
		{ID: "timeless", Activity: "Bulk Reprovision", Result: graph.AuditSuccess},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i, e := range got {
		if !e.Reprovision() {
			t.Errorf("event %d is about a reprovision: %q", i, e.Activity)
		}
	}
	if (graph.AuditEvent{Activity: "Patch CloudPcUserSetting"}).Reprovision() {
		t.Error("a setting is not")
	}
}

// Whatever the log does to their order and number, all are read, on every page; and where the filter is
// refused it is not tried again.
func TestAllAuditEventsAreReadHoweverTheyCome(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 3, AuditDoubled: true, AuditShuffled: true, Now: func() time.Time { return began }})
	for i := range 10 {
		w.Audit(graphfake.AuditEvent{ID: fmt.Sprint(i), At: began.Add(time.Duration(i) * time.Minute), Visible: began})
	}
	c := w.client(t, nil)
	for _, filters := range []bool{true, false} {
		w.Tune(func(cfg *graphfake.Config) { cfg.NoAuditFilter = !filters })
		before := w.kinds()[graphfake.ListAudit]
		for range 2 {
			got, err := c.AuditEvents(t.Context(), began.Add(5*time.Minute))
			ids := map[string]int{}
			for _, e := range got {
				ids[e.ID]++
			}
			if diff := cmp.Diff(map[string]int{"5": 2, "6": 2, "7": 2, "8": 2, "9": 2}, ids); err != nil || diff != "" {
				t.Error(filters, err, diff)
			}
		}
		if n, want := w.kinds()[graphfake.ListAudit]-before, map[bool]int{true: 2 * 4, false: 1 + 2*7}[filters]; n != want {
			t.Errorf("filter %v: %d calls, and not %d", filters, n, want)
		}
	}
}

func TestHalfAnAuditLogIsAnError(t *testing.T) {
	for name, row := range map[string]struct {
		fault graphfake.Fault
		want  error
	}{
		"forbidden":                {graphfake.Fault{Status: 403}, graph.ErrForbidden},
		"throttled":                {graphfake.Fault{Status: 429, RetryAfter: time.Hour}, graph.ErrThrottled},
		"a page elsewhere":         {graphfake.Fault{NextLink: "https://graph.example/next"}, errAny},
		"no JSON":                  {graphfake.Fault{Garbage: true}, errAny},
		"not there, as in a cloud": {graphfake.Fault{Status: 404}, graph.ErrNotFound},
	} {
		w := open(t, graphfake.Config{PageSize: 1, Now: func() time.Time { return began }})
		w.Audit(graphfake.AuditEvent{})
		w.Audit(graphfake.AuditEvent{})
		w.Fail(graphfake.Match{Kind: graphfake.ListAudit}, row.fault)
		got, err := w.client(t, nil).AuditEvents(t.Context(), began)
		if row.want == errAny && err == nil || row.want != errAny && !errors.Is(err, row.want) || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

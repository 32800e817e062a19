package graph_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

func TestAMachineTellsItsConnectionAndLastSignIn(t *testing.T) {
	w := open(t, graphfake.Config{})
	at := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)
	for _, state := range []string{"available", "AvailableWithWarning", "unavailable", "unknown", "inUse", "underServiceMaintenance", "new"} {
		pc := w.Add(graphfake.CloudPC{Connectivity: state, LastSignIn: at})
		got, err := w.client(t, nil).CloudPC(t.Context(), pc.ID)
		if err != nil || !strings.EqualFold(got.Connectivity, state) || got.Connectivity == "AvailableWithWarning" || !got.LastSignIn.Equal(at) {
			t.Errorf("%s: %v, %+v", state, err, got)
		}
	}
	never := w.Add(graphfake.CloudPC{NeverSignedIn: true})
	if got, err := w.client(t, nil).CloudPC(t.Context(), never.ID); err != nil || !got.LastSignIn.IsZero() || got.Connectivity != "available" {
		t.Errorf("%v, %+v", err, got)
	}
	for _, missing := range []string{"connectivityResult", "lastLoginResult"} {
		w.Tune(func(cfg *graphfake.Config) { cfg.NotInBeta = []string{missing} })
		got, err := w.client(t, nil).CloudPC(t.Context(), never.ID)
		if err != nil || !got.Beta || got.Status != graph.Provisioned || got.Connectivity != "" {
			t.Errorf("without %s: %v, %+v", missing, err, got)
		}
	}
}

func TestUsageIsReadByTheNamesOfItsColumns(t *testing.T) {
	clock := newClock() // 2026-11-23 09:00
	w := open(t, graphfake.Config{Now: clock.now, TokenLife: 1e6 * time.Hour})
	last := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)
	now := w.Add(graphfake.CloudPC{SignedIn: true})
	once := w.Add(graphfake.CloudPC{LastSignIn: last})
	never := w.Add(graphfake.CloudPC{NeverSignedIn: true})
	rows := []struct {
		pc      graphfake.CloudPC
		columns []string
		want    graph.Usage
	}{
		{now, nil, graph.Usage{Known: true, SignedIn: true, LastActive: clock.now()}},
		{once, nil, graph.Usage{Known: true, DaysSince: 3, LastActive: last}},
		{never, nil, graph.Usage{Known: true, NeverSignedIn: true, DaysSince: -1}},
		{once, []string{"LastActiveTime", "SignInStatus", "DaysSinceLastSignIn", "CloudPcId", "ManagedDeviceName"}, graph.Usage{Known: true, DaysSince: 3, LastActive: last}},
		{now, []string{"SignInStatus"}, graph.Usage{Known: true, SignedIn: true, DaysSince: -1}},
		{once, []string{"DaysSinceLastSignIn", "CloudPcId"}, graph.Usage{DaysSince: 3}},
	}
	for _, row := range rows {
		w.Tune(func(cfg *graphfake.Config) { cfg.ReportColumns = row.columns })
		got, err := w.client(t, nil).Usage(t.Context(), strings.ToUpper(row.pc.ID))
		if err != nil || got != row.want {
			t.Errorf("%q: %v, %+v, want %+v", row.columns, err, got, row.want)
		}
	}
	call := w.Calls()[len(w.Calls())-1]
	if call.Kind != graphfake.GetUsage || call.Version != "beta" || call.Query != "" ||
		!strings.HasSuffix(call.Path, "/reports/getRealTimeRemoteConnectionStatus(cloudPcId='"+strings.ToUpper(once.ID)+"')") {
		t.Errorf("%+v", call)
	}
	before := len(w.Calls())
	c := w.tuned(t, func(c *graph.Config) { c.Beta = false })
	if got, err := c.Usage(t.Context(), now.ID); err != nil || got != (graph.Usage{}) || len(w.Calls()) != before {
		t.Errorf("without beta: %v, %+v", err, got)
	}
}

func TestAnImageTellsHowLongItLasts(t *testing.T) {
	w := open(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}})
	end, gone := time.Date(2026, 10, 14, 0, 0, 0, 0, time.UTC), time.Date(2027, 4, 14, 0, 0, 0, 0, time.UTC)
	gallery := w.AddPolicy(graphfake.Policy{})
	custom := w.AddPolicy(graphfake.Policy{ImageDisplayName: "Ours"})
	c := w.client(t, nil)
	is := func(what string, of graphfake.Policy, want graph.Image) {
		t.Helper()
		p, err := c.Policy(t.Context(), of.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Image(t.Context(), p.ImageType, p.ImageID); err != nil || got != want {
			t.Errorf("%s: %v, %+v, want %+v", what, err, got, want)
		}
	}
	is("a gallery image", gallery, graph.Image{Status: "supported"})
	is("a custom image", custom, graph.Image{Status: "ready", OSStatus: "supported"})
	w.SetImage(graphfake.Image{ID: gallery.ImageID, Status: "SupportedWithWarning", EndDate: end, ExpirationDate: gone})
	w.SetImage(graphfake.Image{ID: custom.ImageID, Status: "failed", OSStatus: "unknown", ExpirationDate: gone})
	is("near its end", gallery, graph.Image{Status: "supportedWithWarning", EndDate: end, ExpirationDate: gone})
	is("one that failed", custom, graph.Image{Status: "failed", OSStatus: "unknown", ExpirationDate: gone})
	w.RemoveImage(gallery.ImageID)
	if _, err := c.Image(t.Context(), "gallery", gallery.ImageID); !errors.Is(err, graph.ErrNotFound) {
		t.Errorf("one that is gone: %v", err)
	}
	if _, err := c.Image(t.Context(), "gallery", custom.ImageID); !errors.Is(err, graph.ErrNotFound) {
		t.Errorf("a custom image in the gallery: %v", err)
	}
}

func TestPreviewReadsFailAsOthersDo(t *testing.T) {
	w, c, clock := resting(t, nil)
	pc := w.Add(graphfake.CloudPC{})
	p, err := c.Policy(t.Context(), pc.ProvisioningPolicyID)
	if err != nil {
		t.Fatal(err)
	}
	for kind, read := range map[string]func(id string) error{
		graphfake.GetUsage: func(id string) error { _, err := c.Usage(t.Context(), id); return err },
		graphfake.GetImage: func(id string) error {
			if id == pc.ID {
				id = p.ImageID
			}
			_, err := c.Image(t.Context(), p.ImageType, id)
			return err
		},
	} {
		for status, want := range map[int]error{400: graph.ErrInvalid, 401: graph.ErrUnauthorized, 403: graph.ErrForbidden, 404: graph.ErrNotFound} {
			w.Fail(graphfake.Match{Kind: kind}, graphfake.Fault{Status: status})
			e, ok := errors.AsType[*graph.Error](read(pc.ID))
			if w.Heal(); !ok || !errors.Is(e, want) || e.Outcome != graph.NotActed || e.RequestID == "" || e.Op != "read "+kind || e.Foreign {
				t.Errorf("%s, %d: %+v", kind, status, e)
			}
			if status == 403 && !strings.Contains(e.Error(), "CloudPC.Read.All with admin consent") {
				t.Error(e)
			}
		}
		for name, fault := range map[string]graphfake.Fault{"page": {Garbage: true}, "proxy": {Status: 403, Foreign: true}} {
			w.Fail(graphfake.Match{Kind: kind}, fault)
			if e, ok := errors.AsType[*graph.Error](read(pc.ID)); !ok || !e.Foreign {
				t.Errorf("%s, %s: %+v", kind, name, e)
			}
			w.Heal()
		}
		w.Fail(graphfake.Match{Kind: kind}, graphfake.Fault{Status: 429, RetryAfter: time.Minute, Times: 1})
		for range 2 {
			if err := read(pc.ID); !errors.Is(err, graph.ErrThrottled) || after(err) != time.Minute {
				t.Errorf("%s: %v", kind, err)
			}
		}
		if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
			t.Errorf("a cooldown of another read: %v", err)
		}
		clock.move(time.Minute)
		for _, wrong := range []string{"", "..", "a\nb"} {
			if err := read(wrong); !errors.Is(err, graph.ErrInvalid) || graph.OutcomeOf(err) != graph.Refused {
				t.Errorf("%s of %q: %v", kind, wrong, err)
			}
		}
		if err := read(pc.ID); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, kind := range []string{"", "unknownFutureValue", "galleryImages"} {
		if _, err := c.Image(t.Context(), kind, p.ImageID); !errors.Is(err, graph.ErrInvalid) {
			t.Errorf("%q: %v", kind, err)
		}
	}
	if n := slices.IndexFunc(w.Calls(), func(c graphfake.Call) bool { return c.Kind == graphfake.Other }); n >= 0 {
		t.Errorf("%+v", w.Calls()[n])
	}
}

package graph_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

func TestAFleetOfOnePageIsSearchedWithOneCall(t *testing.T) {
	for _, withBeta := range []bool{true, false} {
		w := open(t, graphfake.Config{})
		pc := w.Add(graphfake.CloudPC{DisplayName: "CPC-ada"})
		w.Add(graphfake.CloudPC{DisplayName: "CPC-ad"})
		w.Add(graphfake.CloudPC{DisplayName: "CPC-adam"})
		c := w.tuned(t, func(c *graph.Config) { c.Beta = withBeta })
		for what, want := range map[string]int{"cpc-ada": 1, "CPC-adda": 0, pc.UserPrincipalName: 3} {
			before := w.sent()
			found, err := c.Find(t.Context(), what)
			if calls := w.sent() - before; err != nil || len(found) != want || calls != 1 {
				t.Errorf("%s: %v, %d found with %d calls", what, err, len(found), calls)
			}
			if want > 0 && (found[0].ID != pc.ID || found[0].PolicyID != pc.ProvisioningPolicyID) {
				t.Errorf("%s: %+v", what, found[0])
			}
		}
		for _, call := range w.Calls() {
			if want := map[bool]string{true: "beta", false: "v1.0"}[withBeta]; call.Version != "" && (call.Version != want || call.Status != 200) {
				t.Errorf("%+v", call)
			}
		}
	}
}

// Each row says what goes wrong, what comes of it, and how many calls that takes. The fleet is of
// two pages.
func TestASearchWhoseBatchFails(t *testing.T) {
	page, batch := graphfake.Match{Kind: graphfake.List, Filter: graphfake.Unfiltered}, graphfake.Match{Kind: graphfake.Batch}
	any := graphfake.Match{Kind: graphfake.List}
	in := func(m graphfake.Match, version string) graphfake.Match { m.Version = version; return m }
	for name, row := range map[string]struct {
		match graphfake.Match
		fault graphfake.Fault
		is    error // nil = it is found
		after time.Duration
		calls int
	}{
		"nothing":                      {calls: 2},
		"the page stumbles":            {page, graphfake.Fault{Status: 503, Times: 1}, nil, 0, 3},
		"the page is cut off":          {page, graphfake.Fault{DropBefore: true, Times: 1}, nil, 0, 3},
		"the page is garbage":          {page, graphfake.Fault{Garbage: true, Times: 1}, nil, 0, 3},
		"always garbage":               {page, graphfake.Fault{Garbage: true}, errAny, 0, 2},
		"the page is throttled a bit":  {page, graphfake.Fault{Status: 429, Times: 1}, nil, 0, 3},
		"the page has to wait":         {page, graphfake.Fault{Status: 429, RetryAfter: time.Minute, Times: 1}, graph.ErrThrottled, time.Minute, 1},
		"the page's service is down":   {page, graphfake.Fault{Status: 503, RetryAfter: time.Minute, Times: 1}, errAny, time.Minute, 1},
		"the page is forbidden":        {page, graphfake.Fault{Status: 403}, graph.ErrForbidden, 0, 2},
		"forbidden to the old token":   {page, graphfake.Fault{Status: 403, Times: 1}, nil, 0, 3},
		"a token for the page":         {page, graphfake.Fault{CAE: true}, nil, 0, 4},
		"beta does not know the page":  {in(page, "beta"), graphfake.Fault{Status: 404}, nil, 0, 4},
		"the page's service is lost":   {page, graphfake.Fault{Undiscovered: true}, graph.ErrUndiscovered, 0, 2},
		"every list stumbles":          {any, graphfake.Fault{Status: 500, Times: 3}, nil, 0, 3},
		"a token for all":              {batch, graphfake.Fault{CAE: true}, nil, 0, 3},
		"the service stumbles":         {batch, graphfake.Fault{Status: 503, Times: 1}, nil, 0, 3},
		"the service is down":          {graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: 503}, errAny, 0, 6},
		"batches are down":             {batch, graphfake.Fault{Status: 500}, nil, 0, 5},
		"batches are garbage":          {batch, graphfake.Fault{Garbage: true}, nil, 0, 3},
		"batches are empty":            {batch, graphfake.Fault{EmptyBody200: true}, nil, 0, 3},
		"beta has no batches":          {in(batch, "beta"), graphfake.Fault{Status: 404}, nil, 0, 3},
		"batches are not for this app": {batch, graphfake.Fault{Status: 403}, nil, 0, 3},
		"a proxy wants no POST":        {batch, graphfake.Fault{Status: 405, Foreign: true}, nil, 0, 3},
		"all has to wait":              {batch, graphfake.Fault{Status: 429, RetryAfter: time.Hour}, graph.ErrThrottled, time.Hour, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, graphfake.Config{PageSize: 2})
			w.Add(graphfake.CloudPC{})
			w.Add(graphfake.CloudPC{})
			pc := w.Add(graphfake.CloudPC{DisplayName: "X"})
			c := w.client(t, nil)
			if err := c.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			if row.fault != (graphfake.Fault{}) {
				w.Fail(row.match, row.fault)
			}
			found, err := c.Find(t.Context(), "x")
			if row.is == nil && (err != nil || len(found) != 1 || found[0].ID != pc.ID) {
				t.Errorf("%v, %+v", err, found)
			}
			e, _ := errors.AsType[*graph.Error](err)
			if row.is != nil && (e == nil || e.Op != "find" || e.Name != "x" || e.Outcome != graph.NotActed || e.RetryAfter != row.after || row.is != errAny && !errors.Is(err, row.is)) {
				t.Errorf("%v", err)
			}
			if n := w.sent(); n != row.calls {
				t.Errorf("%d calls", n)
			}
		})
	}
}

func TestACooldownOfTheFiltersLeavesThemOut(t *testing.T) {
	w, c, clock := resting(t, nil)
	w.Add(graphfake.CloudPC{DisplayName: "X"})
	w.Fail(graphfake.Match{Filter: graphfake.Filtered}, graphfake.Fault{Status: 429, RetryAfter: time.Minute, Times: 1})
	for i, want := range []int{2, 0, 2} {
		before, _ := w.lists()
		if found, err := c.Find(t.Context(), "X"); err != nil || len(found) != 1 {
			t.Errorf("%d: %v, %+v", i, err, found)
		}
		if now, _ := w.lists(); now-before != want {
			t.Errorf("%d: %d filters", i, now-before)
		}
		if i == 1 {
			clock.move(time.Minute)
		}
	}
}

// What a filter shows on its first page of several is not all that has the name.
func TestAFilterWithMorePagesDoesNotDecide(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 2, Unheeded: []string{"displayName", "managedDeviceName"}})
	for range 5 {
		w.Add(graphfake.CloudPC{DisplayName: "X"})
	}
	if found, err := w.client(t, nil).Find(t.Context(), "X"); err != nil || len(found) != 5 || w.sent() != 3 {
		t.Errorf("%v, %d found with %d calls", err, len(found), w.sent())
	}
}

func TestASearchIsGivenUpWithItsCaller(t *testing.T) {
	w := open(t, graphfake.Config{})
	w.Add(graphfake.CloudPC{DisplayName: "X"})
	w.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if found, err := w.client(t, nil).Find(ctx, "X"); !errors.Is(err, context.DeadlineExceeded) || found != nil || w.kinds()[graphfake.List] != 0 {
		t.Errorf("%v, %+v", err, found)
	}
}

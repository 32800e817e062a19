package graph_test

import (
	"fmt"
	"sync"
	"testing"

	"cloudpc-bot/graph/graphfake"
)

// TestWhatFindingCosts counts the reads of each kind of id in a fleet of 20,000 machines, on pages of
// 100: a Cloud PC id is one read, anything else a filter for each field and one listing. The filters
// and the first page are one call, and everybody who waits for the other pages shares them.
func TestWhatFindingCosts(t *testing.T) {
	if testing.Short() {
		t.Skip("it only takes longer")
	}
	const fleet, pages = 20_000, 200
	w := open(t, graphfake.Config{HTTP2: true})
	c := w.client(t, nil)
	for i := range fleet {
		w.Add(graphfake.CloudPC{
			ID: fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i), DisplayName: fmt.Sprintf("CPC-%d", i), ManagedDeviceName: fmt.Sprintf("DEV-%d", i),
			ManagedDeviceID: fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012d", i), AADDeviceID: fmt.Sprintf("cccccccc-0000-4000-8000-%012d", i),
			UserPrincipalName: fmt.Sprintf("person%d@example.com", i), Status: "provisioned",
		})
	}
	for what, want := range map[string]struct{ found, gets, lists, calls int }{
		"aaaaaaaa-0000-4000-8000-000000000007": {1, 1, 0, 1},
		"CPC-7":                                {1, 0, 2 + pages, pages},
		"DEV-7":                                {1, 0, 2 + pages, pages},
		"person7@example.com":                  {1, 0, 3 + pages, pages},
		"bbbbbbbb-0000-4000-8000-000000000007": {1, 2, 2 + pages, 2 + pages}, // not a Cloud PC, say beta and v1.0
		"cccccccc-0000-4000-8000-000000000007": {1, 2, 2 + pages, 2 + pages},
		"CPC-mistyped":                         {0, 0, 2 + pages, pages},
	} {
		before, sent := w.kinds(), w.sent()
		found, err := c.Find(t.Context(), what)
		after, calls := w.kinds(), w.sent()-sent
		gets, lists := after[graphfake.Get]-before[graphfake.Get], after[graphfake.List]-before[graphfake.List]
		if err != nil || len(found) != want.found || gets != want.gets || lists != want.lists || calls != want.calls {
			t.Errorf("%s: %d found, %v; %d reads and %d pages with %d calls, want %+v", what, len(found), err, gets, lists, calls, want)
		}
	}
	before := w.kinds()[graphfake.List]
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if found, err := c.Find(t.Context(), fmt.Sprintf("CPC-%d", i)); err != nil || len(found) != 1 {
				t.Errorf("%d: %v, %v", i, found, err)
			}
		})
	}
	all.Wait()
	if n := w.kinds()[graphfake.List] - before; n > 10*3+2*pages {
		t.Errorf("ten at once read %d pages", n)
	}
}

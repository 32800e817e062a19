package graph_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

func TestAListTellsWhatADirectoryNeeds(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 2})
	var want []graph.Listed
	for i, status := range []string{"provisioned", "Failed", "preparing", "somethingNew", "provisioning"} {
		pc := w.Add(graphfake.CloudPC{DisplayName: fmt.Sprint("CPC-", i), UserPrincipalName: "ada@contoso.example", Status: status})
		want = append(want, graph.Listed{ID: pc.ID, Name: pc.DisplayName, DeviceName: pc.ManagedDeviceName, User: pc.UserPrincipalName,
			Policy: pc.ProvisioningPolicyName, Plan: pc.ServicePlanName, Status: graph.Status(status), LastModified: pc.LastModifiedDateTime.UTC().Truncate(100)})
	}
	want[1].Status = graph.Failed
	w.Add(graphfake.CloudPC{Raw: raw("", `{"id":7}`)}) // nobody can do anything with it
	for _, withBeta := range []bool{true, false} {
		got, err := w.tuned(t, func(c *graph.Config) { c.Beta = withBeta }).List(t.Context())
		if !withBeta {
			for i := range want {
				want[i].Status = ""
			}
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
	if n := w.kinds()[graphfake.List]; n != 6 {
		t.Errorf("%d pages", n)
	}
}

func TestAListFallsBackToV1OrFailsWhole(t *testing.T) {
	for name, row := range map[string]struct {
		match graphfake.Match
		fault graphfake.Fault
		want  error // nil = it is read
	}{
		"beta is gone":              {graphfake.Match{Kind: graphfake.List, Version: "beta"}, graphfake.Fault{Status: 404}, nil},
		"beta refuses":              {graphfake.Match{Kind: graphfake.List, Version: "beta"}, graphfake.Fault{Status: 400}, nil},
		"beta is forbidden":         {graphfake.Match{Kind: graphfake.List, Version: "beta"}, graphfake.Fault{Status: 403}, graph.ErrForbidden},
		"throttled":                 {graphfake.Match{Kind: graphfake.List}, graphfake.Fault{Status: 429, RetryAfter: time.Hour}, graph.ErrThrottled},
		"no service":                {graphfake.Match{Kind: graphfake.List}, graphfake.Fault{Undiscovered: true}, graph.ErrUndiscovered},
		"a page that leads nowhere": {graphfake.Match{Kind: graphfake.List}, graphfake.Fault{NextLink: "https://graph.example/next"}, errAny},
	} {
		w := open(t, graphfake.Config{PageSize: 1})
		w.Add(graphfake.CloudPC{})
		w.Add(graphfake.CloudPC{})
		w.Fail(row.match, row.fault)
		got, err := w.client(t, nil).List(t.Context())
		e, failed := errors.AsType[*graph.Error](err)
		switch {
		case failed != (row.want != nil), failed && (got != nil || e.Op != "list"), !failed && (len(got) != 2 || got[0].Status != ""):
			t.Errorf("%s: %v, %+v", name, err, got)
		case row.want != nil && row.want != errAny && !errors.Is(err, row.want):
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errAny = errors.New("any")

func TestOneListingAtATime(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 1})
	for i := range 8 {
		w.Add(graphfake.CloudPC{DisplayName: fmt.Sprint("CPC-", i)})
	}
	c := w.client(t, nil)
	var callers sync.WaitGroup
	for i := range 12 {
		callers.Go(func() {
			if i%2 == 0 {
				if all, err := c.List(t.Context()); err != nil || len(all) != 8 {
					t.Errorf("%v, %d", err, len(all))
				}
			} else if found, err := c.Find(t.Context(), "cpc-3"); err != nil || len(found) != 1 {
				t.Errorf("%v, %+v", err, found)
			}
		})
	}
	callers.Wait()
	last, pages := 7, 0 // of the listings, without the first pages that come with the filters
	for _, call := range w.Calls() {
		if call.Kind != graphfake.List || call.InBatch {
			continue
		}
		if n := preceding(call); n != last+1 && (last != 7 || n > 1) {
			t.Errorf("page %d of a listing is asked for after page %d", n, last)
		}
		last = preceding(call)
		pages++
	}
	if pages > 6*8 { // of 12*8, if none were shared
		t.Errorf("%d pages for 12 callers", pages)
	}
}

// full is a tenant of 20,000 machines with ten policies.
func full(tb testing.TB) (*world, *graph.Client) {
	w := open(tb, graphfake.Config{HTTP2: true})
	for i := range 20_000 {
		w.Add(graphfake.CloudPC{
			DisplayName: fmt.Sprintf("Cloud PC of person %05d", i), UserPrincipalName: fmt.Sprintf("person.%05d@contoso.example", i),
			ProvisioningPolicyID: fmt.Sprint("policy-", i%10), ProvisioningPolicyName: fmt.Sprint("Windows 365 Enterprise, region ", i%10),
		})
	}
	return w, w.client(tb, nil)
}

// kept is how much memory read leaves in use, in bytes, while its result lives.
func kept[T any](read func() T) (T, int64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v := read()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return v, int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

func TestTwentyThousandMachinesAreTwoHundredCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("it only takes longer")
	}
	w, c := full(t)
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, bytes := kept(func() []graph.Listed {
		all, err := c.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	})
	if n := w.kinds()[graphfake.List]; len(all) != 20_000 || n != 200 || bytes > 20<<20 {
		t.Errorf("%d machines in %d calls and %d bytes", len(all), n, bytes)
	}
	t.Logf("%.1f MB are kept, with the tenant's log of 200 calls", float64(bytes)/1e6)
}

// BenchmarkList20000 reads a fleet of 20,000 machines from a tenant in this process.
func BenchmarkList20000(b *testing.B) {
	w, c := full(b)
	if err := c.SignIn(b.Context()); err != nil {
		b.Fatal(err)
	}
	before := w.kinds()[graphfake.List]
	var all []graph.Listed
	var bytes int64
	for b.Loop() {
		all, bytes = kept(func() []graph.Listed {
			all, err := c.List(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			return all
		})
	}
	b.ReportMetric(float64(bytes)/1e6, "MB-kept")
	b.ReportMetric(float64(w.kinds()[graphfake.List]-before)/float64(b.N), "calls/op")
	runtime.KeepAlive(all)
}

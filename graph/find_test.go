package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// lists counts the filters, and the listings that went beyond a first page that came with them.
func (w *world) lists() (filters, listings int) {
	first, second := 0, map[int]int{}
	for _, c := range w.Calls() {
		switch {
		case c.Kind != graphfake.List:
		case strings.Contains(c.Query, "filter"):
			filters++
		case !c.InBatch && preceding(c) == 0:
			first++
		case !c.InBatch:
			second[preceding(c)]++
		}
	}
	if len(second) == 0 {
		return filters, first
	}
	return filters, max(first, second[slices.Min(slices.Collect(maps.Keys(second)))])
}

// preceding is how many machines precede the page of a listing.
func preceding(c graphfake.Call) (n int) {
	q, _ := url.ParseQuery(c.Query)
	skip, _ := base64.RawURLEncoding.DecodeString(q.Get("$skiptoken"))
	_, _ = fmt.Sscanf(string(skip), "after:%d", &n)
	return n
}

func TestNoFilterIsTrustedToHaveFoundAll(t *testing.T) {
	raw := func(s string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"id": json.RawMessage(s)}
	}
	for name, row := range map[string]struct {
		cfg      graphfake.Config
		fault    graphfake.Fault // of filtered lists
		pcs      []graphfake.CloudPC
		want     int
		listings int
	}{
		"half an or":                   {pcs: []graphfake.CloudPC{{DisplayName: "X"}, {ManagedDeviceName: "X"}}, want: 2},
		"the index lacks the second":   {pcs: []graphfake.CloudPC{{DisplayName: "X"}, {ManagedDeviceName: "X", Unfiltered: true}}, want: 2, listings: 1},
		"the index lacks both":         {pcs: []graphfake.CloudPC{{DisplayName: "x", Unfiltered: true}, {DisplayName: "X", Unfiltered: true}}, want: 2, listings: 1},
		"the case counts":              {cfg: graphfake.Config{ExactCase: true}, pcs: []graphfake.CloudPC{{DisplayName: "X"}, {DisplayName: "x"}}, want: 2, listings: 1},
		"one, by both names":           {pcs: []graphfake.CloudPC{{DisplayName: "X", ManagedDeviceName: "x"}, {DisplayName: "XY"}}, want: 1, listings: 1},
		"none":                         {pcs: []graphfake.CloudPC{{DisplayName: "Y"}}, listings: 1},
		"filters answer 400":           {fault: graphfake.Fault{Status: 400}, pcs: []graphfake.CloudPC{{DisplayName: "X"}}, want: 1, listings: 1},
		"filters answer 500":           {fault: graphfake.Fault{Status: 500}, pcs: []graphfake.CloudPC{{DisplayName: "X"}, {DisplayName: "x"}}, want: 2, listings: 1},
		"filters answer 501":           {fault: graphfake.Fault{Status: 501}, pcs: []graphfake.CloudPC{{DisplayName: "X"}}, want: 1, listings: 1},
		"filters answer 503":           {fault: graphfake.Fault{Status: 503}, pcs: []graphfake.CloudPC{{DisplayName: "X"}}, want: 1, listings: 1},
		"filters answer 403":           {fault: graphfake.Fault{Status: 403}, pcs: []graphfake.CloudPC{{DisplayName: "X"}}, want: 1, listings: 1},
		"filters answer 429":           {fault: graphfake.Fault{Status: 429, RetryAfter: time.Minute}, pcs: []graphfake.CloudPC{{DisplayName: "X"}}, want: 1, listings: 1},
		"filters answer a page":        {fault: graphfake.Fault{Garbage: true}, pcs: []graphfake.CloudPC{{DisplayName: "X"}}, want: 1, listings: 1},
		"one without an id that reads": {pcs: []graphfake.CloudPC{{DisplayName: "X"}, {DisplayName: "X", Unfiltered: true, Raw: raw("7")}}, want: -1, listings: 1},
		"an odd one of another name":   {pcs: []graphfake.CloudPC{{DisplayName: "X"}, {DisplayName: "Y", Raw: raw("7")}}, want: 1, listings: 1},
	} {
		t.Run(name, func(t *testing.T) {
			row.cfg.PageSize = 2
			w := open(t, row.cfg)
			w.Add(graphfake.CloudPC{}) // a page of others
			w.Add(graphfake.CloudPC{})
			for _, pc := range row.pcs {
				w.Add(pc)
			}
			if row.fault != (graphfake.Fault{}) {
				w.Fail(graphfake.Match{Filter: graphfake.Filtered}, row.fault)
			}
			found, err := w.client(t, nil).Find(t.Context(), "X")
			if (err != nil) != (row.want < 0) || row.want >= 0 && len(found) != row.want {
				t.Errorf("%v, %+v", err, found)
			}
			if _, n := w.lists(); n != row.listings || w.kinds()[graphfake.Batch] != 1 {
				t.Errorf("%d listings, %v", n, w.kinds())
			}
			for _, pc := range found {
				if pc.ID == "" || !strings.EqualFold(pc.Name, "X") && !strings.EqualFold(pc.DeviceName, "X") || pc.Status != "" || pc.Beta || pc.UserPrincipalName == "" || pc.PolicyName == "" || pc.PlanName == "" {
					t.Errorf("%+v", pc)
				}
			}
		})
	}
}

func TestOneThatAFilterFoundIsNotEnough(t *testing.T) {
	for status, kind := range map[int]error{401: graph.ErrUnauthorized, 403: graph.ErrForbidden, 429: graph.ErrThrottled, 500: nil, 503: nil} {
		w := open(t, graphfake.Config{})
		w.Add(graphfake.CloudPC{DisplayName: "X"})
		w.Fail(graphfake.Match{Filter: graphfake.Unfiltered}, graphfake.Fault{Status: status, RetryAfter: time.Hour})
		found, err := w.client(t, nil).Find(t.Context(), "X")
		e, ok := errors.AsType[*graph.Error](err)
		if !ok || e.Status != status || e.Name != "X" || kind != nil && !errors.Is(err, kind) || found != nil {
			t.Errorf("%d: %v, %+v", status, err, found)
		}
	}
}

func TestPagesThatLeadInACircleEnd(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 1})
	w.Add(graphfake.CloudPC{DisplayName: "X"})
	w.Add(graphfake.CloudPC{DisplayName: "Y"})
	w.Add(graphfake.CloudPC{DisplayName: "Z"})
	w.Fail(graphfake.Match{Filter: graphfake.Unfiltered}, graphfake.Fault{NextLink: w.URL() + "/beta/deviceManagement/virtualEndpoint/cloudPCs"})
	_, err := w.client(t, nil).Find(t.Context(), "X")
	if err == nil || !strings.Contains(err.Error(), "already read") || w.kinds()[graphfake.List] > 5 {
		t.Errorf("%v after %d pages", err, w.kinds()[graphfake.List])
	}
}

// crowd is a world with more machines than the old bound of a listing had room for.
func crowd(t *testing.T) (*world, *graph.Client) {
	w := open(t, graphfake.Config{HTTP2: true})
	for i := range 10_001 {
		w.Add(graphfake.CloudPC{DisplayName: fmt.Sprintf("CPC-%05d", i)})
	}
	return w, w.client(t, nil)
}

func TestAMistypedNameAmongTenThousandIsAnsweredSoon(t *testing.T) {
	w, c := crowd(t)
	begun := time.Now()
	found, err := c.Find(t.Context(), "CPC-adda")
	if took := time.Since(begun); err != nil || len(found) != 0 || took > 30*time.Second {
		t.Errorf("%v, %+v in %v", err, found, took)
	} else {
		t.Logf("%d calls in %v", len(w.Calls()), took)
	}
	if found, err := c.Find(t.Context(), "cpc-10000"); err != nil || len(found) != 1 {
		t.Errorf("the last one: %v, %+v", err, found)
	}
}

func TestWhoWaitsSharesOneListing(t *testing.T) {
	w, c := crowd(t)
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var callers sync.WaitGroup
	for i := range 30 {
		callers.Go(func() {
			name := fmt.Sprintf("CPC-%d", i) // of nobody
			if i%2 == 0 {
				name = fmt.Sprintf("cpc-%05d", i)
			}
			if found, err := c.Find(t.Context(), name); err != nil || len(found) != 1-i%2 {
				t.Errorf("%s: %v, %+v", name, err, found)
			}
		})
	}
	callers.Wait()
	filters, listings := w.lists()
	if filters != 60 || listings > 3 {
		t.Errorf("%d filters and %d listings", filters, listings)
	}
	t.Logf("%d listings in %v", listings, time.Since(begun))
}

// A machine that came after one listing had begun must be seen by who asks after that, also where
// others wait for the next listing already, who read their first page before it came.
func TestWhoComesDuringAListingWaitsForTheNext(t *testing.T) {
	w := open(t, graphfake.Config{PageSize: 1})
	w.Add(graphfake.CloudPC{DisplayName: "X"})
	w.Add(graphfake.CloudPC{DisplayName: "Y"})
	c := w.client(t, nil)
	under, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.OnCall(func(call graphfake.Call, phase string) {
		if call.Kind == graphfake.List && phase == graphfake.Arrived && strings.Contains(call.Query, "skiptoken") {
			once.Do(func() { close(under); <-goOn })
		}
	})
	names := make(chan string, 3)
	ask := func(name string) {
		found, err := c.Find(t.Context(), name)
		names <- fmt.Sprint(name, len(found), err)
	}
	go ask("X")
	<-under // the first page of the first listing has been answered, the second one not
	wait := func(n int) {
		for end := time.Now().Add(10 * time.Second); c.WaitForNext() != n; runtime.Gosched() {
			if time.Now().After(end) {
				close(goOn)
				t.Fatalf("%d wait for the next listing, want %d", c.WaitForNext(), n)
			}
		}
	}
	go ask("W")
	wait(1)
	first := w.PCs()[0]
	w.Set(first.ID, func(p *graphfake.CloudPC) { p.DisplayName, p.Unfiltered = "Z", true })
	go ask("Z")
	wait(2)
	close(goOn)
	got := []string{<-names, <-names, <-names}
	slices.Sort(got)
	if want := []string{"W0 <nil>", "X1 <nil>", "Z1 <nil>"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, n := w.lists(); n != 2 {
		t.Errorf("%d listings", n)
	}
}

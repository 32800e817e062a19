package graph_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// owner is a world where one person has three machines, and somebody else one; CPC-1 is in use.
func owner(t *testing.T, change func(*graph.Config)) (*world, *graph.Client, graphfake.CloudPC) {
	t.Helper()
	w := open(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}})
	added := w.Add(graphfake.CloudPC{DisplayName: "CPC-1", UserPrincipalName: "o'hara@contoso.example", SignedIn: true})
	w.Add(graphfake.CloudPC{DisplayName: "CPC-2", UserPrincipalName: "O'Hara@contoso.example"})
	w.Add(graphfake.CloudPC{DisplayName: "CPC-3", UserPrincipalName: "o'hara@contoso.example"})
	w.Add(graphfake.CloudPC{DisplayName: "CPC-4", UserPrincipalName: "ben@contoso.example"})
	c := w.tuned(t, change)
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w, c, added
}

func names(ms []graph.Match) (names []string) {
	for _, m := range ms {
		names = append(names, m.Name)
	}
	return names
}

func TestAnInspectionIsWhatSeparateReadsAre(t *testing.T) {
	for _, withBeta := range []bool{true, false} {
		w, c, added := owner(t, func(c *graph.Config) { c.Beta = withBeta })
		found, err := c.Find(t.Context(), "cpc-1")
		if err != nil || len(found) != 1 {
			t.Fatal(err, found)
		}
		byID, err := c.Find(t.Context(), added.ID)
		if err != nil || len(byID) != 1 {
			t.Fatal(err, byID)
		}
		for name, row := range map[string]struct {
			m            graph.Match
			calls, reads int
		}{
			"by its name": {found[0], 1, 4},
			"by its id":   {byID[0], 1, 3},
			"picked":      {graph.Match{CloudPC: graph.CloudPC{ID: added.ID}}, 2, 4},
		} {
			if !withBeta {
				row.reads-- // the report is beta's
			}
			before, all := w.sent(), len(w.Calls())
			in, err := c.Inspect(t.Context(), row.m)
			if calls := w.sent() - before; err != nil || calls != row.calls || len(w.Calls())-all-calls != row.reads {
				t.Errorf("%s: %v, %d calls, %d reads", name, err, calls, len(w.Calls())-all-calls)
			}
			pc, err1 := c.CloudPC(t.Context(), added.ID)
			p, err2 := c.Policy(t.Context(), added.ProvisioningPolicyID)
			use, err3 := c.Usage(t.Context(), added.ID)
			if err := errors.Join(err1, err2, err3, in.PolicyErr, in.UsageErr, in.OthersErr); err != nil || use.SignedIn != withBeta {
				t.Fatal(name, err)
			}
			use.LastActive, in.Usage.LastActive = time.Time{}, time.Time{} // now
			if diff := cmp.Diff(pc, in.CloudPC) + cmp.Diff(p, in.Policy) + cmp.Diff(use, in.Usage) + cmp.Diff([]string{"CPC-2", "CPC-3"}, names(in.Others)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		for _, call := range w.Calls() {
			if call.InBatch && call.Version != map[bool]string{true: "beta", false: "v1.0"}[withBeta] {
				t.Errorf("%+v", call)
			}
		}
	}
}

// The list may be older than the machine: what the machine itself says counts.
func TestAnInspectionGoesByTheMachine(t *testing.T) {
	w, c, added := owner(t, func(c *graph.Config) { c.Beta = true })
	found, err := c.Find(t.Context(), "CPC-1")
	if err != nil || len(found) != 1 {
		t.Fatal(err, found)
	}
	other := w.AddPolicy(graphfake.Policy{DisplayName: "Another"})
	w.Set(added.ID, func(pc *graphfake.CloudPC) {
		pc.ProvisioningPolicyID, pc.UserPrincipalName = other.ID, "ben@contoso.example"
	})
	in, err := c.Inspect(t.Context(), found[0])
	if err != nil || in.Policy.Name != "Another" || !slices.Equal(names(in.Others), []string{"CPC-4"}) || in.PolicyErr != nil || in.OthersErr != nil {
		t.Errorf("%v, %+v", err, in)
	}
	w.Set(added.ID, func(pc *graphfake.CloudPC) {
		pc.ProvisioningPolicyID, pc.UserPrincipalName, pc.ProvisioningType = "", "", "sharedByEntraGroup"
		pc.Raw = raw("provisioningPolicyId", "null", "userPrincipalName", "null")
	})
	in, err = c.Inspect(t.Context(), found[0])
	if err != nil || in.Policy != (graph.Policy{}) || in.Others != nil || in.PolicyErr != nil || in.OthersErr != nil || !in.Usage.SignedIn {
		t.Errorf("%v, %+v", err, in)
	}
}

// Each row says what goes wrong, which of the machine, its policy, its use and its user's others are
// read all the same, the error of the one that is not, and how many calls that takes.
func TestAnInspectionTellsWhatFailed(t *testing.T) {
	pc, policy, usage := graphfake.Match{Kind: graphfake.Get}, graphfake.Match{Kind: graphfake.GetPolicy}, graphfake.Match{Kind: graphfake.GetUsage}
	others, batch := graphfake.Match{Filter: graphfake.Filtered}, graphfake.Match{Kind: graphfake.Batch}
	in := func(m graphfake.Match, version string) graphfake.Match { m.Version = version; return m }
	for name, row := range map[string]struct {
		match graphfake.Match
		fault graphfake.Fault
		read  string
		is    error
		calls int
	}{
		"nothing": {read: "pc policy usage others", calls: 1},

		"the machine is gone":           {pc, graphfake.Fault{Status: 404}, "", graph.ErrNotFound, 3},
		"beta does not know it":         {in(pc, "beta"), graphfake.Fault{Status: 404}, "pc policy usage others", nil, 3},
		"the machine is forbidden":      {pc, graphfake.Fault{Status: 403}, "", graph.ErrForbidden, 1},
		"the machine has to wait":       {pc, graphfake.Fault{Status: 429, RetryAfter: time.Minute}, "", graph.ErrThrottled, 1},
		"the machine is throttled":      {pc, graphfake.Fault{Status: 429}, "", graph.ErrThrottled, 1},
		"the machine is cut off":        {pc, graphfake.Fault{DropBefore: true, Times: 1}, "pc policy usage others", nil, 2},
		"the machine is not served":     {pc, graphfake.Fault{Status: 503}, "", errAny, 4},
		"the machine is garbage":        {pc, graphfake.Fault{Garbage: true}, "", errAny, 1},
		"a token for the machine":       {pc, graphfake.Fault{CAE: true}, "pc policy usage others", nil, 6}, // the parts after it met that too
		"the machine's service is lost": {pc, graphfake.Fault{Undiscovered: true}, "", graph.ErrUndiscovered, 1},

		"the policy is gone":          {policy, graphfake.Fault{Status: 404}, "pc policy usage others", nil, 2},
		"beta does not know policies": {in(policy, "beta"), graphfake.Fault{Status: 400}, "pc policy usage others", nil, 2},
		"the policy is forbidden":     {policy, graphfake.Fault{Status: 403}, "pc usage others", graph.ErrForbidden, 1},
		"the policy has to wait":      {policy, graphfake.Fault{Status: 429, RetryAfter: time.Minute}, "pc usage others", graph.ErrThrottled, 1},
		"the policy stumbles":         {policy, graphfake.Fault{Status: 500, Times: 1}, "pc policy usage others", nil, 2},
		"the policy is garbage":       {policy, graphfake.Fault{Garbage: true}, "pc usage others", errAny, 1},

		"there is no report":        {usage, graphfake.Fault{Status: 404}, "pc policy others", graph.ErrNotFound, 1},
		"the report is forbidden":   {usage, graphfake.Fault{Status: 403}, "pc policy others", graph.ErrForbidden, 1},
		"the report has to wait":    {usage, graphfake.Fault{Status: 429, RetryAfter: time.Minute}, "pc policy others", graph.ErrThrottled, 1},
		"the report's service ends": {usage, graphfake.Fault{Status: 502}, "pc policy others", errAny, 4},
		"the report stumbles":       {usage, graphfake.Fault{Status: 502, Times: 1}, "pc policy usage others", nil, 2},
		"the report is garbage":     {usage, graphfake.Fault{Garbage: true}, "pc policy others", errAny, 1},
		"a token for the report":    {usage, graphfake.Fault{CAE: true}, "pc policy usage others", nil, 5},

		"nothing can be filtered":  {others, graphfake.Fault{Status: 400}, "pc policy usage", graph.ErrInvalid, 1},
		"filters are forbidden":    {others, graphfake.Fault{Status: 403}, "pc policy usage", graph.ErrForbidden, 1},
		"filters have to wait":     {others, graphfake.Fault{Status: 429, RetryAfter: time.Minute}, "pc policy usage", graph.ErrThrottled, 1},
		"filters stumble":          {others, graphfake.Fault{Status: 500, Times: 1}, "pc policy usage others", nil, 2},
		"filters show garbage":     {others, graphfake.Fault{Garbage: true}, "pc policy usage", errAny, 1},
		"filters answer something": {others, graphfake.Fault{EmptyBody200: true}, "pc policy usage", errAny, 1},

		"a token for all":             {batch, graphfake.Fault{CAE: true}, "pc policy usage others", nil, 2},
		"the service stumbles":        {batch, graphfake.Fault{Status: 503, Times: 1}, "pc policy usage others", nil, 2},
		"beta has no batches":         {in(batch, "beta"), graphfake.Fault{Status: 404}, "pc policy usage others", nil, 5},
		"nobody has batches":          {batch, graphfake.Fault{Status: 405}, "pc policy usage others", nil, 5},
		"batches are not served":      {batch, graphfake.Fault{Status: 500}, "pc policy usage others", nil, 7},
		"nothing is served":           {graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: 500}, "", errAny, 6},
		"all is forbidden":            {batch, graphfake.Fault{Status: 403}, "", graph.ErrForbidden, 1},
		"all has to wait":             {batch, graphfake.Fault{Status: 429, RetryAfter: time.Hour}, "", graph.ErrThrottled, 1},
		"a batch that makes no sense": {batch, graphfake.Fault{Garbage: true}, "", errAny, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, c, added := owner(t, func(c *graph.Config) { c.Beta = true })
			found := graph.Match{CloudPC: graph.CloudPC{ID: added.ID, PolicyID: added.ProvisioningPolicyID, UserPrincipalName: added.UserPrincipalName}}
			if row.fault != (graphfake.Fault{}) {
				w.Fail(row.match, row.fault)
			}
			got, err := c.Inspect(t.Context(), found)
			read := ""
			for what, failed := range map[string]error{"pc": err, "policy": got.PolicyErr, "usage": got.UsageErr, "others": got.OthersErr} {
				e, _ := errors.AsType[*graph.Error](failed)
				if failed != nil && (e == nil || e.Outcome != graph.NotActed || row.is == nil || row.is != errAny && !errors.Is(failed, row.is) || e.RetryAfter != row.fault.RetryAfter) {
					t.Errorf("%s: %v", what, failed)
				}
			}
			for _, part := range []struct {
				what string
				read bool
			}{
				{"pc", err == nil && got.CloudPC.ID == added.ID},
				{"policy", err == nil && got.PolicyErr == nil && (got.Policy.ID != "") != (name == "the policy is gone")},
				{"usage", err == nil && got.UsageErr == nil && got.Usage.SignedIn},
				{"others", err == nil && got.OthersErr == nil && len(got.Others) == 2},
			} {
				if part.read {
					read += " " + part.what
				}
			}
			if read != "" {
				read = read[1:]
			}
			if n := w.sent(); read != row.read || n != row.calls {
				t.Errorf("%d calls, read: %s", n, read)
			}
		})
	}
}

func TestWhatIsInACooldownIsLeftOutOfAnInspection(t *testing.T) {
	w, c, clock := resting(t, nil)
	added := w.Add(graphfake.CloudPC{})
	m := graph.Match{CloudPC: graph.CloudPC{ID: added.ID, PolicyID: added.ProvisioningPolicyID, UserPrincipalName: added.UserPrincipalName}}
	for kind, of := range map[string]func(graph.Inspection, error) error{
		graphfake.Get:       func(_ graph.Inspection, err error) error { return err },
		graphfake.GetPolicy: func(in graph.Inspection, _ error) error { return in.PolicyErr },
		graphfake.GetUsage:  func(in graph.Inspection, _ error) error { return in.UsageErr },
		graphfake.List:      func(in graph.Inspection, _ error) error { return in.OthersErr },
	} {
		w.Fail(graphfake.Match{Kind: kind}, graphfake.Fault{Status: 429, RetryAfter: time.Minute, Times: 1})
		for i, want := range []int{1, 0, 1} {
			before := w.kinds()[kind]
			in, err := c.Inspect(t.Context(), m)
			if err := of(in, err); (err == nil) != (i == 2) || err != nil && (!errors.Is(err, graph.ErrThrottled) || after(err) != time.Minute) {
				t.Errorf("%s, %d: %v", kind, i, err)
			}
			if n := w.kinds()[kind] - before; n != want {
				t.Errorf("%s, %d: asked %d times", kind, i, n)
			}
			if i == 1 {
				clock.move(time.Minute)
			}
		}
	}
}

// A filter that shows everybody is not read to its end for what is only good to know.
func TestOneFilteredPageIsEnoughToShowOthers(t *testing.T) {
	w, c, added := owner(t, func(c *graph.Config) { c.Beta = true })
	w.Tune(func(cfg *graphfake.Config) { cfg.PageSize, cfg.Unheeded = 2, []string{"userPrincipalName"} })
	in, err := c.Inspect(t.Context(), graph.Match{CloudPC: graph.CloudPC{ID: added.ID, UserPrincipalName: added.UserPrincipalName}})
	if err != nil || in.OthersErr != nil || !slices.Equal(names(in.Others), []string{"CPC-2"}) || w.kinds()[graphfake.List] != 1 {
		t.Errorf("%v, %v, %q", err, in.OthersErr, names(in.Others))
	}
}

func TestAnInspectionOfNonsenseIsNotSent(t *testing.T) {
	w := open(t, graphfake.Config{})
	for _, id := range []string{"", "..", "a\nb"} {
		if _, err := w.client(t, nil).Inspect(t.Context(), graph.Match{CloudPC: graph.CloudPC{ID: id}}); !errors.Is(err, graph.ErrInvalid) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if len(w.Calls()) != 0 {
		t.Errorf("%+v", w.Calls())
	}
}

func TestAnInspectionIsGivenUpWithItsCaller(t *testing.T) {
	w, c, added := owner(t, func(c *graph.Config) { c.Beta = true })
	w.Fail(graphfake.Match{Kind: graphfake.GetUsage}, graphfake.Fault{Delay: time.Second})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if in, err := c.Inspect(ctx, graph.Match{CloudPC: graph.CloudPC{ID: added.ID}}); !errors.Is(err, context.DeadlineExceeded) || in.CloudPC.ID != "" {
		t.Errorf("%v, %+v", err, in)
	}
}

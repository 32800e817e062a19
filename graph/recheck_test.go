package graph_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

func TestARecheckIsWhatTwoReadsAre(t *testing.T) {
	for _, withBeta := range []bool{true, false} {
		w := open(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}})
		added := w.Add(graphfake.CloudPC{GroupName: "Front desk"})
		c := w.tuned(t, func(c *graph.Config) { c.Beta = withBeta })
		pc, p, missing, err := c.Recheck(t.Context(), added.ID, added.ProvisioningPolicyID)
		if alone, inside := w.calls(); alone != 1 || inside != 2 || len(w.Calls()) != 3+2 { // and Entra's two
			t.Errorf("%d calls with %d parts, %+v", alone, inside, w.Calls())
		}
		wantPC, err1 := c.CloudPC(t.Context(), added.ID)
		wantPolicy, err2 := c.Policy(t.Context(), added.ProvisioningPolicyID)
		if err := errors.Join(err, err1, err2); err != nil || missing || pc.Beta != withBeta {
			t.Fatal(err, missing, pc.Beta)
		}
		if diff := cmp.Diff(wantPC, pc) + cmp.Diff(wantPolicy, p); diff != "" {
			t.Error(diff)
		}
	}
}

func TestARecheckWithoutAPolicyReadsTheMachine(t *testing.T) {
	w := open(t, graphfake.Config{})
	added := w.Add(graphfake.CloudPC{})
	pc, p, missing, err := w.client(t, nil).Recheck(t.Context(), added.ID, "")
	if err != nil || missing || pc.ID != added.ID || p != (graph.Policy{}) || w.kinds()[graphfake.Get] != 1 || w.kinds()[graphfake.Batch] != 0 {
		t.Errorf("%v, %+v, %+v, %v", err, pc, p, w.kinds())
	}
}

// Each row says what goes wrong once, what comes of it, and how many calls that takes.
func TestARecheckTellsWhatFailed(t *testing.T) {
	get, policy, batch := graphfake.Match{Kind: graphfake.Get}, graphfake.Match{Kind: graphfake.GetPolicy}, graphfake.Match{Kind: graphfake.Batch}
	in := func(m graphfake.Match, version string) graphfake.Match { m.Version = version; return m }
	for name, row := range map[string]struct {
		match graphfake.Match
		fault graphfake.Fault
		op    string // of the error; empty = none
		is    error
		pc    bool
		gone  bool // the policy
		beta  bool
		alone int // calls, the batch included
	}{
		"nothing":                      {pc: true, beta: true, alone: 1},
		"the policy is gone":           {policy, graphfake.Fault{Status: 404}, "", nil, true, true, true, 2},
		"beta does not know policies":  {in(policy, "beta"), graphfake.Fault{Status: 400}, "", nil, true, false, true, 2},
		"policies are forbidden":       {policy, graphfake.Fault{Status: 403}, "read policy", graph.ErrForbidden, true, false, true, 1},
		"the policy is throttled":      {policy, graphfake.Fault{Status: 429}, "read policy", graph.ErrThrottled, true, false, true, 1},
		"the policy's service is lost": {policy, graphfake.Fault{Undiscovered: true}, "read policy", graph.ErrUndiscovered, true, false, true, 1},
		"a proxy in a part":            {policy, graphfake.Fault{Status: 404, Foreign: true}, "read policy", nil, true, false, true, 1},
		"the machine is gone":          {get, graphfake.Fault{Status: 404}, "read", graph.ErrNotFound, false, false, false, 3},
		"beta does not know machines":  {in(get, "beta"), graphfake.Fault{Status: 404}, "", nil, true, false, false, 3},
		"the machine is forbidden":     {get, graphfake.Fault{Status: 403}, "read", graph.ErrForbidden, false, false, false, 1},
		"the machine is cut off once":  {get, graphfake.Fault{DropBefore: true, Times: 1}, "", nil, true, false, true, 2},
		"the machine is not served":    {get, graphfake.Fault{Status: 503}, "read", nil, false, false, false, 4},
		"the machine has to wait":      {get, graphfake.Fault{Status: 503, RetryAfter: time.Minute}, "read", nil, false, false, false, 1},
		"the policy is not served":     {policy, graphfake.Fault{Status: 500, Times: 1}, "", nil, true, false, true, 2},
		"a token for the machine":      {get, graphfake.Fault{CAE: true}, "", nil, true, false, true, 4}, // the policy's part met it too
		"a token for all":              {batch, graphfake.Fault{CAE: true}, "", nil, true, false, true, 2},
		"the service stumbles":         {batch, graphfake.Fault{Status: 503, Times: 1}, "", nil, true, false, true, 2},
		"nobody has batches":           {batch, graphfake.Fault{Status: 404}, "", nil, true, false, true, 3},
		"batches are not served":       {batch, graphfake.Fault{Status: 500}, "", nil, true, false, true, 5},
		"beta has no batches":          {in(batch, "beta"), graphfake.Fault{Status: 404}, "", nil, true, false, true, 3},
		"all is forbidden":             {batch, graphfake.Fault{Status: 403}, "read", graph.ErrForbidden, false, false, false, 1},
		"all is throttled":             {batch, graphfake.Fault{Status: 429, RetryAfter: time.Hour}, "read", graph.ErrThrottled, false, false, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, graphfake.Config{})
			added := w.Add(graphfake.CloudPC{})
			c := w.client(t, nil)
			if err := c.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			if row.fault != (graphfake.Fault{}) {
				w.Fail(row.match, row.fault)
			}
			pc, p, gone, err := c.Recheck(t.Context(), added.ID, added.ProvisioningPolicyID)
			e, _ := errors.AsType[*graph.Error](err)
			if row.op == "" && err != nil || row.op != "" && (e == nil || e.Op != row.op || e.Outcome != graph.NotActed) || row.is != nil && !errors.Is(err, row.is) {
				t.Errorf("%v", err)
			}
			if (pc.ID == added.ID) != row.pc || gone != row.gone || pc.Beta != row.beta || (p.ID == added.ProvisioningPolicyID) != (row.op == "" && !row.gone) {
				t.Errorf("%+v, %+v, gone %v", pc, p, gone)
			}
			alone := 0
			for _, call := range w.Calls() {
				if !call.InBatch && call.Version != "" {
					alone++
				}
			}
			if alone != row.alone {
				t.Errorf("%d calls", alone)
			}
		})
	}
}

func TestARecheckDoesWithoutBatches(t *testing.T) {
	w := open(t, graphfake.Config{})
	added := w.Add(graphfake.CloudPC{})
	w.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Status: 404})
	pc, p, gone, err := w.tuned(t, func(c *graph.Config) { c.Beta = false }).Recheck(t.Context(), added.ID, added.ProvisioningPolicyID)
	if err != nil || gone || pc.ID != added.ID || p.ID != added.ProvisioningPolicyID {
		t.Errorf("%v, %+v, %+v, gone %v", err, pc, p, gone)
	}
}

func TestARecheckTakesTheOlderViewWhereItMust(t *testing.T) {
	w, c, _ := resting(t, nil)
	added := w.Add(graphfake.CloudPC{GroupName: "Front desk"})
	w.Tune(func(cfg *graphfake.Config) { cfg.NotInBeta = []string{"connectivityResult"} })
	for i, want := range []int{3, 1} { // the batch, and the machine alone in two views; then one batch
		before, _ := w.calls()
		pc, p, _, err := c.Recheck(t.Context(), added.ID, added.ProvisioningPolicyID)
		if err != nil || !pc.Beta || pc.Status != graph.Provisioned || pc.GroupName != "" || p.ID == "" {
			t.Errorf("%v, %+v, %+v", err, pc, p)
		}
		if now, _ := w.calls(); now-before != want {
			t.Errorf("%d: %d calls", i, now-before)
		}
	}
}

func TestACooldownOfOnePartHoldsARecheckBack(t *testing.T) {
	for kind, op := range map[string]string{graphfake.Get: "read", graphfake.GetPolicy: "read policy"} {
		w, c, clock := resting(t, nil)
		added := w.Add(graphfake.CloudPC{})
		check := func(calls int, after time.Duration) {
			t.Helper()
			before, _ := w.calls()
			_, _, _, err := c.Recheck(t.Context(), added.ID, added.ProvisioningPolicyID)
			e, _ := errors.AsType[*graph.Error](err)
			if (err != nil) != (after > 0) || err != nil && (e == nil || e.RetryAfter != after || e.Op != op || !errors.Is(err, graph.ErrThrottled)) {
				t.Errorf("%s: %v", kind, err)
			}
			if now, _ := w.calls(); now-before != calls {
				t.Errorf("%s: %d calls", kind, now-before)
			}
		}
		w.Fail(graphfake.Match{Kind: kind}, graphfake.Fault{Status: 429, RetryAfter: time.Minute, Times: 1})
		check(1, time.Minute)
		clock.move(20 * time.Second)
		check(0, 40*time.Second)
		_, machine := c.CloudPC(t.Context(), added.ID)
		_, policy := c.Policy(t.Context(), added.ProvisioningPolicyID)
		if fmt.Sprint(machine != nil, policy != nil) != fmt.Sprint(kind == graphfake.Get, kind == graphfake.GetPolicy) {
			t.Errorf("%s: %v, %v", kind, machine, policy)
		}
		clock.move(40 * time.Second)
		check(1, 0)
		w.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Status: 503, RetryAfter: time.Minute, Times: 1})
		if _, _, _, err := c.Recheck(t.Context(), added.ID, added.ProvisioningPolicyID); after(err) != time.Minute {
			t.Error(err)
		}
		for _, err := range []error{func() error { _, err := c.CloudPC(t.Context(), added.ID); return err }(), func() error { _, err := c.Policy(t.Context(), added.ProvisioningPolicyID); return err }()} {
			if !errors.Is(err, graph.ErrThrottled) {
				t.Errorf("the whole call was throttled, and then: %v", err)
			}
		}
	}
}

func TestARecheckOfNonsenseIsNotSent(t *testing.T) {
	w := open(t, graphfake.Config{})
	c := w.client(t, nil)
	for _, ids := range [][2]string{{"", ""}, {"..", someGUID}, {someGUID, ".."}, {someGUID, "a\nb"}} {
		if _, _, _, err := c.Recheck(t.Context(), ids[0], ids[1]); !errors.Is(err, graph.ErrInvalid) {
			t.Errorf("%q: %v", ids, err)
		}
	}
	if len(w.Calls()) != 0 {
		t.Errorf("%+v", w.Calls())
	}
}

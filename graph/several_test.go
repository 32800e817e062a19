package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// several is a world with n machines, and their ids.
func several(t *testing.T, n int) (*world, *graph.Client, []string) {
	t.Helper()
	w := open(t, graphfake.Config{})
	var ids []string
	for i := range n {
		ids = append(ids, w.Add(graphfake.CloudPC{DisplayName: fmt.Sprintf("CPC-%d", i)}).ID)
	}
	return w, w.client(t, nil), ids
}

// calls counts what arrived at Graph by itself, and inside of it.
func (w *world) calls() (alone, inBatches int) {
	for _, c := range w.Calls() {
		switch {
		case c.InBatch:
			inBatches++
		case c.Kind == graphfake.Get, c.Kind == graphfake.Batch:
			alone++
		}
	}
	return alone, inBatches
}

func TestSeveralAreReadTwentyInACall(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 2: 1, 20: 1, 21: 2, 45: 3, 100: 5} {
		w, c, ids := several(t, n)
		readings := c.CloudPCs(t.Context(), ids)
		if alone, _ := w.calls(); alone != want || len(readings) != n {
			t.Errorf("%d machines: %d calls, %d readings", n, alone, len(readings))
		}
		for i, r := range readings {
			if r.Err != nil || r.CloudPC.ID != ids[i] {
				t.Fatalf("%d of %d: %v, %+v", i, n, r.Err, r.CloudPC)
			}
		}
	}
}

func TestOneOfSeveralIsWhatItIsAlone(t *testing.T) {
	_, c, ids := several(t, 3)
	for i, r := range c.CloudPCs(t.Context(), ids) {
		alone, err := c.CloudPC(t.Context(), ids[i])
		if err != nil || r.Err != nil {
			t.Fatal(err, r.Err)
		}
		if diff := cmp.Diff(alone, r.CloudPC); diff != "" || !r.CloudPC.Beta {
			t.Error(diff)
		}
	}
}

func TestEachOfSeveralFaresForItself(t *testing.T) {
	w, c, ids := several(t, 5)
	w.Fail(graphfake.Match{Kind: graphfake.Get, PC: "CPC-1"}, graphfake.Fault{Status: 429, RetryAfter: 7 * time.Second})
	w.Fail(graphfake.Match{Kind: graphfake.Get, PC: "CPC-2"}, graphfake.Fault{Status: 429, RetryAfter: 90 * time.Second})
	w.Fail(graphfake.Match{Kind: graphfake.Get, PC: "CPC-3"}, graphfake.Fault{DropBefore: true}) // a 504 of its part
	ids = append(ids, "11111111-1111-4111-8111-111111111111", "..")
	got := c.CloudPCs(t.Context(), ids)
	for i, want := range []struct {
		err   error
		after time.Duration
	}{{}, {graph.ErrThrottled, 7 * time.Second}, {graph.ErrThrottled, 90 * time.Second}, {}, {}, {err: graph.ErrNotFound}, {err: graph.ErrInvalid}} {
		e, _ := errors.AsType[*graph.Error](got[i].Err)
		switch {
		case i == 3:
			if e == nil || e.Status != http.StatusGatewayTimeout || graph.OutcomeOf(e) != graph.NotActed {
				t.Errorf("cut off: %v", got[i].Err)
			}
		case !errors.Is(got[i].Err, want.err):
			t.Errorf("%d: %v", i, got[i].Err)
		case e != nil && (e.RetryAfter != want.after || e.Name != ids[i]):
			t.Errorf("%d: %+v", i, e)
		}
	}
	if e, _ := errors.AsType[*graph.Error](got[5].Err); e == nil || e.RequestID == "" || e.Code == "" {
		t.Errorf("an error that says little: %+v", e)
	}
}

func TestAThrottledCallIsThrottledForAll(t *testing.T) {
	w, c, ids := several(t, 3)
	w.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Status: 429, RetryAfter: time.Minute})
	for i, r := range c.CloudPCs(t.Context(), ids) {
		if e, ok := errors.AsType[*graph.Error](r.Err); !ok || e.RetryAfter != time.Minute || !errors.Is(e, graph.ErrThrottled) || e.Name != ids[i] {
			t.Errorf("%v", r.Err)
		}
	}
	if alone, _ := w.calls(); alone != 1 {
		t.Errorf("%d calls", alone)
	}
}

func TestSeveralAreReadAgainWhereThatHelps(t *testing.T) {
	for name, row := range map[string]struct {
		match graphfake.Match
		fault graphfake.Fault
		calls int
		beta  bool
	}{
		"the service stumbles":     {graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Status: 503, Times: 1}, 2, true},
		"the call is challenged":   {graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{CAE: true}, 2, true},
		"the first is challenged":  {graphfake.Match{Kind: graphfake.Get}, graphfake.Fault{CAE: true}, 4, true}, // the batch, one alone and once more, the others
		"the last is challenged":   {graphfake.Match{Kind: graphfake.Get, PC: "CPC-3"}, graphfake.Fault{CAE: true}, 3, true},
		"beta has no batches":      {graphfake.Match{Kind: graphfake.Batch, Version: "beta"}, graphfake.Fault{Status: 404}, 2, false},
		"beta has no such address": {graphfake.Match{Kind: graphfake.Get, Version: "beta"}, graphfake.Fault{Status: 410}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, c, ids := several(t, 4)
			if _, err := c.CloudPC(t.Context(), ids[0]); err != nil { // there is a token
				t.Fatal(err)
			}
			before, _ := w.calls()
			w.Fail(row.match, row.fault)
			for i, r := range c.CloudPCs(t.Context(), ids) {
				if r.Err != nil || r.CloudPC.ID != ids[i] || r.CloudPC.Beta != row.beta {
					t.Errorf("%d: %v, %+v", i, r.Err, r.CloudPC)
				}
			}
			if alone, _ := w.calls(); alone-before != row.calls {
				t.Errorf("%d calls", alone-before)
			}
		})
	}
}

func TestATokenThatIsNeverTakenIsNotTriedForEver(t *testing.T) {
	w, c, ids := several(t, 4)
	w.Fail(graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: 401})
	for _, r := range c.CloudPCs(t.Context(), ids) {
		if !errors.Is(r.Err, graph.ErrUnauthorized) {
			t.Error(r.Err)
		}
	}
	if alone, _ := w.calls(); alone > 4 {
		t.Errorf("%d calls", alone)
	}
}

func TestSeveralAreGivenUpTogether(t *testing.T) {
	w, c, ids := several(t, 3)
	w.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Hang: true})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for _, r := range c.CloudPCs(ctx, ids) {
		if !errors.Is(r.Err, context.DeadlineExceeded) {
			t.Error(r.Err)
		}
	}
}

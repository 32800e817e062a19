package graph_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// recorder is an observer that keeps what it is told.
type recorder struct {
	mu   sync.Mutex
	told []string
}

func (r *recorder) CalledGraph(operation string, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, fmt.Sprint(operation, " ", status))
}

func (r *recorder) Cooldown(service string, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, "cooldown "+service)
}

// since returns what was told since the last call.
func (r *recorder) since() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.told
	r.told = nil
	return told
}

// Every request on the wire is told of, a repeated one again, and of it only what it was for and what
// came of it.
func TestEveryCallOfGraphIsObserved(t *testing.T) {
	var seen recorder
	w := open(t, graphfake.Config{})
	c := w.tuned(t, func(c *graph.Config) { c.Observer = &seen })
	pc := w.Add(graphfake.CloudPC{DisplayName: "CPC-ada"})
	look := func(want ...string) {
		t.Helper()
		if got := seen.since(); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Fatal(err)
	}
	look("read 200")
	w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{Status: 409, Times: 1})
	_ = c.Reprovision(t.Context(), pc.ID, graph.Build{})
	look("reprovision 409")
	w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{Status: 429, RetryAfterText: "9", Times: 1})
	_ = c.Reprovision(t.Context(), pc.ID, graph.Build{})
	look("reprovision 429") // starts no cooldown
	w.Fail(graphfake.Match{Kind: graphfake.Get}, graphfake.Fault{Status: 429, RetryAfterText: "240", Times: 1})
	_, _ = c.CloudPC(t.Context(), pc.ID)
	look("read 429", "cooldown graph")
}

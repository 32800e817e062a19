package graph_test

import (
	"context"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// TestTheLatestCallTellsOfAnOutage: what Graph says about one machine is no outage, nor is what Entra says.
func TestTheLatestCallTellsOfAnOutage(t *testing.T) {
	graphs := graphfake.Match{Kind: "graph"}
	for name, row := range map[string]struct {
		on     graphfake.Match
		fault  graphfake.Fault
		outage bool
	}{
		"503":              {graphs, graphfake.Fault{Status: 503}, true},
		"a proxy's page":   {graphs, graphfake.Fault{Status: 403, Foreign: true}, true},
		"403":              {graphs, graphfake.Fault{Status: 403}, true},
		"401":              {graphs, graphfake.Fault{Status: 401}, true},
		"no service":       {graphs, graphfake.Fault{Undiscovered: true}, true},
		"hangs up":         {graphs, graphfake.Fault{DropBefore: true}, true},
		"does not answer":  {graphs, graphfake.Fault{Hang: true}, true},
		"404":              {graphs, graphfake.Fault{Status: 404}, false},
		"429":              {graphs, graphfake.Fault{Status: 429}, false},
		"Entra is away":    {graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 503}, false},
		"Intune's refusal": {graphs, graphfake.Fault{Status: 403, Code: "ApprovalRequired"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, graphfake.Config{})
			pc := w.Add(graphfake.CloudPC{DisplayName: "CPC-ada"}).ID
			c := w.tuned(t, func(c *graph.Config) { c.Timeout = time.Second })
			if at, err := c.Latest(); !at.IsZero() || err != nil {
				t.Errorf("before the first call: %v %v", at, err)
			}
			w.Fail(row.on, row.fault)
			calls := map[string]func() error{
				"reprovision": func() error { return c.Reprovision(t.Context(), pc, graph.Build{}) },
				"read":        func() error { _, err := c.CloudPC(t.Context(), pc); return err },
			}
			for call, do := range calls {
				if err := do(); err == nil {
					t.Fatalf("%s: no error", call)
				}
				if at, err := c.Latest(); (err != nil) != row.outage || row.outage && time.Since(at) > time.Minute {
					t.Errorf("%s: %v %v", call, at, err)
				}
			}
			if w.Heal(); !row.outage {
				return
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := c.CloudPC(gone, pc); err == nil {
				t.Error("a call that was given up has no error")
			}
			if _, err := c.Latest(); err == nil {
				t.Error("a call that its caller gave up ends the outage")
			}
			if _, err := c.Reach(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if at, err := c.Latest(); err != nil || time.Since(at) > time.Minute {
				t.Errorf("after a good call: %v %v", at, err)
			}
		})
	}
}

// A report of use is for the card alone; the bot does without it.
func TestAReportThatIsRefusedIsNoOutage(t *testing.T) {
	w := open(t, graphfake.Config{})
	pc := w.Add(graphfake.CloudPC{DisplayName: "CPC-ada"}).ID
	c := w.client(t, nil)
	w.Fail(graphfake.Match{Kind: graphfake.GetUsage}, graphfake.Fault{Status: 403})
	if _, err := c.Usage(t.Context(), pc); err == nil {
		t.Fatal("no error")
	}
	if _, err := c.Latest(); err != nil {
		t.Error(err)
	}
}

package bot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// built has so many machines being built, none of which was looked at yet.
func built(t *testing.T, n int) (*world, []ledger.Request) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w := newWorld(ctx, t, "sqlite")
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	var asked []*slackfake.Interaction
	for i := range n {
		name := fmt.Sprintf("CPC-many-%d", i)
		w.tenant.Add(graphfake.CloudPC{DisplayName: name, Status: "provisioned"})
		asked = append(asked, w.slack.Type(user("ada"), channels["#it"], name))
	}
	for _, g := range asked {
		if _, err := g.WaitAck(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.in(ledger.Provisioning, n)
	return w, w.all(w.open())
}

// looks counts the calls that read machines: those for them, and the machines.
func (w *world) looks() (calls, machines int) {
	for _, c := range w.tenant.Calls() {
		if c.Kind == graphfake.Get {
			machines++
		}
		if c.Kind == graphfake.Batch || c.Kind == graphfake.Get && !c.InBatch {
			calls++
		}
	}
	return calls, machines
}

func TestAHundredRunsAreFollowedInFewReads(t *testing.T) {
	t.Parallel()
	const runs = 100
	w, _ := built(t, runs)
	calls, machines := w.looks()
	for range 24 { // of five seconds each: an interval passes as it does, not in one leap
		w.pass(5 * time.Second)
		w.settled()
	}
	after, seen := w.looks()
	if seen-machines != runs {
		t.Errorf("%d looks at %d runs", seen-machines, runs)
	}
	if cost := after - calls; cost > 7 {
		t.Errorf("%d reads for %d runs", cost, runs)
	} else {
		t.Logf("%d reads for %d runs", cost, runs)
	}
}

func TestWhatFollowsKeepsToGraphsWishToWait(t *testing.T) {
	t.Parallel()
	w, all := built(t, 5)
	eyes := w.open()
	due := func(r ledger.Request) time.Duration {
		r, err := eyes.Get(w.ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r.Due.Sub(w.clock.now())
	}
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Get, PC: all[0].Target.ID}, graphfake.Fault{Status: 429, RetryAfter: 10 * time.Minute, Times: 1})
	w.pass(2 * time.Minute)
	w.settled()
	for i, r := range all {
		got, least, most := due(r), time.Minute, 2*time.Minute
		if i == 0 {
			least, most = 4*time.Minute+50*time.Second, 6*time.Minute
		}
		if got < least || got > most {
			t.Errorf("run %d is looked at again in %v", i, got)
		}
	}
	w.tenant.Heal()
	w.tenant.Fail(graphfake.Match{Kind: graphfake.Batch}, graphfake.Fault{Status: 429, RetryAfter: 20 * time.Minute, Times: 1})
	w.pass(2 * time.Minute)
	w.settled()
	for i, r := range all[1:] {
		if got := due(r); got < 4*time.Minute+50*time.Second || got > 6*time.Minute {
			t.Errorf("run %d is looked at again in %v", i+1, got)
		}
	}
}

// TestARequestCostsFewCalls counts what a request costs that is approved and succeeds: calls on the
// wire, and reads, which are the same or the parts of a batch. To follow it is counted elsewhere.
func TestARequestCostsFewCalls(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	var found, sent cost
	for _, line := range []string{
		"set APPROVALS=1", "ada types /reprovision CPC-ada", "card Needs … approval", "(found)", "ben presses Approve",
		"graph saw POST …", "card Accepted by Microsoft.", "(sent)", "graph says provisioning", "time passes 3 minutes",
		"card is being rebuilt", "graph says provisioned", "time passes 3 minutes", "thread later Done.", "thread ends",
	} {
		switch line {
		case "(found)":
			found = w.graphCost()
			continue
		case "(sent)":
			sent = w.graphCost()
			continue
		}
		if err := w.say(line); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, w.picture())
		}
	}
	for _, row := range []struct {
		what      string
		got, most cost
	}{
		// A filter for each name and the list of all; the machine, its policy, its use, its user's
		// others; the image, which the policy names.
		{"to find the machine, and to show what it is used for", found, cost{calls: 3, reads: 8}},
		{"to act on the approval", cost{sent.calls - found.calls, sent.reads - found.reads}, cost{calls: 2, reads: 2}}, // machine and policy again; the POST
	} {
		if row.got.calls > row.most.calls || row.got.reads > row.most.reads {
			t.Errorf("it cost %+v of Graph %s, want at most %+v", row.got, row.what, row.most)
		}
		t.Logf("%+v of Graph %s", row.got, row.what)
	}
	calls, progress := 0, 0
	for _, c := range w.slack.Calls() {
		switch {
		case c.Method == "chat.update" && !strings.Contains(c.Args["blocks"], "*Done.*"):
			progress++
		case strings.HasPrefix(c.Method, "chat."):
			calls++
		}
	}
	if calls > 6 || progress > 4 {
		t.Errorf("it cost %d calls and %d redraws on the way", calls, progress)
	}
	t.Logf("%d calls, %d redraws on the way", calls, progress)
}

// cost is what Graph was asked: calls on the wire, and reads, be they calls or parts of one.
type cost struct{ calls, reads int }

// graphCost is what Graph was asked so far, without the calls for tokens.
func (w *world) graphCost() (n cost) {
	for _, c := range w.tenant.Calls() {
		if c.Kind == graphfake.Token || c.Kind == graphfake.Discovery {
			continue
		}
		if !c.InBatch {
			n.calls++
		}
		if c.Kind != graphfake.Batch && c.Kind != graphfake.Reprovision {
			n.reads++
		}
	}
	return n
}

package bot_test

import (
	"context"
	"fmt"
	"slices"
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
	if cost := after - calls; cost > 15 { // five are the least; a busy machine claims some a moment later
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

// TestARequestCostsFewCalls counts what a request costs that is approved and succeeds: of Graph calls on
// the wire, and reads, which are the same or the parts of a batch; of Slack posts, redraws of the card,
// and fresh look-ups before the deed. To follow many of them is counted elsewhere.
func TestARequestCostsFewCalls(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		owner string
		slack slackCost
	}{
		// The card, the approval and Graph's answer in one reply, and the end: three posts and two redraws
		// before the end, one of each more where Graph's answer comes late, and one redraw more where the bot is kept waiting between. The press judges who presses, which may be a minute old. Just before the
		// call the requester, who approved, and the channel are looked up freshly.
		"nobody else is told": {"false", slackCost{posts: 4, redraws: 4, end: 1, press: 1, again: 3}},
		// And what is about to happen, that it begins, and its end, to the owner, whose address is looked up
		// freshly once more.
		"the owner is told": {"true", slackCost{posts: 7, redraws: 4, end: 1, press: 1, again: 4}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w := newWorld(ctx, t, "sqlite")
			var found, sent cost
			var before int
			for _, line := range []string{
				"set APPROVALS=1", "set NOTIFY_OWNER=" + row.owner, "ada types /reprovision CPC-ada", "card Needs … approval", "(found)", "ben presses Approve",
				"graph saw POST …", "card Accepted by Microsoft.", "(sent)", "graph says provisioning", "time passes 3 minutes",
				"card is being rebuilt", "graph says provisioned", "time passes 3 minutes", "thread later Done.", "thread ends",
			} {
				switch line {
				case "(found)":
					found, before = w.graphCost(), len(w.slack.Calls())
					continue
				case "(sent)":
					sent = w.graphCost()
					continue
				}
				if err := w.say(line); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, w.picture())
				}
			}
			w.settled()
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
			got := w.slackCost(before)
			if !got.within(row.slack) {
				t.Errorf("it cost %+v of Slack, want at most %+v", got, row.slack)
			}
			t.Logf("%+v of Slack", got)
		})
	}
}

// slackCost is what one request costs of Slack.
type slackCost struct {
	posts   int // messages
	redraws int // of the card, before the end
	end     int // redraws that show the end
	press   int // look-ups before the approval is stored
	again   int // look-ups from then until the call to Graph
}

// within reports whether each of the costs is at most that of most.
func (n slackCost) within(most slackCost) bool {
	return n.posts <= most.posts && n.redraws <= most.redraws && n.end <= most.end && n.press <= most.press && n.again <= most.again
}

// lookups are the methods by which Slack says who people are, and what a channel is.
var lookups = []string{"users.info", "conversations.info", "usergroups.users.list", "users.lookupByEmail"}

// slackCost is what the one request of a world has cost; found is how many calls there were before it was approved.
func (w *world) slackCost(found int) (n slackCost) {
	var approved, called time.Time
	eyes := w.open()
	events, err := eyes.Events(w.ctx, w.all(eyes)[0].ID, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		switch e.Kind {
		case ledger.WasApproved:
			approved = e.At
		case ledger.WasSubmitted: // stored just before the call, after the last look-up
			called = e.At
		}
	}
	for i, c := range w.slack.Calls() {
		switch lookup := i >= found && slices.Contains(lookups, c.Method); {
		case c.Method == "chat.update" && strings.Contains(c.Args["text"], " is ready. "):
			n.end++
		case c.Method == "chat.update":
			n.redraws++
		case strings.HasPrefix(c.Method, "chat."):
			n.posts++
		case lookup && c.At.Before(approved):
			n.press++
		case lookup && c.At.Before(called):
			n.again++
		}
	}
	return n
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

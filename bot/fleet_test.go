package bot_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// fates are how reprovisions turn out, and how the tenant's own log says so.
var fates = []struct {
	name  string
	fault graphfake.Fault
	off   bool // it is powered off for half an hour
	ends  string
}{
	{"ready", graphfake.Fault{}, false, "provisioned"},
	{"flips back to the old status", graphfake.Fault{FlipFlop: true}, false, "provisioned"},
	{"fails", graphfake.Fault{FailLate: true}, false, "failed"},
	{"ready, with warnings", graphfake.Fault{WarnLate: true}, false, "provisionedWithWarnings"},
	{"its action row lags behind", graphfake.Fault{RowLags: true}, false, "provisioned"},
	{"powered off at first", graphfake.Fault{}, true, "provisioned"},
	{"flips, and fails", graphfake.Fault{FlipFlop: true, FailLate: true}, false, "failed"},
}

// TestAFleetIsFollowedToItsEnd follows many runs at once, by a status that lags and flips: each request
// ends as the tenant's own log says, and looking costs less than a tenth of a call, and about one read
// inside a batch, for each interval of each machine whose run goes on. FLEET is how many; `make chaos` follows a thousand.
func TestAFleetIsFollowedToItsEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes 10 s without the race detector; make test runs it")
	}
	t.Parallel()
	n, _ := strconv.Atoi(cmp.Or(os.Getenv("FLEET"), "126"))
	for _, beta := range []string{"true", "false"} {
		t.Run("GRAPH_BETA="+beta, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			w := newWorld(ctx, t, "sqlite")
			w.waits = 2 * time.Minute
			w.set["GRAPH_BETA"], w.set["FOLLOW_TIMEOUT"] = beta, "3h"
			w.tenant.Tune(func(c *graphfake.Config) { c.Lag, c.Build = 6*time.Minute, 40*time.Minute })
			if err := w.start(); err != nil {
				t.Fatal(err)
			}
			eyes, ids := w.open(), make([]string, n)
			for i := range n {
				fate := fates[i%len(fates)]
				pc := graphfake.CloudPC{DisplayName: fmt.Sprint("CPC-fleet-", i), Status: "provisioned", UserPrincipalName: fmt.Sprintf("u%d@example.com", i)}
				if fate.off {
					pc.ProductType, pc.PowerState = "frontline", "poweredOff"
				}
				ids[i] = w.tenant.Add(pc).ID
				w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision, PC: ids[i]}, fate.fault)
			}
			var asked []*slackfake.Interaction
			for i := range n {
				asked = append(asked, w.slack.Type(user("ada"), channels["#it"], fmt.Sprint("CPC-fleet-", i)))
			}
			for _, a := range asked {
				if _, err := a.WaitAck(ctx); err != nil {
					t.Fatal(err)
				}
			}
			w.in(ledger.Provisioning, n)
			calls, reads := w.looks()
			live := 0 // machines that are followed, summed over the intervals: only they are to be looked at
			for i := range 50 {
				for _, r := range w.all(eyes) {
					if r.State == ledger.Provisioning {
						live++
					}
				}
				if i == 15 {
					for j, id := range ids {
						if fates[j%len(fates)].off {
							w.tenant.Set(id, func(p *graphfake.CloudPC) { p.PowerState = "running" })
						}
					}
				}
				for range 5 { // looks fall on a grid of a fifth of the interval
					w.pass(24 * time.Second)
					w.settled()
				}
			}
			after, seen := w.looks()
			each, looks := float64(after-calls)/float64(live), float64(seen-reads)/float64(live)
			t.Logf("%d machines, followed for %d intervals in all: %.3f calls and %.2f reads for each machine and interval", n, live, each, looks)
			if each >= 0.1 {
				t.Errorf("looking costs %.3f calls for each machine and interval", each)
			}
			if looks < 0.9 || looks > 1.25 { // an end counts once a second look, before the interval is over, shows it still
				t.Errorf("each machine is read %.2f times an interval, want about once", looks)
			}
			w.isAsTheTenantSays(eyes, ids, beta == "true")
		})
	}
}

// isAsTheTenantSays compares the requests with the tenant's own log. Without beta an end that only a
// status shows is not known; what is said to be ready must be so all the same.
func (w *world) isAsTheTenantSays(eyes ledger.Store, ids []string, beta bool) {
	w.t.Helper()
	ended := 0
	byMachine := map[string]ledger.Request{}
	for _, r := range w.all(eyes) {
		byMachine[r.Target.ID] = r
	}
	for i, id := range ids {
		fate, r := fates[i%len(fates)], byMachine[id]
		if got := w.tenant.PC(id).Status; got != fate.ends || w.tenant.Wipes(id) != 1 {
			w.t.Errorf("%s: the tenant's machine is %s, erased %d times", fate.name, got, w.tenant.Wipes(id))
		}
		want := map[string]ledger.State{"failed": ledger.Failed, "provisioned": ledger.Succeeded, "provisionedWithWarnings": ledger.Succeeded}[fate.ends]
		switch {
		case r.State.Ended() && (r.State != want || beta && (fate.ends == "provisionedWithWarnings") != (r.Cause.Code == ledger.WithWarnings)):
			w.t.Errorf("%s: the request is %s (%s)", fate.name, r.State, r.Cause.Code)
		case !r.State.Ended() && (beta || fate.ends != "failed"):
			w.t.Errorf("%s: the request is %s still", fate.name, r.State)
		case r.State.Ended():
			ended++
		}
	}
	w.t.Logf("%d of %d have ended", ended, len(ids))
}

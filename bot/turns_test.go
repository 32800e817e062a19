package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestNoRequestStarvesWhileLookUpsAreThrottled is row S17 of the public reports: thirty requests in
// one channel, while Slack throttles every third look-up for a second.
func TestNoRequestStarvesWhileLookUpsAreThrottled(t *testing.T) {
	t.Parallel()
	const requests = 30
	for name, row := range map[string]struct {
		pace  time.Duration
		slack time.Duration // how long after its turn a card may stand
	}{
		"without a pace":  {0, 15 * time.Second},
		"a post a second": {time.Second, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			if row.pace == time.Second && testing.Short() {
				t.Skip("SKIPPED: it takes half a minute")
			}
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			w := newWorld(ctx, t, "sqlite")
			w.set["APPROVALS"], w.set["SLACK_PACE"], w.set["PAUSE"] = "1", row.pace.String(), "1s" // as it is shipped
			for n := range requests {
				w.tenant.Add(graphfake.CloudPC{DisplayName: fmt.Sprintf("CPC-turn-%d", n), Status: "provisioned"})
			}
			var lookUps, throttled atomic.Int64
			w.slack.OnCall(func(c slackfake.Call, phase string) {
				if phase == slackfake.Arrived && c.Method == "conversations.info" && lookUps.Add(1)%3 == 0 {
					throttled.Add(1)
					w.slack.Fail(c.Method, slackfake.Fault{RetryAfter: time.Second, Times: 1})
				}
			})
			if err := w.start(); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for n := range requests {
				w.insists(t, "ada", fmt.Sprintf("CPC-turn-%d", n))
			}
			var err error
			for posted := 0; posted < requests && err == nil; {
				turn := time.Duration(posted) * row.pace
				deadline := began.Add(turn + row.slack)
				waiting, done := context.WithDeadline(ctx, deadline)
				err = w.slack.Wait(waiting, func() bool { return len(w.cards()) > posted })
				done()
				if err != nil {
					err = errors.Join(fmt.Errorf("card %d does not stand %v after its turn", posted+1, row.slack), err)
				}
				posted++
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, w.picture())
			}
			t.Logf("the last of %d cards stood after %v; %d of %d look-ups were throttled", requests, time.Since(began).Round(time.Millisecond), throttled.Load(), lookUps.Load())
			if throttled.Load() == 0 {
				t.Error("no look-up was throttled")
			}
		})
	}
}

// insists types a command until it is taken, as somebody does who reads that Slack did not say in
// time who they are.
func (w *world) insists(t *testing.T, who, machine string) {
	t.Helper()
	for range 20 {
		g := w.slack.Type(user(who), channels["#it"], machine)
		ack, err := g.WaitAck(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if requestID.MatchString(string(ack.Payload)) {
			return
		}
		if !strings.Contains(string(ack.Payload), "Try again in a moment") {
			t.Fatalf("%s", ack.Payload)
		}
	}
	t.Fatalf("%s was not taken", machine)
}

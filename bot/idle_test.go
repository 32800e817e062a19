package bot_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// TestWhatThisProcessMakesWaitsForNoIdleLook has a bot that looks by itself once an hour: what
// it makes due itself it has to be woken for, also in the middle of a breath.
func TestWhatThisProcessMakesWaitsForNoIdleLook(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		w.set["APPROVALS"], w.set["IDLE"], w.set["FOLLOW_INTERVAL"] = "1", "1h", "1h"
		answer := make(chan struct{})
		w.held.Store(&answer)
		for _, line := range []string{
			"ada types /reprovision CPC-ada", "card Needs … approval", "ben presses Approve", "card Sending it to Microsoft",
		} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		close(answer)
		if err := w.say("card Accepted by Microsoft."); err != nil {
			t.Fatalf("%v\n%s", err, w.picture())
		}
		eyes := w.open()
		for _, pc := range []string{"CPC-bob", "CPC-failed"} {
			w.slack.Type(user("ada"), channels["#it"], pc)
		}
		w.reach(eyes, ledger.Pending, 2, w.told)
		again := make(chan struct{})
		w.held.Store(&again)
		for _, m := range w.cards()[1:] { // in one breath
			w.slack.Press(user("ben"), m, "approve")
		}
		if err := w.await(func() error {
			for _, m := range w.cards()[1:] {
				if !strings.Contains(m.Plain(), "Sending it to Microsoft") {
					return errors.New("a card does not say that it is sent")
				}
			}
			return nil
		}); err != nil {
			t.Fatalf("%v\n%s", err, w.picture())
		}
		close(again)
		w.reach(eyes, ledger.Provisioning, 3, w.told)
	})
}

// passing passes over what is due, once for each kind of work when told, as PostgreSQL does with
// a row that somebody else has locked just then.
type passing struct {
	ledger.Store
	steps, threads *atomic.Bool
}

// Replace makes a change as another process does, which keeps no claim for this one.
func (s passing) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	r.Handover = nil
	return s.Store.Replace(ctx, r)
}

func (s passing) Claim(ctx context.Context, kind ledger.JobKind, worker string, lease time.Duration, n int) ([]ledger.Job, error) {
	if kind == ledger.JobStep && s.steps.Swap(false) || kind == ledger.JobThread && s.threads.Swap(false) {
		return nil, nil
	}
	return s.Store.Claim(ctx, kind, worker, lease, n)
}

// TestWhatWasLockedIsClaimedSoon has the first claim behind a press pass over what it was woken for.
func TestWhatWasLockedIsClaimedSoon(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		var steps, threads atomic.Bool
		w.between = func(s ledger.Store) ledger.Store { return passing{s, &steps, &threads} }
		w.set["APPROVALS"], w.set["IDLE"], w.set["FOLLOW_INTERVAL"] = "1", "1h", "1h"
		for _, line := range []string{"ada types /reprovision CPC-ada", "card Needs … approval"} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		w.settled()
		steps.Store(true)
		threads.Store(true)
		for _, line := range []string{"ben presses Approve", "card Accepted by Microsoft."} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		if steps.Load() || threads.Load() {
			t.Error("nothing was passed over")
		}
	})
}

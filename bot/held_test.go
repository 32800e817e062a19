package bot_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/worker"
)

// tallied counts how often tellings are claimed.
type tallied struct {
	ledger.Store
	claims *atomic.Int64
}

func (s tallied) Claim(ctx context.Context, kind ledger.JobKind, worker string, lease time.Duration, n int) ([]ledger.Job, error) {
	got, err := s.Store.Claim(ctx, kind, worker, lease, n)
	if kind == ledger.JobThread {
		s.claims.Add(int64(len(got)))
	}
	return got, err
}

// TestATellingThatOutlastsItsClaimIsToldOnce has a reply take longer than the claim, as in a
// process that slept; the same process finds the telling due then.
func TestATellingThatOutlastsItsClaimIsToldOnce(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		var claims atomic.Int64
		w.between = func(s ledger.Store) ledger.Store { return tallied{s, &claims} }
		for _, line := range []string{"set APPROVALS=1", "ada types /reprovision CPC-ada", "card Needs … approval"} {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		replying, answer := make(chan struct{}, 1), make(chan struct{})
		w.slack.OnCall(func(c slackfake.Call, phase string) {
			if c.Method == "chat.postMessage" && c.Args["thread_ts"] != "" && phase == slackfake.Arrived {
				select {
				case replying <- struct{}{}:
					<-answer
				default:
				}
			}
		})
		if err := w.say("ben presses Deny"); err != nil {
			t.Fatal(err)
		}
		select {
		case <-replying:
		case <-w.ctx.Done():
			t.Fatal(w.picture())
		}
		before := claims.Load()
		w.pass(worker.Lease + time.Second)
		if err := w.await(func() error {
			if claims.Load() == before {
				return errors.New("the telling is not claimed anew")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		close(answer)
		if err := w.await(func() error { return w.busy(0) }); err != nil {
			t.Fatalf("%v\n%s", err, w.picture())
		}
		if got := w.replies(w.cards()[0]); len(got) != 1 {
			t.Errorf("told %q", got)
		}
	})
}

package bot_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
)

// stalling is a ledger whose next write hangs: before it stands, or after.
type stalling struct {
	ledger.Store
	next *atomic.Pointer[stall]
}

type stall struct {
	span   time.Duration
	before bool // nothing is written until it is over
}

func (s stalling) write(do func() error) error {
	how := s.next.Swap(nil)
	if how != nil && how.before {
		time.Sleep(how.span)
	}
	err := do()
	if how != nil && !how.before {
		time.Sleep(how.span)
	}
	return err
}

func (s stalling) Create(ctx context.Context, r ledger.Request) (out ledger.Request, err error) {
	err = s.write(func() error { out, err = s.Store.Create(ctx, r); return err })
	return out, err
}

func (s stalling) Replace(ctx context.Context, r ledger.Request) (out ledger.Request, err error) {
	err = s.write(func() error { out, err = s.Store.Replace(ctx, r); return err })
	return out, err
}

// TestAStalledLedger holds rule 2 against a ledger that hangs: what is acknowledged stands,
// what came late stands once, and who made the gesture hears of it in the end.
func TestAStalledLedger(t *testing.T) {
	for home := range homes {
		for _, span := range []time.Duration{time.Second, 2500 * time.Millisecond, 10 * time.Second} {
			if span == 10*time.Second && (testing.Short() || home != "sqlite") {
				continue // it is the bot that hangs on, and not the home
			}
			for _, before := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%v/before=%v", home, span, before), func(t *testing.T) {
					t.Parallel()
					stalled(t, home, stall{span, before})
				})
			}
		}
	}
}

func stalled(t *testing.T, home string, how stall) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, home)
	w.set["APPROVALS"] = "1"
	next := &atomic.Pointer[stall]{}
	w.between = func(s ledger.Store) ledger.Store { return stalling{s, next} }
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	late := how.span > 2*time.Second

	next.Store(&how)
	ack, err := w.slack.Type(user("ada"), channels["#it"], "CPC-ada").WaitAck(ctx)
	if err != nil || ack.Late || ack.Problem != "" {
		t.Fatalf("%v, %+v", err, ack)
	}
	said := "looking for CPC-ada"
	if late {
		said = "I am not sure I have this"
	}
	if !strings.Contains(string(ack.Payload), said) {
		t.Errorf("acknowledged with %s", ack.Payload)
	}
	w.isTold("ada", "looking for CPC-ada")
	w.one(ledger.Pending)

	card := w.slack.Messages(channels["#it"])[0]
	next.Store(&how)
	press := w.slack.PressStale(user("ben"), card, "approve")
	_, err = press.WaitAck(ctx)
	if late {
		if press.Outcome() != slackfake.TimedOut {
			t.Errorf("the press is %s: %v", press.Outcome(), err)
		}
		w.isTold("ben", "I have it after all")
	} else if err != nil {
		t.Error(err)
	}
	w.one(ledger.Provisioning)
	eyes := w.open()
	all := w.all(eyes)
	if len(all) != 1 {
		t.Fatalf("%d requests", len(all))
	}
	_, kinds := story(t, eyes, all[0].ID)
	if kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 || len(w.tenant.Posts()) != 1 {
		t.Errorf("%v, %d POSTs", kinds, len(w.tenant.Posts()))
	}
	if seen := w.slack.Sees(user("ben")); !late && len(seen) > 0 {
		t.Errorf("ben sees %q", seen)
	}
}

// isTold waits until a person was told something, once.
func (w *world) isTold(who, what string) {
	w.t.Helper()
	if err := w.await(func() error {
		if seen := w.slack.Sees(user(who)); strings.Count(strings.Join(seen, "\n"), what) != 1 {
			return fmt.Errorf("%s sees %q", who, seen)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

// one waits until the one request is in a state, and nothing is due.
func (w *world) one(state ledger.State) {
	w.t.Helper()
	w.settled()
	if err := w.await(func() error {
		if err := w.busy(); err != nil {
			return err
		}
		var n int
		err := w.eyes.QueryRowContext(w.ctx, `SELECT count(*) FROM requests WHERE state = $1`, string(state)).Scan(&n)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d requests are %s", n, state)
		}
		return err
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
}

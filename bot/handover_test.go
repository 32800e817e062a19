package bot_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/worker"
)

// losing loses the first answer of each write that hands a job over: the write lands, and its caller
// knows of nothing.
type losing struct {
	ledger.Store
	lost *sync.Map // writes, by the state that they reach
	sure bool      // the write is over when its caller gives up, as where the connection broke after the commit
}

var errAnswerLost = errors.New("the answer was lost")

func (s losing) lose(ctx context.Context, r ledger.Revision, write func(context.Context, ledger.Revision) (ledger.Request, error)) (ledger.Request, error) {
	if r.Handover == nil || len(r.Handover.Kinds) == 0 {
		return write(ctx, r)
	}
	if _, before := s.lost.LoadOrStore(r.State, true); before {
		return write(ctx, r)
	}
	if !s.sure {
		return write(&impatient{Context: context.WithoutCancel(ctx)}, r)
	}
	h := *r.Handover
	r.Handover = &h // what it takes, nobody sees
	if made, err := write(ctx, r); err != nil {
		return made, err
	}
	return r.Request, errAnswerLost
}

func (s losing) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	return s.lose(ctx, r, s.Store.Create)
}

func (s losing) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	return s.lose(ctx, r, s.Store.Replace)
}

// impatient is the context of a caller who gives up the moment its write is in hand.
type impatient struct {
	context.Context
	mu    sync.Mutex
	begun bool
}

var over = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (*impatient) Done() <-chan struct{} { return over }

func (c *impatient) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		c.begun = true
		return nil
	}
	return context.Canceled
}

// TestWorkBeginsWhoseHandoverWasLost loses the answers of all writes that hand jobs over. SQLite's store
// gives such jobs back by itself, so they begin although the bot looks by itself once an hour; on
// PostgreSQL they begin when the lease has ended.
func TestWorkBeginsWhoseHandoverWasLost(t *testing.T) {
	onEveryDatabase(t, func(t *testing.T, w *world) {
		var lost sync.Map
		postgres := !strings.HasPrefix(w.ledger, "sqlite:")
		w.between = func(s ledger.Store) ledger.Store { return losing{s, &lost, postgres} }
		w.set["APPROVALS"], w.set["FOLLOW_INTERVAL"], w.set["IDLE"] = "1", "1h", "1h"
		if postgres {
			w.set["IDLE"] = "100ms"
		}
		ended := make(chan struct{})
		defer close(ended)
		if postgres {
			go func() { // one lease after the other ends
				for {
					select {
					case <-ended:
						return
					case <-time.After(500 * time.Millisecond):
						w.pass(worker.Lease)
					}
				}
			}()
		}
		must := func(line string) {
			if err := w.say(line); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, w.picture())
			}
		}
		must("ada types /reprovision CPC-ada")
		must("card Needs … approval")
		w.slack.Press(user("ben"), w.cards()[0], "approve") // nobody acknowledges it: whether it was stored is not known
		must("card Accepted by Microsoft.")
		n := 0
		lost.Range(func(any, any) bool { n++; return true })
		if n < 3 { // of the command, the card, the approval; what follows may come with it
			t.Errorf("only %d answers were lost", n)
		}
		if posts := w.tenant.Posts(); len(posts) != 1 {
			t.Errorf("%d calls", len(posts))
		}
	})
}

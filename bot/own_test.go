package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// lostOnce is a ledger of which the answer to the first write that fits is lost, although it landed.
type lostOnce struct {
	ledger.Store
	fits func(ledger.Revision) bool
	once *sync.Once
}

func (s lostOnce) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	got, err := s.Store.Replace(ctx, r)
	if err == nil && s.fits(r) {
		s.once.Do(func() { got, err = r.Request, errors.New("the answer was lost") })
	}
	return got, err
}

const ownWorld = `
set    SELF_SERVICE=true
set    SELF_SERVICE_APPROVALS=1
set    APPROVAL_CHANNEL=#approvals
dan    owns     CPC-ada
`

// plays says the lines of a script.
func (w *world) plays(script string) {
	w.t.Helper()
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := w.say(line); err != nil {
			w.t.Fatalf("%s: %v\n%s", line, err, w.picture())
		}
	}
}

// TestALostAnswerOfTheLedgerHidesNoCode loses the answer to the write before the code is asked for.
func TestALostAnswerOfTheLedgerHidesNoCode(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.between = func(s ledger.Store) ledger.Store {
		return lostOnce{s, func(r ledger.Revision) bool {
			return r.IsSelfService() && r.State == ledger.Resolving && r.Self.SignedIn.IsZero() && len(r.NewEvents) == 0
		}, new(sync.Once)}
	}
	w.plays(ownWorld + `
		dan    types    /reprovision mine
		dan    enters the code
		dan    picks    1 of R-1st
		dan    sends    name=CPC-ada
		card            Needs 1 approval
		codes asked for 1
	`)
}

// TestGivenUpElsewhereIsNoSignInHere has another process end a request whose sign-in this one holds: the next sign-in
// of the same person does not wait for this one to notice.
func TestGivenUpElsewhereIsNoSignInHere(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.plays(ownWorld + `
		set    HEARTBEAT=1h
		dan    types    /reprovision mine
		dan    can give up
	`)
	elsewhere := w.open()
	for _, r := range w.all(elsewhere) {
		if _, err := ledger.Update(ctx, elsewhere, r, func(r *ledger.Revision) error { return r.Cancel(r.Requester, elsewhere.Now()) }); err != nil {
			t.Fatal(err)
		}
	}
	w.plays(`
		dan    types    /reprovision mine
		dan    sees     R-2nd: to reprovision your own Cloud PC
	`)
}

// TestTwoCommandsAtOnceAreOneSignIn has one person type the command twice in the same moment.
func TestTwoCommandsAtOnceAreOneSignIn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.plays(ownWorld + "no card")
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := w.slack.Type(user("dan"), channels["#it"], "mine").WaitAck(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if err := w.await(func() error {
		waiting := 0
		for _, r := range w.all(w.look()) {
			if r.State == ledger.Resolving {
				waiting++
			}
		}
		if err := w.busy(0); err != nil {
			return err
		}
		if waiting != 1 || len(w.tenant.DeviceCodes()) != 1 {
			return fmt.Errorf("%d requests wait, with %d codes", waiting, len(w.tenant.DeviceCodes()))
		}
		return nil
	}); err != nil {
		t.Fatalf("%v\n%s", err, w.picture())
	}
}

package bot_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph"
)

// rounds is how often two processes on one ledger meet in each race.
var rounds = map[bool]int{false: 30, true: 10}[racing]

// TestExpiryAndApprovalOnOneLedger is the swap alone: both have read the request in the
// same state, one of them just before its time was over.
func TestExpiryAndApprovalOnOneLedger(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "ledger.db")
	var stores [2]*sqlite.Store
	for i := range stores {
		var err error
		if stores[i], err = sqlite.Open(t.Context(), path, sqlite.Options{Now: func() time.Time { return at }}); err != nil {
			t.Fatal(err)
		}
		defer stores[i].Close()
	}
	won := map[ledger.State]int{}
	for n := range 200 {
		machine := fmt.Sprint("pc-", n)
		asked := ledger.New(command.Order{PC: machine}, cem, "C1", ledger.Interaction{Envelope: machine}, 1, at)
		asked.Target.ID = machine
		if err := asked.Show(ledger.Thread{Channel: "C1", TS: machine}, at, time.Hour); err != nil {
			t.Fatal(err)
		}
		made, err := ledger.CreateWithID(t.Context(), stores[0], asked)
		if err != nil {
			t.Fatal(err)
		}
		approved, expired := made.Revise(), made.Revise()
		approval, expiry := approved.Approve(ben, made.Expires.Add(-time.Microsecond), time.Hour), expired.Expire(made.Expires)
		if approval != nil || expiry != nil {
			t.Fatal(approval, expiry)
		}
		together(
			func() { _, approval = stores[n%2].Replace(t.Context(), *approved) },
			func() { _, expiry = stores[1-n%2].Replace(t.Context(), *expired) },
		)
		r, kinds := story(t, stores[0], made.ID)
		won[r.State]++
		switch {
		case r.State == ledger.Approved && approval == nil && errors.Is(expiry, ledger.ErrStale) && kinds[ledger.WasExpired] == 0:
		case r.State == ledger.Expired && expiry == nil && errors.Is(approval, ledger.ErrStale) && kinds[ledger.WasApproved] == 0:
		default:
			t.Errorf("%s; approval: %v, expiry: %v, %v", r.State, approval, expiry, kinds)
		}
	}
	t.Log(won)
}

func TestTwoClicksOnTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newFakepair(t)
	for n := range rounds {
		r := w.pending(fmt.Sprint("CPC-", n))
		var a, b intake.Response
		together(
			func() { a = w.one.presses(ada, r, words.PressApprove) },
			func() { b = w.two.presses(ben, r, words.PressApprove) },
		)
		r, kinds, posts := w.ended(r.ID)
		winner, loser := a, b
		if r.Decided.By == ben {
			winner, loser = b, a
		}
		if posts != 1 || kinds[ledger.WasApproved] != 1 || winner.Line != "" || winner.Unacked {
			t.Errorf("%d POSTs, %v, the winner is told: %s", posts, kinds, winner.Line)
		}
		if told := string(loser.Line); !strings.Contains(told, "already approved this") && !strings.Contains(told, "on its way to Microsoft") {
			t.Errorf("the loser is told: %q", told)
		}
	}
}

// TestTwoCardsOfOneRequest lets a process sleep over the post of a card until its lease is
// over and the other one has put the card up.
func TestTwoCardsOfOneRequest(t *testing.T) {
	t.Parallel()
	w := newFakepair(t)
	var posts atomic.Int64
	wake := make(chan struct{})
	hears := func(what, of string) {
		if what == "Post" && posts.Add(1) == 1 {
			<-wake
		}
	}
	w.hears.Store(&hears)
	defer w.hears.Store(nil)
	id := ledger.ID(requestID.FindString(w.one.types(cem, w.interaction(), "CPC-0")))
	w.until("the first to be about to post", func() bool { return posts.Load() == 1 })
	w.set(w.now().Add(worker.Lease))
	w.until("the other one to post", func() bool { return w.get(id).State == ledger.Pending })
	close(wake)
	w.until("a second card", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.cards) == 2 })
	w.rest()
	r := w.get(id)
	for at, card := range w.cards {
		if works := len(card.Buttons) > 0; works != (at == r.Card) || !works && !strings.Contains(string(card.Status), w.one.Link(r.Card)) {
			t.Errorf("the card is %v, and %v has %d buttons and says: %s", r.Card, at, len(card.Buttons), card.Status)
		}
	}
}

func TestExpiryAndApprovalInTheSameInstant(t *testing.T) {
	t.Parallel()
	w := newFakepair(t)
	for n := range rounds {
		r := w.pending(fmt.Sprint("CPC-", n))
		w.set(r.Expires.Add(-time.Microsecond))
		w.rest() // reminders
		var told intake.Response
		over := func() { w.set(r.Expires) }
		press := func() { told = w.one.presses(ben, r, words.PressApprove) }
		switch n % 3 {
		case 0:
			together(press, over)
		case 1:
			over()
			press()
		case 2: // both have read it, one on either side of the moment, and swap together
			w.swapTogether(r.ID, over, press)
		}
		r, kinds, posts := w.ended(r.ID)
		switch {
		case kinds[ledger.WasExpired] == 1 && kinds[ledger.WasApproved] == 0 && posts == 0 && strings.Contains(string(told.Line), "expired"):
		case kinds[ledger.WasExpired] == 0 && kinds[ledger.WasApproved] == 1 && posts == 1 && told.Line == "" && n%3 != 1:
		default:
			t.Errorf("%s, %d POSTs, %v; ben is told: %s", r.State, posts, kinds, told.Line)
		}
	}
	t.Log(w.won)
}

func TestCancelAgainstSubmit(t *testing.T) {
	t.Parallel()
	w := newFakepair(t)
	for n := range rounds {
		machine := fmt.Sprint("CPC-", n)
		r := w.pending(machine)
		var told string
		w.atSubmit(machine, []string{"", "Get", "Replace"}[n%3],
			func() { w.one.presses(ben, r, words.PressApprove) },
			func() { told = w.two.types(cem, w.interaction(), "cancel "+string(r.ID)) })
		r, kinds, posts := w.ended(r.ID)
		switch {
		case r.State == ledger.Cancelled && posts == 0 && strings.Contains(told, "is cancelled"):
		case r.State == ledger.Provisioning && posts == 1 && kinds[ledger.WasCancelled] == 0 && strings.Contains(told, "on its way to Microsoft"):
		default:
			t.Errorf("%s, %d POSTs, %v; cem is told: %s", r.State, posts, kinds, told)
		}
	}
	t.Log(w.won)
}

// A veto before the call is out leaves nothing erased; after that it is answered that it is too late.
func TestVetoAgainstSubmit(t *testing.T) {
	t.Parallel()
	w := newFakepair(t, func(w *fakeworld) { w.owner = 30 * time.Minute })
	for n := range map[bool]int{false: 200, true: 20}[racing || testing.Short()] {
		machine := fmt.Sprint("CPC-", n)
		r := w.pending(machine)
		w.one.presses(ben, r, words.PressApprove)
		w.until("the owner is told", func() bool { r = w.get(r.ID); return !r.Owner.Notice.IsZero() })
		w.rest()
		var told string
		veto := func() {
			told = string(bot.Handler(w.two.bot).Click(t.Context(), intake.Click{
				Interaction: w.interaction(), By: dan, At: r.Owner.Notice, Action: words.PressVeto, Value: string(r.ID),
			}).Line)
		}
		if n%4 == 3 { // at any moment
			together(func() { w.set(r.Owner.Until) }, veto)
		} else {
			w.atSubmit(machine, []string{"", "Get", "Replace"}[n%3], func() { w.set(r.Owner.Until) }, veto)
		}
		r, kinds, posts := w.ended(r.ID)
		switch {
		case r.State == ledger.Voided && posts == 0 && kinds[ledger.WasVetoed] == 1 && kinds[ledger.WasSubmitted] == 0 && told == "":
		case r.State == ledger.Provisioning && posts == 1 && kinds[ledger.WasVetoed] == 0 && strings.Contains(told, "too late"):
		default:
			t.Errorf("%s, %d POSTs, %v; dan is told: %s", r.State, posts, kinds, told)
		}
	}
	t.Log(w.won)
}

func TestFreezeAgainstSubmit(t *testing.T) {
	t.Parallel()
	w := newFakepair(t)
	held := 0
	for n := range rounds {
		machine := fmt.Sprint("CPC-", n)
		r := w.pending(machine)
		var told string
		var then ledger.Request
		w.atSubmit(machine, []string{"", "Freeze"}[n%2],
			func() { w.one.presses(ben, r, words.PressApprove) },
			func() {
				told = w.two.types(ada, w.interaction(), "freeze")
				then = w.get(r.ID)
			})
		r, _, posts := w.ended(r.ID)
		out := strings.Contains(told, string(r.ID)+" ")
		if frozen := then.State == ledger.Approved; frozen == out || frozen != (r.State == ledger.Approved) || (posts == 0) != frozen {
			t.Errorf("once frozen %s, then %s, %d POSTs; ada is told: %s", then.State, r.State, posts, told)
		}
		if posts == 0 {
			held++
			if r.Cause.Code != ledger.Frozen {
				t.Errorf("it waits for %s", r.Cause.Code)
			}
		}
		w.one.types(ben, w.interaction(), "unfreeze")
		if r, kinds, posts := w.ended(r.ID); posts != 1 || kinds[ledger.WasSubmitted] != 1 {
			t.Errorf("unfrozen it is %s, with %d POSTs", r.State, posts)
		}
	}
	t.Logf("%d held, %d out", held, rounds-held)
}

func TestDenyAgainstApprove(t *testing.T) {
	t.Parallel()
	w := newFakepair(t)
	for n := range rounds {
		machine := fmt.Sprint("CPC-", n)
		r := w.pending(machine)
		var yes, no intake.Response
		approve := func() { yes = w.one.presses(ben, r, words.PressApprove) }
		deny := func() { no = w.two.presses(ada, r, words.PressDeny) }
		if n%2 == 0 {
			together(approve, deny)
		} else { // it is approved, and about to be sent
			w.atSubmit(machine, []string{"", "Get", "Replace"}[n%3], approve, deny)
		}
		r, kinds, posts := w.ended(r.ID)
		switch {
		case r.State == ledger.Denied && posts == 0 && kinds[ledger.WasApproved] == 0 && strings.Contains(string(yes.Line), "already denied this"):
		case r.State == ledger.Denied && posts == 0 && kinds[ledger.WasApproved] == 1 && yes.Line == "" && no.Line == "":
		case r.State == ledger.Provisioning && posts == 1 && kinds[ledger.WasDenied] == 0 && strings.Contains(string(no.Line), "on its way to Microsoft"):
		default:
			t.Errorf("%s, %d POSTs, %v; told: %q and %q", r.State, posts, kinds, yes.Line, no.Line)
		}
	}
	t.Log(w.won)
}

// TestAgainAgainstALateAnswer lets Graph's answer come in the moment in which an admin,
// tired of waiting, asks anew.
func TestAgainAgainstALateAnswer(t *testing.T) {
	t.Parallel()
	var left, answered atomic.Int64
	t.Cleanup(func() { t.Logf("%d left, %d answered", left.Load(), answered.Load()) })
	for name, answer := range map[string]error{
		"accepted":  nil,
		"refused":   &graph.Error{Op: "reprovision", Status: 404, Outcome: graph.Refused},
		"throttled": &graph.Error{Op: "reprovision", Status: 429, Outcome: graph.NotActed},
	} {
		for n := range rounds / 5 {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				t.Parallel()
				if againOrAnswer(t, answer) == ledger.Unproven {
					left.Add(1)
				} else {
					answered.Add(1)
				}
			})
		}
	}
}

func againOrAnswer(t *testing.T, answer error) ledger.Failure {
	release := make(chan struct{})
	w := newFakepair(t, func(w *fakeworld) {
		w.blind = true
		w.says = func(ctx context.Context) error {
			select {
			case <-release:
				return answer
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	r := w.pending("CPC-ada")
	w.one.presses(ben, r, words.PressApprove)
	w.until("the call to be out", func() bool { w.mu.Lock(); defer w.mu.Unlock(); return len(w.posts["CPC-ada"]) == 1 })
	for r.Submission.EvidenceGivenUp.IsZero() { // past its deadline, and nothing shows in Graph
		w.set(w.now().Add(2 * time.Minute))
		w.until("everything to be told", func() bool {
			if r = w.get(r.ID); !w.told(r) {
				w.set(w.now().Add(time.Millisecond)) // it failed, where two told the same, and is put off
			}
			return r.State == ledger.Unconfirmed && r.Due.After(w.now()) && w.told(r)
		})
	}

	var told string
	together(
		func() { told = string(w.two.presses(ada, r, words.PressAgain).Line) },
		func() { close(release) },
	)
	r, kinds, posts := w.ended(r.ID)
	var news []ledger.Request
	for _, other := range w.all() {
		if other.ID != r.ID {
			news = append(news, other)
		}
	}
	if posts != 1 {
		t.Errorf("%d POSTs", posts)
	}
	for _, other := range news { // it takes approvals of its own
		if other.RetryOf != r.ID || other.State != ledger.Pending || len(other.Consents) > 0 || len(news) > 1 {
			t.Errorf("asked anew: %+v", other)
		}
		if want := string(other.ID) + ": looking for"; !strings.HasPrefix(told, want) {
			t.Errorf("ada is told: %s", told)
		}
	}
	switch {
	case r.Failure == ledger.Unproven: // again was first
		if kinds[ledger.WasLeft] != 1 || kinds[ledger.CameLate] != 1 || len(news) != 1 || kinds[ledger.WasAccepted] > 0 {
			t.Errorf("left: %v, %d new requests", kinds, len(news))
		}
	case answer == nil:
		if r.State != ledger.Provisioning || kinds[ledger.WasLeft] > 0 || len(news) > 0 || !strings.Contains(told, "on its way to Microsoft") {
			t.Errorf("accepted, and %s: %v, %d new requests; ada is told: %s", r.State, kinds, len(news), told)
		}
	default: // refused, and ended; it may be asked anew, as from every end
		if r.Failure != ledger.ByRefusal || kinds[ledger.WasLeft] > 0 || len(news) == 0 && !strings.Contains(told, "this has failed") {
			t.Errorf("refused, and %s (%s): %v, %d new requests; ada is told: %s", r.State, r.Failure, kinds, len(news), told)
		}
	}
	return r.Failure
}

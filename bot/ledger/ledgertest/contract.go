// Package ledgertest holds what every home of the ledger promises, as tests and as
// benchmarks. A new promise is written here first. What it cannot show is that a
// write survives the loss of power; homes promise that by their own settings.
package ledgertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// Home is an empty home of the ledger.
type Home struct {
	Open func(now func() time.Time) ledger.Store // one more process on the same home
	SQL  *sql.DB                                 // past the store, with no constraint in force that can be put out of it
}

// Run checks the whole contract.
func Run(t *testing.T, home func(testing.TB) Home) {
	for _, promise := range []func(*testing.T, func(testing.TB) Home){
		hasTheTablesOfEveryHome, keepsWhatItIsGiven, knowsAGestureAgain, forgetsAGestureAfterADay, refusesATakenID, refusesAStaleSwap,
		oneOfManySwapsWins, oneLiveRequestPerTarget, claimsOnce, aLeaseEnds, aLeaseIsRenewed, aClaimSurvivesOthers,
		tellsFromItsCursor, theCursorNeverMovesBack, anEventDuringTheTellingIsTold, tellsAMomentLaterWhatWillNotStay,
		aSwapEndsTheClaimWithTheWork, saysWhatIsNext,
		aDecisionLandsInTimeOrNotAtAll, aNoteDisturbsNothing, theBrakesHold, theBudgetHolds, freezeAndSubmitHaveOneWinner, findsByEachField,
		findsAMachineUnderItsEarlierNames, findsPageByPage, leavesOutWhatFoundNoMachine, survivesAReopening, twoProcessesShareIt, countsTheSocketsOfWhoLives,
		verifiesAWholeChain, keepsPersonalTextBesideTheChain, findsEveryMutation, findsARecomputedTail, chainsWhatManyWriteAtOnce,
	} {
		name := path.Ext(runtime.FuncForPC(reflect.ValueOf(promise).Pointer()).Name())
		t.Run(strings.TrimPrefix(name, "."), func(t *testing.T) { promise(t, home) })
	}
}

var (
	ada = auth.Person{Org: "E1", ID: "U_ADA"}
	ben = auth.Person{Org: "E1", ID: "U_BEN"}
)

// clock is a clock that only moves when told.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}
func (c *clock) now() time.Time       { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) pass(d time.Duration) { c.at.Add(d.Microseconds()) }

var count atomic.Int64

// ask is a request of ada for a machine, with a gesture of its own.
func ask(pc string, at time.Time) ledger.Request {
	n := count.Add(1)
	g := ledger.Gesture{Envelope: fmt.Sprintf("envelope-%d", n), Trigger: fmt.Sprintf("trigger-%d", n)}
	o := command.Order{PC: pc, OS: command.Windows11, Reason: "it “forgot” <everyone> & me"}
	return ledger.New(o, ada, "C1", g, 0, at)
}

func enter(t testing.TB, s ledger.Store, pc string) ledger.Request {
	t.Helper()
	r, err := ledger.Enter(t.Context(), s, ask(pc, s.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func replace(t testing.TB, s ledger.Store, r ledger.Request) ledger.Request {
	t.Helper()
	r, err := s.Replace(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func get(t testing.TB, s ledger.Store, id ledger.ID) ledger.Request {
	t.Helper()
	r, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keepsWhatItIsGiven(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	r := enter(t, s, "CPC-ada")
	if r.Version != 1 || r.Events != 1 || r.News != nil {
		t.Errorf("entered as version %d with %d events and %d news", r.Version, r.Events, len(r.News))
	}
	if diff := cmp.Diff(r, get(t, s, r.ID)); diff != "" {
		t.Errorf("not what was entered:\n%s", diff)
	}
	must(t, r.Locate(ledger.Target{ID: "pc-1", Name: "CPC-ada", Provisioned: s.Now()}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: "1.2"}, s.Now(), time.Hour))
	next := replace(t, s, r)
	if next.Version != 2 || next.Events != 2 {
		t.Errorf("replaced as version %d with %d events", next.Version, next.Events)
	}
	if diff := cmp.Diff(next, get(t, s, r.ID)); diff != "" {
		t.Errorf("not what was replaced:\n%s", diff)
	}
	events, err := s.Events(t.Context(), r.ID, 0)
	must(t, err)
	if len(events) != 2 || events[0].Kind != ledger.WasAsked || events[0].By != ada || events[1].Kind != ledger.WasShown || events[1].Seq != 2 {
		t.Errorf("events: %+v", events)
	}
	if events, err = s.Events(t.Context(), r.ID, 1); err != nil || len(events) != 1 {
		t.Errorf("events after the first: %+v, %v", events, err)
	}
	if _, err := s.Get(t.Context(), "R-NONE"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("get of nothing: %v", err)
	}
	if _, err := s.Replace(t.Context(), ledger.Request{ID: "R-NONE", Version: 1}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("replace of nothing: %v", err)
	}
}

func knowsAGestureAgain(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	first := enter(t, s, "CPC-ada")
	for name, g := range map[string]ledger.Gesture{
		"the same envelope":                  {Envelope: first.Gesture.Envelope, Trigger: "trigger-other"},
		"the same gesture, another envelope": {Envelope: "envelope-other", Trigger: first.Gesture.Trigger},
	} {
		again := ask("CPC-ada", s.Now())
		again.Gesture = g
		_, err := ledger.Enter(t.Context(), s, again)
		var seen *ledger.SeenError
		if !errors.As(err, &seen) || seen.Request != first.ID {
			t.Errorf("%s: got %v, want seen as %s", name, err, first.ID)
		}
	}
	fresh := ask("CPC-ada", s.Now()) // what was refused left no mark behind
	fresh.Gesture = ledger.Gesture{Envelope: "envelope-other", Trigger: "trigger-other"}
	if _, err := ledger.Enter(t.Context(), s, fresh); err != nil {
		t.Errorf("a gesture of its own: %v", err)
	}
}

func forgetsAGestureAfterADay(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	r := ask("CPC-ada", s.Now())
	_, err := ledger.Enter(t.Context(), s, r)
	must(t, err)
	clock.pass(23 * time.Hour)
	if _, err := ledger.Enter(t.Context(), s, r); err == nil {
		t.Error("forgotten within the day")
	}
	clock.pass(2 * time.Hour)
	if _, err := ledger.Enter(t.Context(), s, r); err != nil {
		t.Errorf("not forgotten after a day: %v", err)
	}
}

func refusesATakenID(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	first := enter(t, s, "CPC-ada")
	other := ask("CPC-bob", s.Now())
	other.ID = first.ID
	if _, err := s.Create(t.Context(), other); !errors.Is(err, ledger.ErrIDTaken) {
		t.Errorf("got %v, want ErrIDTaken", err)
	}
	if got := get(t, s, first.ID); got.Order.PC != "CPC-ada" {
		t.Errorf("the first was overwritten: %+v", got)
	}
}

func refusesAStaleSwap(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	loser := r
	must(t, r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now()))
	replace(t, s, r)
	must(t, loser.Locate(ledger.Target{ID: "pc-1"}))
	must(t, loser.Show(ledger.Thread{Channel: "C1", TS: "1"}, s.Now(), time.Hour))
	if _, err := s.Replace(t.Context(), loser); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	events, err := s.Events(t.Context(), r.ID, 0)
	must(t, err)
	if len(events) != 2 || events[1].Kind != ledger.WasRefused {
		t.Errorf("the loser left events: %+v", events)
	}
}

func oneOfManySwapsWins(t *testing.T, home func(testing.TB) Home) {
	open := home(t).Open
	stores := []ledger.Store{open(newClock().now), open(newClock().now)}
	r := enter(t, stores[0], "CPC-ada")
	var won, stale atomic.Int32
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			mine := r
			if err := mine.Refuse(ledger.Cause{Code: ledger.NoSuchPC, Detail: fmt.Sprint(i)}, r.Asked); err != nil {
				t.Error(err)
			}
			switch _, err := stores[i%2].Replace(t.Context(), mine); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, ledger.ErrStale):
				stale.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || stale.Load() != 31 {
		t.Errorf("%d won, %d were stale", won.Load(), stale.Load())
	}
	if events, _ := stores[1].Events(t.Context(), r.ID, 0); len(events) != 2 {
		t.Errorf("%d events, want 2", len(events))
	}
}

func oneLiveRequestPerTarget(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	first, second := enter(t, s, "CPC-ada"), enter(t, s, "CPC-ada")
	must(t, first.Locate(ledger.Target{ID: "pc-1"}))
	first = replace(t, s, first)
	must(t, second.Locate(ledger.Target{ID: "pc-1"}))
	_, err := s.Replace(t.Context(), second)
	var taken *ledger.TakenError
	if !errors.As(err, &taken) || taken.By != first.ID {
		t.Fatalf("got %v, want taken by %s", err, first.ID)
	}
	if got := get(t, s, second.ID); got.Target.ID != "" || got.Version != 1 {
		t.Errorf("the second was changed: %+v", got)
	}
	must(t, first.Refuse(ledger.Cause{Code: ledger.WrongState}, s.Now()))
	replace(t, s, first)
	if _, err := s.Replace(t.Context(), second); err != nil {
		t.Errorf("the place is still taken after the end: %v", err)
	}
}

func claimsOnce(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	open := home(t).Open
	stores := []ledger.Store{open(clock.now), open(clock.now)}
	const n = 40
	for i := range n {
		enter(t, stores[0], fmt.Sprint("pc-", i))
	}
	var mu sync.Mutex
	seen := map[ledger.ID]int{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for {
				got, err := stores[i%2].Claim(t.Context(), fmt.Sprint("worker-", i), time.Minute, 3)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, r := range got {
					seen[r.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != n {
		t.Errorf("%d of %d were claimed", len(seen), n)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
}

func aLeaseEnds(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	r := enter(t, s, "CPC-ada")
	claim := func(worker string) int {
		got, err := s.Claim(t.Context(), worker, time.Minute, 9)
		must(t, err)
		return len(got)
	}
	if claim("one") != 1 || claim("two") != 0 {
		t.Fatal("a claim does not hold")
	}
	clock.pass(61 * time.Second)
	if claim("two") != 1 {
		t.Error("a lease does not end")
	}
	must(t, s.Release(t.Context(), "one", r.ID))
	if claim("three") != 0 {
		t.Error("a release by who lost the claim freed it")
	}
	must(t, s.Release(t.Context(), "two", r.ID))
	if claim("three") != 1 {
		t.Error("a release does not free")
	}
	must(t, s.Release(t.Context(), "three", r.ID))
	r.Due = clock.now().Add(time.Hour)
	replace(t, s, r)
	if claim("four") != 0 {
		t.Error("claimed before it is due")
	}
	clock.pass(time.Hour)
	if claim("four") != 1 {
		t.Error("not claimed when due")
	}
}

func aLeaseIsRenewed(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	held := []ledger.ID{approved(t, s, ben).ID}
	clock.pass(ledger.Breath)
	claims := func(worker string) (deeds, tellings int) {
		d, err := s.Claim(t.Context(), worker, time.Minute, 9)
		must(t, err)
		n, err := s.ClaimTelling(t.Context(), worker, time.Minute, 9)
		must(t, err)
		return len(d), len(n)
	}
	if d, n := claims("one"); d != 1 || n != 1 {
		t.Fatalf("claimed %d deeds and %d tellings", d, n)
	}
	for range 5 {
		clock.pass(40 * time.Second)
		must(t, s.Renew(t.Context(), "one", time.Minute, held, held))
		must(t, s.Renew(t.Context(), "two", time.Minute, held, held))
		if d, n := claims("two"); d+n != 0 {
			t.Fatalf("a renewed claim was given to another: %d deeds, %d tellings", d, n)
		}
	}
	clock.pass(61 * time.Second)
	must(t, s.Renew(t.Context(), "one", time.Minute, held, held)) // too late: it lost them
	if d, n := claims("two"); d != 1 || n != 1 {
		t.Errorf("a claim that had ended was renewed: %d deeds, %d tellings", d, n)
	}
	clock.pass(30 * time.Second)
	must(t, s.Renew(t.Context(), "one", time.Hour, held, held)) // not its own
	clock.pass(31 * time.Second)
	if d, n := claims("three"); d != 1 || n != 1 {
		t.Errorf("somebody else's claim was renewed: %d deeds, %d tellings", d, n)
	}
	clock.pass(30 * time.Second)
	must(t, s.Renew(t.Context(), "three", time.Minute, held, nil))
	clock.pass(31 * time.Second)
	if d, n := claims("four"); d != 0 || n != 1 {
		t.Errorf("the deed alone was renewed, and %d deeds and %d tellings were free", d, n)
	}
	clock.pass(30 * time.Second) // the deed ends now
	must(t, s.Renew(t.Context(), "four", time.Minute, nil, held))
	clock.pass(31 * time.Second)
	if d, n := claims("five"); d != 1 || n != 0 {
		t.Errorf("the telling alone was renewed, and %d deeds and %d tellings were free", d, n)
	}
}

func aClaimSurvivesOthers(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	if got, err := s.Claim(t.Context(), "one", time.Minute, 9); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	must(t, r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now())) // a swap needs no claim
	r = replace(t, s, r)
	if got, err := s.Claim(t.Context(), "two", time.Minute, 9); err != nil || len(got) != 0 {
		t.Errorf("an ended request was claimed: %v, %v", got, err)
	}
	if got, err := s.ClaimTelling(t.Context(), "two", time.Minute, 9); err != nil || len(got) != 1 || got[0].Version != r.Version {
		t.Errorf("the telling is not claimed apart from the deed: %v, %v", got, err)
	}
}

func tellsFromItsCursor(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	r := waiting(t, s)
	tell := func() []ledger.Request {
		got, err := s.ClaimTelling(t.Context(), "one", time.Minute, 9)
		must(t, err)
		return got
	}
	if got := tell(); len(got) != 1 || got[0].Told != 0 || got[0].Events != 2 {
		t.Fatalf("%+v", got)
	}
	told(t, s, "one", r, time.Time{}, false)
	if got := tell(); len(got) != 0 {
		t.Fatalf("told again: %+v", got)
	}
	must(t, r.Deny(ben, s.Now()))
	r = replace(t, s, r)
	if got := tell(); len(got) != 1 || got[0].Told != 2 || got[0].Events != 3 {
		t.Fatalf("%+v", got)
	}
	if _, err := s.ReleaseTelling(t.Context(), "one", r.ID, 2, clock.now().Add(time.Minute), 3); err != nil {
		t.Fatal(err)
	}
	if got := tell(); len(got) != 0 {
		t.Fatalf("told before its time: %+v", got)
	}
	clock.pass(time.Minute)
	if got := tell(); len(got) != 1 || got[0].Told != 2 {
		t.Fatalf("not told at its time: %+v", got)
	}
}

func theCursorNeverMovesBack(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	r := waiting(t, s)
	if _, err := s.ClaimTelling(t.Context(), "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	told(t, s, "one", r, clock.now(), false)
	if _, err := s.ClaimTelling(t.Context(), "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReleaseTelling(t.Context(), "one", r.ID, 1, clock.now(), 2); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, r.ID); got.Told != 2 {
		t.Errorf("the cursor moved back to %d", got.Told)
	}
	if _, err := s.ClaimTelling(t.Context(), "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	clock.pass(2 * time.Minute)
	if got, err := s.ClaimTelling(t.Context(), "two", time.Minute, 9); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if _, err := s.ReleaseTelling(t.Context(), "one", r.ID, 2, time.Time{}, 2); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("who lost the claim ended it: %v", err)
	}
}

func anEventDuringTheTellingIsTold(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	r := waiting(t, s)
	if _, err := s.ClaimTelling(t.Context(), "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	before := r
	must(t, r.Deny(ben, s.Now()))
	r = replace(t, s, r)
	told(t, s, "one", before, time.Time{}, true)
	if got, err := s.ClaimTelling(t.Context(), "two", time.Minute, 9); err != nil || len(got) != 1 || got[0].Told != 2 {
		t.Errorf("the event in between is lost: %+v, %v", got, err)
	}
	told(t, s, "two", before, s.Now().Add(time.Hour), true)
	if got, err := s.ClaimTelling(t.Context(), "two", time.Minute, 9); err != nil || len(got) != 1 {
		t.Errorf("the event in between is put off with what was before it: %+v, %v", got, err)
	}
	told(t, s, "two", r, s.Now().Add(time.Hour), false)
	if got, err := s.ClaimTelling(t.Context(), "two", time.Minute, 9); err != nil || len(got) != 0 {
		t.Errorf("what was put off is told: %+v, %v", got, err)
	}
}

// told ends worker's claim of telling: the thread has heard all that r has, and it goes on again.
func told(t testing.TB, s ledger.Store, worker string, r ledger.Request, again time.Time, more bool) {
	t.Helper()
	switch got, err := s.ReleaseTelling(t.Context(), worker, r.ID, r.Events, again, r.Events); {
	case err != nil:
		t.Fatal(err)
	case got != more:
		t.Errorf("more is %v", got)
	}
}

// What the bot goes on from by itself is told with what follows, and only if that takes time.
func tellsAMomentLaterWhatWillNotStay(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	tells := func(n int) {
		t.Helper()
		got, err := s.ClaimTelling(t.Context(), "one", time.Minute, 9)
		must(t, err)
		if len(got) != n {
			t.Errorf("%d tellings, want %d", len(got), n)
		}
		for _, r := range got {
			told(t, s, "one", r, time.Time{}, false)
		}
	}
	enter(t, s, "CPC-ada")
	clock.pass(time.Hour)
	tells(0) // nobody reads it yet
	r := waiting(t, s)
	must(t, r.Approve(ben, s.Now(), time.Hour))
	r = replace(t, s, r)
	tells(0)
	clock.pass(ledger.Breath)
	tells(1)
	must(t, submit(t.Context(), s, r, ledger.Budget{}))
	r = get(t, s, r.ID)
	tells(0)
	must(t, r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted, Again: s.Now().Add(time.Hour)}, s.Now()))
	replace(t, s, r)
	tells(1)
}

// Who is done with a request ends the claim with the last swap: it needs no write of its own.
func aSwapEndsTheClaimWithTheWork(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	claim := func(worker string, n int) {
		t.Helper()
		if got, err := s.Claim(t.Context(), worker, time.Minute, 9); err != nil || len(got) != n {
			t.Fatalf("claimed %v, %v, want %d", got, err, n)
		}
	}
	claim("one", 1)
	must(t, r.Locate(ledger.Target{ID: "pc-1"}))
	r = replace(t, s, r)
	claim("two", 0)
	r.Free = true
	replace(t, s, r)
	claim("two", 1)
}

func saysWhatIsNext(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	next := func() time.Time {
		at, err := s.Next(t.Context())
		must(t, err)
		return at
	}
	if at := next(); !at.IsZero() {
		t.Errorf("empty: next at %v", at)
	}
	r := enter(t, s, "CPC-ada")
	if at := next(); !at.Equal(clock.now()) {
		t.Errorf("next at %v, want now", at)
	}
	r.Due = clock.now().Add(time.Hour)
	r = replace(t, s, r)
	if at := next(); !at.Equal(clock.now().Add(time.Hour)) {
		t.Errorf("next at %v, want in an hour", at)
	}
	r.Due = clock.now()
	replace(t, s, r)
	_, err := s.Claim(t.Context(), "one", time.Minute, 9)
	must(t, err)
	if at := next(); !at.Equal(clock.now().Add(time.Minute)) {
		t.Errorf("next at %v, want at the end of the lease", at)
	}
	approved(t, s, ben)
	_, err = s.Claim(t.Context(), "one", time.Minute, 9)
	must(t, err)
	if at := next(); !at.Equal(clock.now().Add(ledger.Breath)) {
		t.Errorf("next at %v, want when an approval is told", at)
	}
}

// waiting is a request of ada for a machine of its own that waits for an approval.
func waiting(t testing.TB, s ledger.Store) ledger.Request {
	t.Helper()
	r := ask("CPC", s.Now())
	r.Needed = 1
	r, err := ledger.Enter(t.Context(), s, r)
	must(t, err)
	must(t, r.Locate(ledger.Target{ID: "pc of " + string(r.ID)}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), 8*time.Hour))
	return replace(t, s, r)
}

// approved is a request of ada for a machine of its own, approved by ben where he is named.
func approved(t testing.TB, s ledger.Store, by ...auth.Person) ledger.Request {
	t.Helper()
	r := ask("CPC", s.Now())
	r.Needed = len(by)
	r, err := ledger.Enter(t.Context(), s, r)
	must(t, err)
	must(t, r.Locate(ledger.Target{ID: "pc of " + string(r.ID)}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), 8*time.Hour))
	for _, p := range by {
		must(t, r.Approve(p, s.Now(), 8*time.Hour))
	}
	return replace(t, s, r)
}

// submit tries to send a request's call.
func submit(ctx context.Context, s ledger.Store, r ledger.Request, b ledger.Budget) error {
	if err := r.Submit("call of "+string(r.ID), s.Now(), s.Now().Add(30*time.Second)); err != nil {
		return err
	}
	_, err := s.Submit(ctx, r, b)
	return err
}

func aDecisionLandsInTimeOrNotAtAll(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	r := approved(t, s)
	late := r
	must(t, late.Deny(ben, clock.now()))
	clock.pass(8 * time.Hour) // while it waits to be written
	if _, err := s.Replace(t.Context(), late); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("a decision that lands after the end: %v", err)
	}
	if got := get(t, s, r.ID); got.State != ledger.Approved {
		t.Errorf("it is %s", got.State)
	}
}

func aNoteDisturbsNothing(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	r := approved(t, s)
	for range 3 {
		must(t, s.Note(t.Context(), r.ID, r.Repelled(ada, auth.Approve, auth.OwnRequest, s.Now())))
	}
	must(t, s.Note(t.Context(), r.ID, r.Repelled(ben, auth.Approve, auth.NotListed, s.Now())))
	must(t, r.Deny(ben, s.Now()))
	r = replace(t, s, r) // as if nothing had been noted
	events, err := s.Events(t.Context(), r.ID, 0)
	must(t, err)
	var kinds []ledger.Kind
	for i, e := range events {
		kinds = append(kinds, e.Kind)
		if e.Seq != i+1 {
			t.Errorf("event %d has the number %d", i+1, e.Seq)
		}
	}
	want := []ledger.Kind{ledger.WasAsked, ledger.WasShown, ledger.WasRepelled, ledger.WasRepelled, ledger.WasDenied}
	if diff := cmp.Diff(want, kinds); diff != "" || r.Events != 5 {
		t.Errorf("%d events:\n%s", r.Events, diff)
	}
	if err := s.Note(t.Context(), "R-NONE", ledger.Event{}); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("a note on nothing: %v", err)
	}
}

func theBrakesHold(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	open := home(t).Open
	s, other := open(clock.now), open(clock.now)
	r := approved(t, s)
	if b, err := s.Brakes(t.Context()); err != nil || b.Frozen {
		t.Fatalf("%+v, %v", b, err)
	}
	before, err := other.Freeze(t.Context(), ben, "disk <trouble>")
	if err != nil || before.Frozen {
		t.Fatalf("%+v, %v", before, err)
	}
	want := ledger.Brakes{Frozen: true, By: ben, Why: "disk <trouble>", At: clock.now()}
	clock.pass(time.Minute)
	if before, err := s.Freeze(t.Context(), ada, "again"); err != nil || before != want {
		t.Errorf("a second freeze: %+v, %v", before, err)
	}
	var frozen *ledger.FrozenError
	if err := submit(t.Context(), s, r, ledger.Budget{}); !errors.As(err, &frozen) || frozen.Brakes != want {
		t.Errorf("got %v, want frozen by ben", err)
	}
	if got := get(t, s, r.ID); got.State != ledger.Approved || got.Version != r.Version {
		t.Errorf("a held submission left a trace: %+v", got)
	}
	must(t, r.Wait(ledger.Cause{Code: ledger.Frozen}, clock.now().Add(time.Hour), clock.now()))
	r = replace(t, s, r)
	if before, err := s.Unfreeze(t.Context()); err != nil || before != want {
		t.Errorf("unfreeze: %+v, %v", before, err)
	}
	if got, err := s.Claim(t.Context(), "one", time.Minute, 9); err != nil || len(got) != 1 {
		t.Errorf("what waited is not due after the thaw: %v, %v", got, err)
	}
	must(t, submit(t.Context(), s, r, ledger.Budget{}))
	if b, err := other.Brakes(t.Context()); err != nil || b.Frozen {
		t.Errorf("%+v, %v", b, err)
	}
}

func theBudgetHolds(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	cem := auth.Person{Org: "E1", ID: "U_CEM"}
	budget := ledger.Budget{PerHour: 3, PerPerson: 2}
	one := approved(t, s, ben) // ada 1, ben 1
	must(t, submit(t.Context(), s, one, budget))
	clock.pass(10 * time.Minute)
	must(t, submit(t.Context(), s, approved(t, s, cem), budget)) // ada 2, cem 1
	over := approved(t, s, ben)
	var no *ledger.BudgetError
	if err := submit(t.Context(), s, over, budget); !errors.As(err, &no) || no.Of != ada || !no.Until.Equal(clock.now().Add(50*time.Minute)) {
		t.Errorf("ada's third within the hour: %v %+v", err, no)
	}
	byBen := approved(t, s, cem) // asked by ben, approved by cem
	byBen.Requester = ben
	must(t, submit(t.Context(), s, byBen, budget)) // ben 2, cem 2: what was refused above counted for nobody
	other := approved(t, s)
	other.Requester = auth.Person{Org: "E1", ID: "U_DAN"}
	if err := submit(t.Context(), s, other, budget); !errors.As(err, &no) || !no.Of.IsZero() {
		t.Errorf("the fourth of all within the hour: %v", err)
	}
	if err := submit(t.Context(), s, other, ledger.Budget{}); err != nil {
		t.Errorf("without a budget: %v", err)
	}
	clock.pass(51 * time.Minute)
	must(t, submit(t.Context(), s, over, ledger.Budget{PerPerson: 2}))

	held := get(t, s, one.ID) // a call that is proven not to have acted is sent again, and counts once
	must(t, held.Answer(ledger.Answer{CallID: held.Submission.CallID, Outcome: ledger.NotActed, Again: clock.now()}, clock.now()))
	held = replace(t, s, held)
	for range 3 {
		next := held
		must(t, submit(t.Context(), s, next, ledger.Budget{PerPerson: 3}))
		held = get(t, s, one.ID)
		must(t, held.Answer(ledger.Answer{CallID: held.Submission.CallID, Outcome: ledger.NotActed, Again: clock.now()}, clock.now()))
		held = replace(t, s, held)
	}
}

func freezeAndSubmitHaveOneWinner(t *testing.T, home func(testing.TB) Home) {
	open := home(t).Open
	clock := newClock()
	one, two := open(clock.now), open(clock.now)
	for range 20 {
		r := approved(t, one)
		var wg sync.WaitGroup
		var submitted error
		wg.Go(func() { submitted = submit(t.Context(), one, r, ledger.Budget{}) })
		wg.Go(func() {
			if _, err := two.Freeze(t.Context(), ben, ""); err != nil {
				t.Error(err)
			}
			if got, err := two.Get(t.Context(), r.ID); err != nil || got.State == ledger.Approved {
				// frozen before it was submitted: then it must stay so
				if err := submit(t.Context(), two, r, ledger.Budget{}); err == nil {
					t.Error("submitted after the freeze")
				}
			}
		})
		wg.Wait()
		var frozen *ledger.FrozenError
		if submitted != nil && !errors.As(submitted, &frozen) {
			t.Error(submitted)
		}
		if _, err := one.Unfreeze(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func findsByEachField(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	var all []ledger.Request
	for i, pc := range []string{"pc-1", "pc-2", "pc-3"} {
		r := ask(pc, s.Now())
		if i == 2 {
			r.Requester = ben
		}
		r, err := ledger.Enter(t.Context(), s, r)
		must(t, err)
		must(t, r.Locate(ledger.Target{ID: pc, Name: "CPC " + pc, DeviceName: "DÉV-" + pc}))
		if i == 0 {
			must(t, r.Refuse(ledger.Cause{Code: ledger.WrongState}, s.Now()))
		}
		if i > 0 {
			must(t, r.Show(ledger.Thread{Channel: fmt.Sprint("C", i), TS: "1800000000.000100"}, s.Now(), time.Hour))
		}
		all = append(all, replace(t, s, r))
		clock.pass(time.Second)
	}
	for name, row := range map[string]struct {
		q    ledger.Query
		want []int
	}{
		"all, newest first": {ledger.Query{}, []int{2, 1, 0}},
		"live":              {ledger.Query{Live: true}, []int{2, 1}},
		"target":            {ledger.Query{Target: "pc-2"}, []int{1}},
		"machine by id":     {ledger.Query{Machine: "PC-2"}, []int{1}},
		"machine by name":   {ledger.Query{Machine: "cpc pc-2"}, []int{1}},
		"machine by device": {ledger.Query{Machine: "dév-PC-2"}, []int{1}},
		"a name is no part": {ledger.Query{Machine: "pc-"}, nil},
		"machine and live":  {ledger.Query{Machine: "pc-1", Live: true}, nil},
		"machine, not hers": {ledger.Query{Machine: "pc-2", Requester: ben}, nil},
		"requester":         {ledger.Query{Requester: ben}, []int{2}},
		"of a former home":  {ledger.Query{Requester: auth.Person{Org: "E9", ID: ben.ID}, Former: ben.Org}, []int{2}},
		"of another home":   {ledger.Query{Requester: auth.Person{Org: "E9", ID: ben.ID}, Former: "E8"}, nil},
		"state":             {ledger.Query{State: ledger.Refused}, []int{0}},
		"card":              {ledger.Query{Card: ledger.Thread{Channel: "C2", TS: "1800000000.000100"}}, []int{2}},
		"another card":      {ledger.Query{Card: ledger.Thread{Channel: "C2", TS: "1800000000.000200"}}, nil},
		"limit":             {ledger.Query{Limit: 2}, []int{2, 1}},
		"skip":              {ledger.Query{Skip: 1}, []int{1, 0}},
		"nothing":           {ledger.Query{Target: "pc-9"}, nil},
	} {
		got, want := found(t, s, row.q), []ledger.ID(nil)
		for _, i := range row.want {
			want = append(want, all[i].ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// found is what a query yields.
func found(t *testing.T, s ledger.Store, q ledger.Query) (ids []ledger.ID) {
	t.Helper()
	for r, err := range s.Find(t.Context(), q) {
		must(t, err)
		ids = append(ids, r.ID)
	}
	return ids
}

func findsAMachineUnderItsEarlierNames(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	bear := func(typed string, before, after ledger.Target) ledger.ID {
		clock.pass(time.Second)
		r := ask(typed, s.Now())
		r.Needed = 0
		r, err := ledger.Enter(t.Context(), s, r)
		must(t, err)
		must(t, r.Locate(before))
		must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), time.Hour))
		r = replace(t, s, r)
		must(t, submit(t.Context(), s, r, ledger.Budget{}))
		r = get(t, s, r.ID)
		must(t, r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted}, s.Now()))
		must(t, r.Succeed(after, ledger.Cause{}, s.Now()))
		return replace(t, s, r).ID
	}
	machine := func(id, name, device string) ledger.Target {
		return ledger.Target{ID: id, Name: name, DeviceName: device}
	}
	refused := func(typed string) ledger.ID {
		clock.pass(time.Second)
		r := enter(t, s, typed)
		must(t, r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now()))
		return replace(t, s, r).ID
	}
	first := bear("CPC-ada", machine("pc-1", "CPC-ada", "DEV-1"), machine("pc-1", "CPC-ada", "DEV-2"))
	other := bear("CPC-bob", machine("pc-2", "CPC-bob", "DEV-9"), machine("pc-2", "CPC-bob", "DEV-10"))
	second := bear("dev-2", machine("pc-1", "CPC-ada", "DEV-2"), machine("pc-1", "CPC-Ada-Ö", "DEV-3"))
	ghost := refused("CPC-ghost")
	vain := refused("DEV-1")
	heir := bear("CPC-heir", machine("pc-3", "CPC-heir", "DEV-9"), machine("pc-3", "CPC-heir", "DEV-9")) // bears what another bore
	for name, want := range map[string][]ledger.ID{
		"pc-1": {vain, second, first}, "cpc-ADA": {vain, second, first}, "cpc-ada-ö": {vain, second, first},
		"dev-1": {vain, second, first}, "dev-2": {vain, second, first}, "DEV-3": {vain, second, first},
		"dev-9": {heir, other}, "DEV-10": {other}, "CPC-heir": {heir},
		"cpc-GHOST": {ghost}, "DEV-11": nil, string(ghost): nil,
	} {
		if diff := cmp.Diff(want, found(t, s, ledger.Query{Machine: name})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if got := found(t, s, ledger.Query{Machine: "dev-1", Skip: 1, Limit: 1}); len(got) != 1 || got[0] != second {
		t.Errorf("the second of them: %v, want %s", got, second)
	}
}

func findsPageByPage(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	for range 9 {
		enter(t, s, "CPC-ada")
		enter(t, s, "CPC-bob") // in the same moment
		clock.pass(time.Second)
	}
	all := found(t, s, ledger.Query{})
	var pages []ledger.ID
	for skip := 0; skip <= 20; skip += 4 {
		page := found(t, s, ledger.Query{Skip: skip, Limit: 4})
		if want := max(0, min(4, 18-skip)); len(page) != want {
			t.Errorf("%d after the first %d, want %d", len(page), skip, want)
		}
		pages = append(pages, page...)
	}
	if diff := cmp.Diff(all, pages); diff != "" {
		t.Errorf("page by page:\n%s", diff)
	}
}

func leavesOutWhatFoundNoMachine(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	s := home(t).Open(clock.now)
	var kept, all []ledger.ID
	for _, cause := range []ledger.Code{ledger.NoSuchPC, ledger.WrongState, ledger.ManyPCs, "", ledger.GraphSilent, ledger.NoSuchPC, ledger.MayNotPost} {
		clock.pass(time.Second)
		r := enter(t, s, "CPC-ada")
		if cause != "" {
			must(t, r.Refuse(ledger.Cause{Code: cause}, s.Now()))
			r = replace(t, s, r)
		}
		all = append([]ledger.ID{r.ID}, all...)
		if cause != ledger.NoSuchPC && cause != ledger.ManyPCs {
			kept = append([]ledger.ID{r.ID}, kept...)
		}
	}
	// What waits because Graph shows no such machine for a moment has not come to nothing.
	clock.pass(time.Second)
	waits := enter(t, s, "CPC-bob")
	must(t, waits.Wait(ledger.Cause{Code: ledger.NoSuchPC}, s.Now().Add(time.Minute), s.Now()))
	waits = replace(t, s, waits)
	all, kept = append([]ledger.ID{waits.ID}, all...), append([]ledger.ID{waits.ID}, kept...)
	for _, row := range []struct {
		q    ledger.Query
		want []ledger.ID
	}{
		{ledger.Query{}, all},
		{ledger.Query{Found: true}, kept},
		{ledger.Query{Found: true, Skip: 1, Limit: 2}, kept[1:3]},
		{ledger.Query{Found: true, Machine: "cpc-ADA"}, kept[1:]},
		{ledger.Query{Machine: "cpc-ADA"}, all[1:]},
		{ledger.Query{Found: true, Live: true}, []ledger.ID{kept[0], kept[3]}},
	} {
		if diff := cmp.Diff(row.want, found(t, s, row.q)); diff != "" {
			t.Errorf("%+v\n%s", row.q, diff)
		}
	}
}

func survivesAReopening(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	open := home(t).Open
	s := open(clock.now)
	r := enter(t, s, "CPC-ada")
	must(t, s.Close())
	if _, err := s.Replace(t.Context(), r); err == nil {
		t.Error("a closed store took a write")
	}
	s = open(clock.now)
	if diff := cmp.Diff(r, get(t, s, r.ID)); diff != "" {
		t.Errorf("after reopening:\n%s", diff)
	}
	if _, err := ledger.Enter(t.Context(), s, ledger.New(r.Order, ada, "C1", r.Gesture, 0, s.Now())); err == nil {
		t.Error("the gesture is forgotten after reopening")
	}
}

func twoProcessesShareIt(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	open := home(t).Open
	one, two := open(clock.now), open(clock.now)
	r := enter(t, one, "CPC-ada")
	r, err := ledger.Amend(t.Context(), two, r, func(r *ledger.Request) error {
		return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, two.Now())
	})
	must(t, err)
	if got := get(t, one, r.ID); got.State != ledger.Refused {
		t.Errorf("one process does not see what the other wrote: %s", got.State)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ledger.Enter(ctx, two, ask("CPC-bob", clock.now())); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

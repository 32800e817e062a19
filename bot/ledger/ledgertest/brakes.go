package ledgertest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

func theBrakesHold(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	open := database(t).Open
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
	if got, err := s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 9); err != nil || len(got) != 1 {
		t.Errorf("what waited is not due after the thaw: %v, %v", got, err)
	}
	must(t, submit(t.Context(), s, r, ledger.Budget{}))
	if b, err := other.Brakes(t.Context()); err != nil || b.Frozen {
		t.Errorf("%+v, %v", b, err)
	}
}

func theBudgetHolds(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
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
	must(t, held.Answer(ledger.Answer{CallID: held.Submission.CallID, Outcome: ledger.NotActed, NextAt: clock.now()}, clock.now()))
	held = replace(t, s, held)
	for range 3 {
		next := held
		must(t, submit(t.Context(), s, next, ledger.Budget{PerPerson: 3}))
		held = get(t, s, one.ID)
		must(t, held.Answer(ledger.Answer{CallID: held.Submission.CallID, Outcome: ledger.NotActed, NextAt: clock.now()}, clock.now()))
		held = replace(t, s, held)
	}
}

func saysWhatIsSpent(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	open := database(t).Open
	s, other := open(clock.now), open(clock.now)
	spent := func(want ...ledger.Spending) {
		t.Helper()
		got, err := other.Spent(t.Context())
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("spent (-want +got): %v\n%s", err, diff)
		}
	}
	spent()
	first := clock.now()
	one := approved(t, s, ben)
	must(t, submit(t.Context(), s, one, ledger.Budget{}))
	spent(ledger.Spending{Count: 1, Oldest: first}, ledger.Spending{Of: ada, Count: 1, Oldest: first}, ledger.Spending{Of: ben, Count: 1, Oldest: first})
	clock.pass(10 * time.Minute)
	second := clock.now()
	must(t, submit(t.Context(), s, approved(t, s), ledger.Budget{}))
	all := []ledger.Spending{{Count: 2, Oldest: first}, {Of: ada, Count: 2, Oldest: first}, {Of: ben, Count: 1, Oldest: first}}
	spent(all...)
	var no *ledger.BudgetError
	budget := ledger.Budget{PerHour: 3, PerPerson: 2}
	if err := submit(t.Context(), s, approved(t, s), budget); !errors.As(err, &no) {
		t.Fatalf("got %v, want ada's budget used up", err)
	}
	if diff := cmp.Diff([]ledger.BudgetError{*no}, budget.UsedUp(all)); diff != "" {
		t.Errorf("a submission is refused for another reason than is read (-refused +read):\n%s", diff)
	}
	spent(all...) // what was refused counts for nobody

	clock.pass(50 * time.Minute) // the first is an hour old now
	spent(ledger.Spending{Count: 1, Oldest: second}, ledger.Spending{Of: ada, Count: 1, Oldest: second})
	clock.pass(10 * time.Minute)
	spent()
}

func freezeAndSubmitHaveOneWinner(t *testing.T, database func(testing.TB) Database) {
	open := database(t).Open
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

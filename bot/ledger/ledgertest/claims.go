package ledgertest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

func claimsOnce(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	open := database(t).Open
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
				got, err := stores[i%2].Claim(t.Context(), ledger.JobStep, fmt.Sprint("worker-", i), time.Minute, 3)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, j := range got {
					seen[j.Req.ID]++
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

func aLeaseEnds(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	r := enter(t, s, "CPC-ada")
	claim := func(worker string) int {
		got, err := s.Claim(t.Context(), ledger.JobStep, worker, time.Minute, 9)
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
	must(t, s.Release(t.Context(), "one", stepOf(r)))
	if claim("three") != 0 {
		t.Error("a release by a worker that lost the claim ended it")
	}
	must(t, s.Release(t.Context(), "two", stepOf(r)))
	if claim("three") != 1 {
		t.Error("a release does not free")
	}
	must(t, s.Release(t.Context(), "three", stepOf(r)))
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

func aLeaseIsRenewed(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	held := []string{string(approved(t, s, ben).ID)}
	renew := func(worker string, lease time.Duration, kinds ...ledger.JobKind) {
		t.Helper()
		for _, kind := range kinds {
			must(t, s.Renew(t.Context(), worker, lease, kind, held))
		}
	}
	clock.pass(ledger.NotifyDelay)
	claims := func(worker string) (executions, notifications int) {
		d, err := s.Claim(t.Context(), ledger.JobStep, worker, time.Minute, 9)
		must(t, err)
		n, err := s.Claim(t.Context(), ledger.JobThread, worker, time.Minute, 9)
		must(t, err)
		return len(d), len(n)
	}
	if d, n := claims("one"); d != 1 || n != 1 {
		t.Fatalf("claimed %d executions and %d notifications", d, n)
	}
	for range 5 {
		clock.pass(40 * time.Second)
		renew("one", time.Minute, ledger.JobStep, ledger.JobThread)
		renew("two", time.Minute, ledger.JobStep, ledger.JobThread)
		if d, n := claims("two"); d+n != 0 {
			t.Fatalf("a renewed claim was given to another: %d executions, %d notifications", d, n)
		}
	}
	clock.pass(61 * time.Second)
	renew("one", time.Minute, ledger.JobStep, ledger.JobThread) // too late: the claims have ended
	if d, n := claims("two"); d != 1 || n != 1 {
		t.Errorf("a claim that had ended was renewed: %d executions, %d notifications", d, n)
	}
	clock.pass(30 * time.Second)
	renew("one", time.Hour, ledger.JobStep, ledger.JobThread) // not its own
	clock.pass(31 * time.Second)
	if d, n := claims("three"); d != 1 || n != 1 {
		t.Errorf("another worker's claim was renewed: %d executions, %d notifications", d, n)
	}
	clock.pass(30 * time.Second)
	renew("three", time.Minute, ledger.JobStep)
	clock.pass(31 * time.Second)
	if d, n := claims("four"); d != 0 || n != 1 {
		t.Errorf("only the execution was renewed, and %d executions and %d notifications were free", d, n)
	}
	clock.pass(30 * time.Second) // the lease of the execution ends now
	renew("four", time.Minute, ledger.JobThread)
	clock.pass(31 * time.Second)
	if d, n := claims("five"); d != 1 || n != 0 {
		t.Errorf("only the notification was renewed, and %d executions and %d notifications were free", d, n)
	}
}

func aClaimSurvivesOthers(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	if got, err := s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 9); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	must(t, r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, s.Now())) // a swap needs no claim
	r = replace(t, s, r)
	if got, err := s.Claim(t.Context(), ledger.JobStep, "two", time.Minute, 9); err != nil || len(got) != 0 {
		t.Errorf("an ended request was claimed: %v, %v", got, err)
	}
	if got, err := s.Claim(t.Context(), ledger.JobThread, "two", time.Minute, 9); err != nil || len(got) != 1 || got[0].Req.Version != r.Version {
		t.Errorf("the notification is not claimed separately from the execution: %v, %v", got, err)
	}
}

// aSwapEndsTheClaimWithTheWork checks that a worker's last swap can end its claim as well, without
// a write of its own.
func aSwapEndsTheClaimWithTheWork(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	claim := func(worker string, n int) {
		t.Helper()
		if got, err := s.Claim(t.Context(), ledger.JobStep, worker, time.Minute, 9); err != nil || len(got) != n {
			t.Fatalf("claimed %v, %v, want %d", got, err, n)
		}
	}
	claim("one", 1)
	must(t, r.Locate(ledger.Target{ID: "pc-1"}))
	r = replace(t, s, r)
	claim("two", 0)
	r.ReleasesClaim = true
	replace(t, s, r)
	claim("two", 1)
}

func saysWhatIsNext(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	next := func() time.Time {
		at, err := s.Next(t.Context(), "")
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
	_, err := s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 9)
	must(t, err)
	if at := next(); !at.Equal(clock.now().Add(time.Minute)) {
		t.Errorf("next at %v, want at the end of the lease", at)
	}
	approved(t, s, ben)
	_, err = s.Claim(t.Context(), ledger.JobStep, "one", time.Minute, 9)
	must(t, err)
	if at := next(); !at.Equal(clock.now().Add(ledger.NotifyDelay)) {
		t.Errorf("next at %v, want when the notification of an approval is due", at)
	}
}

// stepsWaitForTheirHolder has two workers, of which one has the requester's sign-in.
func stepsWaitForTheirHolder(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	asked := ask("", s.Now())
	asked.HoldSignIn("one", s.Now().Add(time.Hour))
	asked.Handover = &ledger.Handover{Worker: "two", Lease: time.Minute, Kinds: []ledger.JobKind{ledger.JobStep}}
	r := create(t, s, asked)
	if len(asked.Handover.Jobs) != 0 {
		t.Errorf("it was handed over: %v", asked.Handover.Jobs)
	}
	claim := func(worker string, want int) []ledger.Job {
		t.Helper()
		got, err := s.Claim(t.Context(), ledger.JobStep, worker, time.Minute, 9)
		if err != nil || len(got) != want {
			t.Fatalf("%s claims %v, %v", worker, got, err)
		}
		return got
	}
	next := func(worker string, is bool) {
		t.Helper()
		if at, err := s.Next(t.Context(), worker); err != nil || at.IsZero() == is {
			t.Errorf("next for %s: %v, %v", worker, at, err)
		}
	}
	claim("two", 0)
	next("two", false)
	next("one", true)
	job := claim("one", 1)[0]
	next("two", false) // nor when the lease ends
	must(t, s.Release(t.Context(), "one", job))
	orphans := func(want int) {
		t.Helper()
		if ids, err := s.Orphaned(t.Context()); err != nil || len(ids) != want || want > 0 && ids[0] != r.ID {
			t.Errorf("orphans: %v, %v", ids, err)
		}
	}
	orphans(1)
	for _, worker := range []string{"one", "two"} {
		_, err := s.Heartbeat(t.Context(), worker, 1, time.Minute)
		must(t, err)
	}
	orphans(0)
	clock.pass(time.Minute)
	orphans(1)
	r = get(t, s, r.ID)
	must(t, r.SignIn(ledger.Account{ObjectID: "oid-1"}, ledger.EmailAgrees, s.Now().Add(time.Hour), s.Now()))
	must(t, r.Locate(ledger.Target{ID: "pc-1"}))
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: "1.2"}, s.Now(), time.Hour))
	r = replace(t, s, r)
	claim("two", 0)
	must(t, r.Submit("call-1", s.Now(), s.Now())) // nobody needs the sign-in any more
	_, err := s.Submit(t.Context(), r, ledger.Budget{})
	must(t, err)
	orphans(0)
	clock.pass(time.Hour)
	claim("two", 1)
}

// stepOf is the job of a request's next step.
func stepOf(r ledger.Revision) ledger.Job {
	return ledger.Job{Kind: ledger.JobStep, Key: string(r.ID), Req: r.Request}
}

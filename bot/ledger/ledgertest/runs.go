package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// readsTheNewestRuns checks that only runs that ended well are read, the newest first.
func readsTheNewestRuns(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	var want []ledger.Run
	run := func(plan string, took, waits time.Duration, end func(*ledger.Revision) error) {
		r := create(t, s, ask("CPC", s.Now()))
		must(t, r.Locate(ledger.Target{ID: "pc of " + string(r.ID), PlanID: plan, PolicyID: "policy"}))
		must(t, r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, s.Now(), time.Hour))
		r = replace(t, s, r)
		must(t, submit(t.Context(), s, r, ledger.Budget{}))
		r = get(t, s, r.ID)
		must(t, r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted}, s.Now()))
		if waits > 0 {
			must(t, r.AwaitPower(s.Now()))
			clock.pass(waits)
			must(t, r.SeeRun(s.Now()))
		}
		clock.pass(took)
		must(t, end(&r))
		if r = replace(t, s, r); r.State == ledger.Succeeded {
			want = append([]ledger.Run{{PlanID: plan, PolicyID: "policy", Ended: s.Now(), Took: took}}, want...)
		}
	}
	ready := func(r *ledger.Revision) error {
		return r.Succeed(ledger.Target{ID: r.Target.ID, PlanID: "another since"}, ledger.Cause{}, s.Now())
	}
	run("small", 40*time.Minute, 0, ready)
	run("large", 50*time.Minute, 0, ready)
	run("large", 10*time.Minute, 0, func(r *ledger.Revision) error { return r.FailBuild(ledger.Cause{}, s.Now()) })
	run("large", 45*time.Minute, 12*time.Hour, ready)
	run("large", time.Minute, 0, func(r *ledger.Revision) error { return r.SeeRun(s.Now()) }) // it goes on
	for _, n := range []int{0, 1, 2, 3, 100} {
		got, err := s.Runs(t.Context(), n)
		must(t, err)
		if diff := cmp.Diff(append([]ledger.Run(nil), want[:min(n, 3)]...), got); diff != "" {
			t.Errorf("the newest %d:\n%s", n, diff)
		}
	}
}

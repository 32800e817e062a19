package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

func countsWhatIsUnderWay(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	totals := func(want ledger.Totals) {
		t.Helper()
		got, err := s.Totals(t.Context())
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	none := map[ledger.JobKind]ledger.DueJobs{}
	totals(ledger.Totals{Live: map[ledger.State]int{}, Due: none})

	enter(t, s, "CPC-ada")
	clock.pass(90 * time.Second)
	enter(t, s, "CPC-ben")
	two := map[ledger.State]int{ledger.Resolving: 2}
	due := map[ledger.JobKind]ledger.DueJobs{ledger.JobStep: {Count: 2, Age: 90 * time.Second}}
	totals(ledger.Totals{Live: two, Due: due})

	_, err := s.Freeze(t.Context(), ben, "")
	must(t, err)
	totals(ledger.Totals{Live: two, Due: due, Frozen: true})

	// What is claimed is due until it is done.
	got, err := s.Claim(t.Context(), ledger.JobStep, "worker", time.Minute, 1)
	must(t, err)
	totals(ledger.Totals{Live: two, Due: due, Frozen: true})

	// What has ended, and what is due later, does not count.
	r := got[0].Req.Revise()
	must(t, r.Cancel(ada, clock.now()))
	r.Told = ledger.JobThread
	_, err = s.Replace(t.Context(), *r)
	must(t, err)
	totals(ledger.Totals{Live: map[ledger.State]int{ledger.Resolving: 1}, Due: map[ledger.JobKind]ledger.DueJobs{ledger.JobStep: {Count: 1}}, Frozen: true})
}

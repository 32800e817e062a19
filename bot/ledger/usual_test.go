package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// runs are runs of one plan and policy that took so many minutes each, the newest first; all ended before noon.
func runs(plan, policy string, minutes ...int) (all []ledger.Run) {
	for i, m := range minutes {
		all = append(all, ledger.Run{PlanID: plan, PolicyID: policy, Ended: noon.Add(-time.Duration(i+1) * time.Hour), Took: time.Duration(m) * time.Minute})
	}
	return all
}

// each is a number of minutes so often.
func each(minutes, n int) []int { return slices.Repeat([]int{minutes}, n) }

var assumed = ledger.Usual{Low: 30 * time.Minute, Median: 45 * time.Minute, High: time.Hour}

func TestUsualIsOfTheClosestSampleThatIsLargeEnough(t *testing.T) {
	usual := func(of ledger.Sample, low, median, high time.Duration) ledger.Usual {
		return ledger.Usual{Sample: of, Low: low, Median: median, High: high}
	}
	same := func(of ledger.Sample, minutes time.Duration) ledger.Usual {
		return usual(of, minutes*time.Minute, minutes*time.Minute, minutes*time.Minute)
	}
	for name, row := range map[string]struct {
		runs []ledger.Run
		want ledger.Usual
	}{
		"nothing is known":    {nil, assumed},
		"too few in all":      {runs("plan", "policy", each(20, 7)...), assumed},
		"enough of its kin":   {append(runs("plan", "other", each(90, 50)...), runs("plan", "policy", 8, 1, 7, 2, 6, 3, 5, 4)...), usual(ledger.OfKin, 135*time.Second, 270*time.Second, 405*time.Second)},
		"an odd number":       {runs("plan", "policy", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), usual(ledger.OfKin, 3*time.Minute, 6*time.Minute, 9*time.Minute)},
		"one that hung":       {runs("plan", "policy", append(each(40, 7), 900)...), same(ledger.OfKin, 40)},
		"of other policies":   {append(runs("plan", "other", each(20, 7)...), runs("plan", "policy", each(20, 7)...)...), same(ledger.OfAll, 20)},
		"of other plans":      {runs("other", "policy", each(20, 8)...), same(ledger.OfAll, 20)},
		"only the newest":     {append(runs("plan", "policy", each(20, 50)...), runs("plan", "policy", each(90, 50)...)...), same(ledger.OfKin, 20)},
		"only what took time": {runs("plan", "policy", append(each(0, 20), each(-5, 20)...)...), assumed},
	} {
		r := ledger.Request{Target: ledger.Target{PlanID: "plan", PolicyID: "policy"}, Submission: ledger.Submission{At: noon}}
		if diff := cmp.Diff(row.want, ledger.UsualOf(r, row.runs)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is expected of a run does not change while it lasts, however many others end meanwhile.
func TestWhatIsUsualStaysWhileARunLasts(t *testing.T) {
	before := runs("plan", "policy", each(20, 8)...)
	since := runs("plan", "policy", each(90, 50)...)
	for i := range since {
		since[i].Ended = noon.Add(time.Duration(40-i) * time.Minute) // the first of them just before it began: not everybody has read those
	}
	r := ledger.Request{Target: ledger.Target{PlanID: "plan", PolicyID: "policy"}, Submission: ledger.Submission{At: noon}}
	if was, is := ledger.UsualOf(r, before), ledger.UsualOf(r, append(since, before...)); was != is || was.Sample != ledger.OfKin {
		t.Errorf("it was %v and is %v", was, is)
	}
}

// The time in which a machine waited for somebody to power it on is no part of its run.
func TestARunBeginsOnceTheMachineHasPower(t *testing.T) {
	power, seen, ready := noon.Add(3*time.Minute), noon.Add(9*time.Hour), noon.Add(9*time.Hour+40*time.Minute)
	for name, row := range map[string]struct {
		call  ledger.Submission
		began time.Time
	}{
		"it is on":          {ledger.Submission{At: noon, Accepted: noon.Add(time.Second), Seen: seen}, noon},
		"it is off":         {ledger.Submission{At: noon, Power: power}, time.Time{}},
		"it was powered on": {ledger.Submission{At: noon, Power: power, Seen: seen}, seen},
	} {
		r := ledger.Request{Submission: row.call, Ended: ready}
		if got := r.RunBegan(); !got.Equal(row.began) {
			t.Errorf("%s: it began at %v", name, got)
		}
		want := ready.Sub(row.began)
		if row.began.IsZero() { // it was powered on and ready between two looks
			want = 0
		}
		if took := ledger.RunOf(r).Took; took != want {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

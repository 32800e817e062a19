package notify

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func usual(low, median, high time.Duration) ledger.Usual {
	return ledger.Usual{Low: low * time.Minute, Median: median * time.Minute, High: high * time.Minute}
}

// However long a run lasts, and however often it is looked at, its card is redrawn at most four times without
// news, and the last time once it takes longer than most.
func TestACardIsRedrawnAtMostFourTimes(t *testing.T) {
	for name, row := range map[string]struct {
		usual ledger.Usual
		want  []time.Duration // minutes
	}{
		"nothing is known": {usual(30, 45, 60), []time.Duration{15, 30, 46, 61}},
		"all alike":        {usual(41, 42, 42), []time.Duration{14, 28, 43}},
		"very fast":        {usual(2, 3, 4), []time.Duration{5}},
		"very slow":        {usual(100, 150, 200), []time.Duration{50, 100, 151, 201}},
	} {
		r := ledger.Request{State: ledger.Provisioning, Submission: ledger.Submission{At: nine}}
		var at []time.Duration
		for due, last := nine, 0; !due.IsZero(); {
			n, next := redrawsPassed(r, words.Progress{Now: due, Usual: row.usual})
			if n != last {
				at = append(at, due.Sub(nine)/time.Minute)
			}
			if last = n; !next.IsZero() && !next.After(due) {
				t.Fatalf("%s: after %v it is due again at once", name, due.Sub(nine))
			}
			due = next
		}
		if !slices.Equal(at, row.want) {
			t.Errorf("%s: it is redrawn after %v minutes, want %v", name, at, row.want)
		}
	}
}

// That holds over a history that changes while the run lasts, of which one process has read less than another: each of
// them, and one that has just started, has the same times.
func TestTheTimesOfARunStayWhileOthersEnd(t *testing.T) {
	for seed := range uint64(50) {
		dice := rand.New(rand.NewPCG(seed, 4))
		var history []ledger.Run // newest first; many end about the time of the call, and those take much longer
		for ended := nine.Add(2 * time.Hour); len(history) < ledger.RunsForAnEstimate; {
			took, apart := 40*time.Minute, 5*time.Minute
			if since := ended.Sub(nine); since > -11*time.Minute && since < 5*time.Minute {
				took, apart = time.Duration(60+dice.IntN(120))*time.Minute, 30*time.Second
			}
			history = append(history, ledger.Run{Ended: ended, Took: took})
			ended = ended.Add(-time.Duration(dice.Int64N(int64(apart))))
		}
		endedBy := func(now time.Time) func() ([]ledger.Run, error) {
			return func() ([]ledger.Run, error) {
				return history[slices.IndexFunc(history, func(run ledger.Run) bool { return !run.Ended.After(now) }):], nil
			}
		}
		processes := make([]pastRuns, 3)
		usualOf := func(r ledger.Request, now time.Time) ledger.Usual {
			p := dice.IntN(len(processes))
			if dice.IntN(5) == 0 {
				processes[p] = pastRuns{} // it was started again
			}
			return ledger.UsualOf(r, processes[p].runs(now, endedBy(now)))
		}
		r := ledger.Request{State: ledger.Provisioning, Submission: ledger.Submission{At: nine}}
		for i := range processes { // each of them has read the runs some time before the call
			before := nine.Add(-time.Duration(dice.IntN(600)) * time.Second)
			processes[i].runs(before, endedBy(before))
		}
		var at []time.Duration
		for due := nine; ; {
			_, next := redrawsPassed(r, words.Progress{Now: due, Usual: usualOf(r, due)})
			if next.IsZero() {
				break
			}
			at, due = append(at, next.Sub(nine).Truncate(time.Minute)), next
		}
		if want := []time.Duration{13 * time.Minute, 26 * time.Minute, 41 * time.Minute}; !slices.Equal(at, want) {
			t.Errorf("seed %d: it is redrawn after %v, want %v", seed, at, want)
		}
	}
}

// Where nothing goes on, or people know that it takes too long, nothing is redrawn.
func TestNothingIsRedrawnWhereNothingGoesOn(t *testing.T) {
	for name, r := range map[string]ledger.Request{
		"it waits for approval": {State: ledger.Pending},
		"it is sent":            {State: ledger.Submitting, Submission: ledger.Submission{At: nine}},
		"it is ready":           {State: ledger.Succeeded, Submission: ledger.Submission{At: nine}},
		"it waits for power":    {State: ledger.Provisioning, Submission: ledger.Submission{At: nine, Power: nine}},
		"it is overdue":         {State: ledger.Provisioning, Submission: ledger.Submission{At: nine, Overdue: nine}},
	} {
		if n, next := redrawsPassed(r, words.Progress{Now: nine.Add(time.Minute), Usual: usual(30, 45, 60)}); n != 0 || !next.IsZero() {
			t.Errorf("%s: %d redraws, the next at %v", name, n, next)
		}
	}
	on := ledger.Request{State: ledger.Provisioning, Submission: ledger.Submission{At: nine, Power: nine, Seen: nine.Add(9 * time.Hour)}}
	if n, next := redrawsPassed(on, words.Progress{Now: nine.Add(9*time.Hour + time.Minute), Usual: usual(30, 45, 60)}); n != 0 || !next.Equal(nine.Add(9*time.Hour+15*time.Minute)) {
		t.Errorf("powered on: %d redraws, the next at %v", n, next)
	}
}

// Past runs are read again after a while, sooner where that failed, and stay known meanwhile.
func TestPastRunsAreReadSeldom(t *testing.T) {
	var p pastRuns
	reads, fails := 0, false
	at := func(after time.Duration) int {
		return len(p.runs(nine.Add(after), func() ([]ledger.Run, error) {
			if reads++; fails {
				return nil, errors.New("away")
			}
			return make([]ledger.Run, reads), nil
		}))
	}
	for _, step := range []struct {
		after        time.Duration
		fails        bool
		known, reads int
	}{
		{0, true, 0, 1}, {30 * time.Second, false, 0, 1}, {time.Minute, false, 2, 2}, {10 * time.Minute, false, 2, 2},
		{11 * time.Minute, true, 2, 3}, {12 * time.Minute, false, 4, 4}, {13 * time.Minute, false, 4, 4},
	} {
		fails = step.fails
		if known := at(step.after); known != step.known || reads != step.reads {
			t.Errorf("after %v: %d runs, read %d times", step.after, known, reads)
		}
	}
}

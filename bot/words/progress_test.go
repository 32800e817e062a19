package words

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// running is a run that began at nine.
func running(change func(*ledger.Request)) ledger.Request {
	r := ledger.Request{
		ID: "R-7K3F", State: ledger.Provisioning, Requester: ada, Target: ledger.Target{Name: "CPC-ada", PlanID: "plan", PolicyID: "policy", User: "dan@example.com"},
		Submission: ledger.Submission{At: began, Accepted: began.Add(time.Second), Seen: began.Add(3 * time.Minute), Phase: ledger.Building},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func usual(of ledger.Sample, low, median, high int) ledger.Usual {
	return ledger.Usual{Sample: of, Low: time.Duration(low) * time.Minute, Median: time.Duration(median) * time.Minute, High: time.Duration(high) * time.Minute}
}

func TestACardSaysHowFarARunIs(t *testing.T) {
	kin, all, none := usual(ledger.OfKin, 35, 42, 50), usual(ledger.OfAll, 35, 42, 50), usual(ledger.Assumed, 30, 45, 60)
	for _, row := range []struct {
		after time.Duration
		usual ledger.Usual
		want  string
	}{
		{2 * time.Second, none, "▱▱▱▱▱▱▱▱▱▱ sent at 09:00 UTC / Usually it takes 30 to 60 min."},
		{14*time.Minute + 50*time.Second, none, "▰▰▱▱▱▱▱▱▱▱ 14 min, as of 09:14 UTC / Usually it takes 30 to 60 min."},
		{61 * time.Minute, none, "▰▰▰▰▰▰▰▰▰▱ 61 min, as of 10:01 UTC / This is taking longer than usual. Usually it takes 30 to 60 min."},
		{2 * time.Second, kin, "▱▱▱▱▱▱▱▱▱▱ sent at 09:00 UTC / Expected at about 09:45 UTC. Machines like this one usually take 35 to 50 min."},
		{14 * time.Minute, kin, "▰▰▱▱▱▱▱▱▱▱ 14 min, as of 09:14 UTC / Expected at about 09:45 UTC. Machines like this one usually take 35 to 50 min."},
		{43 * time.Minute, kin, "▰▰▰▰▰▰▰▰▱▱ 43 min, as of 09:43 UTC / Expected by about 09:50 UTC. Machines like this one usually take 35 to 50 min."},
		{50 * time.Minute, kin, "▰▰▰▰▰▰▰▰▰▱ 50 min, as of 09:50 UTC / Expected by about 09:50 UTC. Machines like this one usually take 35 to 50 min."},
		{20 * time.Hour, kin, "▰▰▰▰▰▰▰▰▰▱ 20 h, as of 05:00 UTC / This is taking longer than usual. Machines like this one usually take 35 to 50 min."},
		{14 * time.Minute, all, "▰▰▱▱▱▱▱▱▱▱ 14 min, as of 09:14 UTC / Expected at about 09:45 UTC. Rebuilds here usually take 35 to 50 min."},
		{5 * time.Minute, usual(ledger.OfAll, 41, 41, 41), "▰▱▱▱▱▱▱▱▱▱ 5 min, as of 09:05 UTC / Expected at about 09:45 UTC. Rebuilds here usually take about 41 min."},
		{2 * time.Hour, usual(ledger.OfAll, 95, 110, 130), "▰▰▰▰▰▰▰▰▰▱ 2 h, as of 11:00 UTC / Expected by about 11:10 UTC. Rebuilds here usually take 95 min to 2 h 10 min."},
		{-time.Minute, kin, "▱▱▱▱▱▱▱▱▱▱ sent at 09:00 UTC / Expected at about 09:45 UTC. Machines like this one usually take 35 to 50 min."}, // another process's clock
	} {
		got := string(progress(running(nil), Progress{began.Add(row.after), row.usual}))
		got = strings.ReplaceAll(strings.TrimPrefix(aDate.ReplaceAllStringFunc(got, func(d string) string {
			_, utc, _ := strings.Cut(d, "|")
			return strings.TrimSuffix(utc, ">")
		}), "\n"), "\n", " / ")
		if got != row.want {
			t.Errorf("after %v: %s\nwant %s", row.after, got, row.want)
		}
	}
}

// What is said of a run is what Graph shows of it, and no more.
func TestACardClaimsNoMoreThanGraphShows(t *testing.T) {
	p := Progress{began.Add(14 * time.Minute), usual(ledger.OfKin, 35, 42, 50)}
	for name, row := range map[string]struct {
		change              func(*ledger.Request)
		title, status, list string
		bar                 bool
	}{
		"accepted": {func(r *ledger.Request) { r.Submission.Seen, r.Submission.Phase = time.Time{}, "" }, "Accepted: CPC-ada will be erased", "*Accepted by Microsoft.* CPC-ada will be erased and rebuilt.", "accepted by Microsoft", true},
		"seen":     {func(r *ledger.Request) { r.Submission.Phase = "" }, "Accepted: CPC-ada will be erased", "*Accepted by Microsoft.* CPC-ada will be erased and rebuilt.", "accepted by Microsoft", true},
		"erased":   {func(r *ledger.Request) { r.Submission.Phase = ledger.Erasing }, "CPC-ada is being erased", "*Being erased.* After that it is rebuilt.", "being erased", true},
		"rebuilt":  {nil, "CPC-ada is being rebuilt", "*Being rebuilt.*", "being rebuilt", true},
		"off": {func(r *ledger.Request) {
			r.Submission.Power, r.Submission.Seen, r.Submission.Phase = began, time.Time{}, ""
		},
			"CPC-ada is waiting to be powered on", "*Waiting for power.* CPC-ada is powered off.", "waiting to be powered on", false},
		"powered on": {func(r *ledger.Request) { r.Submission.Power = began }, "CPC-ada is being rebuilt", "*Being rebuilt.*", "being rebuilt", true},
		"overdue":    {func(r *ledger.Request) { r.Submission.Overdue = began }, "CPC-ada is taking longer than expected", "*Overdue.* Microsoft accepted it", "overdue", false},
	} {
		r := running(row.change)
		card := DrawRunning(r, Links{}, p)
		if card.Title != row.title || !strings.HasPrefix(string(card.Status), ":large_blue_circle: "+row.status) || shortStatus(r) != row.list {
			t.Errorf("%s: %q, %q, %q", name, card.Title, card.Status, shortStatus(r))
		}
		if bar := strings.ContainsAny(string(card.Status), "▰▱"); bar != row.bar {
			t.Errorf("%s: a bar: %v", name, bar)
		}
		if strings.ContainsAny(string(card.Notice), "▰▱") || row.bar != strings.Contains(string(card.Notice), "min so far, usually 35 to 50 min.") {
			t.Errorf("%s: it is read as %q", name, card.Notice)
		}
	}
}

// The same request gives the same card, but for its progress: nothing else of it depends on when it is drawn.
func TestOnlyProgressDependsOnTheTime(t *testing.T) {
	early, late := Progress{began.Add(time.Minute), usual(ledger.OfKin, 35, 42, 50)}, Progress{began.Add(9 * time.Hour), usual(ledger.Assumed, 30, 45, 60)}
	for state := range states {
		for _, r := range someRequests("") {
			r.State, r.Submission = state, running(nil).Submission
			if state.Ended() {
				r.Ended = began.Add(time.Hour)
			}
			for _, p := range []Progress{early, late} {
				line, spoken := progress(r, p), spokenProgress(r, p)
				got := DrawRunning(r, Links{}, p)
				got.Status = Line(strings.Replace(string(got.Status), string(line), "", 1))
				got.Notice = Line(strings.Replace(string(got.Notice), string(spoken), "", 1))
				if diff := cmp.Diff(Draw(r, Links{}), got); diff != "" {
					t.Errorf("%s: %s", state, diff)
				}
				if (line != "") != (state == ledger.Provisioning) {
					t.Errorf("%s: %q", state, line)
				}
			}
		}
	}
}

func TestACardSaysWhatBecameOfTheMachine(t *testing.T) {
	r := running(func(r *ledger.Request) {
		r.State, r.Ended, r.Target.DeviceName = ledger.Succeeded, began.Add(47*time.Minute), "CPC-OLD"
		r.Result = ledger.Target{DeviceName: "CPC-NEW", OS: "windows11", Account: "standardUser", Image: "Windows 11 Enterprise"}
	})
	want := ":white_check_mark: *Ready.* CPC-ada was rebuilt in 47 minutes. It was built as Windows 11 · standard user. Its device name is now CPC-NEW.\n" +
		"Now dan@example.com can sign in with <https://app.example|Windows App>; the first sign-in may take some minutes more."
	if got := string(Draw(r, Links{WindowsApp: "https://app.example"}).Status); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant %s", got, want)
	}
	r.Result.OS, r.Result.Account = "", ""
	if got := Status(r); !strings.Contains(string(got), "It was built from Windows 11 Enterprise.") || strings.Contains(string(got), "<http") {
		t.Errorf("what it was built from: %s", got)
	}
	r.Submission.Power, r.Submission.Seen = began, began.Add(40*time.Minute)
	if got := Status(r); !strings.Contains(string(got), "was rebuilt in 7 minutes") {
		t.Errorf("the wait for power counts: %s", got)
	}
}

// Half of the runs end in the middle half that a card shows: 1,000 runs one after another, each expected by
// those before it. Machines of different plans and policies differ, Microsoft gets slower, and the bot sees an end up to
// two minutes late.
func TestHalfOfTheRunsEndInTheMiddleHalf(t *testing.T) {
	for seed := range uint64(10) {
		dice := rand.New(rand.NewPCG(seed, 16))
		var past []ledger.Run
		inside := map[ledger.Sample]int{}
		shown := map[ledger.Sample]int{}
		for n := range 1000 {
			kind := dice.IntN(5)
			r := running(func(r *ledger.Request) {
				r.Submission.At = began.Add(time.Duration(n) * 3 * time.Hour)
				r.Target.PlanID, r.Target.PolicyID = fmt.Sprint("plan-", kind%2), fmt.Sprint("policy-", kind)
			})
			u := ledger.UsualOf(r, past)
			mean := 30 + 8*float64(kind) + float64(n)/100
			minutes := mean * math.Exp(0.25*dice.NormFloat64())
			took := (time.Duration(minutes*float64(time.Minute)) + 2*time.Minute).Truncate(2 * time.Minute)
			low, high := u.Low.Round(time.Minute), u.High.Round(time.Minute)
			shown[u.Sample]++
			if took >= low && took <= high {
				inside[u.Sample]++
			}
			r.Ended, r.State = r.Submission.At.Add(took), ledger.Succeeded
			past = slices.Insert(past, 0, ledger.RunOf(r))
		}
		share := float64(inside[ledger.OfKin]+inside[ledger.OfAll]) / float64(shown[ledger.OfKin]+shown[ledger.OfAll])
		if shown[ledger.Assumed] != 8 || shown[ledger.OfKin] < 900 || share < 0.4 || share > 0.6 {
			t.Errorf("seed %d: %.0f %% end in the middle half; shown %v", seed, 100*share, shown)
		}
		t.Logf("seed %d: %.1f %% of those like it, of %d", seed, 100*float64(inside[ledger.OfKin])/float64(shown[ledger.OfKin]), shown[ledger.OfKin])
	}
}

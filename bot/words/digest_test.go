package words

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// inDigest is a digest of these requests, in their order.
func inDigest(now time.Time, all ...ledger.Request) Digest {
	d := Digest{Members: map[int]int{}, Now: now}
	for _, r := range all {
		d.Members[Urgency(r)]++
		d.Shown = append(d.Shown, Entry{Request: r, Card: "https://example.com", Usual: ledger.UsualOf(r, nil)})
	}
	return d
}

// A request whose state nobody thought of is listed all the same, and none that this version knows is.
func TestEveryLiveStateHasASectionOfTheDigest(t *testing.T) {
	for state := range states {
		if at := Urgency(ledger.Request{State: state}); !state.Ended() && at == len(sections)-1 {
			t.Errorf("%s is among the others", state)
		}
	}
	text := asShown(List(inDigest(began, ledger.Request{ID: "R-7K3F", State: "signing-in", Requester: ada, Asked: began})))
	if want := "*Other* (1)\n• [R-7K3F] ·  · signing-in · requested by @ada just now"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}

func TestWhatNeedsAnAdminIsTheMostUrgent(t *testing.T) {
	r := ledger.Request{State: ledger.Unconfirmed}
	if at := Urgency(r); at != 1 {
		t.Errorf("an unconfirmed request for which evidence is sought is in section %d", at)
	}
	r.Submission.EvidenceGivenUp = began
	overdue := ledger.Request{State: ledger.Provisioning, Submission: ledger.Submission{Overdue: began}}
	for _, r := range []ledger.Request{r, overdue} {
		if at := Urgency(r); at != 0 {
			t.Errorf("%s is in section %d", r.State, at)
		}
	}
	order := []ledger.State{ledger.Unconfirmed, ledger.Pending, ledger.Approved, ledger.Submitting, ledger.Resolving}
	if !slices.IsSortedFunc(order, func(a, b ledger.State) int {
		return Urgency(ledger.Request{State: a}) - Urgency(ledger.Request{State: b})
	}) {
		t.Errorf("not in this order: %v", order)
	}
}

// An overdue run that waits for power cannot be closed, so nobody is told to close it; one that somebody
// is closing needs no second admin.
func TestNobodyIsToldToPressInVain(t *testing.T) {
	overdue := someRequests("")[0]
	overdue.State, overdue.Submission.Overdue = ledger.Provisioning, began
	off, closing := overdue, overdue
	off.Submission.Power = began
	closing.Submission.Closing = ledger.Decision{Kind: ledger.WasLeft, By: ben, At: began}
	for r, want := range map[*ledger.Request]bool{&overdue: true, &off: false, &closing: false} {
		text := asShown(List(inDigest(began.Add(2*time.Hour), *r)))
		if strings.Contains(text, "press Close as unresolved on [its card]") != want {
			t.Errorf("it says %q", text)
		}
	}
}

func TestTheExpectedEndIsNotInThePast(t *testing.T) {
	r := ledger.Request{State: ledger.Provisioning, Submission: ledger.Submission{At: began, Accepted: began}}
	e := Entry{Request: r, Usual: ledger.UsualOf(r, nil)}
	for after, want := range map[time.Duration]string{
		0:                "usually takes 30 to 60 min, so ready by about today 14:05",
		59 * time.Minute: "usually takes 30 to 60 min, so ready by about today 14:05",
		time.Hour:        "usually takes 30 to 60 min",
	} {
		if got := asShown(expected(e, began.Add(after))); got != want {
			t.Errorf("after %v: %q, want %q", after, got, want)
		}
	}
}

func TestManyWithoutBudgetAreCounted(t *testing.T) {
	person := func(n int) []ledger.BudgetError {
		return slices.Repeat([]ledger.BudgetError{{Of: ada, Until: began}}, n)
	}
	for n, want := range map[int]string{3: "begin today 14:05.", 4: "begin today 14:05.", 5: "\n*Over budget:* 2 more people.", 40: "\n*Over budget:* 37 more people."} {
		text := asShown(overBudget(person(n)))
		if !strings.HasSuffix(text, want) || strings.Count(text, "\n") > mostPeople {
			t.Errorf("%d: %q", n, text)
		}
	}
}

package intake

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

func TestAPageButtonReadsAsWhatItWasMadeOf(t *testing.T) {
	for want, p := range map[string]page{
		"R-7K3F list 1":         {of: "R-7K3F", list: ofLive, at: 1},
		"R-7K3F history 25":     {of: "R-7K3F", list: ofAll, at: 25},
		"R-7K3FAB status 9999":  {of: "R-7K3FAB", list: ofOne, at: 9999},
		"R-7K3F machine 0 2":    {of: "R-7K3F", list: ofMachine, at: 2},
		"R-7K3F machine 3 1002": {of: "R-7K3F", list: ofMachine, name: 3, at: 1002},
	} {
		if p.String() != want {
			t.Errorf("%+v prints %q, want %q", p, p, want)
		}
		if got, ok := parsePage(want); !ok || got != p {
			t.Errorf("%q reads as %+v, %v", want, got, ok)
		}
	}
}

func TestAPageButtonThatNobodyMadeIsNotRead(t *testing.T) {
	for _, value := range []string{
		"", " ", "R-7K3F", "R-7K3F ", "R-7K3F history", "R-7K3F history ", "R-7K3F history 0", "R-7K3F history -1", "R-7K3F history +1",
		"R-7K3F history 01", "R-7K3F history 10000", "R-7K3F history 1 ", "R-7K3F  history 1", " R-7K3F history 1", "R-7K3F history 1\n",
		"R-7K3F history 1 1", "R-7K3F history ١", "R-7K3F machine 1", "R-7K3F machine 10 1", "R-7K3F machine -1 1", "R-7K3F machine  1",
		"R-7K3F History 1", "R-7K3F everything 1", "r-7k3f history 1", "7K3F history 1", "R-7K30 history 1", "CPC-ada history 1",
		"history 1", "R-7K3F history 1; R-7K3G history 1", strings.Repeat("R-7K3F history 1", 100),
	} {
		if p, ok := parsePage(value); ok || p != (page{}) {
			t.Errorf("%q reads as %+v, %v", value, p, ok)
		}
	}
}

func TestNoPageButtonLeadsBeyondTheEdge(t *testing.T) {
	for name, row := range map[string]struct {
		n, at int
		open  bool
		want  Pages
		says  string
	}{
		"nothing":   {0, 1, false, Pages{}, ""},
		"one page":  {8, 1, false, Pages{}, ""},
		"the first": {9, 1, false, Pages{Next: "R-7K3F list 2"}, "\nPage 1 of 2."},
		"between":   {17, 2, false, Pages{Previous: "R-7K3F list 1", Next: "R-7K3F list 3"}, "\nPage 2 of 3."},
		"the last":  {16, 2, false, Pages{Previous: "R-7K3F list 1"}, "\nPage 2 of 2."},
		"far":       {201, 1, true, Pages{Next: "R-7K3F list 2"}, "\nPage 1 of more than 25."},
	} {
		var r Response
		addTurns(&r, page{of: "R-7K3F", list: ofLive, at: row.at}, row.n, row.open)
		if r.Pages != row.want || string(r.Line) != row.says {
			t.Errorf("%s: got %+v %q, want %+v %q", name, r.Pages, r.Line, row.want, row.says)
		}
	}
}

func TestAPageThatIsGoneIsTheLastOne(t *testing.T) {
	all := make([]int, 17)
	for at, want := range map[int][2]int{1: {8, 1}, 2: {8, 2}, 3: {1, 3}, 4: {1, 3}, 9999: {1, 3}} {
		if got, is := onPage(all, at); len(got) != want[0] || is != want[1] {
			t.Errorf("page %d: %d lines on page %d, want %v", at, len(got), is, want)
		}
	}
	if got, is := onPage([]int{}, 3); len(got) != 0 || is != 1 {
		t.Errorf("of nothing: %d lines on page %d", len(got), is)
	}
}

// kinds are all that can happen to a request.

func TestAFullPageFitsAnAcknowledgement(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	somebody := auth.Person{Org: "E1", ID: "W0123456789"}
	r := ledger.Request{
		ID: "R-23456789ABCD", State: ledger.Failed, Failure: ledger.Unproven, Requester: somebody, Asked: at, Ended: at,
		Order:    command.Order{PC: strings.Repeat("&", 500)},
		Consents: []ledger.Consent{{By: somebody}, {By: somebody}, {By: somebody}}, Decided: ledger.Decision{Kind: ledger.WasLeft, By: somebody},
	}
	line := strings.Repeat(string(words.PastLine(r, "https://a-workspace-of-ours.slack.com/archives/C0123456789/p1795477850239253")), perPage)
	if n := 2 * len(line); n > 16_000 { // Slack drops more than 20 000, and the line is there twice
		t.Errorf("a page takes %d bytes", n)
	}
}

func TestAFullPageOfTheDigestFitsAnAcknowledgement(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	somebody := auth.Person{Org: "E1", ID: "W0123456789"}
	long := strings.Repeat("&", 500)
	worst := ledger.Request{
		ID: "R-23456789ABCD", Requester: somebody, Asked: at, Expires: at.Add(2 * time.Hour), Due: at.Add(time.Hour), ApprovalsNeeded: 4,
		Order: command.Order{PC: long}, Target: ledger.Target{User: long},
		Consents:   []ledger.Consent{{By: somebody, At: at}, {By: somebody, At: at}, {By: somebody, At: at}},
		Cause:      ledger.Cause{Code: ledger.GraphSilent, Status: 503, Detail: long, RequestID: long, Reason: long},
		Submission: ledger.Submission{At: at, Accepted: at},
	}
	overdue := worst
	overdue.Submission.Overdue, overdue.Submission.EvidenceGivenUp = at, at
	for _, r := range []ledger.Request{worst, overdue} {
		for _, r.State = range []ledger.State{ledger.Resolving, ledger.Pending, ledger.Approved, ledger.Submitting, ledger.Provisioning, ledger.Unconfirmed} {
			e := words.Entry{Request: r, Usual: ledger.UsualOf(r, nil), Card: "https://a-workspace-of-ours.slack.com/archives/C0123456789/p1795477850239253"}
			d := words.Digest{
				Brakes: ledger.Brakes{Frozen: true, By: somebody, At: at}, UsedUp: slices.Repeat([]ledger.BudgetError{{Of: somebody, Until: at}}, 20),
				Shown: slices.Repeat([]words.Entry{e}, perPage), Now: at.Add(time.Hour - time.Minute),
			}
			if n := 2 * len(words.List(d)); n > 19_000 { // what is longer still than Slack takes is sent after the acknowledgement
				t.Errorf("a page of %s takes %d bytes", r.State, n)
			}
		}
	}
}

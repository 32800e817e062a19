package words

import (
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// The card cuts a reason at 100 characters, so the thread has it as a whole; a shorter one is not repeated.
func TestALongReasonStandsInTheThread(t *testing.T) {
	r := ledger.Request{State: ledger.Pending}
	r.Order.Reason = strings.Repeat("x", maxReason)
	if line, said := ThreadLine(r, ledger.Event{Kind: ledger.WasShown}); said {
		t.Errorf("the card has it all, and the thread says %q", line)
	}
	r.Order.Reason += "y"
	if line, _ := ThreadLine(r, ledger.Event{Kind: ledger.WasShown}); !strings.Contains(string(line), r.Order.Reason) {
		t.Errorf("the thread says %q", line)
	}
}

// Nobody is addressed by a reply that is about what the admins have to do.
func TestWhatAdminsHaveToDoAddressesNobodyElse(t *testing.T) {
	r := ledger.Request{State: ledger.Unconfirmed, Requester: ada, Target: ledger.Target{Name: "CPC-DAN-01"}}
	for _, e := range []ledger.Event{
		{Kind: ledger.IsUnsettled, To: ledger.Unconfirmed}, {Kind: ledger.IsOverdue, To: ledger.Provisioning},
		{Kind: ledger.WasReminded, To: ledger.Unconfirmed}, {Kind: ledger.WasReminded, To: ledger.Provisioning}, {Kind: ledger.WasReminded, To: ledger.Pending},
	} {
		if line, _ := ThreadLine(r, e); strings.Contains(string(line), "<@") || !strings.Contains(string(line), "CPC-DAN-01") {
			t.Errorf("%s: %s", e.Kind, line)
		}
	}
}

// A reminder says what was missing when it was given, and until when, however far the request is by then. Of one that an
// earlier version stored, the deadline is not known any more.
func TestAReminderSaysWhatItSaidThen(t *testing.T) {
	r := ledger.Request{State: ledger.Pending, ApprovalsNeeded: 2, Expires: began.Add(8 * time.Hour), Target: ledger.Target{Name: "CPC-DAN-01"}}
	e := ledger.Event{Kind: ledger.WasReminded, To: ledger.Pending, At: began.Add(2 * time.Hour), Cause: ledger.Cause{Until: r.Expires}}
	first, _ := ThreadLine(r, e)
	r.Consents = []ledger.Consent{{By: ada, At: began.Add(3 * time.Hour)}, {By: ben, At: began.Add(4 * time.Hour)}}
	r.State, r.Expires = ledger.Approved, began.Add(12*time.Hour)
	if again, _ := ThreadLine(r, e); again != first || !strings.Contains(string(first), "needs 2 approvals by ") {
		t.Errorf("first %q, then %q", first, again)
	}
	r.Consents[0].At, e.Cause.Until = began.Add(time.Hour), time.Time{}
	if line, _ := ThreadLine(r, e); !strings.HasSuffix(string(line), "needs 1 more approval.") {
		t.Errorf("of an earlier version: %q", line)
	}
}

package words

import (
	"strings"
	"testing"

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

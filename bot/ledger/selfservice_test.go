package ledger_test

import (
	"testing"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// TestOnlyTheHolderTakesStepsUntilTheCallIsOut follows a request of self-service to its end.
func TestOnlyTheHolderTakesStepsUntilTheCallIsOut(t *testing.T) {
	for _, s := range all {
		r := in(t, s)
		if r.StepHolder() != "" {
			t.Errorf("%s: a request of no sign-in waits for a worker", s)
		}
		r.HoldSignIn("worker-1", noon.Add(time.Hour))
		held := s == ledger.Resolving || s == ledger.Pending || s == ledger.Approved
		if got := r.StepHolder(); (got == "worker-1") != held || got != "" && got != "worker-1" {
			t.Errorf("%s: its step is for %q", s, got)
		}
	}
}

func TestASignInIsRecordedOnce(t *testing.T) {
	r := ledger.New(command.Order{Verb: command.Mine}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 1, noon)
	r.HoldSignIn("worker-1", noon.Add(15*time.Minute))
	who := ledger.Account{ObjectID: "oid-1", Tenant: "tid-1", Name: "ada@example.com"}
	if err := r.SignIn(who, ledger.EmailDiffers, noon.Add(time.Hour), noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	e := r.NewEvents[len(r.NewEvents)-1]
	if e.Kind != ledger.WasSignedIn || e.By != ada || e.SignIn != (ledger.SignIn{ObjectID: "oid-1", Tenant: "tid-1", Email: ledger.EmailDiffers}) || e.Texts[ledger.TextUser] != who.Name {
		t.Errorf("%+v", e)
	}
	if !r.Self.Until.Equal(noon.Add(time.Hour)) || !r.LastWord().Equal(noon.Add(time.Minute)) || !r.Due.Equal(noon.Add(time.Minute)) {
		t.Errorf("%+v", r.Self)
	}
	if err := r.SignIn(who, ledger.EmailAgrees, noon, noon); err == nil {
		t.Error("somebody signed in a second time")
	}
	r.Choices = []ledger.Choice{{ID: "pc-1"}}
	if err := r.Confirm(0, ada, "it is slow", noon.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	e = r.NewEvents[len(r.NewEvents)-1]
	if r.Picked != "pc-1" || r.Order.Reason != "it is slow" || e.Kind != ledger.WasConfirmed || e.Texts[ledger.TextWhy] != "it is slow" || !r.LastWord().Equal(noon.Add(2*time.Minute)) {
		t.Errorf("%+v, %+v", r.Self, e)
	}
	if err := r.Refuse(ledger.NoSignInBecause(ledger.SignInEnded), noon); err != nil {
		t.Fatal(err)
	}
	if err := r.Redact(noon); err != nil || r.Self.Account.Name != ledger.Erased || r.Self.Account.ObjectID != "oid-1" || r.Cause.Detail != string(ledger.SignInEnded) {
		t.Errorf("%v, %+v, %+v", err, r.Self, r.Cause)
	}
}

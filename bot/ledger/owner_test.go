package ledger_test

import (
	"errors"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// announced is an approved request whose owner has a while to say "not now".
func announced(t *testing.T) ledger.Revision {
	r := in(t, ledger.Approved)
	if err := r.Announce(ledger.Owner{Person: cem}, noon.Add(time.Hour), noon); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestANoticeHoldsTheNextStepBack(t *testing.T) {
	r := announced(t)
	if !r.Due.Equal(noon.Add(time.Hour)) || r.Cause.Code != ledger.OwnerNotice || !r.Owner.Until.Equal(noon.Add(time.Hour)) || !r.Announced.Equal(noon) {
		t.Errorf("%+v", r.Request)
	}
	short := in(t, ledger.Approved)
	short.Expires = noon.Add(time.Minute)
	if err := short.Announce(ledger.Owner{Person: cem}, noon.Add(time.Hour), noon); err != nil || !short.Due.Equal(short.Expires) {
		t.Errorf("it waits past its expiry: %v, %v", err, short.Due)
	}
	alone := in(t, ledger.Approved)
	if err := alone.Announce(ledger.Owner{Untold: ledger.NotFound}, time.Time{}, noon); err != nil || !alone.Due.Equal(noon) || alone.NewEvents[0].Cause.Code != ledger.OwnerUntold {
		t.Errorf("nobody is told, and it waits: %v, %+v", err, alone.NewEvents)
	}
}

func TestWhatTheOwnerHears(t *testing.T) {
	hears := func(r ledger.Revision) (due bool) {
		for _, a := range r.Audiences() {
			due = due || a.Kind == ledger.JobOwner && a.Due
		}
		return due
	}
	for name, row := range map[string]struct {
		do   func(r *ledger.Revision) error
		want bool
	}{
		"a wait":       {func(r *ledger.Revision) error { return r.Rest(ledger.Cause{Code: ledger.Frozen}, noon, noon) }, false},
		"the call":     {func(r *ledger.Revision) error { return r.Submit(callID, noon, noon.Add(time.Second)) }, true},
		"a denial":     {func(r *ledger.Revision) error { return r.Deny(ben, noon) }, true},
		"their veto":   {func(r *ledger.Revision) error { return r.Veto(cem, noon) }, true},
		"a withdrawal": {func(r *ledger.Revision) error { return r.Cancel(ada, noon) }, true},
	} {
		r := announced(t)
		if !hears(r) {
			t.Fatal("they are not told that they are told")
		}
		r.NewEvents = nil
		if err := row.do(&r); err != nil || hears(r) != row.want {
			t.Errorf("%s: %v, they hear of it: %v", name, err, hears(r))
		}
		never := in(t, ledger.Approved)
		if err := row.do(&never); err != nil || hears(never) {
			t.Errorf("%s: %v, they hear of it unannounced: %v", name, err, hears(never))
		}
	}
	r := announced(t)
	if err := r.NoticeRefused(noon); err != nil || hears(r) || !r.Due.Equal(noon) || r.Cause.Code == ledger.OwnerNotice || r.Owner.Untold != ledger.NotReached {
		t.Errorf("Slack takes no message to them: %v, %+v", err, r.Request)
	}
}

func TestAVetoIsADecision(t *testing.T) {
	r := announced(t)
	if err := r.Veto(cem, noon); err != nil || r.State != ledger.Voided || r.Cause.Code != ledger.Vetoed || r.Decided.By != cem || r.Decided.Kind != ledger.WasVetoed {
		t.Errorf("%v, %+v", err, r.Request)
	}
	var decided *ledger.DecidedError
	if err := r.Veto(cem, noon); !errors.As(err, &decided) {
		t.Errorf("a second one: %v", err)
	}
	out := announced(t)
	if err := errors.Join(out.Submit(callID, noon, noon.Add(time.Second)), out.Veto(cem, noon)); !errors.As(err, &decided) || !decided.Out {
		t.Errorf("after the call is out: %v", err)
	}
	again := announced(t)
	again.Owner.NoVeto = true
	var move *ledger.MoveError
	if err := again.Veto(cem, noon); !errors.As(err, &move) || again.State != ledger.Approved {
		t.Errorf("within a day of another: %v", err)
	}
	late := announced(t)
	if err := late.Veto(cem, late.Expires); !errors.As(err, new(*ledger.ExpiredError)) {
		t.Errorf("after the approval: %v", err)
	}
}

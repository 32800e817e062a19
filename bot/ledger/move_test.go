package ledger_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

var (
	ada  = auth.Person{Org: "E1", ID: "U_ADA"}
	ben  = auth.Person{Org: "E1", ID: "U_BEN"}
	cem  = auth.Person{Org: "E1", ID: "U_CEM"}
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

const callID = "11111111-2222-3333-4444-555555555555"

// in is a request that has come to a state by the shortest way.
func in(t testing.TB, s ledger.State) ledger.Revision {
	t.Helper()
	r := ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 0, noon)
	steps := map[ledger.State][]func() error{
		ledger.Resolving:    {},
		ledger.Pending:      {need(&r, 1), show(&r)},
		ledger.Denied:       {need(&r, 1), show(&r), func() error { return r.Deny(ben, noon) }},
		ledger.Cancelled:    {need(&r, 1), show(&r), func() error { return r.Cancel(ada, noon) }},
		ledger.Refused:      {func() error { return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC}, noon) }},
		ledger.Approved:     {show(&r)},
		ledger.Expired:      {show(&r), func() error { return r.Expire(noon.Add(9 * time.Hour)) }},
		ledger.Voided:       {show(&r), func() error { return r.Void(ledger.Cause{Code: ledger.Drift}, noon) }},
		ledger.Submitting:   {show(&r), submit(&r)},
		ledger.Unconfirmed:  {show(&r), submit(&r), answer(&r, ledger.Unknown)},
		ledger.Provisioning: {show(&r), submit(&r), answer(&r, ledger.Acted)},
		ledger.Succeeded:    {show(&r), submit(&r), answer(&r, ledger.Acted), func() error { return r.Succeed(ledger.Target{}, ledger.Cause{}, noon) }},
		ledger.Failed:       {show(&r), submit(&r), answer(&r, ledger.Declined)},
	}
	for _, step := range steps[s] {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if r.State != s {
		t.Fatalf("came to %s, want %s", r.State, s)
	}
	r.Events, r.NewEvents = len(r.NewEvents), nil
	return r
}

func need(r *ledger.Revision, n int) func() error {
	return func() error { r.ApprovalsNeeded = n; return nil }
}

func show(r *ledger.Revision) func() error {
	return func() error {
		if err := r.Locate(ledger.Target{ID: "pc-1"}); err != nil {
			return err
		}
		return r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, noon, 8*time.Hour)
	}
}

func submit(r *ledger.Revision) func() error {
	return func() error { return r.Submit(callID, noon, noon.Add(30*time.Second)) }
}

func answer(r *ledger.Revision, o ledger.Outcome) func() error {
	return func() error {
		return r.Answer(ledger.Answer{CallID: callID, Outcome: o, NextAt: noon.Add(time.Minute)}, noon)
	}
}

var all = []ledger.State{
	ledger.Resolving, ledger.Pending, ledger.Approved, ledger.Submitting, ledger.Denied, ledger.Cancelled, ledger.Provisioning, ledger.Unconfirmed,
	ledger.Refused, ledger.Expired, ledger.Voided, ledger.Succeeded, ledger.Failed,
}

// moves are all changes of state, with the states they are allowed in and where they lead.
var moves = []struct {
	name string
	do   func(*ledger.Revision) error
	from map[ledger.State]ledger.State
}{
	{"refuse", func(r *ledger.Revision) error { return r.Refuse(ledger.Cause{}, noon) },
		map[ledger.State]ledger.State{ledger.Resolving: ledger.Refused}},
	{"show", func(r *ledger.Revision) error { return r.Show(ledger.Thread{}, noon, time.Hour) },
		map[ledger.State]ledger.State{ledger.Resolving: ledger.Approved, ledger.Refused: ledger.Refused}},
	{"show what needs approval", func(r *ledger.Revision) error {
		r.ApprovalsNeeded = 1
		return r.Show(ledger.Thread{}, noon, time.Hour)
	}, map[ledger.State]ledger.State{ledger.Resolving: ledger.Pending, ledger.Refused: ledger.Refused}},
	{"expire", func(r *ledger.Revision) error { return r.Expire(noon.Add(9 * time.Hour)) },
		map[ledger.State]ledger.State{ledger.Pending: ledger.Expired, ledger.Approved: ledger.Expired}},
	{"approve", func(r *ledger.Revision) error { return r.Approve(ben, noon, time.Hour) },
		map[ledger.State]ledger.State{ledger.Pending: ledger.Approved}},
	{"deny", func(r *ledger.Revision) error { return r.Deny(ben, noon) },
		map[ledger.State]ledger.State{ledger.Pending: ledger.Denied, ledger.Approved: ledger.Denied}},
	{"explain", func(r *ledger.Revision) error { return r.Explain(ben, "why", noon) },
		map[ledger.State]ledger.State{ledger.Denied: ledger.Denied}},
	{"cancel", func(r *ledger.Revision) error { return r.Cancel(ada, noon) },
		map[ledger.State]ledger.State{ledger.Resolving: ledger.Cancelled, ledger.Pending: ledger.Cancelled, ledger.Approved: ledger.Cancelled}},
	{"leave", func(r *ledger.Revision) error { return r.Leave(ben, noon) },
		map[ledger.State]ledger.State{}}, // not before it was unsettled
	{"remind", func(r *ledger.Revision) error { return r.Remind(noon.Add(2 * time.Hour)) },
		map[ledger.State]ledger.State{ledger.Pending: ledger.Pending}},
	{"remind daily", func(r *ledger.Revision) error { return r.RemindDaily(noon) },
		map[ledger.State]ledger.State{ledger.Unconfirmed: ledger.Unconfirmed, ledger.Provisioning: ledger.Provisioning}},
	{"look again", func(r *ledger.Revision) error { return r.ScheduleLook(noon.Add(time.Hour)) },
		map[ledger.State]ledger.State{ledger.Unconfirmed: ledger.Unconfirmed, ledger.Provisioning: ledger.Provisioning}},
	{"offer several machines", func(r *ledger.Revision) error { return r.Offer([]ledger.Choice{{ID: "pc-1"}}, noon) },
		same(ledger.Resolving)},
	{"wait for a pick", func(r *ledger.Revision) error { return r.AwaitPick(noon.Add(10 * time.Minute)) }, same(ledger.Resolving)},
	{"pick", func(r *ledger.Revision) error {
		if r.State == ledger.Resolving {
			r.Choices = []ledger.Choice{{ID: "pc-1"}, {ID: "pc-2"}}
		}
		return r.Pick(1, ada, noon)
	}, same(ledger.Resolving)},
	{"pick what was not offered", func(r *ledger.Revision) error { return r.Pick(0, ada, noon) }, same()},
	{"wait", func(r *ledger.Revision) error {
		return r.Wait(ledger.Cause{Code: ledger.Unjudged}, noon.Add(time.Minute), noon)
	}, same(ledger.Resolving, ledger.Pending, ledger.Approved, ledger.Submitting, ledger.Unconfirmed, ledger.Provisioning)},
	{"void", func(r *ledger.Revision) error { return r.Void(ledger.Cause{}, noon) },
		map[ledger.State]ledger.State{ledger.Approved: ledger.Voided}},
	{"void what needs a sign-in", func(r *ledger.Revision) error {
		r.HoldSignIn("worker-1", noon.Add(time.Hour))
		return r.Void(ledger.NoSignInBecause(ledger.SignInLost), noon)
	}, map[ledger.State]ledger.State{ledger.Pending: ledger.Voided, ledger.Approved: ledger.Voided}},
	{"sign in", func(r *ledger.Revision) error {
		r.HoldSignIn("worker-1", noon.Add(time.Hour))
		return r.SignIn(ledger.Account{ObjectID: "oid-1", Tenant: "tid-1", Name: "ada@example.com"}, ledger.EmailAgrees, noon.Add(time.Hour), noon)
	}, same(ledger.Resolving)},
	{"sign in where nobody has to", func(r *ledger.Revision) error {
		return r.SignIn(ledger.Account{ObjectID: "oid-1"}, ledger.EmailAgrees, noon.Add(time.Hour), noon)
	}, same()},
	{"wait for a sign-in", func(r *ledger.Revision) error {
		r.HoldSignIn("worker-1", noon.Add(time.Hour))
		return r.AwaitSignIn(noon.Add(time.Hour))
	}, same(ledger.Resolving)},
	{"wait for a sign-in that is done", func(r *ledger.Revision) error { signedIn(r); return r.AwaitSignIn(noon.Add(time.Hour)) }, same()},
	{"show again", func(r *ledger.Revision) error { return r.ShowAgain(noon) }, same(ledger.Resolving)},
	{"confirm", func(r *ledger.Revision) error { signedIn(r); return r.Confirm(1, ada, "why", noon) }, same(ledger.Resolving)},
	{"confirm what was not listed", func(r *ledger.Revision) error { signedIn(r); return r.Confirm(2, ada, "why", noon) }, same()},
	{"confirm without a sign-in", func(r *ledger.Revision) error {
		signedIn(r)
		r.Self.Account = ledger.Account{}
		return r.Confirm(1, ada, "why", noon)
	}, same()},
	{"announce", func(r *ledger.Revision) error {
		return r.Announce(ledger.Owner{Person: ben}, noon.Add(time.Minute), noon)
	},
		map[ledger.State]ledger.State{ledger.Approved: ledger.Approved}},
	{"veto", func(r *ledger.Revision) error { return r.Veto(ben, noon) },
		map[ledger.State]ledger.State{ledger.Approved: ledger.Voided}},
	{"submit", func(r *ledger.Revision) error { return r.Submit("other", noon, noon) },
		map[ledger.State]ledger.State{ledger.Approved: ledger.Submitting}},
	{"leave unconfirmed", func(r *ledger.Revision) error { return r.LeaveUnconfirmed(ledger.Cause{}, noon) },
		map[ledger.State]ledger.State{ledger.Submitting: ledger.Unconfirmed, ledger.Unconfirmed: ledger.Unconfirmed}},
	{"acted", func(r *ledger.Revision) error { return answer(r, ledger.Acted)() },
		map[ledger.State]ledger.State{ledger.Submitting: ledger.Provisioning, ledger.Unconfirmed: ledger.Provisioning,
			ledger.Provisioning: ledger.Provisioning, ledger.Succeeded: ledger.Succeeded, ledger.Failed: ledger.Failed}},
	{"declined", func(r *ledger.Revision) error { return answer(r, ledger.Declined)() },
		map[ledger.State]ledger.State{ledger.Submitting: ledger.Failed, ledger.Unconfirmed: ledger.Failed,
			ledger.Provisioning: ledger.Provisioning, ledger.Succeeded: ledger.Succeeded, ledger.Failed: ledger.Failed}},
	{"not acted", func(r *ledger.Revision) error { return answer(r, ledger.NotActed)() },
		map[ledger.State]ledger.State{ledger.Submitting: ledger.Approved, ledger.Unconfirmed: ledger.Failed,
			ledger.Provisioning: ledger.Provisioning, ledger.Succeeded: ledger.Succeeded, ledger.Failed: ledger.Failed}},
	{"unknown", func(r *ledger.Revision) error { return answer(r, ledger.Unknown)() },
		map[ledger.State]ledger.State{ledger.Submitting: ledger.Unconfirmed, ledger.Unconfirmed: ledger.Unconfirmed,
			ledger.Provisioning: ledger.Provisioning, ledger.Succeeded: ledger.Succeeded, ledger.Failed: ledger.Failed}},
	{"not acted, and to be left alone for longer than the approval lasts", func(r *ledger.Revision) error {
		return r.Answer(ledger.Answer{CallID: callID, Outcome: ledger.NotActed, NextAt: noon.Add(1000 * time.Hour)}, noon)
	}, map[ledger.State]ledger.State{ledger.Submitting: ledger.Expired, ledger.Unconfirmed: ledger.Failed,
		ledger.Provisioning: ledger.Provisioning, ledger.Succeeded: ledger.Succeeded, ledger.Failed: ledger.Failed}},
	{"leave what shows no evidence", func(r *ledger.Revision) error {
		if r.State == ledger.Unconfirmed {
			r.Submission.EvidenceGivenUp = noon
		}
		return r.Leave(ben, noon)
	}, map[ledger.State]ledger.State{ledger.Unconfirmed: ledger.Failed}},
	{"evidence", func(r *ledger.Revision) error { return r.Evidence(ledger.Cause{}, noon, noon) },
		map[ledger.State]ledger.State{ledger.Unconfirmed: ledger.Provisioning}},
	{"give up evidence", func(r *ledger.Revision) error { return r.GiveUpEvidence(noon) },
		map[ledger.State]ledger.State{ledger.Unconfirmed: ledger.Unconfirmed}},
	{"see the run", func(r *ledger.Revision) error { return r.SeeRun(noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Provisioning}},
	{"call overdue", func(r *ledger.Revision) error { return r.CallOverdue(noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Provisioning}},
	{"await power", func(r *ledger.Revision) error { return r.AwaitPower(noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Provisioning}},
	{"keep a glimpse", func(r *ledger.Revision) error { return r.KeepGlimpse(ledger.Glimpse{What: "ready", At: noon}) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Provisioning}},
	{"keep a phase", func(r *ledger.Revision) error { return r.KeepPhase(ledger.Building) }, same(ledger.Provisioning)},
	{"close", func(r *ledger.Revision) error { return r.Close(ben, noon) },
		map[ledger.State]ledger.State{}}, // not before it is overdue
	{"close an overdue one", func(r *ledger.Revision) error { overdue(r); return r.Close(ben, noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Provisioning}},
	{"close what is to be closed", func(r *ledger.Revision) error { overdue(r); closing(r); return r.CloseUnfinished(noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Failed}},
	{"close on nobody's word", func(r *ledger.Revision) error { overdue(r); return r.CloseUnfinished(noon) },
		map[ledger.State]ledger.State{}},
	{"keep what is to be closed", func(r *ledger.Revision) error {
		overdue(r)
		closing(r)
		return r.Keep(ledger.Cause{Code: ledger.StillRuns}, noon)
	},
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Provisioning}},
	{"miss the machine", func(r *ledger.Revision) error { return r.Miss(noon.Add(time.Minute), noon) },
		map[ledger.State]ledger.State{ledger.Approved: ledger.Approved, ledger.Provisioning: ledger.Provisioning}},
	{"succeed", func(r *ledger.Revision) error { return r.Succeed(ledger.Target{}, ledger.Cause{}, noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Succeeded}},
	{"fail the build", func(r *ledger.Revision) error { return r.FailBuild(ledger.Cause{}, noon) },
		map[ledger.State]ledger.State{ledger.Provisioning: ledger.Failed}},
}

// signedIn sets the stage for what follows on a sign-in.
func signedIn(r *ledger.Revision) {
	r.HoldSignIn("worker-1", noon.Add(time.Hour))
	r.Self.Account, r.Self.SignedIn = ledger.Account{ObjectID: "oid-1"}, noon
	if r.State == ledger.Resolving {
		r.Choices = []ledger.Choice{{ID: "pc-1"}, {ID: "pc-2"}}
	}
}

// same are moves that change no state.
func same(states ...ledger.State) map[ledger.State]ledger.State {
	out := map[ledger.State]ledger.State{}
	for _, s := range states {
		out[s] = s
	}
	return out
}

// overdue and closing set the stage where that is possible at all; a move in another state is
// refused with or without them.
func overdue(r *ledger.Revision) {
	if r.State == ledger.Provisioning {
		r.Submission.Overdue = noon
	}
}

func closing(r *ledger.Revision) {
	if r.State == ledger.Provisioning {
		r.Submission.Closing = ledger.Decision{Kind: ledger.WasLeft, By: ben, At: noon}
	}
}

func TestARestGrowsNoPause(t *testing.T) {
	r := in(t, ledger.Approved)
	for range 3 {
		if err := r.Rest(ledger.Cause{Code: ledger.Unjudged}, noon.Add(time.Second), noon); err != nil {
			t.Fatal(err)
		}
	}
	if r.Tries != 0 || len(r.NewEvents) != 1 || r.NewEvents[0].Kind != ledger.IsWaiting {
		t.Errorf("%d tries, news %v", r.Tries, r.NewEvents)
	}
	if err := r.Wait(ledger.Cause{Code: ledger.Unjudged}, noon.Add(time.Second), noon); err != nil || r.Tries != 1 {
		t.Errorf("%d tries, %v", r.Tries, err)
	}
}

func TestAnApprovalThatEndsBeforeGraphsTimeEndsAtOnce(t *testing.T) {
	for after, want := range map[time.Duration]ledger.State{
		time.Minute: ledger.Approved, 8*time.Hour - time.Second: ledger.Approved, 8 * time.Hour: ledger.Expired, 24 * time.Hour: ledger.Expired,
	} {
		r := in(t, ledger.Submitting)
		a := ledger.Answer{CallID: callID, Outcome: ledger.NotActed, Cause: ledger.Cause{Code: ledger.Throttled, Status: 429}, NextAt: r.Expires.Add(after - 8*time.Hour)}
		if err := r.Answer(a, noon); err != nil {
			t.Fatal(err)
		}
		switch {
		case r.State != want:
			t.Errorf("after %v: %s, want %s", after, r.State, want)
		case want == ledger.Approved && !r.Due.Equal(a.NextAt):
			t.Errorf("after %v: due at %v, want when Graph asked for it", after, r.Due)
		case want == ledger.Expired && (r.Cause.Code != ledger.Waited || !r.Cause.Until.Equal(a.NextAt) || r.Cause.Detail != string(ledger.Throttled)):
			t.Errorf("after %v: %+v", after, r.Cause)
		}
	}
}

func TestNothingIsSentAfterTheApprovalsEnd(t *testing.T) {
	for deadline, ok := range map[time.Duration]bool{8*time.Hour - time.Second: true, 8 * time.Hour: true, 8*time.Hour + time.Second: false} {
		r := in(t, ledger.Approved)
		if err := r.Submit(callID, noon, noon.Add(deadline)); (err == nil) != ok {
			t.Errorf("a deadline after %v: %v", deadline, err)
		}
	}
}

func TestZerosAreNoDrift(t *testing.T) {
	const zeros = "00000000-0000-0000-0000-000000000000"
	before := ledger.Target{ID: "pc", PolicyID: zeros, PlanID: zeros, Join: "azureADJoin (" + zeros + ")", NewImage: "Windows 11 " + zeros, ManagedDeviceID: zeros}
	after := ledger.Target{ID: "pc", Join: "azureADJoin", NewImage: "Windows 11"}
	if d := before.Diff(after); len(d) > 0 {
		t.Errorf("%+v", d)
	}
	after.Join = "azureADJoin (16ee6c71-fc10-438b-88ac-daa1ccafffff)"
	if d := before.Diff(after); len(d) != 1 {
		t.Errorf("%+v", d)
	}
}

func TestACloseNamesWhoWantedIt(t *testing.T) {
	r := in(t, ledger.Provisioning)
	overdue(&r)
	for _, by := range []auth.Person{ben, ada} { // the first counts
		if err := r.Close(by, noon); err != nil {
			t.Fatal(err)
		}
	}
	if !r.Due.Equal(noon) || len(r.NewEvents) != 0 {
		t.Errorf("due %v, news %v", r.Due, r.NewEvents)
	}
	if err := r.CloseUnfinished(noon.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if r.Failure != ledger.Unfinished || r.Decided.By != ben || r.NewEvents[0].Kind != ledger.WasLeft || r.NewEvents[0].By != ben || r.Cause.Code != ledger.NeverEnded {
		t.Errorf("%+v", r)
	}
}

func TestCaseIsNoDrift(t *testing.T) {
	before := ledger.Target{ID: "AB", User: "Dan@Example.com", PolicyID: "p1", Policy: "P", PlanID: "x1", Image: "Windows 11", ManagedDeviceID: "M1", AADDeviceID: "00000000-0000-0000-0000-000000000000"}
	after := ledger.Target{ID: "ab", User: "dan@example.com", PolicyID: "P1", Policy: "p", PlanID: "X1", Image: "windows 11", ManagedDeviceID: "m1", Shared: true, Power: "running"}
	if d := before.Diff(after); len(d) > 0 {
		t.Errorf("%+v", d)
	}
	after.ManagedDeviceID = ""
	if d := before.Diff(after); len(d) != 1 || d[0].What != "Intune device" {
		t.Errorf("%+v", d)
	}
}

func TestEveryMoveFromEveryState(t *testing.T) {
	for _, m := range moves {
		for _, from := range all {
			r := in(t, from)
			want, allowed := m.from[from]
			err := m.do(&r)
			var no *ledger.MoveError
			var decided *ledger.DecidedError
			switch {
			case allowed && err != nil:
				t.Errorf("%s in %s: %v", m.name, from, err)
			case !allowed && !errors.As(err, &no) && !errors.As(err, &decided):
				t.Errorf("%s in %s is allowed, and leads to %s", m.name, from, r.State)
			case !allowed && (r.State != from || len(r.NewEvents) > 0):
				t.Errorf("%s in %s was refused and left a trace", m.name, from)
			case allowed && r.State != want:
				t.Errorf("%s in %s leads to %s, want %s", m.name, from, r.State, want)
			case allowed && r.State.Ended() && (!r.Due.IsZero() || r.Ended.IsZero()):
				t.Errorf("%s in %s: an end is due again", m.name, from)
			}
			for _, e := range r.NewEvents {
				if e.To != r.State {
					t.Errorf("%s in %s: the event says %s, the request is %s", m.name, from, e.To, r.State)
				}
			}
		}
	}
}

func TestNothingLeadsToASecondCall(t *testing.T) {
	// Whatever happens after Submit, another Submit needs proof that the first did not act.
	for _, o := range []ledger.Outcome{ledger.Acted, ledger.Declined, ledger.Unknown} {
		r := in(t, ledger.Submitting)
		if err := answer(&r, o)(); err != nil {
			t.Fatal(err)
		}
		if err := submit(&r)(); err == nil {
			t.Errorf("after %s the call can be sent again", o)
		}
	}
	r := in(t, ledger.Submitting)
	if err := answer(&r, ledger.NotActed)(); err != nil {
		t.Fatal(err)
	}
	if !r.Due.Equal(noon.Add(time.Minute)) {
		t.Errorf("due at %v, want when Graph asked for it", r.Due)
	}
	if err := submit(&r)(); err != nil {
		t.Errorf("with proof it cannot be sent again: %v", err)
	}
}

func TestTheAnswerOfAnotherCallChangesNothing(t *testing.T) {
	r := in(t, ledger.Submitting)
	if err := r.Answer(ledger.Answer{CallID: "another", Outcome: ledger.Acted}, noon); err == nil || r.State != ledger.Submitting {
		t.Errorf("got %v, state %s", err, r.State)
	}
}

func TestASubmissionIsLeftAloneUntilItsDeadlineIsLongPast(t *testing.T) {
	r := in(t, ledger.Submitting)
	if want := noon.Add(30*time.Second + ledger.Grace); !r.Due.Equal(want) {
		t.Errorf("due at %v, want %v", r.Due, want)
	}
}

func TestAnApprovalLapses(t *testing.T) {
	r := in(t, ledger.Approved)
	if err := r.Expire(noon.Add(8*time.Hour - time.Second)); err == nil {
		t.Error("expired before its time")
	}
	if err := r.Submit(callID, noon.Add(8*time.Hour), noon); err == nil {
		t.Error("submitted after its time")
	}
}

func TestWaitingIsSaidOncePerCause(t *testing.T) {
	r := in(t, ledger.Approved)
	said := func(c ledger.Code) int {
		n := len(r.NewEvents)
		if err := r.Wait(ledger.Cause{Code: c}, noon.Add(time.Minute), noon); err != nil {
			t.Fatal(err)
		}
		return len(r.NewEvents) - n
	}
	for i, row := range []struct {
		cause ledger.Code
		want  int
	}{{ledger.NoToken, 1}, {ledger.NoToken, 0}, {ledger.Throttled, 1}, {ledger.Throttled, 0}, {ledger.NoToken, 1}} {
		if got := said(row.cause); got != row.want {
			t.Errorf("wait %d for %s: said %d times, want %d", i+1, row.cause, got, row.want)
		}
	}
	if r.Tries != 5 {
		t.Errorf("%d tries, want 5", r.Tries)
	}
}

func TestADifferenceIsAboutWhatAnApprovalIsBoundTo(t *testing.T) {
	was := ledger.Target{
		ID: "pc-1", Name: "CPC-ada", DeviceName: "CPC-ada-1", User: "ada@example.com", PolicyID: "p1", Policy: "Standard",
		Image: "Windows 11", Connection: "hub", PlanID: "s1", Plan: "2 vCPU", ManagedDeviceID: "m1", AADDeviceID: "a1",
		Provisioned: noon, Status: "provisioned", LastAction: noon,
	}
	for name, row := range map[string]struct {
		change func(*ledger.Target)
		bound  bool
	}{
		"name":        {func(t *ledger.Target) { t.Name = "x" }, false},
		"device name": {func(t *ledger.Target) { t.DeviceName = "x" }, false},
		"status":      {func(t *ledger.Target) { t.Status = "failed" }, false},
		"policy name": {func(t *ledger.Target) { t.Policy = "x" }, false},
		"last action": {func(t *ledger.Target) { t.LastAction = noon.Add(1) }, false},
		"id":          {func(t *ledger.Target) { t.ID = "x" }, true},
		"user":        {func(t *ledger.Target) { t.User = "x" }, true},
		"policy":      {func(t *ledger.Target) { t.PolicyID = "x" }, true},
		"image":       {func(t *ledger.Target) { t.Image = "x" }, true},
		"new image":   {func(t *ledger.Target) { t.NewImage = "x" }, true},
		"region":      {func(t *ledger.Target) { t.Region = "x" }, true},
		"join":        {func(t *ledger.Target) { t.Join = "x" }, true},
		"network":     {func(t *ledger.Target) { t.Connection = "x" }, true},
		"plan":        {func(t *ledger.Target) { t.PlanID = "x" }, true},
		"Intune":      {func(t *ledger.Target) { t.ManagedDeviceID = "x" }, true},
		"Entra":       {func(t *ledger.Target) { t.AADDeviceID = "x" }, true},
		"provisioned": {func(t *ledger.Target) { t.Provisioned = noon.Add(time.Hour) }, true},
	} {
		now := was
		row.change(&now)
		if got := len(was.Diff(now)) > 0; got != row.bound {
			t.Errorf("%s: a difference is %v, want %v", name, got, row.bound)
		}
	}
	old := was
	old.Provisioned = time.Time{}
	if len(was.Diff(old)) > 0 {
		t.Error("a look at v1.0, which has no date, counts as a difference")
	}
}

func TestIDsAreReadAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]ledger.ID{
		"R-7K3F": "R-7K3F", "r-7k3f": "R-7K3F", "7k3f": "R-7K3F", " R-7K3F ": "R-7K3F", "r-7k3f9a": "R-7K3F9A",
	} {
		if got, ok := ledger.ParseID(text); !ok || got != want {
			t.Errorf("%q: got %q %v, want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "R-", "R-7K3", "R-7K3O", "CPC-ada", "R-7K3F R-7K3G"} {
		if got, ok := ledger.ParseID(text); ok {
			t.Errorf("%q was read as %q", text, got)
		}
	}
}

func TestApprovalsAreOfDistinctPeople(t *testing.T) {
	r := ledger.New(command.Order{PC: "CPC-ada"}, ada, "C1", ledger.Interaction{Envelope: "e1"}, 2, noon)
	if err := show(&r)(); err != nil {
		t.Fatal(err)
	}
	var twice *ledger.TwiceError
	if err := r.Approve(ben, noon, time.Hour); err != nil || r.State != ledger.Pending {
		t.Fatalf("the first: %v, %s", err, r.State)
	}
	if err := r.Approve(ben, noon, time.Hour); !errors.As(err, &twice) || len(r.Consents) != 1 {
		t.Errorf("the same person twice: %v, %d consents", err, len(r.Consents))
	}
	if err := r.Approve(auth.Person{Org: ben.Org, ID: ben.Twin()}, noon, time.Hour); !errors.As(err, &twice) || len(r.Consents) != 1 {
		t.Errorf("perhaps the same person by another id: %v, %d consents", err, len(r.Consents))
	}
	if err := r.Approve(cem, noon.Add(time.Hour), 2*time.Hour); err != nil || r.State != ledger.Approved {
		t.Errorf("the second: %v, %s", err, r.State)
	}
	if !r.Expires.Equal(noon.Add(3 * time.Hour)) {
		t.Errorf("expires at %v, want %v after the last approval", r.Expires, 2*time.Hour)
	}
	var decided *ledger.DecidedError
	if err := r.Approve(ada, noon, time.Hour); !errors.As(err, &decided) || decided.By.By != cem || decided.Out {
		t.Errorf("one too many: %+v", err)
	}
}

func TestNobodyDecidesAfterTheTime(t *testing.T) {
	var expired *ledger.ExpiredError
	for name, decide := range map[string]func(*ledger.Revision, time.Time) error{
		"approve": func(r *ledger.Revision, at time.Time) error { return r.Approve(ben, at, time.Hour) },
		"deny":    func(r *ledger.Revision, at time.Time) error { return r.Deny(ben, at) },
		"cancel":  func(r *ledger.Revision, at time.Time) error { return r.Cancel(ada, at) },
	} {
		r := in(t, ledger.Pending)
		if err := decide(&r, noon.Add(8*time.Hour)); !errors.As(err, &expired) || r.State != ledger.Pending {
			t.Errorf("%s in the instant of the end: %v", name, err)
		}
		if err := decide(&r, noon.Add(8*time.Hour-1)); err != nil {
			t.Errorf("%s an instant before: %v", name, err)
		}
	}
}

func TestRemindersComeTwiceAndAreNotMadeUpFor(t *testing.T) {
	r := in(t, ledger.Pending)
	if want := noon.Add(2 * time.Hour); !r.Due.Equal(want) {
		t.Errorf("first due at %v, want a quarter of eight hours", r.Due)
	}
	if err := r.Remind(noon.Add(2 * time.Hour)); err != nil || !r.Due.Equal(noon.Add(6*time.Hour)) || r.NewEvents[0].Count != 1 {
		t.Errorf("%v, next due at %v", err, r.Due)
	}
	if err := r.Remind(noon.Add(6 * time.Hour)); err != nil || !r.Due.Equal(r.Expires) || r.NewEvents[1].Count != 2 {
		t.Errorf("%v, next due at %v", err, r.Due)
	}
	r = in(t, ledger.Pending)
	if err := r.Remind(noon.Add(7 * time.Hour)); err != nil || r.Reminded != 2 || !r.Due.Equal(r.Expires) || len(r.NewEvents) != 1 {
		t.Errorf("after a long sleep: %v, %d reminders, %d events", err, r.Reminded, len(r.NewEvents))
	}
}

func TestAnUnconfirmedRequestIsLeftOnlyOnceEvidenceWasLookedFor(t *testing.T) {
	r := in(t, ledger.Unconfirmed)
	if err := r.Leave(ben, noon); err == nil {
		t.Error("left before evidence was looked for")
	}
	if err := r.GiveUpEvidence(noon); err != nil {
		t.Fatal(err)
	}
	if err := r.Leave(ben, noon); err != nil || r.Failure != ledger.Unproven || r.Decided.By != ben {
		t.Errorf("%v, failure %s", err, r.Failure)
	}
}

func TestOnlyWhoDeniedSaysWhyAndOnlyOnce(t *testing.T) {
	r := in(t, ledger.Denied)
	if err := r.Explain(cem, "because", noon); err == nil {
		t.Error("somebody else said why")
	}
	if err := r.Explain(ben, "because", noon); err != nil || r.Decided.Reason != "because" {
		t.Errorf("%v, %q", err, r.Decided.Reason)
	}
	if err := r.Explain(ben, "no, because", noon); err == nil {
		t.Error("said twice")
	}
}

func TestAMachineIsKnownByEveryNameItBore(t *testing.T) {
	r := ledger.New(command.Order{PC: "CPC-Ada"}, ada, "C1", ledger.Interaction{}, 1, noon)
	want := func(names ...string) {
		t.Helper()
		if got := r.Names(); !slices.Equal(got, names) {
			t.Errorf("got %q, want %q", got, names)
		}
	}
	want("cpc-ada") // nobody knows yet whose name that is
	r.Target = ledger.Target{ID: "PC-1", Name: "CPC-Ada", DeviceName: "CPC-ada"}
	want("pc-1", "cpc-ada")
	r.Result = ledger.Target{ID: "pc-1", Name: "CPC-Ada", DeviceName: "ÅDA-2"}
	want("pc-1", "cpc-ada", "åda-2")
	r = ledger.Revision{}
	want()
}

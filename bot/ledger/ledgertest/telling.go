package ledgertest

import (
	"errors"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

func tellsFromItsCursor(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	r := waiting(t, s)
	tell := func() []ledger.Job {
		got, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9)
		must(t, err)
		return got
	}
	if got := tell(); len(got) != 1 || got[0].Cursor != 0 || got[0].Req.Events != 2 {
		t.Fatalf("%+v", got)
	}
	told(t, s, "one", r, time.Time{}, false)
	if got := tell(); len(got) != 0 {
		t.Fatalf("told again: %+v", got)
	}
	must(t, r.Deny(ben, s.Now()))
	r = replace(t, s, r)
	if got := tell(); len(got) != 1 || got[0].Cursor != 2 || got[0].Req.Events != 3 {
		t.Fatalf("%+v", got)
	}
	if _, err := s.Finish(t.Context(), "one", threadOf(r), 2, clock.now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := tell(); len(got) != 0 {
		t.Fatalf("told before its time: %+v", got)
	}
	clock.pass(time.Minute)
	if got := tell(); len(got) != 1 || got[0].Cursor != 2 {
		t.Fatalf("not told at its time: %+v", got)
	}
}

func theCursorNeverMovesBack(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	r := waiting(t, s)
	if _, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	told(t, s, "one", r, clock.now(), false)
	if _, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Finish(t.Context(), "one", threadOf(r), 1, clock.now()); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9); err != nil || len(got) != 1 || got[0].Cursor != 2 {
		t.Errorf("the cursor moved back: %+v, %v", got, err)
	}
	clock.pass(2 * time.Minute)
	if got, err := s.Claim(t.Context(), ledger.JobThread, "two", time.Minute, 9); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if _, err := s.Finish(t.Context(), "one", threadOf(r), 2, time.Time{}); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("a worker that lost the claim ended it: %v", err)
	}
}

func anEventDuringTheTellingIsTold(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	r := waiting(t, s)
	if _, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9); err != nil {
		t.Fatal(err)
	}
	before := r
	must(t, r.Deny(ben, s.Now()))
	r = replace(t, s, r)
	told(t, s, "one", before, time.Time{}, true)
	if got, err := s.Claim(t.Context(), ledger.JobThread, "two", time.Minute, 9); err != nil || len(got) != 1 || got[0].Cursor != 2 {
		t.Errorf("the event in between is lost: %+v, %v", got, err)
	}
	told(t, s, "two", before, s.Now().Add(time.Hour), true)
	if got, err := s.Claim(t.Context(), ledger.JobThread, "two", time.Minute, 9); err != nil || len(got) != 1 {
		t.Errorf("the event in between is put off with what was before it: %+v, %v", got, err)
	}
	told(t, s, "two", r, s.Now().Add(time.Hour), false)
	if got, err := s.Claim(t.Context(), ledger.JobThread, "two", time.Minute, 9); err != nil || len(got) != 0 {
		t.Errorf("what was put off is told: %+v, %v", got, err)
	}
}

// whatWasToldIsNotDue checks that a swap can say that an audience was told all of it just before.
func whatWasToldIsNotDue(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	r := enter(t, s, "CPC-ada")
	must(t, r.Locate(ledger.Target{ID: "pc-1"}))
	r.ApprovalsNeeded = 1
	must(t, r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, s.Now(), time.Hour))
	must(t, s.AppendEvent(t.Context(), r.ID, r.Repelled(dan, auth.Approve, auth.OtherCard, s.Now()))) // meanwhile, and silently
	r.Told = ledger.JobThread
	r = replace(t, s, r)
	if got, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9); err != nil || len(got) != 0 {
		t.Errorf("what was told is told again: %v, %v", got, err)
	}
	must(t, r.Deny(ben, s.Now()))
	replace(t, s, r)
	if got, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9); err != nil || len(got) != 1 || got[0].Cursor != 3 {
		t.Errorf("what came after it: %+v, %v", got, err)
	}
}

// told ends worker's claim of a notification: the thread was notified of all events of r, and the
// notification is due again at next.
func told(t testing.TB, s ledger.Store, worker string, r ledger.Revision, next time.Time, more bool) {
	t.Helper()
	switch got, err := s.Finish(t.Context(), worker, threadOf(r), r.Events, next); {
	case err != nil:
		t.Fatal(err)
	case got != more:
		t.Errorf("more is %v", got)
	}
}

// tellsAMomentLaterWhatWillNotStay checks that the notification of a state that the bot is about to
// leave by itself is held back for [ledger.NotifyDelay], so that it goes out with what follows.
func tellsAMomentLaterWhatWillNotStay(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	tells := func(n int) {
		t.Helper()
		got, err := s.Claim(t.Context(), ledger.JobThread, "one", time.Minute, 9)
		must(t, err)
		if len(got) != n {
			t.Errorf("%d notifications, want %d", len(got), n)
		}
		for _, j := range got {
			told(t, s, "one", *j.Req.Revise(), time.Time{}, false)
		}
	}
	enter(t, s, "CPC-ada")
	clock.pass(time.Hour)
	tells(0) // there is no thread yet
	r := waiting(t, s)
	must(t, r.Approve(ben, s.Now(), time.Hour))
	r = replace(t, s, r)
	tells(0)
	clock.pass(ledger.NotifyDelay)
	tells(1)
	must(t, submit(t.Context(), s, r, ledger.Budget{}))
	r = get(t, s, r.ID)
	tells(0)
	must(t, r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted, NextAt: s.Now().Add(time.Hour)}, s.Now()))
	replace(t, s, r)
	tells(1)
}

// threadOf is the job of a request's thread.
func threadOf(r ledger.Revision) ledger.Job {
	return ledger.Job{Kind: ledger.JobThread, Key: string(r.ID), Req: r.Request}
}

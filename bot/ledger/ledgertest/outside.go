package ledgertest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// erase is an erase of a machine past the bot, by the number of its audit event.
func erase(n int, at time.Time) ledger.Event {
	return ledger.OutsideErase(ledger.Erase{Event: fmt.Sprint("audit-", n), At: at, App: "Intune", Result: "success"}, fmt.Sprint("pc-", n), fmt.Sprint("CPC-", n), "eve@contoso.example", "", at)
}

// recordsEachEraseOnce has several processes record the same erases, doubled and in another order: each
// is one event of the chain, and people are told of it by one cursor.
func recordsEachEraseOnce(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	clock := newClock()
	stores := []ledger.Store{h.Open(clock.now), h.Open(clock.now)}
	const n = 20
	var all sync.WaitGroup
	var mu sync.Mutex
	fresh := map[string]int{}
	for p, s := range stores {
		all.Go(func() {
			for i := range n {
				if p == 1 {
					i = n - 1 - i
				}
				got, err := s.RecordErases(t.Context(), clock.now(), []ledger.Event{erase(i, clock.now()), erase(i, clock.now()), erase((i+1)%n, clock.now())})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, e := range got {
					fresh[e.Outside.Event]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	s := stores[0]
	r := enter(t, s, "CPC-ada")
	events, err := s.Events(t.Context(), "", 0)
	must(t, err)
	seen := map[string]int{}
	for i, e := range events {
		seen[e.Outside.Event]++
		if e.Seq != i+1 || e.Kind != ledger.WasErasedOutside || e.Texts[ledger.TextActor] != "eve@contoso.example" || e.Request != "" {
			t.Errorf("event %d: %+v", i+1, e)
		}
	}
	if len(seen) != n || len(events) != n || !cmp.Equal(seen, fresh) {
		t.Errorf("%d events of %d erases; new were %v", len(events), len(seen), fresh)
	}
	if events, err := s.Events(t.Context(), "", n-1); err != nil || len(events) != 1 || events[0].Seq != n {
		t.Errorf("after the first ones: %+v, %v", events, err)
	}
	if of, err := s.Events(t.Context(), r.ID, 0); err != nil || len(of) != 1 {
		t.Errorf("a request has the events %+v, %v", of, err)
	}
	if report, err := s.Verify(t.Context(), ledger.Receipt{Number: events[n-1].Number, Hash: events[n-1].Hash.Short()}); err != nil || report.Head.Count != n+1 || report.Requests != 1 {
		t.Errorf("%+v, %v", report, err)
	}

	claim := func() (j ledger.Job) {
		t.Helper()
		got, err := s.Claim(t.Context(), ledger.JobOutside, "w", time.Minute, 5)
		if err != nil || len(got) != 1 || got[0].Key != "" || got[0].Req.ID != "" {
			t.Fatalf("claimed %+v, %v", got, err)
		}
		return got[0]
	}
	j := claim()
	j.Req.Events = n
	must2(t)(s.RecordErases(t.Context(), clock.now(), []ledger.Event{erase(n, clock.now())}))
	if more, err := s.Finish(t.Context(), "w", j, n, time.Time{}); err != nil || !more {
		t.Errorf("what was recorded meanwhile is not due: %v, %v", more, err)
	}
	if j = claim(); j.Cursor != n {
		t.Errorf("the cursor is at %d", j.Cursor)
	}
	j.Req.Events = n + 1
	if more, err := s.Finish(t.Context(), "w", j, n+1, time.Time{}); err != nil || more {
		t.Errorf("more: %v, %v", more, err)
	}
	must2(t)(s.RecordErases(t.Context(), clock.now(), []ledger.Event{erase(3, clock.now())})) // known
	if got, err := s.Claim(t.Context(), ledger.JobOutside, "w", time.Minute, 5); err != nil || len(got) > 0 {
		t.Errorf("told of everything, and due: %+v, %v", got, err)
	}
}

// must2 is must for what also returns a value that does not matter.
func must2(t testing.TB) func(any, error) {
	return func(_ any, err error) {
		t.Helper()
		must(t, err)
	}
}

// countsTheLogAsRead checks that the watch begins once, and that what was read stays read.
func countsTheLogAsRead(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	clock := newClock()
	s := h.Open(clock.now)
	began := clock.now()
	is := func(until time.Time) {
		t.Helper()
		if got, err := s.Watch(t.Context()); err != nil || !got.Began.Equal(began) || !got.Until.Equal(until) {
			t.Errorf("%+v, %v; want until %v", got, err, until)
		}
	}
	is(began)
	clock.pass(time.Hour)
	is(began)
	must2(t)(s.RecordErases(t.Context(), clock.now(), nil))
	is(clock.now())
	must2(t)(s.RecordErases(t.Context(), began, nil))
	is(clock.now())
}

// readsWhatWasSubmitted checks that every call is read, also one that was sent again since.
func readsWhatWasSubmitted(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	began := clock.now()
	r := enter(t, s, "CPC-ada")
	must(t, errors.Join(r.Locate(ledger.Target{ID: "pc-1"}), r.Show(ledger.Thread{Channel: "C1", TS: "1.2"}, s.Now(), time.Hour)))
	r = replace(t, s, r)
	var want []ledger.Call
	for _, call := range []string{"call-1", "call-2"} {
		clock.pass(time.Minute)
		must(t, r.Submit(call, s.Now(), s.Now().Add(30*time.Second)))
		must2(t)(s.Submit(t.Context(), r, ledger.Budget{}))
		r = get(t, s, r.ID)
		want = append(want, ledger.Call{ID: r.Submission.CallID, Request: r.ID, Target: "pc-1", At: clock.now(), Deadline: r.Submission.Deadline})
		if len(want) == 1 {
			must(t, r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.NotActed, NextAt: s.Now()}, s.Now()))
			r = replace(t, s, r)
		}
	}
	want[0].Deadline = want[0].At.Add(2 * time.Minute) // it is not kept
	got, err := s.Calls(t.Context(), began)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	got, err = s.Calls(t.Context(), want[1].At)
	if diff := cmp.Diff(want[1:], got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// findsAForgedErase checks that nobody can drop or change what was done past the bot.
func findsAForgedErase(t *testing.T, database func(testing.TB) Database) {
	for name, forge := range map[string]string{
		"its machine":      `UPDATE events SET body = replace(body, 'pc-1', 'pc-9') WHERE request IS NULL`,
		"its text":         `UPDATE texts SET text = 'ada@contoso.example' WHERE field = 'actor'`,
		"whose it is":      `UPDATE events SET request = (SELECT id FROM requests), seq = 2 WHERE request IS NULL`,
		"its number":       `UPDATE events SET seq = 7 WHERE request IS NULL`,
		"that it happened": `DELETE FROM texts; DELETE FROM outside; DELETE FROM events WHERE request IS NULL`,
	} {
		h := database(t)
		clock := newClock()
		s := h.Open(clock.now)
		enter(t, s, "CPC-ada")
		must2(t)(s.RecordErases(t.Context(), clock.now(), []ledger.Event{erase(1, clock.now())}))
		if _, err := s.Verify(t.Context()); err != nil {
			t.Errorf("%s: before: %v", name, err)
		}
		exec(t, h.SQL, forge)
		var broken *ledger.BrokenError
		if _, err := s.Verify(t.Context()); !errors.As(err, &broken) {
			t.Errorf("%s: not found: %v", name, err)
		}
	}
}

// schedulesWhatIsNoRequests checks that periodic work is due when it is said, and claimed by one worker.
func schedulesWhatIsNoRequests(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	clock := newClock()
	s, other := h.Open(clock.now), h.Open(clock.now)
	due := clock.now().Add(time.Minute)
	must(t, s.Schedule(t.Context(), ledger.JobReconcile, ledger.TenantKey, due))
	must(t, other.Schedule(t.Context(), ledger.JobReconcile, ledger.TenantKey, due.Add(time.Hour)))
	if at, err := s.Next(t.Context(), ""); err != nil || !at.Equal(due) {
		t.Errorf("next is %v, %v", at, err)
	}
	claimed := func(s ledger.Store, worker string) int {
		t.Helper()
		got, err := s.Claim(t.Context(), ledger.JobReconcile, worker, time.Minute, 40)
		must(t, err)
		return len(got)
	}
	if n := claimed(s, "a"); n != 0 {
		t.Errorf("claimed %d before it was due", n)
	}
	clock.pass(time.Minute)
	if a, b := claimed(s, "a"), claimed(other, "b"); a != 1 || b != 0 {
		t.Errorf("claimed by one %d times, and by the other %d times", a, b)
	}
	job := ledger.Job{Kind: ledger.JobReconcile, Key: ledger.TenantKey}
	must2(t)(s.Finish(t.Context(), "a", job, 0, due.Add(time.Hour)))
	if n := claimed(other, "b"); n != 0 {
		t.Errorf("claimed %d before it was due again", n)
	}
	must(t, other.Schedule(t.Context(), ledger.JobReconcile, ledger.TenantKey, clock.now()))
	if n := claimed(other, "b"); n != 1 {
		t.Errorf("claimed %d once it was due", n)
	}
	must2(t)(other.Finish(t.Context(), "b", job, 0, time.Time{}))
	if at, err := s.Next(t.Context(), ""); err != nil || !at.IsZero() {
		t.Errorf("switched off, and next is %v, %v", at, err)
	}
}

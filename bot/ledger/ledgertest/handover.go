package ledgertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// offer is a worker that has a free place of every kind.
func offer(worker string) *ledger.Handover {
	return &ledger.Handover{Worker: worker, Lease: time.Minute, Kinds: ledger.JobKinds()}
}

// handed are the kinds of the jobs that a write handed over.
func handed(h *ledger.Handover) (kinds []ledger.JobKind) {
	for _, j := range h.Jobs {
		kinds = append(kinds, j.Kind)
	}
	return kinds
}

func aWriteHandsOverWhatItMakesDue(t *testing.T, database func(testing.TB) Database) {
	clock := newClock()
	s := database(t).Open(clock.now)
	claim := func(kind ledger.JobKind, worker string, want int) {
		t.Helper()
		if got, err := s.Claim(t.Context(), kind, worker, time.Minute, 9); err != nil || len(got) != want {
			t.Errorf("%s claims %d of %s, %v; want %d", worker, len(got), kind, err, want)
		}
	}
	hands := func(h *ledger.Handover, r ledger.Revision, want ...ledger.JobKind) {
		t.Helper()
		if got := handed(h); len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
			t.Fatalf("it hands over %v, want %v", got, want)
		}
		for _, j := range h.Jobs {
			if j.Key != string(r.ID) || j.Req.Version != r.Version || j.Req.Events != r.Events || j.Req.State != r.State {
				t.Errorf("it hands over %+v of %+v", j, r)
			}
		}
	}

	asked := ask("CPC-ada", s.Now())
	asked.ApprovalsNeeded, asked.Handover = 1, offer("one")
	r := create(t, s, asked)
	hands(asked.Handover, r, ledger.JobStep) // there is no thread yet
	claim(ledger.JobStep, "two", 0)

	must(t, r.Locate(ledger.Target{ID: "pc-1"}))
	r.Handover = offer("two")
	h := r.Handover
	r = replace(t, s, r)
	hands(h, r) // another has it

	must(t, r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, s.Now(), time.Hour))
	r.Handover, r.ReleasesClaim = offer("one"), true
	h = r.Handover
	r = replace(t, s, r)
	hands(h, r, ledger.JobThread) // the next step is not due
	claim(ledger.JobThread, "two", 0)
	if _, err := s.Finish(t.Context(), "one", h.Jobs[0], r.Events, time.Time{}); err != nil {
		t.Errorf("a job that was handed over is not finished: %v", err)
	}

	must(t, r.Approve(ben, s.Now(), time.Hour))
	r.Handover = offer("one")
	h = r.Handover
	r = replace(t, s, r)
	hands(h, r, ledger.JobStep) // its notification is held back for a moment
	clock.pass(time.Minute)
	claim(ledger.JobThread, "two", 1)
	claim(ledger.JobStep, "two", 1) // the lease has ended

	stale := r
	stale.Version--
	stale.Handover = offer("one")
	must(t, stale.Cancel(ada, s.Now()))
	if _, err := s.Replace(t.Context(), stale); !errors.Is(err, ledger.ErrStale) || len(stale.Handover.Jobs) > 0 {
		t.Errorf("a swap that failed handed over %v, %v", handed(stale.Handover), err)
	}

	only := r
	only.Handover = &ledger.Handover{Worker: "one", Lease: time.Minute}
	must(t, only.Cancel(ada, s.Now()))
	h = only.Handover
	hands(h, replace(t, s, only)) // it has no free place
}

// LosesAHandover has the answer of each write that hands over a job be lost, although it lands, and
// checks that the job is free again once the lease has ended; zero means at once. lose makes one write to
// s and loses its answer.
func LosesAHandover(t *testing.T, s ledger.Store, pass func(time.Duration), lease time.Duration, lose func(write func(context.Context) error) error) {
	t.Helper()
	free := func(kind ledger.JobKind, id ledger.ID) bool {
		got, err := s.Claim(t.Context(), kind, "two", time.Second, 99)
		must(t, err)
		return slices.ContainsFunc(got, func(j ledger.Job) bool { return j.Key == string(id) })
	}
	asked, ready, submitted := ask("CPC-bob", s.Now()), waiting(t, s), approved(t, s)
	asked.ID = "R-7K3F"
	now := s.Now()
	must(t, ready.Approve(ben, now, time.Hour))
	must(t, submitted.Submit("call", now, now.Add(time.Minute)))
	must(t, submitted.LeaveUnconfirmed(ledger.Cause{Code: ledger.LostAnswer}, now))
	for _, lost := range []struct {
		what  string
		kind  ledger.JobKind
		r     ledger.Revision
		write func(context.Context, ledger.Revision) (ledger.Request, error)
	}{
		{"create", ledger.JobStep, asked, s.Create},
		{"replace", ledger.JobStep, ready, s.Replace},
		{"submit", ledger.JobThread, submitted, func(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
			return s.Submit(ctx, r, ledger.Budget{})
		}},
	} {
		h := &ledger.Handover{Worker: "one", Lease: time.Minute, Kinds: []ledger.JobKind{lost.kind}}
		lost.r.Handover = h
		if err := lose(func(ctx context.Context) error { _, err := lost.write(ctx, lost.r); return err }); err == nil || len(h.Jobs) > 0 {
			t.Errorf("%s: %v, handed over %v", lost.what, err, handed(h))
		}
		if lease > 0 {
			if free(lost.kind, lost.r.ID) {
				t.Errorf("%s: the job is free before its lease has ended", lost.what)
			}
			pass(lease)
		}
		if !free(lost.kind, lost.r.ID) {
			t.Errorf("%s: the job whose handover was lost is not free", lost.what)
		}
	}
}

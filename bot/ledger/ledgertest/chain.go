package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

func verifiesAWholeChain(t *testing.T, database func(testing.TB) Database) {
	s := database(t).Open(newClock().now)
	if report, err := s.Verify(t.Context()); err != nil || report != (ledger.Report{}) {
		t.Errorf("empty: %+v, %v", report, err)
	}
	ids := story(t, s)
	report, err := s.Verify(t.Context())
	must(t, err)
	var receipts []ledger.Receipt
	seen := map[int64]bool{}
	for _, id := range ids {
		events, err := s.Events(t.Context(), id, 0)
		must(t, err)
		for _, e := range events {
			seen[e.Number] = true
			receipts = append(receipts, ledger.Receipt{Request: id, Hash: e.Hash.Short()}, ledger.Receipt{Number: e.Number, Hash: e.Hash.String()})
		}
	}
	if report.Requests != len(ids) || report.Head.Count != int64(len(seen)) || report.Erased != 0 {
		t.Errorf("%+v for %d requests with %d events", report, len(ids), len(seen))
	}
	if again, err := s.Verify(t.Context(), receipts...); err != nil || again != report {
		t.Errorf("with all receipts: %+v, %v", again, err)
	}
}

func keepsPersonalTextBesideTheChain(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	ids := story(t, s)
	var bodies strings.Builder
	for _, l := range read(t, h.SQL).links {
		bodies.WriteString(l.Body)
	}
	for _, personal := range []string{"forgot", "CPC-0", "ada@contoso.com", "broke it"} {
		if strings.Contains(bodies.String(), personal) {
			t.Errorf("%q is in the chain", personal)
		}
	}
	events, err := s.Events(t.Context(), ids[0], 0)
	must(t, err)
	first := events[0]
	if diff := cmp.Diff(map[string]string{ledger.TextTyped: "CPC-0", ledger.TextWhy: "it “forgot” <everyone> & me"}, first.Texts); diff != "" {
		t.Errorf("texts:\n%s", diff)
	}
	exec(t, h.SQL, fmt.Sprintf(`DELETE FROM texts WHERE number = %d`, first.Number))
	report, err := s.Verify(t.Context())
	if err != nil || report.Erased != 2 {
		t.Errorf("after a text was erased: %+v, %v", report, err)
	}
	if events, err = s.Events(t.Context(), ids[0], 0); err != nil || events[0].Texts != nil || events[0].By != ada {
		t.Errorf("an event without its texts: %+v, %v", events[0], err)
	}
}

// chainsWhatManyWriteAtOnce checks the one chain under concurrent writes of several processes.
func chainsWhatManyWriteAtOnce(t *testing.T, database func(testing.TB) Database) {
	open := database(t).Open
	stores := []ledger.Store{open(time.Now), open(time.Now), open(time.Now)}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			s := stores[i%3]
			for range 5 {
				r, err := ledger.CreateWithID(t.Context(), s, ask("CPC-ada", s.Now()))
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.AppendEvent(t.Context(), r.ID, r.Repelled(ben, auth.Approve, auth.NotListed, s.Now())); err != nil {
					t.Error(err)
				}
				if _, err := ledger.Update(t.Context(), s, r, func(r *ledger.Revision) error {
					return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC, Detail: "CPC-\x00ada\xff"}, s.Now())
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if report, err := stores[0].Verify(t.Context()); err != nil || report.Head.Count != 180 || report.Requests != 60 {
		t.Errorf("%+v, %v", report, err)
	}
}

func readsTheChainBetweenTimes(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	clock := newClock()
	s := h.Open(clock.now)
	story(t, s)
	clock.pass(time.Hour)
	from := clock.now()
	story(t, s)
	clock.pass(time.Hour)
	to := clock.now()
	story(t, s)
	all := read(t, h.SQL)
	for _, span := range [][2]time.Time{{}, {from, {}}, {{}, to}, {from, to}, {to, from}} {
		var want, got []ledger.Link
		for _, l := range all.links {
			if !l.At.Before(span[0]) && (span[1].IsZero() || l.At.Before(span[1])) {
				want = append(want, l)
			}
		}
		head, err := s.Read(t.Context(), span[0], span[1], func(l ledger.Link, r ledger.Request) error {
			got = append(got, l)
			if diff := cmp.Diff(get(t, s, l.Request).Request, r); diff != "" {
				t.Errorf("the request of event %d:\n%s", l.Number, diff)
			}
			return nil
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" || head != all.head {
			t.Errorf("%v: %v, %v\n%s", span, head, err, diff)
		}
	}
	enough := errors.New("enough")
	if _, err := s.Read(t.Context(), time.Time{}, time.Time{}, func(ledger.Link, ledger.Request) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
}

// story stores a few requests with interleaved events, and takes them to different states.
func story(t *testing.T, s ledger.Store) (ids []ledger.ID) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for i := range 3 {
		r, err := ledger.CreateWithID(ctx, s, ask(fmt.Sprint("CPC-", i), s.Now()))
		must(t, err)
		ids = append(ids, r.ID)
	}
	steps := []func(r *ledger.Revision) error{
		func(r *ledger.Revision) error {
			return r.Locate(ledger.Target{ID: "pc of " + string(r.ID), Name: r.Order.PC, User: "ada@contoso.com", DeviceName: r.Order.PC + "-1"})
		},
		func(r *ledger.Revision) error {
			r.ApprovalsNeeded = 1
			return r.Show(ledger.Thread{Channel: "C1", TS: "1"}, s.Now(), time.Hour)
		},
		func(r *ledger.Revision) error {
			if r.ID == ids[2] {
				return r.Deny(ben, s.Now())
			}
			return r.Approve(ben, s.Now(), time.Hour)
		},
		func(r *ledger.Revision) error {
			if r.ID == ids[2] {
				return r.Explain(ben, "ada broke it", s.Now())
			}
			return r.Submit("call of "+string(r.ID), s.Now(), s.Now().Add(time.Minute))
		},
		func(r *ledger.Revision) error {
			if r.ID != ids[0] {
				return nil
			}
			return r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Declined, Cause: ledger.Cause{Code: ledger.Forbidden, Detail: "no ada@contoso.com"}}, s.Now())
		},
	}
	for _, step := range steps {
		for _, id := range ids {
			r := get(t, s, id)
			must(t, step(&r))
			replace(t, s, r)
			must(t, s.AppendEvent(ctx, id, r.Repelled(ada, auth.Approve, auth.OwnRequest, s.Now())))
		}
	}
	return ids
}

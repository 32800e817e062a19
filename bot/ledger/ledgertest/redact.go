package ledgertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// Personal are words that [StorePersonal] puts into every place of a ledger that can hold one.
var Personal = []string{
	"kitten-typed", "kitten-reason", "kitten-name", "kitten-device", "kitten-user@contoso.example", "kitten-group", "kitten-choice", "kitten-chosen",
	"kitten-chooser@contoso.example", "kitten-near", "kitten-other", "kitten-result", "kitten-rebuilt", "kitten-drift@contoso.example", "kitten-graph", "kitten-denial", "kitten-brakes",
}

// StorePersonal stores requests of ada that have all of the words in Personal, and one that is live; dan is whose
// machine it is. It pulls the brakes. It returns the ids of those that have ended.
func StorePersonal(t testing.TB, s ledger.Store) (ended []ledger.ID, live ledger.ID) {
	t.Helper()
	now := s.Now()
	for _, r := range s.Find(t.Context(), ledger.Query{Limit: 1}) {
		t.Fatalf("the ledger is not empty: %v", r)
	}
	machine := ledger.Target{
		ID: "pc-1", Name: "kitten-name", DeviceName: "kitten-device", User: "kitten-user@contoso.example", Group: "kitten-group", PolicyID: "policy-1", Policy: "Standard", PlanID: "plan-1",
	}
	begin := func(n string, steps ...func(r *ledger.Revision) error) ledger.Revision {
		order := command.Order{Verb: command.Reprovision, PC: "kitten-typed", Reason: "because of kitten-reason"}
		r := create(t, s, ledger.New(order, ada, "C1", ledger.Interaction{Envelope: "told " + n}, 1, now))
		for _, do := range steps {
			must(t, do(&r))
			r = replace(t, s, r)
		}
		return r
	}
	locate := func(r *ledger.Revision) error {
		r.Choices, r.Picked = []ledger.Choice{{ID: "pc-1", Name: "kitten-choice", Device: "kitten-chosen", User: "kitten-chooser@contoso.example"}}, "pc-1"
		r.Preview = ledger.Preview{SignedIn: true, LastUse: now, AsOf: now, Others: []string{"kitten-other"}}
		return r.Locate(machine)
	}
	show := func(r *ledger.Revision) error {
		return r.Show(ledger.Thread{Channel: "C1", TS: "1.1"}, now, 8*time.Hour)
	}
	approve := func(r *ledger.Revision) error { return r.Approve(ben, now, 8*time.Hour) }
	submit := func(r *ledger.Revision) error {
		r.Owner.Person = dan
		return r.Submit("call of "+string(r.ID), now, now.Add(30*time.Second))
	}
	accept := func(r *ledger.Revision) error {
		return r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted, NextAt: now}, now)
	}
	done := begin("done", locate, show, approve, submit, accept, func(r *ledger.Revision) error {
		became := machine
		became.Name, became.DeviceName = "kitten-result", "kitten-rebuilt"
		return r.Succeed(became, ledger.Cause{Code: ledger.WithWarnings, Detail: "kitten-graph warns"}, now)
	})
	denied := begin("denied", locate, show, func(r *ledger.Revision) error { return r.Deny(ben, now) }, func(r *ledger.Revision) error { return r.Explain(ben, "kitten-denial", now) })
	drifted := begin("drifted", locate, show, approve, func(r *ledger.Revision) error {
		return r.Void(ledger.Cause{Code: ledger.Drift, Detail: "user: kitten-user@contoso.example to kitten-drift@contoso.example"}, now)
	})
	refused := begin("refused", func(r *ledger.Revision) error {
		r.Near = []ledger.Choice{{ID: "pc-9", Name: "kitten-near"}}
		return r.Refuse(ledger.Cause{Code: ledger.NoSuchPC, Detail: "kitten-typed", Reason: "kitten-graph says so"}, now)
	})
	must(t, s.AppendEvent(t.Context(), denied.ID, denied.Repelled(dan, auth.Approve, auth.NotListed, now)))
	open := begin("live", locate, show)
	_, err := s.Freeze(t.Context(), cem, "kitten-brakes")
	must(t, err)
	return []ledger.ID{done.ID, denied.ID, drifted.ID, refused.ID}, open.ID
}

// End ends the live request that [StorePersonal] returned.
func End(t testing.TB, s ledger.Store, id ledger.ID) {
	t.Helper()
	r := get(t, s, id)
	must(t, r.Deny(ben, s.Now()))
	replace(t, s, r)
}

// Left are those of some words that stand in any column of any table of a database.
func Left(t testing.TB, db *sql.DB, words ...string) (left []string) {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if isPostgres(db) {
		query = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	for _, table := range rows(t, db, query) {
		whole := fmt.Sprintf(`SELECT this::text FROM %s AS this`, table[0])
		if !isPostgres(db) {
			var columns []string
			for _, column := range rows(t, db, fmt.Sprintf(`SELECT name FROM pragma_table_info('%s')`, table[0])) {
				columns = append(columns, fmt.Sprintf(`coalesce(CAST("%s" AS TEXT), '')`, column[0]))
			}
			whole = fmt.Sprintf(`SELECT %s FROM %s`, strings.Join(columns, ` || ' ' || `), table[0])
		}
		for _, row := range rows(t, db, whole) {
			for _, word := range words {
				if strings.Contains(strings.ToLower(row[0]), strings.ToLower(word)) {
					left = append(left, fmt.Sprintf("%s in %s", word, table[0]))
				}
			}
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

func redactsEveryWord(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	ended, live := StorePersonal(t, s)
	End(t, s, live)
	for _, word := range Personal {
		if len(Left(t, h.SQL, word)) == 0 {
			t.Errorf("%s is nowhere", word)
		}
	}
	before, err := s.Verify(t.Context())
	must(t, err)
	n, err := ledger.RedactRequests(t.Context(), s, ledger.Redaction{Requests: append(ended, live), FrozenBy: cem.ID})
	must(t, err)
	if left := Left(t, h.SQL, "kitten"); n != 5 || len(left) > 0 {
		t.Errorf("%d requests were redacted, and it still has %q", n, left)
	}
	after, err := s.Verify(t.Context())
	if err != nil || after.Head != before.Head || after.Erased == 0 {
		t.Errorf("the chain: %+v, then %+v, %v", before, after, err)
	}
	if b, err := s.Brakes(t.Context()); err != nil || !b.Frozen || b.By != cem {
		t.Errorf("the brakes: %+v, %v", b, err)
	}
	if found := found(t, s, ledger.Query{Machine: "pc-1"}); len(found) != 4 {
		t.Errorf("%d requests are found by the id of their machine, want 4", len(found))
	}
	for _, id := range ended {
		r := get(t, s, id)
		if r.Redacted.IsZero() || r.Requester != ada || !r.State.Ended() {
			t.Errorf("after its redaction: %+v", r.Request)
		}
	}
	if r := get(t, s, ended[1]); r.Explain(ben, "once more", s.Now()) == nil {
		t.Error("a reason can be written once more where one was erased")
	}
}

func redactsOneRequestAndKeepsTheNamesOfOthers(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	ended, live := StorePersonal(t, s)
	_, err := ledger.RedactRequests(t.Context(), s, ledger.Redaction{Requests: ended[:1]})
	must(t, err)
	if left := Left(t, h.SQL, "kitten-result", "kitten-rebuilt"); len(left) > 0 {
		t.Errorf("only the first request had it, and it is left: %q", left)
	}
	for _, name := range []string{"kitten-name", "kitten-device"} {
		if found := found(t, s, ledger.Query{Machine: name, Live: true}); len(found) != 1 || found[0] != live {
			t.Errorf("the live request is not found by %s: %v", name, found)
		}
	}
	if b, err := s.Brakes(t.Context()); err != nil || b.Why != "kitten-brakes" {
		t.Errorf("the reason of another person for the brakes: %+v, %v", b, err)
	}
}

func redactsNothingThatIsLive(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	ended, live := StorePersonal(t, s)
	before := Left(t, h.SQL, Personal...)
	for _, redact := range []func(context.Context, ledger.Redaction) (int, error){
		s.Redact, func(ctx context.Context, o ledger.Redaction) (int, error) { return ledger.RedactRequests(ctx, s, o) },
	} {
		n, err := redact(t.Context(), ledger.Redaction{Requests: append(slices.Clone(ended), live), FrozenBy: cem.ID})
		alive, ok := errors.AsType[*ledger.LiveError](err)
		if n != 0 || !ok || !slices.Equal(alive.Requests, []ledger.ID{live}) {
			t.Errorf("%d redacted, %v", n, err)
		}
		if _, err := redact(t.Context(), ledger.Redaction{Requests: []ledger.ID{ended[0], "R-NONE"}}); !errors.Is(err, ledger.ErrNotFound) || !strings.Contains(err.Error(), "R-NONE") {
			t.Errorf("a request that does not exist: %v", err)
		}
	}
	if after := Left(t, h.SQL, Personal...); !slices.Equal(before, after) {
		t.Errorf("something was erased: %q, then %q", before, after)
	}
}

func redactsByAge(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	clock := newClock()
	s := h.Open(clock.now)
	_, live := StorePersonal(t, s)
	clock.pass(time.Hour)
	young := enter(t, s, "kitten-young")
	must(t, young.Refuse(ledger.Cause{Code: ledger.NoSuchPC, Detail: "kitten-young"}, s.Now()))
	replace(t, s, young)
	clock.pass(time.Minute)
	n, err := ledger.RedactEndedBefore(t.Context(), s, s.Now().Add(-time.Hour))
	if left := Left(t, h.SQL, "kitten-denial", "kitten-drift", "kitten-near", "kitten-result", "kitten-brakes"); err != nil || n != 4 || len(left) > 0 {
		t.Errorf("%d redacted, %v, left %q", n, err, left)
	}
	if live, young := get(t, s, live), get(t, s, young.ID); live.Target.Name == "" || young.Order.PC != "kitten-young" {
		t.Errorf("a live or a young request was redacted: %+v %+v", live.Request, young.Request)
	}
	if n, err := ledger.RedactEndedBefore(t.Context(), s, s.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("a second time: %d, %v", n, err)
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// redactsWhatAPersonIsConcernedBy looks for all requests about dan, whose machine it was once.
func redactsWhatAPersonIsConcernedBy(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	ended, live := StorePersonal(t, s)
	for person, want := range map[string][]ledger.ID{
		"U_DAN": {ended[0], ended[1], ended[2], live}, // the same user has the machine of them
		"W_DAN": {ended[0], ended[1], ended[2], live}, // which may be the same human
		"U_ADA": append(slices.Clone(ended), live),
		"U_BEN": {ended[1]}, // he gave a reason there, and only approved the others
		"U_CEM": nil,
	} {
		o, err := ledger.ConcernedBy(t.Context(), s, person)
		must(t, err)
		slices.Sort(o.Requests)
		slices.Sort(want)
		if !slices.Equal(o.Requests, want) || o.FrozenBy != person {
			t.Errorf("%s: %+v, want %v", person, o, want)
		}
	}
}

// redactsWhoSignedIn has cem ask for his own machine by self-service, and ada sign in as him in two requests of hers.
func redactsWhoSignedIn(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	signs := func(by auth.Person, match ledger.EmailMatch, end func(*ledger.Revision) error) ledger.ID {
		asked := ask("", s.Now())
		asked.Order, asked.Requester = command.Order{Verb: command.Mine}, by
		asked.NewEvents[0].By, asked.NewEvents[0].OS, asked.NewEvents[0].Texts = by, "", nil
		asked.HoldSignIn("worker", s.Now())
		r := create(t, s, asked)
		must(t, r.SignIn(ledger.Account{ObjectID: "oid of cem", Tenant: "tid", Name: "cem@kitten.example"}, match, s.Now(), s.Now()))
		must(t, end(&r))
		return replace(t, s, r).ID
	}
	refused := func(r *ledger.Revision) error {
		return r.Refuse(ledger.NoSignInBecause(ledger.SignInEmailDiffers), s.Now())
	}
	denied := func(r *ledger.Revision) error {
		must(t, r.Locate(ledger.Target{ID: "pc of cem", User: "cem@kitten.example"}))
		r.ApprovalsNeeded = 1
		must(t, r.Show(ledger.Thread{Channel: "C1", TS: "1.2"}, s.Now(), time.Hour))
		return r.Deny(ben, s.Now())
	}
	own := signs(cem, ledger.EmailAgrees, denied)
	as, machine := signs(ada, ledger.EmailDiffers, refused), signs(ada, ledger.EmailDiffers, denied)
	for person, want := range map[string][]ledger.ID{"U_CEM": {own, as, machine}, "U_ADA": {as, machine}} {
		o, err := ledger.ConcernedBy(t.Context(), s, person)
		must(t, err)
		slices.Sort(o.Requests)
		slices.Sort(want)
		if !slices.Equal(o.Requests, want) {
			t.Errorf("%s: %v, want %v", person, o.Requests, want)
		}
	}
	_, err := ledger.RedactRequests(t.Context(), s, ledger.Redaction{Requests: []ledger.ID{own, as, machine}})
	must(t, err)
	if left := Left(t, h.SQL, "kitten"); len(left) > 0 {
		t.Errorf("their name is left: %q", left)
	}
	_, err = s.Verify(t.Context())
	must(t, err)
}

// aStaleCopyCannotBringWordsBack has others swap what they read before the redaction while it runs.
func aStaleCopyCannotBringWordsBack(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	other := h.Open(newClock().now)
	ended, live := StorePersonal(t, s)
	End(t, s, live)
	all := append(slices.Clone(ended), live)
	stale := map[ledger.ID]ledger.Revision{}
	for _, id := range all {
		stale[id] = get(t, s, id)
	}
	var race sync.WaitGroup
	race.Go(func() {
		for _, id := range all {
			r := stale[id]
			r.Owner.Notice = ledger.Thread{Channel: "D1", TS: "2.2"} // as what a bot stores on a request that has ended
			if _, err := other.Replace(t.Context(), r); err != nil && !errors.Is(err, ledger.ErrStale) {
				t.Error(err)
			}
		}
	})
	race.Go(func() {
		if _, err := ledger.RedactRequests(t.Context(), s, ledger.Redaction{Requests: all, FrozenBy: cem.ID}); err != nil {
			t.Error(err)
		}
	})
	race.Wait()
	for _, id := range all {
		if _, err := other.Replace(t.Context(), stale[id]); !errors.Is(err, ledger.ErrStale) {
			t.Errorf("a copy of before the redaction was swapped in: %v", err)
		}
		_, err := ledger.Update(t.Context(), other, stale[id].Request, func(r *ledger.Revision) error { // reads again
			r.NoteNotice(ledger.Thread{Channel: "D1", TS: "3.3"})
			return nil
		})
		must(t, err)
	}
	if left := Left(t, h.SQL, "kitten"); len(left) > 0 {
		t.Errorf("words are back: %q", left)
	}
	if _, err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

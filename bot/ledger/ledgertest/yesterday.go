package ledgertest

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// Yesterday opens a copy of every ledger fixture that earlier versions wrote for one kind of store,
// and checks that it contains what it did, verifies, and goes on. Name is the name of the fixture's
// file without .gz; database makes a database of its content.
func Yesterday(t *testing.T, name string, database func(t testing.TB, fixture []byte) Database) {
	versions, err := fs.Glob(fixtures, "testdata/*/"+name+".gz")
	if err != nil || len(versions) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	t.Run("hasALedgerOfEverySchema", func(t *testing.T) { hasALedgerOfEverySchema(t, versions, database) })
	for _, path := range versions {
		y := yesterday{folder: strings.TrimSuffix(path, "/"+name+".gz"), open: func(t testing.TB) Database { return database(t, unzip(t, path)) }}
		t.Run(strings.TrimPrefix(y.folder, "testdata/"), func(t *testing.T) {
			t.Run("holdsWhatItHeld", y.holdsWhatItHeld)
			t.Run("tellsEveryField", y.tellsEveryField)
			t.Run("isWrittenAsItWas", y.isWrittenAsItWas)
			t.Run("holdsEveryWordOfItsDay", y.holdsEveryWordOfItsDay)
			t.Run("findsWhatItFound", y.findsWhatItFound)
			t.Run("keepsItsQueue", y.keepsItsQueue)
			t.Run("keepsClaimsBrakesAndBudget", y.keepsClaimsBrakesAndBudget)
			t.Run("goesOnToTheEnd", y.goesOnToTheEnd)
		})
	}
}

// hasALedgerOfEverySchema fails if no fixture has one of the schemas that an upgrade may begin from: all but the
// newest, of which there is one only once a version has been released with it.
func hasALedgerOfEverySchema(t *testing.T, paths []string, database func(t testing.TB, fixture []byte) Database) {
	schema := func(h Database) (n int) {
		must(t, h.SQL.QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&n))
		return n
	}
	had, newest := map[int]bool{}, 0
	for _, path := range paths {
		h := database(t, unzip(t, path))
		had[schema(h)] = true
		if newest == 0 {
			opened(t, h)
			newest = schema(h)
		}
	}
	for n := 1; n < newest; n++ {
		if !had[n] {
			t.Errorf("no fixture has schema %d of %d: which upgrade from it works is not known", n, newest)
		}
	}
}

// yesterday is one version's ledger in one kind of store.
type yesterday struct {
	folder string
	open   func(testing.TB) Database
}

func (y yesterday) read(t testing.TB, name string) string {
	t.Helper()
	text, err := fixtures.ReadFile(y.folder + "/" + name)
	must(t, err)
	return string(text)
}

// store opens the ledger a second after its newest event.
func (y yesterday) store(t testing.TB) (ledger.Store, *clock) {
	t.Helper()
	_, s, clock := y.database(t)
	return s, clock
}

// database is store, with the database behind it.
func (y yesterday) database(t testing.TB) (Database, ledger.Store, *clock) {
	t.Helper()
	h := y.open(t)
	s, clock := opened(t, h)
	return h, s, clock
}

// opened opens the ledger in a database a second after its newest event, and migrates it.
func opened(t testing.TB, h Database) (ledger.Store, *clock) {
	t.Helper()
	clock := newClock()
	s := h.Open(clock.now)
	for _, l := range history(t, s) {
		for _, e := range l.events {
			clock.at.Store(max(clock.at.Load(), e.At.Add(time.Second).UnixMicro()))
		}
	}
	return s, clock
}

func (y yesterday) holdsWhatItHeld(t *testing.T) {
	h, s, _ := y.database(t)
	if diff := cmp.Diff(strings.Split(y.read(t, "ledger.txt"), "\n"), strings.Split(tell(t, s, h.SQL), "\n")); diff != "" {
		t.Errorf("it holds something else than it did:\n%s", diff)
	}
	if report, err := s.Verify(t.Context()); err != nil || report.Erased == 0 || report.Requests == 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// tellsEveryField checks that tell, whose text holdsWhatItHeld compares, prints each field that is
// set in the fixture.
func (y yesterday) tellsEveryField(t *testing.T) {
	s, _ := y.store(t)
	fields := map[string]bool{}
	for _, l := range append(history(t, s), life{events: pastTheBot(t, s)}) {
		whole := tellRequest(l.request, 0)
		for path, missing := range without(l.request) {
			fields["Request."+path] = true
			if tellRequest(missing, 0) == whole {
				t.Errorf("Request.%s of %s is not told", path, l.request.ID)
			}
		}
		for _, e := range l.events {
			whole := tellEvent(e)
			for path, missing := range without(e) {
				fields["Event."+path] = true
				if path != "Hash" && tellEvent(missing) == whole { // hashes differ from store to store, and are not printed
					t.Errorf("Event.%s of %s is not told", path, e.Request)
				}
			}
		}
	}
	if len(fields) < 130 {
		t.Errorf("only %d fields were looked at", len(fields))
	}
}

var (
	sum = regexp.MustCompile(`"[0-9a-f]{64}"`)
	// hashedReason is a service's message in the body of an event. Versions up to 4 have it there; since then it
	// is a text, which can be erased.
	hashedReason = regexp.MustCompile(`,"reason":"(?:[^"\\]|\\.)*"`)
)

// isWrittenAsItWas checks that rows that are read and encoded again are the same, byte for byte,
// except for the digests, because texts get new salts.
func (y yesterday) isWrittenAsItWas(t *testing.T) {
	h := y.open(t)
	for _, row := range rows(t, h.SQL, `SELECT id, body FROM requests`) {
		r, err := ledger.DecodeRequest([]byte(row[1]))
		must(t, err)
		if body, err := ledger.EncodeRequest(r); err != nil || body != row[1] {
			t.Errorf("%s, %v:\n%s", row[0], err, cmp.Diff(row[1], body))
		}
	}
	for _, l := range read(t, h.SQL).links {
		e, err := l.Event()
		must(t, err)
		if l.Number == 1 {
			e.Texts[ledger.TextWhy] = "erased since"
		}
		if hashedReason.MatchString(l.Body) {
			e.Cause.Reason, l.Body = "", hashedReason.ReplaceAllString(l.Body, "")
		}
		again, err := new(ledger.Head).Append(e)
		must(t, err)
		if was, is := sum.ReplaceAllString(l.Body, "sum"), sum.ReplaceAllString(again.Body, "sum"); was != is {
			t.Errorf("event %d:\n%s", l.Number, cmp.Diff(was, is))
		}
	}
}

// holdsEveryWordOfItsDay checks that the fixture contains every word that its version knew, and
// that the program still knows them all. Words that were added later need not be in it.
func (y yesterday) holdsEveryWordOfItsDay(t *testing.T) {
	s, _ := y.store(t)
	used, known := map[string]bool{}, map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(listed(words(t))), "\n") {
		known[line] = true
	}
	for _, l := range append(history(t, s), life{events: pastTheBot(t, s)}) {
		wordsOf(l, func(of, word string) { used[of+" "+word] = true })
	}
	for _, line := range strings.Split(strings.TrimSpace(y.read(t, "words.txt")), "\n") {
		if !used[line] {
			t.Errorf("the fixture lacks %q", line)
		}
		if !known[line] {
			t.Errorf("%q is stored in ledgers, but the program no longer knows it", line)
		}
	}
}

// wordsOf calls use for every word in a request and its events.
func wordsOf(l life, use func(of, word string)) {
	r := l.request
	use("State", string(r.State))
	use("Failure", string(r.Failure))
	use("Code", string(r.Cause.Code))
	use("Code", string(r.RejectedBy))
	use("Outcome", string(r.Submission.Outcome))
	use("Untold", string(r.Owner.Untold))
	use("Phase", string(r.Submission.Phase))
	use("EmailMatch", string(r.Self.Email))
	for _, e := range l.events {
		use("State", string(e.To))
		use("Kind", string(e.Kind))
		use("Code", string(e.Cause.Code))
		use("Outcome", string(e.Outcome))
		use("Act", string(e.Act))
		use("Reason", string(e.Verdict))
		use("OS", string(e.OS))
		use("Account", string(e.Account))
		if e.Cause.Detail != "" {
			use("Text", ledger.TextDetail)
		}
		if e.Cause.Reason != "" {
			use("Text", ledger.TextReason)
		}
		if e.Cause.Code == ledger.NoSignIn {
			use("NoSignInWhy", e.Cause.Detail)
		}
		for field := range e.Texts {
			use("Text", field)
		}
	}
}

// listed prints words, one per line after their type.
func listed(words map[string][]string) string {
	var lines []string
	for of, all := range words {
		for _, word := range all {
			lines = append(lines, of+" "+word+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// findsWhatItFound looks requests up by columns, and by their dedup keys.
func (y yesterday) findsWhatItFound(t *testing.T) {
	s, _ := y.store(t)
	for name, q := range map[string]ledger.Query{
		"by an earlier name": {Machine: "cpc-full-1"}, "by what was typed": {Machine: "CPC-2"}, "by its id": {Target: "pc of the full one"},
		"by its card": {Card: ledger.Thread{Channel: "C1", TS: "2.000100"}}, "by who asked": {Requester: ada, Limit: 1}, "by state": {State: ledger.Unconfirmed},
	} {
		if len(found(t, s, q)) == 0 {
			t.Errorf("%s: nothing", name)
		}
	}
	for _, l := range history(t, s) {
		again := ask("CPC-2", s.Now())
		again.Interaction = l.request.Interaction
		var seen *ledger.SeenError
		if _, err := ledger.CreateWithID(t.Context(), s, again); !errors.As(err, &seen) || seen.Request != l.request.ID {
			t.Errorf("the interaction of %s is stored a second time: %v", l.request.ID, err)
		}
	}
}

// keepsClaimsBrakesAndBudget checks that they still hold under the new version of the program.
func (y yesterday) keepsClaimsBrakesAndBudget(t *testing.T) {
	s, clock := y.store(t)
	claim := func() map[ledger.ID]bool {
		got := map[ledger.ID]bool{}
		all, err := s.Claim(t.Context(), ledger.JobStep, "today's worker", time.Hour, 1000)
		must(t, err)
		for _, j := range all {
			got[j.Req.ID] = true
		}
		return got
	}
	now := claim()
	clock.pass(time.Minute)
	if later := claim(); len(now) == 0 || len(later) < 2 {
		t.Errorf("%d were free, and %d after yesterday's claims had ended", len(now), len(later))
	}
	if sum, err := s.Heartbeat(t.Context(), "today's worker", 1, time.Minute); err != nil || sum != 3 {
		t.Errorf("%d sockets, %v", sum, err)
	}
	var first ledger.Request
	for first = range s.Find(t.Context(), ledger.Query{State: ledger.Approved}) {
		break
	}
	r := *first.Revise()
	var frozen *ledger.FrozenError
	if err := submit(t.Context(), s, r, ledger.Budget{}); !errors.As(err, &frozen) || frozen.By != cem || frozen.Why != "disk <trouble> & more" {
		t.Errorf("the brakes: %v", err)
	}
	_, err := s.Unfreeze(t.Context())
	must(t, err)
	var over *ledger.BudgetError
	if err := submit(t.Context(), s, r, ledger.Budget{PerHour: 1}); !errors.As(err, &over) || !over.Of.IsZero() {
		t.Errorf("the budget of all: %v", err)
	}
	if err := submit(t.Context(), s, r, ledger.Budget{PerPerson: 1}); !errors.As(err, &over) || over.Of != ada {
		t.Errorf("the budget of one: %v", err)
	}
	must(t, submit(t.Context(), s, get(t, s, r.ID), ledger.Budget{}))
}

// goesOnToTheEnd takes every live request to its end, and checks that the earlier events are
// unchanged and that the chain verifies against receipts of all of them.
func (y yesterday) goesOnToTheEnd(t *testing.T) {
	s, clock := y.store(t)
	_, err := s.Unfreeze(t.Context())
	must(t, err)
	before := history(t, s)
	var receipts []ledger.Receipt
	for _, l := range before {
		for _, e := range l.events {
			receipts = append(receipts, ledger.Receipt{Number: e.Number, Hash: e.Hash.String()}, ledger.Receipt{Request: l.request.ID, Hash: e.Hash.Short()})
		}
		for r := *l.request.Revise(); !r.State.Ended(); {
			clock.pass(time.Second)
			r = onwards(t, s, r)
		}
	}
	for i, l := range history(t, s) {
		was := before[i]
		if len(l.events) < len(was.events) || !cmp.Equal(was.events, l.events[:len(was.events)]) {
			t.Errorf("%s: its earlier events have changed:\n%s", l.request.ID, cmp.Diff(was.events, l.events))
		}
		if moved := len(l.events) > len(was.events); moved == was.request.State.Ended() || !l.request.State.Ended() {
			t.Errorf("%s was %s and is %s, with %d new events", l.request.ID, was.request.State, l.request.State, len(l.events)-len(was.events))
		}
	}
	report, err := s.Verify(t.Context(), receipts...)
	if err != nil || report.Requests != len(before) {
		t.Errorf("%+v, %v", report, err)
	}
}

// onwards takes a request one step towards its end.
func onwards(t testing.TB, s ledger.Store, r ledger.Revision) ledger.Revision {
	t.Helper()
	now := s.Now()
	var err error
	switch r.State {
	case ledger.Resolving:
		if r.Target.ID == "" {
			err = r.Locate(ledger.Target{ID: "pc of " + string(r.ID)})
		} else {
			err = r.Show(ledger.Thread{Channel: "C1", TS: string(r.ID)}, now, time.Hour)
		}
	case ledger.Pending:
		err = r.Approve(auth.Person{Org: "E1", ID: fmt.Sprint("U_EVE", len(r.Consents))}, now, time.Hour)
	case ledger.Approved:
		must(t, submit(t.Context(), s, r, ledger.Budget{}))
		return get(t, s, r.ID)
	case ledger.Submitting:
		err = r.Answer(ledger.Answer{CallID: r.Submission.CallID, Outcome: ledger.Acted, NextAt: now}, now)
	case ledger.Unconfirmed:
		err = r.Evidence(ledger.Cause{Code: ledger.EvidenceOf}, now, now)
	case ledger.Provisioning:
		if r.Submission.Closing != (ledger.Decision{}) {
			err = r.CloseUnfinished(now)
		} else {
			err = r.Succeed(ledger.Target{ID: r.Target.ID, Name: "new " + r.Target.Name}, ledger.Cause{}, now)
		}
	default:
		t.Fatalf("%s is %s", r.ID, r.State)
	}
	must(t, err)
	return replace(t, s, r)
}

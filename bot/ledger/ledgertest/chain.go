package ledgertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

func verifiesAWholeChain(t *testing.T, home func(testing.TB) Home) {
	s := home(t).Open(newClock().now)
	if report, err := s.Verify(t.Context()); err != nil || report != (ledger.Report{}) {
		t.Errorf("empty: %+v, %v", report, err)
	}
	ids := story(t, s)
	report, err := s.Verify(t.Context())
	must(t, err)
	var witnesses []ledger.Witness
	seen := map[int64]bool{}
	for _, id := range ids {
		events, err := s.Events(t.Context(), id, 0)
		must(t, err)
		for _, e := range events {
			seen[e.Number] = true
			witnesses = append(witnesses, ledger.Witness{Request: id, Hash: e.Hash.Short()}, ledger.Witness{Number: e.Number, Hash: e.Hash.String()})
		}
	}
	if report.Requests != len(ids) || report.Head.Count != int64(len(seen)) || report.Erased != 0 {
		t.Errorf("%+v for %d requests with %d events", report, len(ids), len(seen))
	}
	if again, err := s.Verify(t.Context(), witnesses...); err != nil || again != report {
		t.Errorf("with all witnesses: %+v, %v", again, err)
	}
}

func keepsPersonalTextBesideTheChain(t *testing.T, home func(testing.TB) Home) {
	h := home(t)
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

// findsEveryMutation changes the tables in every way that comes to mind, at every place.
func findsEveryMutation(t *testing.T, home func(testing.TB) Home) {
	h := home(t)
	s := h.Open(newClock().now)
	story(t, s)
	whole := read(t, h.SQL)
	last := whole.head.Count
	elsewhere := func(n int64) int64 { // another link, for what takes two
		for {
			if m := 1 + rand.Int64N(last); m != n {
				return m
			}
		}
	}
	for n := int64(1); n <= last; n++ {
		m := elsewhere(n)
		here := fmt.Sprintf(` WHERE number = %d`, n)
		shift := func(from, by int64) string { // in two steps, past the primary key
			return fmt.Sprintf(`UPDATE events SET number = -number WHERE number > %d; UPDATE events SET number = -number + %d WHERE number < 0`, from, by)
		}
		for what, row := range map[string]struct {
			statement string
			at        int64 // the first broken link
		}{
			"a body edited":           {`UPDATE events SET body = replace(body, 'E1', 'E2')` + here, n},
			"a body reordered":        {`UPDATE events SET body = body || ' '` + here, n},
			"a hash edited":           {`UPDATE events SET hash = (SELECT hash FROM events WHERE number = ` + fmt.Sprint(m) + `)` + here, n},
			"a hash emptied":          {`UPDATE events SET hash = substr(hash, 1, 0)` + here, n},
			"filed under another":     {`UPDATE events SET seq = seq + 1000` + here, n},
			"another time":            {later(h.SQL) + here, n},
			"an event deleted":        {`DELETE FROM events` + here, n},
			"deleted, gap closed":     {`DELETE FROM events` + here + `; ` + shift(n, -1), n},
			"two bodies swapped":      {swap("body", n, m), min(n, m)},
			"two events swapped":      {fmt.Sprintf(`UPDATE events SET number = -1 WHERE number = %d; UPDATE events SET number = %d WHERE number = %d; UPDATE events SET number = %d WHERE number = -1`, n, n, m, m), min(n, m)},
			"an event inserted":       {shift(n, 1) + fmt.Sprintf(`; INSERT INTO events (number, request, seq, at, body, hash) SELECT %d, request, seq + 2000, at, body, hash FROM events WHERE number = %d`, n+1, n), n + 1},
			"an event repeated":       {fmt.Sprintf(`INSERT INTO events (number, request, seq, at, body, hash) SELECT %d, request, seq + 2000, at, body, hash FROM events WHERE number = %d; UPDATE chain SET count = count + 1`, last+1, n), last + 1},
			"the tail cut":            {fmt.Sprintf(`DELETE FROM events WHERE number >= %d`, n), n},
			"the tail cut, head with": {fmt.Sprintf(`DELETE FROM events WHERE number >= %d; UPDATE chain SET count = %d, hash = (SELECT coalesce((SELECT hash FROM events WHERE number = %d), hash) FROM chain)`, n, n-1, n-1), 0},
			"the head's count":        {fmt.Sprintf(`UPDATE chain SET count = %d`, n-1), last + 1},
			"a text edited":           {`UPDATE texts SET text = text || '!'` + here, n},
			"a salt edited":           {`UPDATE texts SET salt = substr(salt, 2)` + here, n},
			"a text moved":            {fmt.Sprintf(`DELETE FROM texts WHERE number = %d; UPDATE texts SET number = %d WHERE number = %d`, m, m, n), m},
		} {
			exec(t, h.SQL, row.statement)
			if now := read(t, h.SQL); now.same(whole) || now.erasedOf(whole) {
				continue // nothing there to change, or what may be erased
			}
			_, err := s.Verify(t.Context())
			var broken *ledger.BrokenError
			if !errors.As(err, &broken) {
				t.Errorf("%s at %d: %v", what, n, err)
			} else if row.at > 0 && broken.Number != row.at {
				t.Errorf("%s at %d: found at %d, want %d: %v", what, n, broken.Number, row.at, err)
			}
			whole.write(t, h.SQL)
		}
	}
	for _, statement := range []string{
		`UPDATE requests SET body = replace(body, '"state":"failed"', '"state":"denied"')`,
		`UPDATE requests SET body = replace(body, 'U_ADA', 'U_BEN')`,
		`UPDATE requests SET body = replace(body, 'U_BEN', 'U_EVE')`,
		`UPDATE requests SET body = replace(body, '"id":"pc of', '"id":"PC of')`,
		`UPDATE requests SET body = replace(body, '"kind":"denied"', '"kind":"cancelled"')`,
		`UPDATE requests SET body = replace(body, '"os":"windows11"', '"os":"windows10"')`,
		`UPDATE requests SET body = replace(body, 'forgot', 'ordered')`,
		`UPDATE requests SET body = replace(body, '"name":"CPC-1"', '"name":"CPC-9"')`,
		`UPDATE requests SET body = replace(body, 'ada@contoso.com', 'eve@contoso.com')`,
		`UPDATE requests SET events = events + 1`,
		`DELETE FROM requests`,
	} {
		kept := rows(t, h.SQL, `SELECT id, body, events, version FROM requests ORDER BY id`)
		exec(t, h.SQL, statement)
		if cmp.Equal(kept, rows(t, h.SQL, `SELECT id, body, events, version FROM requests ORDER BY id`)) {
			t.Errorf("%s changed nothing", statement)
		}
		var broken *ledger.BrokenError
		if _, err := s.Verify(t.Context()); !errors.As(err, &broken) || broken.Request == "" {
			t.Errorf("%s: %v", statement, err)
		}
		for _, r := range kept {
			exec(t, h.SQL, fmt.Sprintf(`UPDATE requests SET body = '%s', events = %s WHERE id = '%s'`, strings.ReplaceAll(r[1], "'", "''"), r[2], r[0]))
		}
	}
}

func swap(column string, n, m int64) string {
	return fmt.Sprintf(`UPDATE events SET %[1]s = (SELECT o.%[1]s FROM events o WHERE o.number = %[2]d + %[3]d - events.number) WHERE number IN (%[2]d, %[3]d)`, column, n, m)
}

func later(db *sql.DB) string {
	if isPostgres(db) {
		return `UPDATE events SET at = at + interval '1 second'`
	}
	return `UPDATE events SET at = at + 1000000`
}

// findsARecomputedTail is what only a witness can tell: somebody wrote the chain anew from
// some place on, with our own code.
func findsARecomputedTail(t *testing.T, home func(testing.TB) Home) {
	h := home(t)
	s := h.Open(newClock().now)
	ids := story(t, s)
	whole := read(t, h.SQL)
	ends := map[ledger.ID]ledger.Witness{} // what the last reply of each request shows
	numbers := map[ledger.ID]int64{}
	for _, l := range whole.links {
		ends[l.Request], numbers[l.Request] = ledger.Witness{Request: l.Request, Hash: l.Hash.Short()}, l.Number
	}
	for from := range whole.links {
		forged := whole.forged(t, from)
		forged.write(t, h.SQL)
		if _, err := s.Verify(t.Context()); err != nil {
			t.Errorf("written anew from %d on, it does not agree with itself: %v", from+1, err)
		}
		for _, id := range ids {
			_, err := s.Verify(t.Context(), ends[id])
			var broken *ledger.BrokenError
			if told := errors.As(err, &broken); told != (numbers[id] > int64(from)) {
				t.Errorf("written anew from %d on, and the witness of event %d says %v", from+1, numbers[id], err)
			}
		}
		head := ledger.Witness{Number: whole.head.Count, Hash: whole.head.Hash.String()}
		var broken *ledger.BrokenError
		if _, err := s.Verify(t.Context(), head); !errors.As(err, &broken) || broken.Number != head.Number {
			t.Errorf("written anew from %d on, and the head's witness says %v", from+1, err)
		}
	}
}

// chainsWhatManyWriteAtOnce is the one chain under load from several processes.
func chainsWhatManyWriteAtOnce(t *testing.T, home func(testing.TB) Home) {
	open := home(t).Open
	stores := []ledger.Store{open(time.Now), open(time.Now), open(time.Now)}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			s := stores[i%3]
			for range 5 {
				r, err := ledger.Enter(t.Context(), s, ask("CPC-ada", s.Now()))
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Note(t.Context(), r.ID, r.Repelled(ben, auth.Approve, auth.NotListed, s.Now())); err != nil {
					t.Error(err)
				}
				if _, err := ledger.Amend(t.Context(), s, r, func(r *ledger.Request) error {
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

func countsTheSocketsOfWhoLives(t *testing.T, home func(testing.TB) Home) {
	clock := newClock()
	open := home(t).Open
	one, two := open(clock.now), open(clock.now)
	attend := func(s ledger.Store, who string, sockets int, lease time.Duration, want int) {
		t.Helper()
		if sum, err := s.Attend(t.Context(), who, sockets, lease); err != nil || sum != want {
			t.Errorf("%s with %d: %d in all, %v; want %d", who, sockets, sum, err, want)
		}
	}
	attend(one, "one", 2, time.Minute, 2)
	attend(two, "two", 3, time.Minute, 5)
	attend(one, "one", 1, time.Minute, 4)
	clock.pass(40 * time.Second)
	attend(two, "two", 3, time.Minute, 4)
	clock.pass(21 * time.Second) // one was silent for too long
	attend(two, "two", 2, time.Minute, 2)
	attend(two, "two", 0, 0, 0)
}

// story is a few requests, interleaved, to some of their ends.
func story(t *testing.T, s ledger.Store) (ids []ledger.ID) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for i := range 3 {
		r, err := ledger.Enter(ctx, s, ask(fmt.Sprint("CPC-", i), s.Now()))
		must(t, err)
		ids = append(ids, r.ID)
	}
	steps := []func(r *ledger.Request) error{
		func(r *ledger.Request) error {
			return r.Locate(ledger.Target{ID: "pc of " + string(r.ID), Name: r.Order.PC, User: "ada@contoso.com", DeviceName: r.Order.PC + "-1"})
		},
		func(r *ledger.Request) error {
			r.Needed = 1
			return r.Show(ledger.Thread{Channel: "C1", TS: "1"}, s.Now(), time.Hour)
		},
		func(r *ledger.Request) error {
			if r.ID == ids[2] {
				return r.Deny(ben, s.Now())
			}
			return r.Approve(ben, s.Now(), time.Hour)
		},
		func(r *ledger.Request) error {
			if r.ID == ids[2] {
				return r.Explain(ben, "ada broke it", s.Now())
			}
			return r.Submit("call of "+string(r.ID), s.Now(), s.Now().Add(time.Minute))
		},
		func(r *ledger.Request) error {
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
			must(t, s.Note(ctx, id, r.Repelled(ada, auth.Approve, auth.OwnRequest, s.Now())))
		}
	}
	return ids
}

// tables are the chain as it lies in its home.
type tables struct {
	links []ledger.Link
	head  ledger.Head
}

func read(t *testing.T, db *sql.DB) (out tables) {
	t.Helper()
	events, err := db.Query(`SELECT number, request, seq, at, body, hash FROM events ORDER BY number`)
	must(t, err)
	defer events.Close()
	for events.Next() {
		var l ledger.Link
		var at any
		var hash []byte
		must(t, events.Scan(&l.Number, &l.Request, &l.Seq, &at, &l.Body, &hash))
		l.Hash = ledger.DigestOf(hash)
		switch at := at.(type) {
		case time.Time:
			l.At = at.UTC()
		case int64:
			l.At = time.UnixMicro(at).UTC()
		}
		out.links = append(out.links, l)
	}
	must(t, events.Err())
	texts, err := db.Query(`SELECT number, field, salt, text FROM texts ORDER BY number, field`)
	must(t, err)
	defer texts.Close()
	for texts.Next() {
		var n int64
		var x ledger.Text
		must(t, texts.Scan(&n, &x.Field, &x.Salt, &x.Text))
		for i := range out.links {
			if out.links[i].Number == n {
				out.links[i].Texts = append(out.links[i].Texts, x)
			}
		}
	}
	must(t, texts.Err())
	var hash []byte
	must(t, db.QueryRow(`SELECT count, hash FROM chain`).Scan(&out.head.Count, &hash))
	out.head.Hash = ledger.DigestOf(hash)
	return out
}

func (x tables) same(y tables) bool {
	return cmp.Equal(x.links, y.links) && x.head == y.head
}

// erasedOf reports whether x is y with nothing changed but texts that are gone.
func (x tables) erasedOf(y tables) bool {
	if len(x.links) != len(y.links) || x.head != y.head {
		return false
	}
	for i, l := range x.links {
		for _, text := range l.Texts {
			found := false
			for _, there := range y.links[i].Texts {
				found = found || cmp.Equal(text, there)
			}
			if !found {
				return false
			}
		}
		m := y.links[i]
		l.Texts, m.Texts = nil, nil
		if !cmp.Equal(l, m) {
			return false
		}
	}
	return true
}

// write puts the tables back.
func (x tables) write(t *testing.T, db *sql.DB) {
	t.Helper()
	tx, err := db.Begin()
	must(t, err)
	exec(t, tx, `DELETE FROM texts; DELETE FROM events; DELETE FROM chain`)
	for _, l := range x.links {
		insert(t, db, tx, `INSERT INTO events (number, request, seq, at, body, hash) VALUES (%s)`, l.Number, string(l.Request), l.Seq, l.At, l.Body, l.Hash[:])
		for _, text := range l.Texts {
			insert(t, db, tx, `INSERT INTO texts (number, field, salt, text) VALUES (%s)`, l.Number, text.Field, text.Salt, text.Text)
		}
	}
	insert(t, db, tx, `INSERT INTO chain (one, count, hash) VALUES (%s)`, 1, x.head.Count, x.head.Hash[:])
	must(t, tx.Commit())
}

// forged is the chain with a lie in it from one link on, hashed as if it were true.
func (x tables) forged(t *testing.T, from int) tables {
	t.Helper()
	out := tables{links: append([]ledger.Link{}, x.links...)}
	if from > 0 {
		out.head = ledger.Head{Count: x.links[from-1].Number, Hash: x.links[from-1].Hash}
	}
	for i := from; i < len(x.links); i++ {
		e, err := x.links[i].Event()
		must(t, err)
		e.Cause.Status++
		link, err := out.head.Append(e)
		must(t, err)
		out.links[i] = link
	}
	return out
}

type execer interface {
	Exec(string, ...any) (sql.Result, error)
}

func exec(t testing.TB, db execer, statements string) {
	t.Helper()
	for statement := range strings.SplitSeq(statements, "; ") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// insert fills in values in the way that the home understands.
func insert(t testing.TB, db *sql.DB, tx execer, statement string, values ...any) {
	t.Helper()
	var marks []string
	for i, v := range values {
		mark := fmt.Sprint("$", i+1)
		if !isPostgres(db) {
			mark = "?"
			if at, ok := v.(time.Time); ok {
				values[i] = at.UnixMicro()
			}
		}
		marks = append(marks, mark)
	}
	if _, err := tx.Exec(fmt.Sprintf(statement, strings.Join(marks, ", ")), values...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// isPostgres tells the two kinds of home apart, for the little SQL that differs.
func isPostgres(db *sql.DB) bool { return !strings.Contains(fmt.Sprintf("%T", db.Driver()), "sqlite") }

func rows(t testing.TB, db *sql.DB, query string) (out [][]string) {
	t.Helper()
	got, err := db.Query(query)
	must(t, err)
	defer got.Close()
	names, err := got.Columns()
	must(t, err)
	for got.Next() {
		row := make([]string, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		must(t, got.Scan(into...))
		out = append(out, row)
	}
	must(t, got.Err())
	return out
}

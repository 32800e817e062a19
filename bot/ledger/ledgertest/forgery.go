package ledgertest

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// findsEveryMutation changes the tables of the chain in every way we could think of, at every link.
func findsEveryMutation(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	story(t, s)
	whole := read(t, h.SQL)
	last := whole.head.Count
	elsewhere := func(n int64) int64 { // a random other link, for mutations that need two
		for {
			if m := 1 + rand.Int64N(last); m != n {
				return m
			}
		}
	}
	for n := int64(1); n <= last; n++ {
		for what, row := range mutations(n, elsewhere(n), last, later(h.SQL)) {
			exec(t, h.SQL, row.statement)
			switch now := read(t, h.SQL); {
			case now.same(whole):
				continue
			case now.erasedOf(whole): // which is no mutation, but what was erased is looked for later
				whole.write(t, h.SQL)
				continue
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
	findsEveryChangeOfARequest(t, h, s)
}

// mutation is a change of the tables of the chain.
type mutation struct {
	statement string
	at        int64 // the first link that it breaks; zero = any
}

// mutations are changes at link n of a chain with last links. M is another link; later is the SQL
// that moves an event's time.
func mutations(n, m, last int64, later string) map[string]mutation {
	here := fmt.Sprintf(` WHERE number = %d`, n)
	shift := func(from, by int64) string { // in two steps, past the primary key
		return fmt.Sprintf(`UPDATE events SET number = -number WHERE number > %d; UPDATE events SET number = -number + %d WHERE number < 0`, from, by)
	}
	return map[string]mutation{
		"a body edited":           {`UPDATE events SET body = replace(body, 'E1', 'E2')` + here, n},
		"a body reordered":        {`UPDATE events SET body = body || ' '` + here, n},
		"a hash edited":           {`UPDATE events SET hash = (SELECT hash FROM events WHERE number = ` + fmt.Sprint(m) + `)` + here, n},
		"a hash emptied":          {`UPDATE events SET hash = substr(hash, 1, 0)` + here, n},
		"filed under another":     {`UPDATE events SET seq = seq + 1000` + here, n},
		"another time":            {later + here, n},
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
	}
}

// findsEveryChangeOfARequest changes the stored requests, but not their events.
func findsEveryChangeOfARequest(t *testing.T, h Database, s ledger.Store) {
	t.Helper()
	const all = `SELECT id, body, events, version FROM requests ORDER BY id`
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
		kept := rows(t, h.SQL, all)
		exec(t, h.SQL, statement)
		if cmp.Equal(kept, rows(t, h.SQL, all)) {
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

// findsARecomputedTail checks what only a receipt can show: that somebody rewrote the chain from
// some link on and recomputed its hashes with our own code.
func findsARecomputedTail(t *testing.T, database func(testing.TB) Database) {
	h := database(t)
	s := h.Open(newClock().now)
	ids := story(t, s)
	whole := read(t, h.SQL)
	ends := map[ledger.ID]ledger.Receipt{} // the receipt in the last reply of each request
	numbers := map[ledger.ID]int64{}
	for _, l := range whole.links {
		ends[l.Request], numbers[l.Request] = ledger.Receipt{Request: l.Request, Hash: l.Hash.Short()}, l.Number
	}
	for from := range whole.links {
		forged := whole.forged(t, from)
		forged.write(t, h.SQL)
		if _, err := s.Verify(t.Context()); err != nil {
			t.Errorf("rewritten from %d on, it does not verify by itself: %v", from+1, err)
		}
		for _, id := range ids {
			_, err := s.Verify(t.Context(), ends[id])
			var broken *ledger.BrokenError
			if found := errors.As(err, &broken); found != (numbers[id] > int64(from)) {
				t.Errorf("rewritten from %d on, and the receipt of event %d says %v", from+1, numbers[id], err)
			}
		}
		head := ledger.Receipt{Number: whole.head.Count, Hash: whole.head.Hash.String()}
		var broken *ledger.BrokenError
		if _, err := s.Verify(t.Context(), head); !errors.As(err, &broken) || broken.Number != head.Number {
			t.Errorf("rewritten from %d on, and the head's receipt says %v", from+1, err)
		}
	}
}

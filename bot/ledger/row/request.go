// Package row holds what the ledger's stores share about reading and writing rows: column lists,
// the conditions of a search, and the checks of the schema version. What a row contains is defined
// in package ledger.
//
// The stores share no statement that claims, swaps or counts. SQLite has a single writer and
// counts time in integer microseconds by the machine's clock; PostgreSQL locks rows (FOR UPDATE,
// SKIP LOCKED) and goes by the server's clock. SQL that runs on both would have to give up what
// each of them builds its promises on. The tests of ledgertest are what both have in common.
package row

import (
	"iter"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// Row is one row of a result, of database/sql or of pgx.
type Row interface{ Scan(into ...any) error }

// Rows are the rows of a result, of database/sql or of pgx. The caller that ran the query closes
// them.
type Rows interface {
	Row
	Next() bool
	Err() error
}

// Columns are the columns of table requests that [Request] reads, in its order.
const Columns = `body, version, events`

// NewestRuns selects the newest requests that succeeded, by the index requests_succeeded; how many follows
// it. The state stands in the text, and not in an argument, because a partial index is used only for a
// condition that implies its own (www.sqlite.org/partialindex.html).
const NewestRuns = `SELECT ` + Columns + ` FROM requests WHERE state = 'succeeded' ORDER BY asked_at DESC, id LIMIT `

// Request reads a request from its row.
func Request(row Row) (ledger.Request, error) {
	var body []byte
	var version int64
	var events int
	if err := row.Scan(&body, &version, &events); err != nil {
		return ledger.Request{}, err
	}
	r, err := ledger.DecodeRequest(body)
	if err != nil {
		return r, err
	}
	r.Version, r.Events = version, events
	return r, nil
}

// Requests yields the requests of a result, and ends after the first error.
func Requests(rows Rows) iter.Seq2[ledger.Request, error] {
	return func(yield func(ledger.Request, error) bool) {
		for rows.Next() {
			if r, err := Request(rows); !yield(r, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(ledger.Request{}, err)
		}
	}
}

// Person is how a person is stored in a column: organisation/user.
func Person(p auth.Person) string { return p.Org + "/" + p.ID }

// ParsePerson reads what Person wrote. Neither Slack's organisations nor its users have a slash in
// their ids.
func ParsePerson(s string) auth.Person {
	org, id, _ := strings.Cut(s, "/")
	return auth.Person{Org: org, ID: id}
}

// Text is the value of a nullable text column: NULL if s is empty.
func Text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Card is the value of the nullable column card: channel/ts, or NULL before the card is posted.
func Card(r ledger.Request) any {
	if r.Card.IsZero() {
		return nil
	}
	return r.Card.String()
}

// Package row is what the homes of the ledger share of how its rows are read and written: what
// has nothing to do with the SQL of one database. What is in a row is package ledger's.
package row

import (
	"iter"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// Row is one row of an answer, as database/sql and pgx have it.
type Row interface{ Scan(into ...any) error }

// Rows are the rows of an answer, likewise. Whoever asked closes them.
type Rows interface {
	Row
	Next() bool
	Err() error
}

// Columns are those of the table requests that [Request] reads, in its order.
const Columns = `body, version, events, told`

// Request reads a request from its row.
func Request(row Row) (ledger.Request, error) {
	var body []byte
	var version int64
	var events, told int
	if err := row.Scan(&body, &version, &events, &told); err != nil {
		return ledger.Request{}, err
	}
	r, err := ledger.DecodeRequest(body)
	if err != nil {
		return r, err
	}
	r.Version, r.Events, r.NarratedSeq = version, events, told
	return r, nil
}

// Requests yields the requests of an answer, and ends with the first error.
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

// Person is how a person is written into a column: organisation/user.
func Person(p auth.Person) string { return p.Org + "/" + p.ID }

// Text is a text for a column that is NULL where there is none.
func Text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Card is where the card of a request stands, for a column that is NULL before it does.
func Card(r ledger.Request) any {
	if r.Card.IsZero() {
		return nil
	}
	return r.Card.String()
}

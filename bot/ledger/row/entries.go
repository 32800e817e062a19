package row

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// EntryColumns are the columns that [Entries] reads: those of [Links], and of the table requests, aliased r.
const EntryColumns = LinkColumns + `, r.body, r.version, r.events`

// Entries calls do for each link of a result, with its texts and its request, until do fails. The rows of
// one link must be adjacent.
func Entries[T any](rows Rows, toTime func(T) time.Time, do func(ledger.Link, ledger.Request) error) error {
	e := &entries{Rows: rows}
	return Links(e, toTime, func(l ledger.Link) error {
		of := e.of(l.Request)
		if of.body == nil {
			return do(l, ledger.Request{})
		}
		r, err := Request(of)
		if err != nil {
			return err
		}
		return do(l, r)
	})
}

// entries are rows that keep the request beside a link. A link is complete only when the row after it was
// read, so the request of the row before is kept too.
type entries struct {
	Rows
	before, now entry
}

type entry struct {
	id      ledger.ID
	body    []byte // nil: there is no request
	version *int64
	events  *int
}

// Scan reads the columns of a link; the second is the id of its request.
func (e *entries) Scan(into ...any) error {
	e.before, e.now = e.now, entry{}
	err := e.Rows.Scan(append(into, &e.now.body, &e.now.version, &e.now.events)...)
	e.now.id = *into[1].(*ledger.ID)
	return err
}

func (e *entries) of(id ledger.ID) entry {
	if e.now.id == id {
		return e.now
	}
	return e.before
}

// Scan makes an entry the row that [Request] reads.
func (e entry) Scan(into ...any) error {
	*into[0].(*[]byte), *into[1].(*int64), *into[2].(*int) = e.body, *e.version, *e.events
	return nil
}

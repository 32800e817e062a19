package row

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// LinkColumns are the columns that [Links] reads, in its order: from table events, aliased e, left
// joined with texts so that events without texts are included.
const LinkColumns = `e.number, coalesce(e.request, ''), e.seq, e.at, e.body, e.hash, field, salt, text`

// Links calls do for each link of a result, with its texts, until do fails. The rows of one link
// must be adjacent. The database's type for a time is T; toTime converts it.
func Links[T any](rows Rows, toTime func(T) time.Time, do func(ledger.Link) error) error {
	var link *ledger.Link // the link whose texts are being read
	for rows.Next() {
		var l ledger.Link
		var at T
		var hash, salt []byte
		var field, text *string
		if err := rows.Scan(&l.Number, &l.Request, &l.Seq, &at, &l.Body, &hash, &field, &salt, &text); err != nil {
			return err
		}
		if link != nil && link.Number != l.Number {
			if err := do(*link); err != nil {
				return err
			}
			link = nil
		}
		if link == nil {
			l.At, l.Hash = toTime(at), ledger.DigestOf(hash)
			link = &l
		}
		if field != nil {
			link.Texts = append(link.Texts, ledger.Text{Field: *field, Salt: salt, Text: *text})
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if link != nil {
		return do(*link)
	}
	return nil
}

// EventsOf are the conditions for the events of a request, or of none, after the first n. The column is NULL
// where there is no request.
func EventsOf(id ledger.ID, n int) (conditions string, args []any) {
	if id == "" {
		return "request IS NULL AND seq > ?", []any{n}
	}
	return "request = ? AND seq > ?", []any{id, n}
}

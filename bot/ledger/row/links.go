package row

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// LinkColumns are what [Links] reads, in its order: of the table events, named e, and of texts,
// joined to it so that an event without texts is there too.
const LinkColumns = `e.number, request, seq, at, body, hash, field, salt, text`

// Links hands out the links of an answer with their texts, until do fails. The rows of one link
// have to follow one another. A moment is read as a T, of which at makes the time.
func Links[T any](rows Rows, at func(T) time.Time, do func(ledger.Link) error) error {
	var link *ledger.Link // the one whose texts are being read
	for rows.Next() {
		var l ledger.Link
		var moment T
		var hash, salt []byte
		var field, text *string
		if err := rows.Scan(&l.Number, &l.Request, &l.Seq, &moment, &l.Body, &hash, &field, &salt, &text); err != nil {
			return err
		}
		if link != nil && link.Number != l.Number {
			if err := do(*link); err != nil {
				return err
			}
			link = nil
		}
		if link == nil {
			l.At, l.Hash = at(moment), ledger.DigestOf(hash)
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

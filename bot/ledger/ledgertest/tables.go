package ledgertest

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// tables is the chain as the database stores it, in tables events, texts and chain.
type tables struct {
	links []ledger.Link
	head  ledger.Head
}

// read reads the tables past the store.
func read(t *testing.T, db *sql.DB) (out tables) {
	t.Helper()
	events, err := db.Query(`SELECT number, coalesce(request, ''), seq, at, body, hash FROM events ORDER BY number`)
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

// erasedOf reports whether x differs from y only in texts that are gone.
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

// write replaces the tables in the database by x.
func (x tables) write(t *testing.T, db *sql.DB) {
	t.Helper()
	tx, err := db.Begin()
	must(t, err)
	exec(t, tx, `DELETE FROM texts; DELETE FROM events; DELETE FROM chain`)
	for _, l := range x.links {
		insert(t, db, tx, `INSERT INTO events (number, request, seq, at, body, hash) VALUES (%s)`, l.Number, orNull(l.Request), l.Seq, l.At, l.Body, l.Hash[:])
		for _, text := range l.Texts {
			insert(t, db, tx, `INSERT INTO texts (number, field, salt, text) VALUES (%s)`, l.Number, text.Field, text.Salt, text.Text)
		}
	}
	insert(t, db, tx, `INSERT INTO chain (one, count, hash) VALUES (%s)`, 1, x.head.Count, x.head.Hash[:])
	must(t, tx.Commit())
}

// forged is the chain with every event from index from on falsified, and its hashes recomputed.
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

// orNull is the column of an event's request.
func orNull(id ledger.ID) any {
	if id == "" {
		return nil
	}
	return string(id)
}

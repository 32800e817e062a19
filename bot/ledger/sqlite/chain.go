package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// reader is a pool, a connection or a transaction.
type reader interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// appendEvents appends news to a request that has n events, and to the chain.
func appendEvents(ctx context.Context, c *statements, id ledger.ID, n int, news []ledger.Event) error {
	if len(news) == 0 {
		return nil
	}
	head, err := readHead(ctx, c)
	if err != nil {
		return err
	}
	for i, e := range news {
		e.Request, e.Seq = id, n+i+1
		l, err := head.Append(e)
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, `INSERT INTO events (number, request, seq, at, body, hash) VALUES (?, ?, ?, ?, ?, ?)`,
			l.Number, row.Text(string(l.Request)), l.Seq, l.At.UnixMicro(), l.Body, l.Hash[:]); err != nil {
			return err
		}
		for _, t := range l.Texts {
			if _, err := c.ExecContext(ctx, `INSERT INTO texts (number, field, salt, text) VALUES (?, ?, ?, ?)`,
				l.Number, t.Field, t.Salt, t.Text); err != nil {
				return err
			}
		}
	}
	_, err = c.ExecContext(ctx, `UPDATE chain SET count = ?, hash = ?`, head.Count, head.Hash[:])
	return err
}

func readHead(ctx context.Context, c reader) (h ledger.Head, err error) {
	var hash []byte
	if err := c.QueryRowContext(ctx, `SELECT count, hash FROM chain`).Scan(&h.Count, &hash); err != nil {
		return h, fmt.Errorf("head of the chain: %w", err)
	}
	h.Hash = ledger.DigestOf(hash)
	return h, nil
}

// Events reads the events after the first n.
func (s *Store) Events(ctx context.Context, id ledger.ID, n int) ([]ledger.Event, error) {
	events, err := readEvents(ctx, s.reads, id, n)
	if err != nil {
		return nil, fail("events", id, err)
	}
	return events, nil
}

func readEvents(ctx context.Context, c reader, id ledger.ID, n int) (out []ledger.Event, err error) {
	which, args := row.EventsOf(id, n)
	err = links(ctx, c, `WHERE `+which+` ORDER BY seq, field`, args, func(l ledger.Link) error {
		e, err := l.Event()
		out = append(out, e)
		return err
	})
	return out, err
}

// links calls do for each selected link, with its texts.
func links(ctx context.Context, c reader, which string, args []any, do func(ledger.Link) error) error {
	rows, err := c.QueryContext(ctx, `SELECT `+row.LinkColumns+`
		FROM events e LEFT JOIN texts t ON t.number = e.number `+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return row.Links(rows, moment, do)
}

// Read reads events with their requests in one transaction, so in one snapshot.
func (s *Store) Read(ctx context.Context, from, to time.Time, do func(ledger.Link, ledger.Request) error) (h ledger.Head, err error) {
	tx, err := s.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return h, fail("read", "", err)
	}
	defer func() { _ = tx.Rollback() }() // read-only: nothing to undo
	if h, err = readHead(ctx, tx); err != nil {
		return h, fail("read", "", err)
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+row.EntryColumns+` FROM events e LEFT JOIN requests r ON r.id = e.request LEFT JOIN texts t ON t.number = e.number
		WHERE (?1 IS NULL OR e.at >= ?1) AND (?2 IS NULL OR e.at < ?2) ORDER BY e.number, field`, micros(from), micros(to))
	if err != nil {
		return h, fail("read", "", err)
	}
	defer rows.Close()
	if err := row.Entries(rows, moment, do); err != nil {
		return h, fail("read", "", err)
	}
	return h, nil
}

// Verify reads the chain, the head and the requests in one transaction, so in one snapshot.
func (s *Store) Verify(ctx context.Context, receipts ...ledger.Receipt) (ledger.Report, error) {
	report, err := s.readChain(ctx, ledger.NewVerifier(receipts))
	if err != nil {
		return report, fail("verify", "", err)
	}
	return report, nil
}

func (s *Store) readChain(ctx context.Context, v *ledger.Verifier) (r ledger.Report, err error) {
	tx, err := s.pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return r, err
	}
	defer func() { _ = tx.Rollback() }() // read-only: nothing to undo
	if err := links(ctx, tx, `ORDER BY e.number, field`, nil, v.Link); err != nil {
		return r, err
	}
	head, err := readHead(ctx, tx)
	if err != nil {
		return r, err
	}
	if err := v.Head(head); err != nil {
		return r, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+row.Columns+` FROM requests ORDER BY asked_at, id`)
	if err != nil {
		return r, err
	}
	defer rows.Close()
	for q, err := range row.Requests(rows) {
		if err == nil {
			err = v.Request(q)
		}
		if err != nil {
			return r, err
		}
	}
	return v.End()
}

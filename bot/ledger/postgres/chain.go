package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// readHead reads the head of the chain; lock is empty, or a locking clause.
func readHead(ctx context.Context, c reader, lock string) (h ledger.Head, err error) {
	var hash []byte
	if err := c.QueryRow(ctx, `SELECT count, hash FROM chain`+lock).Scan(&h.Count, &hash); err != nil {
		return h, fmt.Errorf("head of the chain: %w", err)
	}
	h.Hash = ledger.DigestOf(hash)
	return h, nil
}

// Events reads the events after the first n.
func (s *Store) Events(ctx context.Context, id ledger.ID, n int) ([]ledger.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	events, err := readEvents(ctx, s.pool, id, n)
	return events, fail("events", id, err)
}

func readEvents(ctx context.Context, c reader, id ledger.ID, n int) (out []ledger.Event, err error) {
	which, args := row.EventsOf(id, n)
	err = links(ctx, c, `WHERE `+numbered(which)+` ORDER BY seq, field`, args, func(l ledger.Link) error {
		e, err := l.Event()
		out = append(out, e)
		return err
	})
	return out, err
}

// links calls do for each selected link, with its texts.
func links(ctx context.Context, c reader, which string, args []any, do func(ledger.Link) error) error {
	rows, err := c.Query(ctx, `SELECT `+row.LinkColumns+`
		FROM events e LEFT JOIN texts t ON t.number = e.number `+which, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return row.Links(rows, time.Time.UTC, do)
}

// Read reads events with their requests in one snapshot. It has no timeout of its own, because it may read
// the whole ledger.
func (s *Store) Read(ctx context.Context, from, to time.Time, do func(ledger.Link, ledger.Request) error) (h ledger.Head, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if _, err := tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`); err != nil { // do may wait for a pipe
			return err
		}
		if h, err = readHead(ctx, tx, ``); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+row.EntryColumns+` FROM events e LEFT JOIN requests r ON r.id = e.request LEFT JOIN texts t ON t.number = e.number
			WHERE ($1::timestamptz IS NULL OR e.at >= $1) AND ($2::timestamptz IS NULL OR e.at < $2) ORDER BY e.number, field`, moment(from), moment(to))
		if err != nil {
			return err
		}
		defer rows.Close()
		return row.Entries(rows, time.Time.UTC, do)
	})
	return h, fail("read", "", err)
}

// Verify reads the chain, the head and the requests in one snapshot. Unlike other operations it
// has no timeout of its own, because it reads the whole ledger.
func (s *Store) Verify(ctx context.Context, receipts ...ledger.Receipt) (report ledger.Report, err error) {
	v := ledger.NewVerifier(receipts)
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := links(ctx, tx, `ORDER BY e.number, field`, nil, v.Link); err != nil {
			return err
		}
		head, err := readHead(ctx, tx, ``)
		if err != nil {
			return err
		}
		if err := v.Head(head); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+row.Columns+` FROM requests ORDER BY asked_at, id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for r, err := range row.Requests(rows) {
			if err == nil {
				err = v.Request(r)
			}
			if err != nil {
				return err
			}
		}
		report, err = v.End()
		return err
	})
	return report, fail("verify", "", err)
}

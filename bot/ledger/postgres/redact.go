package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// Redact erases words. Rows as they were before stay in the table's files until VACUUM frees them and they
// are written over (www.postgresql.org/docs/current/routine-vacuuming.html), and in the server's WAL.
func (s *Store) Redact(ctx context.Context, o ledger.Redaction) (n int, err error) {
	err = s.change(ctx, "redact", "", func(ctx context.Context, tx pgx.Tx) (err error) {
		brakes, err := readBrakes(ctx, tx, ` FOR UPDATE`)
		if err != nil {
			return err
		}
		all := row.Redactions{Order: o}
		if err := s.lockRedacted(ctx, tx, &all); err != nil {
			return err
		}
		var b pgx.Batch
		for _, r := range all.After {
			if err := eraseRequest(ctx, tx, &b, r); err != nil {
				return err
			}
		}
		b.Queue(`DELETE FROM texts WHERE number IN (SELECT number FROM events WHERE number = ANY($1) AND coalesce(request, '') = '')`, o.Events)
		if o.ErasesWhy(brakes, all.Before) {
			b.Queue(`UPDATE brakes SET why = ''`)
		}
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		for _, target := range all.Targets() {
			if err := eraseNames(ctx, tx, target); err != nil {
				return err
			}
		}
		n = len(all.After)
		return nil
	})
	return n, err
}

// lockRedacted locks the requests of an order, in the order of their ids, and redacts them in memory.
func (s *Store) lockRedacted(ctx context.Context, tx pgx.Tx, all *row.Redactions) error {
	for _, id := range slices.Sorted(slices.Values(all.Order.Requests)) {
		r, err := row.Request(tx.QueryRow(ctx, `SELECT `+row.Columns+` FROM requests WHERE id = $1 FOR UPDATE`, id))
		if errors.Is(err, pgx.ErrNoRows) {
			err = row.NotFound(id)
		}
		if err == nil {
			err = all.Add(r, s)
		}
		if err != nil {
			return err
		}
	}
	return all.Err()
}

// eraseRequest adds to b what stores a redacted request and deletes the personal texts of its events.
func eraseRequest(ctx context.Context, tx pgx.Tx, b *pgx.Batch, r ledger.Request) error {
	body, err := ledger.EncodeRequest(r)
	if err != nil {
		return err
	}
	b.Queue(`UPDATE requests SET version = version + 1, body = $1 WHERE id = $2`, body, r.ID)
	b.Queue(`DELETE FROM machines WHERE target = $1`, r.ID) // what was typed where no machine was found
	return links(ctx, tx, `WHERE request = $1 ORDER BY seq, field`, []any{r.ID}, func(l ledger.Link) error {
		fields, err := l.PersonalTexts()
		if len(fields) > 0 {
			b.Queue(`DELETE FROM texts WHERE number = $1 AND field = ANY($2)`, l.Number, fields)
		}
		return err
	})
}

// eraseNames deletes the names of a machine that no request has any more. A request that is just being
// stored with one of them is not seen; it stores its names again with its next change.
func eraseNames(ctx context.Context, tx pgx.Tx, target string) error {
	rows, err := tx.Query(ctx, `SELECT `+row.Columns+` FROM requests WHERE target = $1`, target)
	if err != nil {
		return err
	}
	left, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (ledger.Request, error) { return row.Request(r) })
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM machines WHERE target = $1 AND name <> ALL($2)`, target, row.InUse(left))
	return err
}

// WithTexts reads events that have texts to erase, by the key of table texts.
func (s *Store) WithTexts(ctx context.Context, after int64, n int) ([]ledger.TextOf, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, `SELECT t.number, coalesce(e.request, ''), e.at FROM texts AS t JOIN events AS e ON e.number = t.number
		LEFT JOIN requests AS r ON r.id = e.request WHERE t.number > $1 AND e.number > $1 AND t.field <> $2 AND r.live IS NOT TRUE ORDER BY t.number LIMIT $3`, after, ledger.TextDetail, n)
	if err != nil {
		return nil, fail("read texts", "", err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (t ledger.TextOf, err error) {
		var at time.Time
		err = r.Scan(&t.Number, &t.Request, &at)
		t.At = at.UTC()
		return t, err
	})
	return all, fail("read texts", "", err)
}

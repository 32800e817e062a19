package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// change runs do in one transaction, for up to callTimeout. If the server aborts the transaction
// because it conflicts with another, it is rolled back, and change runs do again.
func (s *Store) change(ctx context.Context, op string, id ledger.ID, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return do(ctx, tx) })
		if isCode(err, "40001", "40P01") { // serialization_failure, deadlock_detected
			continue
		}
		return fail(op, id, err)
	}
}

// appendEvents appends news to a request that has n events, and to the chain. It locks the head of
// the chain, for which every other writer waits, so it comes last in a transaction.
func (s *Store) appendEvents(ctx context.Context, tx pgx.Tx, id ledger.ID, n int, news []ledger.Event) error {
	if len(news) == 0 {
		return nil
	}
	head, err := readHead(ctx, tx, ` FOR UPDATE`)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for i, e := range news {
		e.Request, e.Seq = id, n+i+1
		l, err := head.Append(e)
		if err != nil {
			return err
		}
		b.Queue(`INSERT INTO events (number, request, seq, at, body, hash) VALUES ($1, $2, $3, $4, $5, $6)`,
			l.Number, row.Text(string(l.Request)), l.Seq, l.At, l.Body, l.Hash[:])
		for _, t := range l.Texts {
			b.Queue(`INSERT INTO texts (number, field, salt, text) VALUES ($1, $2, $3, $4)`, l.Number, t.Field, t.Salt, t.Text)
		}
	}
	b.Queue(`UPDATE chain SET count = $1, hash = $2`, head.Count, head.Hash[:])
	return tx.SendBatch(ctx, &b).Close()
}

// notify tells the other stores that there may be work; PostgreSQL delivers it when the
// transaction commits.
func (s *Store) notify(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_notify($1, $2)`, s.channel, s.name)
	return err
}

// inTime fails with ErrStale if the time within has come. It is called after the transaction has
// waited for all its locks, so that the wait cannot make a decision land too late.
func (s *Store) inTime(ctx context.Context, tx pgx.Tx, within time.Time) error {
	if within.IsZero() {
		return nil
	}
	var late bool
	err := tx.QueryRow(ctx, `SELECT coalesce($1, clock_timestamp()) >= $2`, s.at(), within).Scan(&late)
	if err == nil && late {
		err = ledger.ErrStale
	}
	return err
}

// fail adds the operation and the request to an error; nil stays nil. It wraps, so errors.Is and
// errors.As still find the errors that the contract promises.
func fail(op string, id ledger.ID, err error) error {
	switch {
	case err == nil:
		return nil
	case id == "":
		return fmt.Errorf("ledger: postgres: %s: %w", op, err)
	}
	return fmt.Errorf("ledger: postgres: %s %s: %w", op, id, err)
}

// isCode reports whether err is the server's and has one of these SQLSTATE codes
// (www.postgresql.org/docs/current/errcodes-appendix.html).
func isCode(err error, codes ...string) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code == c {
			return true
		}
	}
	return false
}

// violatesIndex reports whether err is a unique_violation (23505) of this index.
func violatesIndex(err error, index string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505" && e.ConstraintName == index
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cloudpc-bot/bot/ledger"
)

// change does something in one transaction. Where the database broke it off because of
// another transaction, nothing stands of it and it is done again.
func (s *Store) change(ctx context.Context, op string, id ledger.ID, do func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return do(ctx, tx) })
		if isCode(err, "40001", "40P01") { // serialization failure, deadlock
			continue
		}
		return fail(op, id, err)
	}
}

// appendEvents adds a request's news behind its first n events, and all behind the chain. It
// is the last thing in a transaction, because everybody waits for the head of the chain.
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
			l.Number, l.Request, l.Seq, l.At, l.Body, l.Hash[:])
		for _, t := range l.Texts {
			b.Queue(`INSERT INTO texts (number, field, salt, text) VALUES ($1, $2, $3, $4)`, l.Number, t.Field, t.Salt, t.Text)
		}
	}
	b.Queue(`UPDATE chain SET count = $1, hash = $2`, head.Count, head.Hash[:])
	return tx.SendBatch(ctx, &b).Close()
}

// notify tells the other stores, once the transaction stands, that there may be work.
func (s *Store) notify(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_notify($1, $2)`, s.channel, s.name)
	return err
}

// inTime fails with ErrStale where a moment has passed. It is asked after every lock that the
// transaction had to wait for.
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

// fail names the operation and the request. What the contract promises stays
// recognisable by errors.Is and errors.As.
func fail(op string, id ledger.ID, err error) error {
	switch {
	case err == nil:
		return nil
	case id == "":
		return fmt.Errorf("ledger: postgres: %s: %w", op, err)
	}
	return fmt.Errorf("ledger: postgres: %s %s: %w", op, id, err)
}

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

// violatesIndex reports whether err is that of a unique index.
func violatesIndex(err error, index string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505" && e.ConstraintName == index
}

package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

// overwrites has SQLite overwrite what is deleted with zeros where that costs no write: in pages that are
// written anyway.
const overwrites = `PRAGMA secure_delete = FAST`

// Redact erases words. SQLite overwrites them with zeros (www.sqlite.org/pragma.html#pragma_secure_delete)
// instead of leaving them in free pages, and its log is emptied. What versions before schema 4 left in free
// space is there until VACUUM.
func (s *Store) Redact(ctx context.Context, o ledger.Redaction) (int, error) {
	var n int
	err := s.writes.write(ctx, func(ctx context.Context, c *statements) (err error) {
		if _, err := c.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
			return err
		}
		defer func() {
			_, back := c.ExecContext(ctx, overwrites)
			err = errors.Join(err, back)
		}()
		n, err = s.eraseAll(ctx, c, o)
		return err
	})
	if err != nil {
		return 0, fail("redact", "", err)
	}
	if err := s.emptyLog(ctx); err != nil { // also if no request was changed: words of the brakes and of no request go as well
		return n, fail("redact", "", err)
	}
	return n, nil
}

// emptyLog empties the WAL, which has pages as they were before. While others read it, that waits for at
// most 200 ms, because writers wait meanwhile; then it is left, and is written over in time
// (www.sqlite.org/pragma.html#pragma_wal_checkpoint).
func (s *Store) emptyLog(ctx context.Context) error {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, statement := range []string{`PRAGMA busy_timeout = 200`, `PRAGMA wal_checkpoint(TRUNCATE)`, `PRAGMA busy_timeout = 10000`} {
		if _, err := conn.ExecContext(ctx, statement); err != nil && !isBusy(err) {
			return err
		}
	}
	return nil
}

func (s *Store) eraseAll(ctx context.Context, c *statements, o ledger.Redaction) (int, error) {
	all := row.Redactions{Order: o}
	for _, id := range o.Requests {
		r, err := row.Request(c.QueryRowContext(ctx, `SELECT `+row.Columns+` FROM requests WHERE id = ?`, id))
		if errors.Is(err, sql.ErrNoRows) {
			err = row.NotFound(id)
		}
		if err == nil {
			err = all.Add(r, s)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := all.Err(); err != nil {
		return 0, err
	}
	for _, r := range all.After {
		body, err := ledger.EncodeRequest(r)
		if err != nil {
			return 0, err
		}
		if _, err := c.ExecContext(ctx, `UPDATE requests SET version = version + 1, body = ? WHERE id = ?`, body, r.ID); err != nil {
			return 0, err
		}
		if err := eraseTexts(ctx, c, r.ID); err != nil {
			return 0, err
		}
		if _, err := c.ExecContext(ctx, `DELETE FROM machines WHERE target = ?`, r.ID); err != nil { // what was typed where no machine was found
			return 0, err
		}
	}
	for _, target := range all.Targets() {
		if err := eraseNames(ctx, c, target); err != nil {
			return 0, err
		}
	}
	for _, number := range o.Events {
		if _, err := c.ExecContext(ctx, `DELETE FROM texts WHERE number = (SELECT number FROM events WHERE number = ? AND coalesce(request, '') = '')`, number); err != nil {
			return 0, err
		}
	}
	brakes, err := readBrakes(ctx, c)
	if err == nil && o.ErasesWhy(brakes, all.Before) {
		_, err = c.ExecContext(ctx, `UPDATE brakes SET why = ''`)
	}
	return len(all.After), err
}

// eraseTexts deletes the personal texts of a request's events.
func eraseTexts(ctx context.Context, c *statements, id ledger.ID) error {
	type text struct {
		number int64
		field  string
	}
	var personal []text
	err := links(ctx, c, `WHERE request = ? ORDER BY seq, field`, []any{id}, func(l ledger.Link) error {
		fields, err := l.PersonalTexts()
		for _, field := range fields {
			personal = append(personal, text{l.Number, field})
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range personal {
		if _, err := c.ExecContext(ctx, `DELETE FROM texts WHERE number = ? AND field = ?`, t.number, t.field); err != nil {
			return err
		}
	}
	return nil
}

// eraseNames deletes the names of a machine that no request has any more.
func eraseNames(ctx context.Context, c *statements, target string) error {
	rows, err := c.QueryContext(ctx, `SELECT `+row.Columns+` FROM requests WHERE target = ?`, target)
	if err != nil {
		return err
	}
	defer rows.Close()
	var left []ledger.Request
	for r, err := range row.Requests(rows) {
		if err != nil {
			return err
		}
		left = append(left, r)
	}
	names, err := json.Marshal(row.InUse(left))
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, `DELETE FROM machines WHERE target = ? AND name NOT IN (SELECT value FROM json_each(?))`, target, string(names))
	return err
}

// WithTexts reads events that have texts to erase, by the key of table texts.
func (s *Store) WithTexts(ctx context.Context, after int64, n int) ([]ledger.TextOf, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT t.number, coalesce(e.request, ''), e.at FROM texts AS t CROSS JOIN events AS e ON e.number = t.number
		LEFT JOIN requests AS r ON r.id = e.request WHERE t.number > ? AND t.field <> ? AND coalesce(r.live, 0) = 0 ORDER BY t.number LIMIT ?`, after, ledger.TextDetail, n)
	if err != nil {
		return nil, fail("read texts", "", err)
	}
	defer rows.Close()
	var out []ledger.TextOf
	for rows.Next() {
		var t ledger.TextOf
		var at int64
		if err := rows.Scan(&t.Number, &t.Request, &at); err != nil {
			return nil, fail("read texts", "", err)
		}
		t.At = moment(at)
		out = append(out, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fail("read texts", "", err)
	}
	return out, nil
}

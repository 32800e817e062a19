package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger/row"
	"cloudpc-bot/bot/skew"
)

// Examination is what Examine found out about a database.
type Examination struct {
	Server       string        // its version, such as "17.2"
	Schema       string        // the one that the ledger is in, or will be
	Have, Newest int64         // versions of the ledger's schema: the database's (0 = none yet) and this program's; the bot migrates an older one
	Fsync        bool          // the server waits for its disk; without it a power failure loses commits, or the database
	FullPages    bool          // full_page_writes: a page that was half written can be restored
	Commits      string        // synchronous_commit in the bot's sessions, which turn it on
	Default      string        // synchronous_commit of the server, the database or the role
	Ahead        time.Duration // how far the server's clock is ahead of this machine's
}

// Examine says whether [Open] would succeed, and changes nothing: the rows and tables that it creates to
// see whether it may are rolled back. An error says why the bot cannot use the database; it is
// [ErrUnreachable] if that may pass.
func Examine(ctx context.Context, url string) (Examination, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return Examination{}, errors.New("ledger: postgres: DATABASE_URL is not a valid PostgreSQL address; it looks like postgres://user:password@host:5432/database") // err is left out because it may contain the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	x, err := examineAt(ctx, config)
	if err != nil && !forGood(err) {
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if err != nil {
		return x, fmt.Errorf("ledger: postgres %s/%s: %w", config.Host, config.Database, err)
	}
	return x, nil
}

func examineAt(ctx context.Context, config *pgx.ConnConfig) (x Examination, err error) {
	if x.Newest, err = row.Newest(migrations); err != nil {
		return x, err
	}
	if err := refusePooler(ctx, config); err != nil {
		return x, err
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return x, err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if err := x.settings(ctx, c); err != nil {
		return x, err
	}
	if x.Schema == "" {
		return x, &refusal{"no schema in its search_path exists; create one, or name another"}
	}
	if err := x.version(ctx, c); err != nil {
		return x, err
	}
	if x.Have > x.Newest {
		return x, &refusal{row.Newer(x.Have, x.Newest)}
	}
	return x, x.writes(ctx, c)
}

// settings reads the server's settings and its clock.
func (x *Examination) settings(ctx context.Context, c *pgx.Conn) error {
	var schema *string
	var standby, readOnly, fsync, pages string
	err := c.QueryRow(ctx, `SELECT current_setting('server_version'), current_schema(), pg_is_in_recovery()::text, current_setting('transaction_read_only'),
		current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')`).
		Scan(&x.Server, &schema, &standby, &readOnly, &fsync, &pages, &x.Default)
	if err != nil {
		return err
	}
	switch {
	case standby == "true":
		return &refusal{"the server is a standby, which accepts no writes; name the primary in DATABASE_URL"}
	case readOnly == "on":
		return &refusal{"its transactions are read-only (default_transaction_read_only); turn that off for the bot's role and database"}
	}
	if schema != nil {
		x.Schema = *schema
	}
	x.Server, _, _ = strings.Cut(x.Server, " ")
	x.Fsync, x.FullPages = fsync == "on", pages == "on"
	if err := configureConn(ctx, c); err != nil {
		return err
	}
	sent, at := time.Now(), time.Time{}
	if err := c.QueryRow(ctx, `SELECT current_setting('synchronous_commit'), clock_timestamp()`).Scan(&x.Commits, &at); err != nil {
		return err
	}
	x.Ahead = skew.Reading(at, sent, time.Now())
	return nil
}

// version reads the version of the ledger's schema.
func (x *Examination) version(ctx context.Context, c *pgx.Conn) error {
	var there bool
	if err := c.QueryRow(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.goose_db_version') IS NOT NULL`).Scan(&there); err != nil || !there {
		return err
	}
	err := c.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&x.Have)
	if isCode(err, "42501") { // insufficient_privilege
		return mayNot(err)
	}
	return err
}

// writes fails if the bot may not do what it does: create tables, if there is something to migrate, and
// write rows. All of it is rolled back.
func (x *Examination) writes(ctx context.Context, c *pgx.Conn) error {
	var steps []string
	if x.Have < x.Newest {
		steps = append(steps, `CREATE TABLE cloudpc_bot_doctor ()`)
	}
	if x.Have > 0 {
		steps = append(steps, `INSERT INTO workers (name, sockets, until) VALUES ('cloudpc-bot doctor ' || pg_backend_pid(), 0, now())`)
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	for _, step := range steps {
		if _, err := tx.Exec(ctx, step); isCode(err, "42501") {
			return mayNot(err)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// mayNot is the error for a role that lacks a privilege.
func mayNot(err error) error {
	return &refusal{fmt.Sprintf("the role lacks a privilege (%v); make it the owner of the ledger's schema, or grant it USAGE and CREATE there and all privileges on its tables", err)}
}

// Package postgres is the ledger's store in a PostgreSQL database, for several bots at once.
//
// Every change is one transaction, committed to the server's disk before it is reported.
// Transactions lock in one order: the brakes, the request, its jobs in the queue, the head of the chain. Leases and
// expiry go by the database's clock, so the bots' clocks may disagree. If a bot hangs in the
// middle of a transaction, the server ends its session after 5 s, and the locks with it.
//
// What it cannot do is work through a connection pooler in transaction mode, which breaks LISTEN
// and the advisory lock for migrations; Open refuses one. Nor can it keep what a server loses that
// is configured not to wait for its disk (fsync=off).
package postgres

import (
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/row"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	callTimeout       = 30 * time.Second // longest duration of one operation
	idleInTransaction = "5s"             // longest the server lets a transaction be idle before it ends the session
)

// Store is a ledger in a PostgreSQL database.
type Store struct {
	pool    *pgxpool.Pool
	name    string // unique to this store, the payload by which it knows its own notifications
	channel string // NOTIFY channel, one per schema
	changes chan struct{}
	fixed   func() time.Time         // the clock, if a test sets one
	offset  atomic.Pointer[measured] // last reading of the database's clock
	stop    context.CancelFunc       // ends listen
	stopped chan struct{}            // closed when listen has ended
}

var _ ledger.Store = (*Store)(nil)

// ErrUnreachable reports a server that does not answer, is still starting, or whose connection was
// lost. It may pass.
var ErrUnreachable = errors.New("the server cannot be reached")

// Options may differ between two stores on the same database.
type Options struct {
	Now      func() time.Time // the ledger's clock; nil = the database's
	ReadOnly bool             // for an audit: create no table and write nothing; a standby will do
	AsItIs   bool             // for a redaction beside a bot that may be older: create no table
}

// Open connects to the database of a postgres:// address and migrates the schema that comes first
// in its search_path. It refuses a database written by a newer version of this program, and a
// connection pooler in transaction mode. With ReadOnly or AsItIs it accepts an older schema as it is,
// provided that everything an audit reads is there. It fails with ErrUnreachable if trying again
// may help.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("ledger: postgres: DATABASE_URL is not a valid PostgreSQL address; it looks like postgres://user:password@host:5432/database") // err is left out because it may contain the password
	}
	s, err := connect(ctx, config, o)
	if err != nil && !forGood(err) {
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: postgres %s/%s: %w", config.ConnConfig.Host, config.ConnConfig.Database, err)
	}
	return s, nil
}

// refusal is an error of our own about the database; trying again does not help.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// forGood reports whether trying again would not help: the server refused for a lasting reason, or
// we did. Every other error means that no connection was made or that it broke.
func forGood(err error) bool {
	var ours *refusal
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &ours):
		return true
	case errors.As(err, &refused):
		// Classes 08 connection exception, 53 insufficient resources, 58 system error; admin_shutdown,
		// crash_shutdown, cannot_connect_now, query_canceled, lock_not_available,
		// read_only_sql_transaction (a standby, for now), serialization_failure, deadlock_detected.
		passing := slices.ContainsFunc([]string{"08", "53", "58"}, func(class string) bool { return strings.HasPrefix(refused.Code, class) })
		return !passing && !isCode(err, "57P01", "57P02", "57P03", "57014", "55P03", "25006", "40001", "40P01")
	}
	return false
}

func connect(ctx context.Context, config *pgxpool.Config, o Options) (*Store, error) {
	if !strings.Contains(config.ConnString(), "pool_max_conns") {
		config.MaxConns = 10
	}
	config.MaxConns = max(config.MaxConns, 4)                    // migrating uses two at once
	if !o.ReadOnly && config.ConnConfig.ValidateConnect == nil { // a standby, or a demoted primary, accepts no writes
		config.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	config.AfterConnect = configureConn
	if o.ReadOnly {
		config.AfterConnect = configureReader
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, name: uuid.NewString(), changes: make(chan struct{}, 1), fixed: o.Now, stopped: make(chan struct{})}
	if err := s.prepare(ctx, config.ConnConfig, o.ReadOnly || o.AsItIs); err != nil {
		pool.Close()
		return nil, err
	}
	if o.ReadOnly || o.AsItIs { // an audit does not need to hear of changes
		s.stop = func() {}
		close(s.stopped)
		return s, nil
	}
	listening, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.listen(listening, config.ConnConfig)
	return s, nil
}

// prepare checks the server and the schema, and reads the database's clock. Unless asItIs, it also
// migrates the schema.
func (s *Store) prepare(ctx context.Context, c *pgx.ConnConfig, asItIs bool) error {
	if err := refusePooler(ctx, c); err != nil {
		return err
	}
	var schema *string
	if err := s.pool.QueryRow(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return err
	}
	if schema == nil {
		return &refusal{"no schema in its search_path exists; create one, or name another"}
	}
	if asItIs {
		if err := s.legible(ctx, *schema); err != nil {
			return err
		}
		return s.measure(ctx)
	}
	s.channel = fmt.Sprintf("cloudpc_bot %x", sha256.Sum256([]byte(*schema)))[:32] // PostgreSQL's identifiers have at most 63 bytes (www.postgresql.org/docs/current/sql-syntax-lexical.html)
	if err := migrate(ctx, s.pool); err != nil {
		return err
	}
	return s.measure(ctx)
}

// legible fails if an audit cannot read the schema. Older versions are fine if they have all that
// an audit reads.
func (s *Store) legible(ctx context.Context, name string) error {
	var there bool
	err := s.pool.QueryRow(ctx, `SELECT to_regclass(quote_ident(current_schema()) || '.goose_db_version') IS NOT NULL
		AND to_regclass(quote_ident(current_schema()) || '.chain') IS NOT NULL`).Scan(&there)
	if err != nil {
		return err
	}
	if !there {
		return &refusal{"there is no ledger in its schema " + name}
	}
	var have int64
	if err := s.pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&have); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	newest, err := row.Newest(migrations)
	if err != nil {
		return err
	}
	if have > newest {
		return &refusal{row.Newer(have, newest)}
	}
	for _, read := range row.Reads() {
		_, err := s.pool.Exec(ctx, read)
		if isCode(err, "42P01", "42703") { // undefined_table, undefined_column
			return &refusal{fmt.Sprintf("%s (%v)", row.Older(have, newest), err)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// configureReader sets up a connection on which the server refuses writes.
func configureReader(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT set_config('idle_in_transaction_session_timeout', $1, false), set_config('default_transaction_read_only', 'on', false)`, idleInTransaction)
	return err
}

// configureConn sets up a connection: a commit waits for the disk, whatever the server's default
// (synchronous_commit), and the server ends a session that is idle in a transaction for too long.
func configureConn(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT set_config('idle_in_transaction_session_timeout', $1, false),
		CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', false) END`, idleInTransaction)
	return err
}

// refusePooler fails if there is a connection pooler in transaction mode in between. Without one,
// two connections that are open at the same time have different server processes behind them, and
// each keeps its own from one query to the next.
func refusePooler(ctx context.Context, config *pgx.ConnConfig) error {
	var two [2]*pgx.Conn
	for i := range two {
		c, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
		two[i] = c
	}
	var first [2]uint32
	for round := range 3 {
		var pids [2]uint32
		for i, c := range two {
			if err := c.QueryRow(ctx, `SELECT pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pids[i]); err != nil {
				return err
			}
		}
		if round == 0 {
			first = pids
		}
		if pids[0] == pids[1] || pids != first {
			return &refusal{"there is a connection pooler in transaction mode in between; connect to the server directly, or set the pooler to session mode"}
		}
	}
	return nil
}

// migrate migrates the schema. If several bots start at once, one of them migrates under an
// advisory lock of the database, and the others wait for it.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	lock, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer lock.Close()
	const key = `hashtext('cloudpc-bot ledger'), hashtext(current_schema())`
	if _, err := lock.ExecContext(ctx, `SELECT pg_advisory_lock(`+key+`)`); err != nil {
		return fmt.Errorf("wait for other bots to migrate: %w", err)
	}
	defer func() { _, _ = lock.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(`+key+`)`) }() // if this fails, the lock ends with the connection
	p, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	known := p.ListSources()
	if newest := known[len(known)-1].Version; have > newest {
		return &refusal{row.Newer(have, newest)}
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Close closes the store once the operations in flight are done.
func (s *Store) Close() error {
	s.stop()
	<-s.stopped
	s.pool.Close()
	return nil
}

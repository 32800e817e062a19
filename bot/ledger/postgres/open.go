// Package postgres is the ledger's home for several bots at once, in a PostgreSQL database.
//
// Every change is one transaction, committed on the server's disk before it is reported.
// Transactions lock in one order: the brakes, the request, the head of the chain. Leases and
// expiry go by the database's clock, so that the clocks of the bots may disagree. A bot that
// stops in the middle of a transaction is thrown out by the server after a few seconds, and
// keeps nobody else waiting for longer.
//
// What it cannot do: work through a pooler that hands a connection on between transactions,
// which breaks LISTEN and the lock under which the schema is made; it refuses to. Nor can it
// keep what a server loses that is told not to wait for its disk (fsync=off).
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
	callTimeout       = 30 * time.Second // the longest that one operation may take
	idleInTransaction = "5s"             // how long the server lets a transaction stand idle
)

// Store is a ledger in a database.
type Store struct {
	pool    *pgxpool.Pool
	name    string // of this store, so that it knows its own notifications
	channel string // of the notifications, one for each schema
	changes chan struct{}
	fixed   func() time.Time         // the clock, where a test sets it
	offset  atomic.Pointer[measured] // of the database's clock
	stop    context.CancelFunc       // ends listening
	stopped chan struct{}
}

var _ ledger.Store = (*Store)(nil)

// ErrUnreachable is a server that does not answer, is just starting, or is lost on the way; it may pass.
var ErrUnreachable = errors.New("the server is not reached")

// Options are what may differ between two stores on the same database.
type Options struct {
	Now      func() time.Time // the ledger's clock; nil = the database's
	ReadOnly bool             // make no table, and write nothing: for an audit; a standby will do
}

// Open connects to the database that a postgres:// address names and brings its schema up to
// date, in the schema that its search_path names first. It refuses a database that a newer
// program wrote, and a transaction pooler. Read-only it takes the schema as it is, as long as
// what it reads is there. It fails with ErrUnreachable where trying again may help.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("ledger: postgres: DATABASE_URL is no address that PostgreSQL understands, as postgres://user:password@host:5432/database") // not err, which may hold the password
	}
	s, err := open(ctx, config, o)
	if err != nil && !forGood(err) {
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: postgres %s/%s: %w", config.ConnConfig.Host, config.ConnConfig.Database, err)
	}
	return s, nil
}

// refusal is what is wrong with a database, in words of ours.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// forGood reports whether trying again would not help: the server said no, for a reason that
// stays, or we did. All else is a connection that was not made, or broke on the way.
func forGood(err error) bool {
	var ours *refusal
	var no *pgconn.PgError
	switch {
	case errors.As(err, &ours):
		return true
	case errors.As(err, &no): // not one that is starting, stopping, full, a standby for now, or was in somebody's way
		passing := slices.ContainsFunc([]string{"08", "53", "58"}, func(class string) bool { return strings.HasPrefix(no.Code, class) })
		return !passing && !isCode(err, "57P01", "57P02", "57P03", "57014", "55P03", "25006", "40001", "40P01")
	}
	return false
}

func open(ctx context.Context, config *pgxpool.Config, o Options) (*Store, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // others may be making the schema
	defer cancel()
	if !strings.Contains(config.ConnString(), "pool_max_conns") {
		config.MaxConns = 10
	}
	config.MaxConns = max(config.MaxConns, 4)                    // making the schema takes two at once
	if !o.ReadOnly && config.ConnConfig.ValidateConnect == nil { // a standby, or one that was a primary, takes no writes
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
	if err := s.prepare(ctx, config.ConnConfig, o.ReadOnly); err != nil {
		pool.Close()
		return nil, err
	}
	if o.ReadOnly { // nobody waits for news
		s.stop = func() {}
		close(s.stopped)
		return s, nil
	}
	listening, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.listen(listening, config.ConnConfig)
	return s, nil
}

func (s *Store) prepare(ctx context.Context, c *pgx.ConnConfig, readOnly bool) error {
	if err := refusePooler(ctx, c); err != nil {
		return err
	}
	var schema *string
	if err := s.pool.QueryRow(ctx, `SELECT current_schema()`).Scan(&schema); err != nil {
		return err
	}
	if schema == nil {
		return &refusal{"its search_path names no schema that exists; create one, or name another"}
	}
	if readOnly {
		return s.legible(ctx, *schema)
	}
	s.channel = fmt.Sprintf("cloudpc_bot %x", sha256.Sum256([]byte(*schema)))[:32] // a name may not be longer than 63
	if err := migrate(ctx, s.pool); err != nil {
		return err
	}
	return s.measure(ctx)
}

// legible reports whether an audit can read the schema, whichever version it has.
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

// configureReader sets up a connection that the server lets write nothing.
func configureReader(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT set_config('idle_in_transaction_session_timeout', $1, false), set_config('default_transaction_read_only', 'on', false)`, idleInTransaction)
	return err
}

// configureConn sets up a connection: what is reported as written is on the disk, and a
// transaction in which nothing happens any more ends.
func configureConn(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SELECT set_config('idle_in_transaction_session_timeout', $1, false),
		CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN set_config('synchronous_commit', 'on', false) END`, idleInTransaction)
	return err
}

// refusePooler looks for a pooler between: two connections that are open at the same time
// have different servers behind them, each always the same.
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
			return &refusal{"a pooler stands between that hands connections on between transactions; connect to the server itself, or set the pooler to pool sessions"}
		}
	}
	return nil
}

// migrate brings the schema up to date. Of several that start at once, one does it under a
// lock of the database, and the others wait for it.
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
		return fmt.Errorf("wait for others to migrate: %w", err)
	}
	defer func() { _, _ = lock.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(`+key+`)`) }() // else it ends with the connection
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

// Close ends the store after the operations that are under way.
func (s *Store) Close() error {
	s.stop()
	<-s.stopped
	s.pool.Close()
	return nil
}

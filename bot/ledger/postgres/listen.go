package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	silence        = 30 * time.Second // after this long without a notification the connection is pinged
	reconnectPause = 2 * time.Second  // reconnect after 0.5 to 1.5 times this; also the timeout of a ping
)

// Changes receives a value after other stores' writes, by LISTEN and NOTIFY. It is only a hint, and
// callers poll the ledger as well: NOTIFY reaches only sessions that are connected at the time
// (www.postgresql.org/docs/current/sql-notify.html), so whatever is sent while this connection is
// down is lost, and nothing notifies when a due time or the end of a lease merely passes. LISTEN
// only shortens the wait between two polls.
func (s *Store) Changes() <-chan struct{} { return s.changes }

// listen keeps a listening connection until ctx ends.
func (s *Store) listen(ctx context.Context, config *pgx.ConnConfig) {
	defer close(s.stopped)
	for ctx.Err() == nil {
		_ = s.hear(ctx, config) // whatever the error was, connect again
		s.changed()             // notifications may have been missed in the meantime
		t := time.NewTimer(reconnectPause/2 + rand.N(reconnectPause))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}

// hear listens on a connection of its own until the connection fails or ctx ends. It ignores this
// store's own notifications. An idle connection is pinged, because a peer that vanished without
// closing it would otherwise never be noticed.
func (s *Store) hear(ctx context.Context, config *pgx.ConnConfig) error {
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = c.Close(closing)
	}()
	if _, err := c.Exec(ctx, `LISTEN `+pgx.Identifier{s.channel}.Sanitize()); err != nil {
		return err
	}
	s.changed()
	for {
		waiting, cancel := context.WithTimeout(ctx, silence)
		n, err := c.WaitForNotification(waiting)
		cancel()
		switch {
		case err == nil && n.Payload != s.name:
			s.changed()
		case err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) && !c.IsClosed():
			pinging, cancel := context.WithTimeout(ctx, reconnectPause)
			err := c.Ping(pinging)
			cancel()
			if err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
}

// changed signals a change. It never blocks: a signal that is already waiting will do.
func (s *Store) changed() {
	select {
	case s.changes <- struct{}{}:
	default:
	}
}

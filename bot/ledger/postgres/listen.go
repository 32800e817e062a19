package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	silence = 30 * time.Second // after so long without a notification the connection is tried
	again   = 2 * time.Second  // after so long a lost connection is made anew
)

// Changes tells of other stores' writes, by LISTEN. It can miss some: who relies on it looks
// at the ledger from time to time as well.
func (s *Store) Changes() <-chan struct{} { return s.changes }

func (s *Store) listen(ctx context.Context, config *pgx.ConnConfig) {
	defer close(s.stopped)
	for ctx.Err() == nil {
		_ = s.hear(ctx, config) // whatever it was, the connection is made anew
		s.changed()             // whatever was missed meanwhile
		t := time.NewTimer(again/2 + rand.N(again))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}

// hear listens on a connection of its own until that fails or ctx ends.
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
			pinging, cancel := context.WithTimeout(ctx, again)
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

func (s *Store) changed() {
	select {
	case s.changes <- struct{}{}:
	default:
	}
}

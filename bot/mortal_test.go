package bot_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"cloudpc-bot/bot/execute"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// The mortal parts: when dead is set, nothing they are asked reaches anybody.

var errDead = errors.New("dead")

type mortalStore struct {
	ledger.Store
	dead *atomic.Bool
}

func (s mortalStore) alive() error {
	if s.dead.Load() {
		return errDead
	}
	return nil
}

func (s mortalStore) Replace(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	if err := s.alive(); err != nil {
		return r.Request, err
	}
	return s.Store.Replace(ctx, r)
}

func (s mortalStore) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	if err := s.alive(); err != nil {
		return r.Request, err
	}
	return s.Store.Create(ctx, r)
}

func (s mortalStore) Claim(ctx context.Context, kind ledger.JobKind, worker string, lease time.Duration, n int) ([]ledger.Job, error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	return s.Store.Claim(ctx, kind, worker, lease, n)
}

func (s mortalStore) Release(ctx context.Context, worker string, j ledger.Job) error {
	if err := s.alive(); err != nil {
		return err
	}
	return s.Store.Release(ctx, worker, j)
}

func (s mortalStore) Finish(ctx context.Context, worker string, j ledger.Job, told int, next time.Time) (more bool, err error) {
	if err := s.alive(); err != nil {
		return false, err
	}
	return s.Store.Finish(ctx, worker, j, told, next)
}

func (s mortalStore) Heartbeat(ctx context.Context, worker string, sockets int, lease time.Duration) (int, error) {
	if err := s.alive(); err != nil {
		return 0, err
	}
	return s.Store.Heartbeat(ctx, worker, sockets, lease)
}

func (s mortalStore) RecordErases(ctx context.Context, until time.Time, erases []ledger.Event) ([]ledger.Event, error) {
	if err := s.alive(); err != nil {
		return nil, err
	}
	return s.Store.RecordErases(ctx, until, erases)
}

type mortalFleet struct {
	execute.Fleet
	dead *atomic.Bool
}

func (f mortalFleet) Reprovision(ctx context.Context, id string, b graph.Build) error {
	if f.dead.Load() {
		return errDead
	}
	return f.Fleet.Reprovision(ctx, id, b)
}

type mortalOutbox struct {
	notify.Outbox
	dead *atomic.Bool
}

func (o mortalOutbox) Post(ctx context.Context, channel string, c words.Card, calls words.Mentions) (ledger.Thread, error) {
	if o.dead.Load() {
		return ledger.Thread{}, errDead
	}
	return o.Outbox.Post(ctx, channel, c, calls)
}

func (o mortalOutbox) Reply(ctx context.Context, t ledger.Thread, l words.Line, calls words.Mentions) error {
	if o.dead.Load() {
		return errDead
	}
	return o.Outbox.Reply(ctx, t, l, calls)
}

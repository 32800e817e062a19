package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// writer is the one place that writes. Jobs that wait at the same moment are done in
// one transaction, so that many of them cost one fsync.
type writer struct {
	db   *sql.DB
	conn *sql.Conn
	jobs chan *job
	done chan struct{} // closed when the loop has ended

	mu     sync.RWMutex // guards closed against sends
	closed bool
}

// job is one write; do may be undone and never runs twice.
type job struct {
	ctx  context.Context
	do   func(ctx context.Context, c *sql.Conn) error
	err  error
	done chan error
}

// batch bounds how many jobs share a transaction, and with it how long the first waits.
const batch = 64

var errClosed = errors.New("ledger: sqlite: closed")

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, conn: conn, jobs: make(chan *job, batch), done: make(chan struct{})}
	go w.loop()
	return w, nil
}

// write runs do in a transaction and returns when the result is on the disk. When ctx
// ends first it returns the context's error, and the write may still come to stand.
func (w *writer) write(ctx context.Context, do func(ctx context.Context, c *sql.Conn) error) error {
	j := &job{ctx: context.WithoutCancel(ctx), do: do, done: make(chan error, 1)}
	if err := w.enqueue(ctx, j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *writer) enqueue(ctx context.Context, j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.jobs <- j:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	<-w.done
	return errors.Join(w.conn.Close(), w.db.Close())
}

func (w *writer) loop() {
	defer close(w.done)
	for first := range w.jobs {
		jobs := []*job{first}
		for len(jobs) < batch {
			select {
			case j, ok := <-w.jobs:
				if ok {
					jobs = append(jobs, j)
					continue
				}
			default:
			}
			break
		}
		err := w.transact(jobs)
		for _, j := range jobs {
			if err != nil { // also for who was refused: what refused them may not stand either
				j.err = err
			}
			j.done <- j.err
		}
	}
}

// transact does all jobs and commits. A job that fails is undone alone; an error of
// transact itself means that none of them stands.
func (w *writer) transact(jobs []*job) error {
	ctx := context.Background()
	if err := w.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, j := range jobs {
		if err := w.exec(ctx, "SAVEPOINT job"); err != nil {
			return errors.Join(err, w.exec(ctx, "ROLLBACK"))
		}
		if j.err = j.do(j.ctx, w.conn); j.err != nil {
			if err := w.exec(ctx, "ROLLBACK TO job"); err != nil {
				return errors.Join(err, w.exec(ctx, "ROLLBACK"))
			}
		}
		if err := w.exec(ctx, "RELEASE job"); err != nil {
			return errors.Join(err, w.exec(ctx, "ROLLBACK"))
		}
	}
	if err := w.exec(ctx, "COMMIT"); err != nil {
		return errors.Join(err, w.exec(ctx, "ROLLBACK"))
	}
	return nil
}

func (w *writer) exec(ctx context.Context, statement string) error {
	if _, err := w.conn.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("ledger: sqlite: %s: %w", statement, err)
	}
	return nil
}

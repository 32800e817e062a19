package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cloudpc-bot/bot/ledger"
)

// writer does all writes of a store, on one connection. Jobs that wait at the same time share a
// transaction, so that many of them cost one fsync.
type writer struct {
	db   *sql.DB
	conn *sql.Conn
	c    *statements   // prepared on conn
	wake chan struct{} // has a value when there are jobs, or when the writer is closed
	done chan struct{} // closed when the loop has ended

	mu     sync.Mutex // guards what follows
	urgent []*job     // Slack waits for an acknowledgement; see ledger.WithPriority
	normal []*job
	closed bool

	crowd    int          // jobs in the previous transaction
	unsynced bool         // the connection commits without waiting for the disk
	syncs    atomic.Int64 // commits that waited for the disk
	undone   func()       // is called after the undo of a write whose answer was lost; nil = nothing
}

// job is one write. Its do runs at most once, and may be rolled back.
type job struct {
	ctx  context.Context
	do   do
	err  error
	done chan error

	claims   bool        // it only claims or renews, which is no fact: see writeClaim
	undo     do          // takes back what a write claimed, where nobody waits for its answer any more
	answered atomic.Bool // it is settled whether somebody gets the answer
}

type do = func(ctx context.Context, c *statements) error

const (
	batch       = 64               // most jobs in one transaction; bounds how long the first of them waits
	lockTimeout = 10 * time.Second // how long to wait for another process's lock
	batchDelay  = time.Millisecond // how long normal jobs wait for others to share a transaction with
)

var errClosed = errors.New("ledger: sqlite: closed")

// newWriter makes a writer; its loop is still to be started.
func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, conn: conn, c: &statements{on: conn}, wake: make(chan struct{}, 1), done: make(chan struct{})}
	for _, setting := range []string{"PRAGMA busy_timeout = 200", overwrites} {
		if err := w.exec(ctx, setting); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return w, nil
}

// write runs do in a transaction and returns when the result is on disk. If ctx ends first, write
// returns the context's error, and the write may still land. So do runs under a context of its own
// that is not cancelled, and the caller must not read what do set unless write returned nil.
func (w *writer) write(ctx context.Context, do do) error { return w.enter(ctx, &job{do: do}) }

// writeOr is write, with an undo that runs in a transaction of its own if the write lands after write
// has returned: what only its caller could have known of is then nobody's.
func (w *writer) writeOr(ctx context.Context, do, undo do) error {
	return w.enter(ctx, &job{do: do, undo: undo})
}

// writeClaim is write for claims and their renewal, which need not be on disk: after a power failure a
// lost claim is made once more, which costs a moment and breaks no promise. A transaction with nothing
// else in it commits without waiting for the disk; the next one that waits takes it along.
func (w *writer) writeClaim(ctx context.Context, do do) error {
	return w.enter(ctx, &job{do: do, claims: true})
}

func (w *writer) enter(ctx context.Context, j *job) error {
	j.ctx, j.done = context.WithoutCancel(ctx), make(chan error, 1)
	if err := w.enqueue(ctx, j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.answered.CompareAndSwap(false, true) {
			return context.Cause(ctx)
		}
		return <-j.done // it has just landed
	}
}

func (w *writer) enqueue(ctx context.Context, j *job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return errClosed
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case ledger.IsPriority(ctx):
		w.urgent = append(w.urgent, j)
	default:
		w.normal = append(w.normal, j)
	}
	w.ring()
	return nil
}

// ring wakes the loop. It never blocks: a value that is already waiting will do.
func (w *writer) ring() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *writer) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.ring()
	<-w.done
	return errors.Join(w.conn.Close(), w.db.Close())
}

// next waits for jobs and takes up to batch of them, urgent ones first. It returns none once the
// writer is closed and all jobs are done.
func (w *writer) next() []*job {
	for {
		<-w.wake
		w.mu.Lock()
		canWait := w.crowd > 1 && len(w.urgent) == 0 && len(w.normal) < batch && !w.closed // who was alone the last time waits for nobody
		w.mu.Unlock()
		if canWait {
			w.wait()
		}
		w.mu.Lock()
		jobs := take(&w.urgent, batch*3/4) // the rest is for normal jobs, so that they do not starve
		jobs = append(jobs, take(&w.normal, batch-len(jobs))...)
		more, closed := len(w.urgent)+len(w.normal) > 0, w.closed
		w.mu.Unlock()
		if more || closed {
			w.ring()
		}
		if len(jobs) > 0 || closed {
			return jobs
		}
	}
}

// wait waits batchDelay for more jobs, or until an urgent one comes, the batch is full, or the
// writer is closed.
func (w *writer) wait() {
	timer := time.NewTimer(batchDelay)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-w.wake:
			w.mu.Lock()
			enough := len(w.urgent) > 0 || len(w.normal) >= batch || w.closed
			w.mu.Unlock()
			if enough {
				return
			}
		}
	}
}

// take removes up to n jobs from the front of a queue.
func take(queue *[]*job, n int) []*job {
	n = min(n, len(*queue))
	taken := (*queue)[:n:n]
	if *queue = (*queue)[n:]; len(*queue) == 0 {
		*queue = nil
	}
	return taken
}

func (w *writer) loop() {
	defer close(w.done)
	for jobs := w.next(); len(jobs) > 0; jobs = w.next() {
		err := w.transact(jobs)
		var undo []*job
		for _, j := range jobs {
			if err != nil { // even if the job itself had failed: it may have been refused for a write that is now rolled back
				j.err = err
			}
			if !j.answered.CompareAndSwap(false, true) && j.err == nil && j.undo != nil {
				undo = append(undo, &job{ctx: j.ctx, do: j.undo, claims: true})
			}
			j.done <- j.err
		}
		w.crowd = len(jobs)
		if len(undo) > 0 && w.transact(undo) == nil && w.undone != nil { // if it fails the leases end by themselves
			w.undone()
		}
	}
}

// transact runs all jobs in one transaction and commits. A job that fails sets its err and is
// rolled back alone. An error of transact itself means that none of the jobs was committed.
func (w *writer) transact(jobs []*job) error {
	ctx := context.Background()
	if err := w.sync(ctx, slices.ContainsFunc(jobs, func(j *job) bool { return !j.claims })); err != nil {
		return err
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	if len(jobs) == 1 {
		j := jobs[0]
		if j.err = j.do(j.ctx, w.c); j.err != nil {
			if err := w.exec(ctx, "ROLLBACK"); err != nil {
				return errors.Join(j.err, err)
			}
			return nil
		}
		return w.commit(ctx)
	}
	for _, j := range jobs {
		if err := w.exec(ctx, "SAVEPOINT job"); err != nil {
			return errors.Join(err, w.exec(ctx, "ROLLBACK"))
		}
		if j.err = j.do(j.ctx, w.c); j.err != nil {
			if err := w.exec(ctx, "ROLLBACK TO job"); err != nil {
				return errors.Join(err, w.exec(ctx, "ROLLBACK"))
			}
		}
		if err := w.exec(ctx, "RELEASE job"); err != nil {
			return errors.Join(err, w.exec(ctx, "ROLLBACK"))
		}
	}
	return w.commit(ctx)
}

// sync sets whether the next commit waits for the disk. With WAL, synchronous=NORMAL syncs at
// checkpoints only, and keeps the database consistent (www.sqlite.org/pragma.html#pragma_synchronous).
func (w *writer) sync(ctx context.Context, full bool) error {
	if full {
		w.syncs.Add(1)
	}
	if full != w.unsynced {
		return nil
	}
	mode := "NORMAL"
	if full {
		mode = "FULL"
	}
	if err := w.exec(ctx, "PRAGMA synchronous = "+mode); err != nil {
		return err
	}
	w.unsynced = !full
	return nil
}

// begin starts a transaction. If another process holds the lock, it waits for up to lockTimeout or
// until the writer is closed. It retries in steps of the connection's busy_timeout of 200 ms,
// because SQLite itself would wait for the whole time without noticing that the writer is closed.
func (w *writer) begin(ctx context.Context) error {
	for until := time.Now().Add(lockTimeout); ; {
		err := w.exec(ctx, "BEGIN IMMEDIATE")
		if err == nil || !isBusy(err) || time.Now().After(until) || w.ends() {
			return err
		}
	}
}

// ends reports whether the writer is closed.
func (w *writer) ends() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

func (w *writer) commit(ctx context.Context) error {
	if err := w.exec(ctx, "COMMIT"); err != nil {
		return errors.Join(err, w.exec(ctx, "ROLLBACK"))
	}
	return nil
}

func (w *writer) exec(ctx context.Context, statement string) error {
	if _, err := w.c.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("ledger: sqlite: %s: %w", statement, err)
	}
	return nil
}

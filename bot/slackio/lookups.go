package slackio

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	lookupTimeout = 1500 * time.Millisecond // of one question, whatever the contexts of those who wait allow
	lookupTTL     = time.Minute             // how long an answer is used, since its question was sent
	maxLookups    = 1000                    // answers kept at once
)

// lookups remembers what one method of Slack's said of each key. About a key one question is
// under way at most, and one more waits for its end: whoever needs a fresh answer shares that
// one, since the one under way was sent before they asked. Errors are not remembered, and are
// told to those alone who waited for that question.
type lookups[T any] struct {
	op  string
	now func() time.Time

	mu    sync.Mutex
	known map[string]answered[T]
	open  map[string]*question[T] // under way
}

type answered[T any] struct {
	value T
	until time.Time
}

// question is asked once, and answers all who wait for it.
type question[T any] struct {
	ask     func(context.Context) (T, error)
	waiting int           // how many wait for it
	stale   bool          // there was news of its key since it was sent: its answer is nobody's
	next    *question[T]  // to be sent when it has ended; nil = none so far
	done    chan struct{} // closed when it has ended; what follows is read behind that
	value   T
	err     error
}

func newQuestion[T any](ask func(context.Context) (T, error)) *question[T] {
	return &question[T]{ask: ask, done: make(chan struct{})}
}

// get is the answer for key: what is known, or what ask brings, whose context ends after bound
// whoever waits for it. Fresh takes nothing but the answer of a question that was sent after
// this call. Nobody gets an answer from before the last news of the key.
func (l *lookups[T]) get(ctx context.Context, key string, fresh bool, ask func(context.Context) (T, error)) (T, error) {
	l.mu.Lock()
	if !fresh {
		if value, ok := l.recall(key); ok {
			l.mu.Unlock()
			return value, nil
		}
	}
	q := l.join(key, fresh, ask)
	l.mu.Unlock()
	for {
		select {
		case <-q.done:
		case <-ctx.Done():
			l.leave(key, q)
			var none T
			return none, fmt.Errorf("slack: %s: %w", l.op, ctx.Err())
		}
		if !q.stale {
			return q.value, q.err
		}
		q = q.next // counts them already
	}
}

// join is the question that somebody new is to wait for. l is locked.
func (l *lookups[T]) join(key string, fresh bool, ask func(context.Context) (T, error)) *question[T] {
	q := l.open[key]
	switch {
	case q == nil:
		q = newQuestion(ask)
		l.send(key, q)
	case fresh || q.stale:
		if q.next == nil {
			q.next = newQuestion(ask)
		}
		q = q.next
	}
	q.waiting++
	return q
}

// leave takes somebody off who no longer waits for q, or for what took its place meanwhile.
func (l *lookups[T]) leave(key string, q *question[T]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for q.stale && l.open[key] != q { // has ended
		q = q.next
	}
	q.waiting--
}

// send has a question asked. l is locked.
func (l *lookups[T]) send(key string, q *question[T]) {
	if l.open == nil {
		l.open = map[string]*question[T]{}
	}
	l.open[key] = q
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
		defer cancel()
		sent := l.now()
		value, err := q.ask(ctx)
		l.ended(key, q, answered[T]{value, sent.Add(lookupTTL)}, err)
	}()
}

// ended hands the answer to those who wait, and sends the next question if anybody waits for
// that: also those whose answer was overtaken by news.
func (l *lookups[T]) ended(key string, q *question[T], a answered[T], err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, key)
	q.value, q.err = a.value, err
	switch {
	case q.stale:
		if q.next == nil {
			q.next = newQuestion(q.ask)
		}
		q.next.waiting += q.waiting
	case err == nil:
		l.remember(key, a)
	}
	if q.next != nil && q.next.waiting > 0 {
		l.send(key, q.next)
	}
	close(q.done)
}

// recall is what is known of key. l is locked.
func (l *lookups[T]) recall(key string) (T, bool) {
	k, ok := l.known[key]
	return k.value, ok && l.now().Before(k.until)
}

// remember keeps an answer. l is locked.
func (l *lookups[T]) remember(key string, k answered[T]) {
	if l.known == nil || len(l.known) >= maxLookups {
		l.known = map[string]answered[T]{}
	}
	l.known[key] = k
}

// forget is for news of key: what is known of it, and what is just being asked, counts no more.
func (l *lookups[T]) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, key)
	if q := l.open[key]; q != nil {
		q.stale = true
	}
}

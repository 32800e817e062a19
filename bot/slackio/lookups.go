package slackio

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	lookupTimeout = 1500 * time.Millisecond // limit of one question, whatever the contexts of its callers allow
	lookupTTL     = time.Minute             // how long an answer is used, counted from when its question was sent
	maxLookups    = 1000                    // answers cached at once; at the limit the whole cache is dropped
)

// lookups caches what one Slack method answered for each key, and merges concurrent calls. For each key
// at most one question is in flight, and at most one more waits for it to end. All callers that need a
// fresh answer share the waiting one, because the one in flight was sent before they asked. Errors are
// not cached; only the callers that waited for that question get them.
type lookups[T any] struct {
	op  string // the Web API method, for errors
	now func() time.Time

	mu    sync.Mutex
	known map[string]answered[T]
	open  map[string]*question[T] // in flight
}

type answered[T any] struct {
	value T
	until time.Time
}

// question is one call to Slack, shared by all callers that wait for it.
type question[T any] struct {
	ask     func(context.Context) (T, error)
	waiting int           // number of callers that wait for it
	stale   bool          // the key changed after it was sent, so its answer is discarded
	next    *question[T]  // to be sent when this one has ended; nil = none yet
	done    chan struct{} // closed when it has ended; value and err are valid from then on
	value   T
	err     error
}

func newQuestion[T any](ask func(context.Context) (T, error)) *question[T] {
	return &question[T]{ask: ask, done: make(chan struct{})}
}

// get returns the answer for key, from the cache or from ask. The context of ask is bounded by
// lookupTimeout and does not depend on any caller's; ctx bounds only how long this caller waits. With
// fresh, get accepts only the answer to a question sent after this call. An answer to a question sent
// before the latest forget of the key is never returned.
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
		q = q.next // ended has already counted this caller there
	}
}

// join returns the question that a new caller has to wait for, and counts the caller. l is locked.
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

// leave removes a caller that no longer waits for q, or for the question that has replaced q.
func (l *lookups[T]) leave(key string, q *question[T]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for q.stale && l.open[key] != q { // q has ended, and its callers were moved to next
		q = q.next
	}
	q.waiting--
}

// send asks the question in a goroutine of its own. l is locked.
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

// ended gives the answer to the callers that wait for q, and sends the next question if any caller
// waits for that one. If q is stale, its callers wait for the next question instead.
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

// recall returns the cached answer for key, if it has not expired. l is locked.
func (l *lookups[T]) recall(key string) (T, bool) {
	k, ok := l.known[key]
	return k.value, ok && l.now().Before(k.until)
}

// remember caches an answer. l is locked.
func (l *lookups[T]) remember(key string, k answered[T]) {
	if l.known == nil || len(l.known) >= maxLookups {
		l.known = map[string]answered[T]{}
	}
	l.known[key] = k
}

// forget is called when the key has changed. It drops the cached answer and marks a question in flight
// as stale.
func (l *lookups[T]) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, key)
	if q := l.open[key]; q != nil {
		q.stale = true
	}
}

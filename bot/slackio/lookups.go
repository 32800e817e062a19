package slackio

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	bound   = 1500 * time.Millisecond // of one lookup, whatever the caller's context allows
	lasting = time.Minute             // how long an answer is used
	most    = 1000                    // answers kept at once
)

// lookups remembers what one method of Slack's said of each key. No key is asked about
// twice at the same time; errors are not remembered, but for Slack's wish to be left alone:
// until then nothing is asked about any key.
type lookups[T any] struct {
	op  string
	now func() time.Time

	flights singleflight.Group
	mu      sync.Mutex
	known   map[string]answered[T]
	era     int // grows whenever something is forgotten
}

type answered[T any] struct {
	value T
	until time.Time
}

// get is the answer for key: what is known, or what ask brings, whose context ends after
// bound whoever waits for it. Fresh takes nothing that is known; it may share a question
// that is on its way, which is no older than bound.
func (l *lookups[T]) get(ctx context.Context, key string, fresh bool, ask func(context.Context) (T, error)) (T, error) {
	if !fresh {
		if value, ok := l.recall(key); ok {
			return value, nil
		}
	}
	flight := l.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bound)
		defer cancel()
		began, era := l.now(), l.age()
		value, err := ask(ctx)
		if err == nil {
			l.remember(key, answered[T]{value, began.Add(lasting)}, era)
		}
		return value, err
	})
	var none T
	select {
	case <-ctx.Done():
		return none, fmt.Errorf("slack: %s: %w", l.op, ctx.Err())
	case r := <-flight:
		if r.Err != nil {
			return none, r.Err
		}
		return r.Val.(T), nil
	}
}

func (l *lookups[T]) recall(key string) (T, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, ok := l.known[key]
	return k.value, ok && l.now().Before(k.until)
}

func (l *lookups[T]) age() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.era
}

// remember keeps an answer, unless something was forgotten since it was asked for.
func (l *lookups[T]) remember(key string, k answered[T], era int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.era != era {
		return
	}
	if l.known == nil || len(l.known) >= most {
		l.known = map[string]answered[T]{}
	}
	l.known[key] = k
}

// forget drops what is known of key, and what is just being asked.
func (l *lookups[T]) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.era++
	delete(l.known, key)
	l.flights.Forget(key)
}

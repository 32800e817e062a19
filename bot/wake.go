package bot

import (
	"context"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
)

// stir wakes who goes on with a request that was just stored with its news.
func (b *Bot) stir(r *ledger.Request) {
	if !r.Due.IsZero() {
		b.wakeAt(b.deeds, r.Due)
	}
	switch is, after := r.Tells(); {
	case is && after == 0:
		wake(b.tellings)
	case is: // mostly what follows is told before
		b.breath.take(after, func() { wake(b.tellings) })
	}
}

// breath is one timer for all that can wait as long as each other: what comes while it runs
// has it run once more.
type breath struct {
	mu             sync.Mutex
	running, again bool
}

// take calls do when d is over, and again until nobody has come meanwhile.
func (t *breath) take(d time.Duration, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.again = t.running; t.running {
		return
	}
	t.running = true
	time.AfterFunc(d, func() {
		t.mu.Lock()
		again := t.again
		t.running, t.again = false, false
		t.mu.Unlock()
		do()
		if again {
			t.take(d, do)
		}
	})
}

// wakeAt wakes a shift at a moment, unless it looks by itself before.
func (b *Bot) wakeAt(shift chan struct{}, at time.Time) {
	switch in := at.Sub(b.Store.Now()); {
	case in <= 0:
		wake(shift)
	case in < b.Idle:
		time.AfterFunc(in, func() { wake(shift) })
	}
}

// wakeAll is for who does not know what has changed.
func (b *Bot) wakeAll() { wake(b.deeds); wake(b.tellings) }

func wake(shift chan struct{}) {
	select {
	case shift <- struct{}{}:
	default:
	}
}

// hear wakes the shifts when another process may have made work.
func (b *Bot) hear(ctx context.Context) {
	changes := b.Store.Changes()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
			b.wakeAll()
		}
	}
}

package demo

import (
	"context"
	"sync"
)

// broadcast wakes whoever shows the session after something in it has changed.
type broadcast struct {
	mu      sync.Mutex
	changed chan struct{} // closed by the next send
}

func newBroadcast() *broadcast { return &broadcast{changed: make(chan struct{})} }

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
}

// next is closed when something has changed after this call.
func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

// watch sends after every change that wait, of one of the fakes, tells of, until that fake is closed.
func (s *session) watch(wait func(context.Context, func() bool) error) {
	for {
		looked := false
		err := wait(context.Background(), func() bool {
			if looked { // this look follows a change
				return true
			}
			looked = true
			s.changes.send() // only now is no later change missed
			return false
		})
		if err != nil {
			return
		}
	}
}

package demo

import (
	"context"
	"sync"
)

// bell wakes whoever shows the stage after something on it has changed.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // closed by the next ring
}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung = make(chan struct{})
}

// next is closed when something has changed after this call.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

// watch rings after every change that wait, of one of the fakes, tells of, until that fake is closed.
func (s *show) watch(wait func(context.Context, func() bool) error) {
	for {
		looked := false
		err := wait(context.Background(), func() bool { // true from the second look on, which follows a change
			again := looked
			looked = true
			return again
		})
		if err != nil {
			return
		}
		s.bell.ring()
	}
}

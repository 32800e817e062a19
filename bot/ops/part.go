package ops

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// partTime is how long a check for /readyz may take: less than cloudpc-bot health and the Kubernetes
	// manifest's probe wait for the whole answer.
	partTime = 3 * time.Second

	// partGrace is how much longer its answer is waited for: a check that heeds its deadline says why it
	// got no further.
	partGrace = 200 * time.Millisecond
)

// part is one part of the bot, with its check. Probes that arrive while its check runs share the one answer,
// so that a check that hangs for good is not begun again with each probe.
type part struct {
	check Check

	mu      sync.Mutex
	running *checking // nil = none
}

// checking is a check that was begun.
type checking struct {
	done chan struct{} // closed when err is set
	err  error
}

// ask runs the check, or waits for the one that runs already, and returns what it says.
func (p *part) ask() error {
	p.mu.Lock()
	c := p.running
	if c == nil {
		c = &checking{done: make(chan struct{})}
		p.running = c
		go p.run(c)
	}
	p.mu.Unlock()
	select {
	case <-c.done:
		return c.err
	case <-time.After(partTime + partGrace):
		return fmt.Errorf("the check has not ended within %v", partTime)
	}
}

func (p *part) run(c *checking) {
	ctx, cancel := context.WithTimeout(context.Background(), partTime) // not the probe's context, which other probes do not share
	defer cancel()
	c.err = p.check(ctx)
	p.mu.Lock()
	p.running = nil
	p.mu.Unlock()
	close(c.done)
}

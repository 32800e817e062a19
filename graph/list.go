package graph

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	opList = "list"
	all    = "all" // what a listing is of, in errors
)

// longest is how long a listing may take; exceeding it is an error, as for maxPages.
const longest = 5 * time.Minute

// Listed is a Cloud PC in the list of all, with the little that a directory of them needs. The
// fields mean what those of [CloudPC] mean.
type Listed struct {
	ID           string
	Name         string // display name
	DeviceName   string // Windows computer name
	User         string // user principal name; empty if the machine is shared
	Policy       string // name of the provisioning policy
	Plan         string // name of the service plan
	Status       Status // empty if beta is not allowed or does not work: v1.0 has none
	LastModified time.Time
}

// List reads all Cloud PCs of the tenant, in Graph's order, with CloudPC.Read.All
// (learn.microsoft.com/graph/api/virtualendpoint-list-cloudpcs). It asks beta if that is
// allowed, and v1.0, which has no status, if it is not or if beta does not understand the
// question. A machine without a readable id is left out. Half a list is an error.
//
// One client reads one listing at a time: callers that wait for a listing, in List or in
// Find, share one that begins after each of them has asked. After a Retry-After of Graph's
// the error is ErrThrottled until it has passed. 20,000 machines take 200 calls one after the
// other, since only an answer says where the next page is, and below 20 MB.
func (c *Client) List(ctx context.Context) ([]Listed, error) {
	if e := c.atRest(opList, all, listKey); e != nil {
		return nil, e
	}
	entries, err := c.everybody(ctx, nil)
	if err != nil {
		return nil, err
	}
	listed := make([]Listed, 0, len(entries))
	for _, e := range entries {
		if e.ID != "" {
			listed = append(listed, e.Listed)
		}
	}
	return listed, nil
}

// readAll reads all Cloud PCs, or what is left of them after the first pages; nil = from the beginning.
func (c *Client) readAll(ctx context.Context, begun *pages) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if begun == nil && c.beta {
		begun = c.pages(opList, all, listKey, beta, "")
	}
	if begun != nil {
		if found, err := begun.rest(ctx, c); begun.version == v1 || !fallBackToV1(err) {
			return found, err
		}
	}
	return c.pages(opList, all, listKey, v1, "").rest(ctx, c)
}

// renamed is an error of a listing or a call that several share, in the words of one caller.
func renamed(err error, op, name string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	own := *e
	own.Op, own.Name = op, name
	return &own
}

// shared is the listing that is running and the one that follows it. A caller joins a
// listing that begins after the caller asked: the next one if one is already running.
type shared struct {
	mu      sync.Mutex
	running *listing
	next    *listing // nil = no caller waits for one
}

// listing is one pass over all Cloud PCs.
type listing struct {
	waiting int // callers; guarded by shared's mu
	read    func()
	cancel  context.CancelFunc

	done  chan struct{} // closed when the fields below are set
	found []entry
	err   error
}

// everybody returns all Cloud PCs as of a moment after the caller asked. The caller may have begun
// to read them itself; nil = it has not.
func (c *Client) everybody(ctx context.Context, begun *pages) ([]entry, error) {
	if begun != nil && begun.next == "" {
		return begun.found, nil
	}
	l := c.join(ctx, begun)
	select {
	case <-l.done:
		return l.found, l.err
	case <-ctx.Done():
		c.leave(l)
		return nil, &Error{Op: opList, Name: all, Outcome: NotActed, Err: &cause{"the listing did not end in time", ctx.Err()}}
	}
}

// join returns a listing that begins no earlier than the caller asked. It goes on from what the caller
// has begun, unless others wait for it too, who may have asked after that.
func (c *Client) join(ctx context.Context, begun *pages) *listing {
	s := &c.listing
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.next
	if l == nil {
		// The listing must outlive the first caller's context: it ends with the last caller.
		lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
		l = &listing{cancel: cancel, done: make(chan struct{})}
		if s.running != nil {
			s.next, begun = l, nil
		}
		l.read = func() { l.found, l.err = c.readAll(lasting, begun) }
		if s.running == nil {
			s.running = l
			go s.run(l)
		}
	}
	l.waiting++
	return l
}

// run reads one listing after another, for as long as callers wait for one.
func (s *shared) run(l *listing) {
	for l != nil {
		l.read()
		l.cancel()
		close(l.done)
		s.mu.Lock()
		l, s.next = s.next, nil
		s.running = l
		s.mu.Unlock()
	}
}

// leave gives up waiting. A listing without waiting callers is cancelled.
func (c *Client) leave(l *listing) {
	s := &c.listing
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.waiting--; l.waiting > 0 {
		return
	}
	l.cancel()
	if s.next == l {
		s.next = nil
	}
}

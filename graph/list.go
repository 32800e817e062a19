package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	opList = "list"
	all    = "all" // what a listing is of, in errors
)

// A listing of all Cloud PCs has two limits, and exceeding one is an error: part of a list
// could hide a second machine of the same name. A page holds 100 machines (observed by a
// released module, github.com/Windows365Management/PSCloudPC pull request 54; not documented).
const (
	maxPages = 1000
	longest  = 5 * time.Minute
)

// selectEntry and selectEntryBeta request the fields of entry; v1.0 has no status.
const (
	selectEntry = "id,displayName,managedDeviceName,managedDeviceId,aadDeviceId,userPrincipalName," +
		"provisioningPolicyName,servicePlanName,lastModifiedDateTime"
	selectEntryBeta = selectEntry + ",status"
)

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

// entry is what a listing keeps of a Cloud PC: what is shown of it, and its ids elsewhere.
type entry struct {
	Listed
	managed, entra string
}

// entry keeps little of a machine. Texts that many machines share are kept once: of 20,000
// machines most have one of a few policies and plans.
func (m machine) entry(version string, known map[string]string) entry {
	once := func(s string) string {
		if one, ok := known[s]; ok {
			return one
		}
		known[s] = s
		return s
	}
	e := entry{
		Listed: Listed{
			ID: m.ID.v, Name: m.DisplayName.v, DeviceName: m.ManagedDeviceName.v, User: m.UserPrincipalName.v,
			Policy: once(m.ProvisioningPolicyName.v), Plan: once(m.ServicePlanName.v), LastModified: m.LastModifiedDateTime.Time,
		},
		managed: identity(m.ManagedDeviceID.v), entra: identity(m.AADDeviceID.v),
	}
	if version == beta {
		e.Status = Status(once(string(spelled(m.Status.v, statuses...))))
	}
	return e
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
	entries, err := c.everybody(ctx)
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

// readAll reads all Cloud PCs.
func (c *Client) readAll(ctx context.Context) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if c.beta {
		if found, err := c.pages(ctx, opList, all, listKey, beta, ""); !fallBackToV1(err) {
			return found, err
		}
	}
	return c.pages(ctx, opList, all, listKey, v1, "")
}

// pages reads a list, filtered or not, from its first page to its last. A machine that cannot
// be read is an empty entry; a page that cannot be read is an error.
func (c *Client) pages(ctx context.Context, op, name, key, version, filter string) ([]entry, error) {
	odd := func(why string) error {
		return &Error{Op: op, Name: name, Status: http.StatusOK, Outcome: NotActed, Message: why}
	}
	fields := selectEntry
	if version == beta {
		fields = selectEntryBeta
	}
	next := c.url(version, fleet...) + query(fields, filter)
	var found []entry
	seen, known := map[string]bool{}, map[string]string{}
	for range maxPages {
		seen[next] = true
		var page struct {
			Value    *[]lenient[machine] `json:"value"`
			NextLink string              `json:"@odata.nextLink"`
		}
		if err := c.get(ctx, op, name, key, next, &page); err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, odd(notJSON)
		}
		for _, m := range *page.Value {
			found = append(found, m.v.entry(version, known))
		}
		if page.NextLink == "" {
			return found, nil
		}
		next = page.NextLink
		if u, err := url.Parse(next); err != nil || u.Scheme != "https" || u.User != nil || !strings.EqualFold(u.Host, c.host) {
			return nil, odd("Graph's link to the next page leads to another host; it was not followed")
		}
		if seen[next] {
			return nil, odd("Graph's link to the next page leads back to a page already read")
		}
	}
	return nil, odd(fmt.Sprintf("Graph has more than %d pages of Cloud PCs", maxPages))
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

// everybody returns all Cloud PCs as of a moment after it was called.
func (c *Client) everybody(ctx context.Context) ([]entry, error) {
	l := c.join(ctx)
	select {
	case <-l.done:
		return l.found, l.err
	case <-ctx.Done():
		c.leave(l)
		return nil, &Error{Op: opList, Name: all, Outcome: NotActed, Err: &cause{"the listing did not end in time", ctx.Err()}}
	}
}

// join returns a listing that begins no earlier than this call.
func (c *Client) join(ctx context.Context) *listing {
	s := &c.listing
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.next
	if l == nil {
		// The listing must outlive the first caller's context: it ends with the last caller.
		lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
		l = &listing{cancel: cancel, done: make(chan struct{})}
		l.read = func() { l.found, l.err = c.readAll(lasting) }
		if s.running == nil {
			s.running = l
			go s.run(l)
		} else {
			s.next = l
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

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

// A listing of all Cloud PCs has two limits, and exceeding one is an error: part of a list
// could hide a second machine of the same name. A page holds 100 machines (observed, not
// documented).
const (
	maxPages = 1000
	longest  = 5 * time.Minute
)

// selectEntry requests the fields of entry; v1.0 and beta both have them.
const selectEntry = "id,displayName,managedDeviceName,userPrincipalName,provisioningPolicyName,servicePlanName"

// entry is what a listing keeps of a Cloud PC.
type entry struct{ id, name, device, user, policy, plan string }

func (m machine) entry() entry {
	return entry{m.ID.v, m.DisplayName.v, m.ManagedDeviceName.v, m.UserPrincipalName.v, m.ProvisioningPolicyName.v, m.ServicePlanName.v}
}

func (e entry) cloudPC() CloudPC {
	return CloudPC{ID: e.id, Name: e.name, DeviceName: e.device, UserPrincipalName: e.user, PolicyName: e.policy, PlanName: e.plan}
}

// ByName finds the Cloud PCs whose display name or device name equals name, ignoring case.
// Finding none is not an error. It fills only ID, Name, DeviceName, UserPrincipalName,
// PolicyName and PlanName, not even Beta: read the result by its id for the rest.
//
// Whether there is exactly one machine, or none, is never decided by a filter. Graph does
// not document which fields of Cloud PCs it can filter by
// (learn.microsoft.com/graph/api/virtualendpoint-list-cloudpcs), and related services
// silently honour half of an "or" or compare with regard to case. So Graph is asked once
// for each of the two names, and if that shows fewer than two machines all Cloud PCs are
// read and searched. Callers that wait for the full listing share one, which begins after
// each of them has asked. If it fails, ByName returns its error.
func (c *Client) ByName(ctx context.Context, name string) ([]CloudPC, error) {
	if name == "" {
		return nil, invalid(opFind, name, "the name is empty")
	}
	if e := c.atRest(opFind, name, listKey); e != nil {
		return nil, e
	}
	var found []CloudPC
	known := map[string]bool{} // by id in lower case
	add := func(entries []entry) error {
		for _, e := range entries {
			if !strings.EqualFold(e.name, name) && !strings.EqualFold(e.device, name) {
				continue
			}
			if e.id == "" { // skipping it could make another machine look like the only one
				return &Error{Op: opFind, Name: name, Status: http.StatusOK, Outcome: NotActed, Message: "Graph listed a Cloud PC of that name without a readable id"}
			}
			if key := strings.ToLower(e.id); !known[key] {
				known[key] = true
				found = append(found, e.cloudPC())
			}
		}
		return nil
	}
	filtered, err := c.filtered(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := add(filtered); err != nil || len(found) > 1 {
		return found, err
	}
	all, err := c.everybody(ctx)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			own := *e
			own.Name = name
			return nil, &own
		}
		return nil, err
	}
	if err := add(all); err != nil {
		return nil, err
	}
	return found, nil
}

// filtered asks for the machines of a name, by display name and by device name at the same
// time. A filter that fails counts as no result, because the listing decides. filtered
// returns an error only if the listing would fail as well: without a token, or once ctx
// has ended.
func (c *Client) filtered(ctx context.Context, name string) ([]entry, error) {
	version := v1
	if c.beta {
		version = beta
	}
	quoted := "'" + strings.ReplaceAll(name, "'", "''") + "'"
	fields := [2]string{"displayName", "managedDeviceName"}
	var found [2][]entry
	var errs [2]error
	var asking sync.WaitGroup
	for i, field := range fields {
		asking.Go(func() {
			found[i], errs[i] = c.pages(ctx, name, filterKey, c.url(version, fleet...)+query(selectEntry, field+" eq "+quoted))
		})
	}
	asking.Wait()
	for _, err := range errs {
		if err != nil && (ctx.Err() != nil || errors.Is(err, ErrNoToken)) {
			return nil, err
		}
	}
	return append(found[0], found[1]...), nil
}

// list reads all Cloud PCs.
func (c *Client) list(ctx context.Context) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return betaThenV1(c, func(v view) ([]entry, error) {
		return c.pages(ctx, "all", listKey, c.url(v.version, fleet...)+query(selectEntry, ""))
	})
}

// pages reads a list from its first page to its last. A machine that cannot be read is
// skipped; a page that cannot be read is an error.
func (c *Client) pages(ctx context.Context, name, key, next string) ([]entry, error) {
	odd := func(why string) error {
		return &Error{Op: opFind, Name: name, Status: http.StatusOK, Outcome: NotActed, Message: why}
	}
	var found []entry
	seen := map[string]bool{}
	for range maxPages {
		seen[next] = true
		var page struct {
			Value    *[]lenient[machine] `json:"value"`
			NextLink string              `json:"@odata.nextLink"`
		}
		if err := c.get(ctx, opFind, name, key, next, &page); err != nil {
			return nil, err
		}
		if page.Value == nil {
			return nil, odd(notJSON)
		}
		for _, m := range *page.Value {
			found = append(found, m.v.entry())
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
		return nil, &Error{Op: opFind, Name: "all", Outcome: NotActed, Err: &cause{"the listing did not end in time", ctx.Err()}}
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
		l.read = func() { l.found, l.err = c.list(lasting) }
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

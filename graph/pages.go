package graph

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// A listing of all Cloud PCs has a limit of pages, and exceeding it is an error: part of a list
// could hide a second machine of the same name. A page holds 100 machines (observed by a
// released module, github.com/Windows365Management/PSCloudPC pull request 54; not documented).
const maxPages = 1000

// selectEntry and selectEntryBeta request the fields of entry; v1.0 has no status.
const (
	selectEntry = "id,displayName,managedDeviceName,managedDeviceId,aadDeviceId,userPrincipalName," +
		"provisioningPolicyId,provisioningPolicyName,servicePlanName,lastModifiedDateTime"
	selectEntryBeta = selectEntry + ",status"
)

// entry is what a listing keeps of a Cloud PC: what is shown of it, and its ids elsewhere.
type entry struct {
	Listed
	managed, entra, policy string
}

// row is the wire format of an entry: the fields of a machine that a list requests.
type row struct {
	ID                     text   `json:"id"`
	DisplayName            text   `json:"displayName"`
	ManagedDeviceName      text   `json:"managedDeviceName"`
	ManagedDeviceID        text   `json:"managedDeviceId"`
	AADDeviceID            text   `json:"aadDeviceId"`
	UserPrincipalName      text   `json:"userPrincipalName"`
	ProvisioningPolicyID   text   `json:"provisioningPolicyId"`
	ProvisioningPolicyName text   `json:"provisioningPolicyName"`
	ServicePlanName        text   `json:"servicePlanName"`
	LastModifiedDateTime   moment `json:"lastModifiedDateTime"`
	Status                 text   `json:"status"`
}

// entry keeps little of a machine. Texts that many machines share are kept once: of 20,000
// machines most have one of a few policies and plans.
func (m row) entry(version string, known map[string]string) entry {
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
		managed: identity(m.ManagedDeviceID.v), entra: identity(m.AADDeviceID.v), policy: once(identity(m.ProvisioningPolicyID.v)),
	}
	if version == beta {
		e.Status = spelled(Status(once(m.Status.v)), statuses...)
	}
	return e
}

// pages is a list of Cloud PCs that is read page by page.
type pages struct {
	op, name, key string // of the calls; see call
	version       string
	next          string // address of the next page; empty = there is none
	found         []entry
	seen          map[string]bool   // addresses
	known         map[string]string // texts that machines share
}

// page is one page of a list. A machine that cannot be read is empty.
type page struct {
	Value    *[]lenient[row] `json:"value"`
	NextLink string          `json:"@odata.nextLink"`
}

// pages is the list with that filter, or of all Cloud PCs with an empty one, before its first page.
func (c *Client) pages(op, name, key, version, filter string) *pages {
	fields := selectEntry
	if version == beta {
		fields = selectEntryBeta
	}
	return &pages{op: op, name: name, key: key, version: version, next: c.url(version, fleet...) + query(fields, filter),
		seen: map[string]bool{}, known: map[string]string{}}
}

// rest reads the pages that are left, and returns what was on all of them.
func (p *pages) rest(ctx context.Context, c *Client) ([]entry, error) {
	for p.next != "" {
		if err := p.more(ctx, c); err != nil {
			return nil, err
		}
	}
	return p.found, nil
}

// more reads the next page.
func (p *pages) more(ctx context.Context, c *Client) error {
	var got page
	if err := c.get(ctx, p.op, p.name, p.key, p.next, &got); err != nil {
		return err
	}
	return p.take(c, got)
}

// take adds the page at p.next and moves on to the one after it. A page that cannot be read is an
// error.
func (p *pages) take(c *Client, got page) error {
	p.seen[p.next] = true
	if got.Value == nil {
		return odd(p.op, p.name, notJSON)
	}
	for _, m := range *got.Value {
		p.found = append(p.found, m.v.entry(p.version, p.known))
	}
	p.next = got.NextLink
	return c.checkLink(p.op, p.name, "Cloud PCs", p.next, p.seen)
}

// checkLink checks Graph's link to the page of a list after those that were seen; empty is fine, there is
// none. What says what is on the pages.
func (c *Client) checkLink(op, name, what, next string, seen map[string]bool) error {
	if next == "" {
		return nil
	}
	if u, err := url.Parse(next); err != nil || u.Scheme != "https" || u.User != nil || !strings.EqualFold(u.Host, c.host) {
		return odd(op, name, "Graph's link to the next page leads to another host; it was not followed")
	}
	if seen[next] {
		return odd(op, name, "Graph's link to the next page leads back to a page already read")
	}
	if len(seen) == maxPages {
		return odd(op, name, fmt.Sprintf("Graph has more than %d pages of %s", maxPages, what))
	}
	return nil
}

// odd is the error for an answer of 200 that is no page of a list.
func odd(op, name, why string) error {
	return &Error{Op: op, Name: name, Status: http.StatusOK, Outcome: NotActed, Message: why}
}

// addPage adds the read of the next page of a list, and page takes it from its answer.
func (b *batch) addPage(as string, l *pages) {
	b.add(part{ID: as, op: l.op, name: l.name, key: l.key}, l.next)
}

func (b *batch) page(as string, l *pages) error {
	var got page
	if _, _, err := b.read(as, &got); err != nil {
		return err
	}
	return l.take(b.c, got)
}

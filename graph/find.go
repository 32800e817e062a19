package graph

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// Field is a property of a Cloud PC by which people know it, named as Graph names it.
type Field string

// The fields that Find goes by.
const (
	ByID            Field = "id"                // of the Cloud PC
	ByName          Field = "displayName"       // display name
	ByDevice        Field = "managedDeviceName" // Windows computer name
	ByManagedDevice Field = "managedDeviceId"   // Intune's device id
	ByEntraDevice   Field = "aadDeviceId"       // Entra's device id
	ByUser          Field = "userPrincipalName" // user principal name
)

// Match is a Cloud PC that Find found, and by which fields, in the order of Fields.
type Match struct {
	CloudPC
	By []Field
}

// Fields returns the fields of which Find takes this text for the value, in the order in which
// it looks: the ids for a GUID, the user first for a text with an @, names for any other, and
// none for an empty text.
func Fields(what string) []Field {
	switch {
	case what == "":
		return nil
	case len(what) == 36 && uuid.Validate(what) == nil:
		return []Field{ByID, ByManagedDevice, ByEntraDevice}
	case strings.Contains(what, "@"):
		return []Field{ByUser, ByName, ByDevice}
	default:
		return []Field{ByName, ByDevice}
	}
}

// Find finds the Cloud PCs one of whose Fields equals what, regardless of case and of how
// accented letters are composed (Unicode's form NFC). Finding none is not an error. A machine
// found by its id is read as by [Client.CloudPC]. Any other has only ID, Name, DeviceName,
// UserPrincipalName, PolicyID, PolicyName, PlanName and its device ids, and not even Beta: see
// [Client.Inspect] for the rest. It needs CloudPC.Read.All.
//
// A GUID is first read as the id of a Cloud PC, which settles it if Graph knows it. If Graph
// says that there is no such machine, it is looked for as the id of a device.
//
// Whether there is exactly one machine, or none, is never decided by a filter. Graph does
// not document which fields of Cloud PCs it can filter by
// (learn.microsoft.com/graph/api/virtualendpoint-list-cloudpcs), and related services
// silently honour half of an "or" or compare with regard to case. So one call ($batch) asks
// for each field, and for the first page of all Cloud PCs. If the fields show fewer than two
// machines all Cloud PCs are read and searched: in a fleet of up to 100 that page was all.
// Callers that wait for further pages share one listing, which begins after each of them has
// asked. If it fails, Find returns its error.
func (c *Client) Find(ctx context.Context, what string) ([]Match, error) {
	fields := Fields(what)
	if len(fields) == 0 {
		return nil, invalid(opFind, what, "the name is empty")
	}
	if fields[0] == ByID {
		pc, err := c.CloudPC(ctx, what)
		if err == nil {
			return []Match{{pc, fields[:1]}}, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, renamed(err, opFind, what)
		}
		fields = fields[1:]
	}
	return c.search(ctx, what, fields)
}

// FindUser is Find for the machines of a user alone, by the user principal name: no machine is found
// because it is named like that.
func (c *Client) FindUser(ctx context.Context, upn string) ([]Match, error) {
	if upn == "" {
		return nil, invalid(opFind, upn, "the user principal name is empty")
	}
	return c.search(ctx, upn, []Field{ByUser})
}

// search looks for the machines with a field that equals what, in lists of machines.
func (c *Client) search(ctx context.Context, what string, fields []Field) ([]Match, error) {
	if e := c.atRest(opFind, what, listKey); e != nil {
		return nil, e
	}
	s := newSieve(what, fields)
	filtered, begun, err := c.firstPages(ctx, what, fields)
	if s.add(filtered); len(s.found) > 1 && !s.nameless {
		return s.found, nil
	}
	if err != nil {
		return nil, renamed(err, opFind, what)
	}
	everybody, err := c.everybody(ctx, begun)
	if err != nil {
		return nil, renamed(err, opFind, what)
	}
	if s.add(everybody); s.nameless { // skipping it could make another machine look like the only one
		return nil, &Error{Op: opFind, Name: what, Status: http.StatusOK, Outcome: NotActed, Message: "Graph listed a matching Cloud PC without a readable id"}
	}
	return s.found, nil
}

// firstPages asks with one call for the machines with a field of that value, by each field, and for the
// first page of all machines. A filter that fails, or has more pages than one, counts as no result,
// because the listing decides. So does the first page of the listing if it is worth a listing that begins
// anew, which makes second tries, gets a new token, falls back to v1.0, and does without $batch;
// begun is nil then. An error is one that the listing would have as well.
func (c *Client) firstPages(ctx context.Context, what string, fields []Field) (filtered []entry, begun *pages, err error) {
	b := c.newBatch(c.version())
	lists := []*pages{c.pages(opList, all, listKey, b.version, "")}
	for _, f := range fields {
		lists = append(lists, c.filtered(f, what))
	}
	for i, l := range lists {
		b.addPage(strconv.Itoa(i), l)
	}
	b.send(ctx, opFind, what)
	for i, l := range lists {
		failed := b.page(strconv.Itoa(i), l)
		switch {
		case i == 0 && failed == nil:
			begun = l
		case i == 0 && (ctx.Err() != nil || errors.Is(failed, ErrNoToken) || c.rests.Left(listKey) > 0):
			err = failed
		case failed == nil && l.next == "":
			filtered = append(filtered, l.found...)
		}
	}
	return filtered, begun, err
}

// filtered is the list of the machines with a field of that value, as far as a filter shows them.
func (c *Client) filtered(f Field, value string) *pages {
	return c.pages(opFind, value, filterKey, c.version(), string(f)+" eq '"+strings.ReplaceAll(value, "'", "''")+"'")
}

// sieve keeps the machines of lists that match, each once.
type sieve struct {
	what     string // in form NFC
	fields   []Field
	found    []Match
	known    map[string]bool // ids in lower case
	nameless bool            // one that matches has no readable id
}

func newSieve(what string, fields []Field) *sieve {
	return &sieve{what: norm.NFC.String(what), fields: fields, known: map[string]bool{}}
}

func (s *sieve) add(entries []entry) {
	for _, e := range entries {
		by := e.matches(s.what, s.fields)
		if len(by) == 0 {
			continue
		}
		if e.ID == "" {
			s.nameless = true
			continue
		}
		if key := strings.ToLower(e.ID); !s.known[key] {
			s.known[key] = true
			s.found = append(s.found, Match{e.cloudPC(), by})
		}
	}
}

// matches returns those of the fields that equal what, which is in form NFC.
func (e entry) matches(what string, fields []Field) (by []Field) {
	for _, f := range fields {
		if strings.EqualFold(norm.NFC.String(e.field(f)), what) {
			by = append(by, f)
		}
	}
	return by
}

func (e entry) field(f Field) string {
	switch f {
	case ByName:
		return e.Name
	case ByDevice:
		return e.DeviceName
	case ByManagedDevice:
		return e.managed
	case ByEntraDevice:
		return e.entra
	case ByUser:
		return e.User
	default:
		return e.ID
	}
}

func (e entry) cloudPC() CloudPC {
	return CloudPC{ID: e.ID, Name: e.Name, DeviceName: e.DeviceName, ManagedDeviceID: e.managed, AADDeviceID: e.entra,
		UserPrincipalName: e.User, PolicyID: e.policy, PolicyName: e.Policy, PlanName: e.Plan}
}

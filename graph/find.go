package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

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
// UserPrincipalName, PolicyName, PlanName and its device ids, and not even Beta: read it by its
// id for the rest. It needs CloudPC.Read.All.
//
// A GUID is first read as the id of a Cloud PC, which settles it if Graph knows it. If Graph
// says that there is no such machine, it is looked for as the id of a device.
//
// Whether there is exactly one machine, or none, is never decided by a filter. Graph does
// not document which fields of Cloud PCs it can filter by
// (learn.microsoft.com/graph/api/virtualendpoint-list-cloudpcs), and related services
// silently honour half of an "or" or compare with regard to case. So Graph is asked once
// for each field, and if that shows fewer than two machines all Cloud PCs are read and
// searched. Callers that wait for the full listing share one, which begins after each of
// them has asked. If it fails, Find returns its error.
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

// OfUser lists machines of a user by a filter alone. It may miss one, so nothing may be decided by it; it
// costs one page, and is for showing.
func (c *Client) OfUser(ctx context.Context, upn string) ([]Match, error) {
	if upn == "" {
		return nil, invalid(opFind, upn, "the user principal name is empty")
	}
	entries, err := c.filtered(ctx, upn, []Field{ByUser})
	if err != nil {
		return nil, err
	}
	s := sieve{what: norm.NFC.String(upn), fields: []Field{ByUser}, known: map[string]bool{}}
	s.add(entries)
	return s.found, nil
}

// search looks for the machines with a field that equals what, in lists of machines.
func (c *Client) search(ctx context.Context, what string, fields []Field) ([]Match, error) {
	if e := c.atRest(opFind, what, listKey); e != nil {
		return nil, e
	}
	s := sieve{what: norm.NFC.String(what), fields: fields, known: map[string]bool{}}
	filtered, err := c.filtered(ctx, what, fields)
	if err != nil {
		return nil, err
	}
	if s.add(filtered); len(s.found) > 1 && !s.nameless {
		return s.found, nil
	}
	everybody, err := c.everybody(ctx)
	if err != nil {
		return nil, renamed(err, opFind, what)
	}
	if s.add(everybody); s.nameless { // skipping it could make another machine look like the only one
		return nil, &Error{Op: opFind, Name: what, Status: http.StatusOK, Outcome: NotActed, Message: "Graph listed a matching Cloud PC without a readable id"}
	}
	return s.found, nil
}

// sieve keeps the machines of lists that match, each once.
type sieve struct {
	what     string // in form NFC
	fields   []Field
	found    []Match
	known    map[string]bool // ids in lower case
	nameless bool            // one that matches has no readable id
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
		UserPrincipalName: e.User, PolicyName: e.Policy, PlanName: e.Plan}
}

// filtered asks for the machines with a field of that value, by each field at the same time. A
// filter that fails counts as no result, because the listing decides. filtered returns an
// error only if the listing would fail as well: without a token, or once ctx has ended.
func (c *Client) filtered(ctx context.Context, what string, fields []Field) ([]entry, error) {
	version := v1
	if c.beta {
		version = beta
	}
	quoted := "'" + strings.ReplaceAll(what, "'", "''") + "'"
	found, errs := make([][]entry, len(fields)), make([]error, len(fields))
	var asking sync.WaitGroup
	for i, field := range fields {
		asking.Go(func() {
			found[i], errs[i] = c.pages(ctx, opFind, what, filterKey, version, string(field)+" eq "+quoted)
		})
	}
	asking.Wait()
	var both []entry
	for i, err := range errs {
		if err != nil && (ctx.Err() != nil || errors.Is(err, ErrNoToken)) {
			return nil, err
		}
		both = append(both, found[i]...)
	}
	return both, nil
}

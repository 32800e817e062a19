package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const (
	opRead    = "read"
	opFind    = "find"
	opActions = "read actions of"

	v1   = "v1.0"
	beta = "beta"

	newMembers = "include-unknown-enum-members" // in Prefer; else new states all look alike

	notJSON   = "the answer is not the JSON it should be"
	anotherPC = "the answer is about another Cloud PC"
)

// fleet are the segments under which all Cloud PCs are.
var fleet = []string{"deviceManagement", "virtualEndpoint", "cloudPCs"}

// maxPages bounds a listing. A tenant with more gets an error: half a list
// could hide the second machine of a name.
const maxPages = 100

// CloudPC reads one Cloud PC by its id. It asks beta where that is allowed, and
// v1.0 where it is not or where beta does not know the address or the machine;
// Beta in the result tells which it was. ErrNotFound means that v1.0 has none.
func (c *Client) CloudPC(ctx context.Context, id string) (CloudPC, error) {
	if err := segment(opRead, "a Cloud PC's id", id); err != nil {
		return CloudPC{}, err
	}
	return newest(c, func(version string) (CloudPC, error) {
		var m machine
		if err := c.get(ctx, opRead, id, c.url(version, append(fleet, id)...)+query(version, ""), &m); err != nil {
			return CloudPC{}, err
		}
		if !strings.EqualFold(m.ID, id) {
			return CloudPC{}, &Error{Op: opRead, Name: id, Status: http.StatusOK, Outcome: NotActed, Message: anotherPC}
		}
		return m.cloudPC(version), nil
	})
}

// ByName finds the Cloud PCs whose display name or device name is name, in any
// case. None is no error. Where the service refuses to filter, or finds none
// because it minds the case, all Cloud PCs are read and looked through.
func (c *Client) ByName(ctx context.Context, name string) ([]CloudPC, error) {
	if name == "" {
		return nil, invalid(opFind, name, "there is no name")
	}
	match := func(pc CloudPC) bool {
		return strings.EqualFold(pc.Name, name) || strings.EqualFold(pc.DeviceName, name)
	}
	quoted := "'" + strings.ReplaceAll(name, "'", "''") + "'"
	filter := "displayName eq " + quoted + " or managedDeviceName eq " + quoted
	return newest(c, func(version string) ([]CloudPC, error) {
		found, err := c.list(ctx, name, version, filter, match)
		if errors.Is(err, ErrInvalid) || err == nil && len(found) == 0 {
			return c.list(ctx, name, version, "", match)
		}
		return found, err
	})
}

// list reads all pages and keeps what matches.
func (c *Client) list(ctx context.Context, name, version, filter string, match func(CloudPC) bool) ([]CloudPC, error) {
	var found []CloudPC
	next := c.url(version, fleet...) + query(version, filter)
	for range maxPages {
		var page struct {
			Value    []machine `json:"value"`
			NextLink string    `json:"@odata.nextLink"`
		}
		if err := c.get(ctx, opFind, name, next, &page); err != nil {
			return nil, err
		}
		for _, m := range page.Value {
			if pc := m.cloudPC(version); match(pc) {
				found = append(found, pc)
			}
		}
		if page.NextLink == "" {
			return found, nil
		}
		next = page.NextLink
		if u, err := url.Parse(next); err != nil || u.Scheme != "https" || u.User != nil || !strings.EqualFold(u.Host, c.host) {
			return nil, &Error{Op: opFind, Name: name, Status: http.StatusOK, Outcome: NotActed,
				Message: "the next page is not on the host of Graph; it was not asked for"}
		}
	}
	return nil, &Error{Op: opFind, Name: name, Status: http.StatusOK, Outcome: NotActed,
		Message: fmt.Sprintf("there are more than %d pages of Cloud PCs", maxPages)}
}

// RemoteActions reads what was done to a Cloud PC, typically the latest action
// of each kind. It needs beta: without it the error is ErrNoBeta.
func (c *Client) RemoteActions(ctx context.Context, id string) ([]RemoteAction, error) {
	if err := segment(opActions, "a Cloud PC's id", id); err != nil {
		return nil, err
	}
	if !c.beta {
		return nil, &Error{Op: opActions, Name: id, Outcome: NotActed, Err: ErrNoBeta}
	}
	var answer struct {
		Value []wireAction `json:"value"`
	}
	if err := c.get(ctx, opActions, id, c.url(beta, append(fleet, id, "retrieveCloudPcRemoteActionResults")...), &answer); err != nil {
		return nil, err
	}
	actions := make([]RemoteAction, 0, len(answer.Value))
	for _, a := range answer.Value {
		actions = append(actions, a.remoteAction())
	}
	return actions, nil
}

// newest reads from beta where that is allowed. Microsoft may take a beta
// address away on any day; when that, or a missing machine, could be what the
// answer means, v1.0 has the last word.
func newest[T any](c *Client, read func(version string) (T, error)) (T, error) {
	if c.beta {
		if found, err := read(beta); !isV1s(err) {
			return found, err
		}
	}
	return read(v1)
}

// isV1s reports whether an error of beta's leaves the last word to v1.0.
func isV1s(err error) bool {
	e, _ := errors.AsType[*Error](err)
	if e == nil {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return true
	}
	return false
}

// query is what follows the address of Cloud PCs; v1.0 gives all its fields unasked.
func query(version, filter string) string {
	q := url.Values{}
	if version == beta {
		q.Set("$select", selectBeta)
	}
	if filter != "" {
		q.Set("$filter", filter)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + strings.ReplaceAll(q.Encode(), "+", "%20") // OData wants its blanks so
}

// get reads the JSON at url into v.
func (c *Client) get(ctx context.Context, op, name, url string, v any) error {
	k, req, cancel, err := c.begin(ctx, op, name, http.MethodGet, url)
	if err != nil {
		return err
	}
	defer cancel()
	req.Raw().Header.Set("Prefer", newMembers)
	return c.read(k, req, v)
}

// read makes a call that changes nothing, and reads the JSON it brings into v.
func (c *Client) read(k *call, req *policy.Request, v any) error {
	resp, err := c.reads.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		e := k.failure(resp, err, c.now())
		e.Outcome = NotActed // reading changes nothing
		return e
	}
	body, err := runtime.Payload(resp)
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		return k.odd(resp.StatusCode, resp.Header.Get("request-id"), notJSON)
	}
	return nil
}

// odd is the error of an answer that says yes and is no answer to what was asked.
func (k *call) odd(status int, requestID, why string) *Error {
	return &Error{Op: k.op, Name: k.name, CallID: k.id, Status: status, Outcome: NotActed,
		RequestID: clean(requestID, 64, k.token), Message: why}
}

package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"cloudpc-bot/bot/cooldown"
)

const (
	opRead = "read"
	opFind = "find"

	v1   = "v1.0"
	beta = "beta"

	newMembers = "include-unknown-enum-members" // in Prefer; else new states all look alike

	notJSON   = "the answer is not the JSON it should be"
	anotherPC = "the answer is about another Cloud PC"
)

// fleet are the segments under which all Cloud PCs are.
var fleet = []string{"deviceManagement", "virtualEndpoint", "cloudPCs"}

// CloudPC reads one Cloud PC by its id. It asks beta where that is allowed, and
// v1.0 where it is not or where beta does not know the address or the machine;
// Beta in the result tells which it was. ErrNotFound means that Graph itself says,
// in each version that was asked, that it has none.
//
// Whoever reads a machine that Graph wants to be left alone gets ErrThrottled and
// the time that is left, and nothing is sent; so it is with the other reads.
func (c *Client) CloudPC(ctx context.Context, id string) (CloudPC, error) {
	if err := segment(opRead, "a Cloud PC's id", id); err != nil {
		return CloudPC{}, err
	}
	return betaThenV1(c, func(v view) (CloudPC, error) {
		var m machine
		if err := c.get(ctx, opRead, id, pcKey(id), c.url(v.version, append(fleet, id)...)+query(v.fields, ""), &m); err != nil {
			return CloudPC{}, err
		}
		if !strings.EqualFold(m.ID.v, id) {
			return CloudPC{}, &Error{Op: opRead, Name: id, Status: http.StatusOK, Outcome: NotActed, Message: anotherPC}
		}
		return m.cloudPC(v.version), nil
	})
}

// betaThenV1 reads by the richest view that is allowed and understood. Microsoft may take
// a beta address away on any day; when that, or a missing machine, could be what the
// answer means, v1.0 has the last word.
func betaThenV1[T any](c *Client, read func(v view) (T, error)) (T, error) {
	if c.beta {
		v := c.richest()
		found, err := read(v)
		if v == full && refused(err) {
			if found, err = read(older); err == nil {
				c.impoverish()
			}
		}
		if !fallBackToV1(err) {
			return found, err
		}
	}
	return read(plain)
}

// richest is the view of beta to begin with.
func (c *Client) richest() view {
	if c.poorer.Left(beta) > 0 {
		return older
	}
	return full
}

// impoverish notes that beta does not know the newer fields, so that not every read is made
// twice for them. They are asked for again a little later: it may have been a release.
func (c *Client) impoverish() { c.poorer.Begin(beta, cooldown.Longest) }

// refused reports whether Graph refused a question, perhaps for a field in it.
func refused(err error) bool {
	e, _ := errors.AsType[*Error](err)
	return e != nil && e.Status == http.StatusBadRequest && !e.Foreign
}

// fallBackToV1 reports whether an error of beta's leaves the last word to v1.0. What is not Graph's
// own word, and an outage of its, are none about beta.
func fallBackToV1(err error) bool {
	e, _ := errors.AsType[*Error](err)
	if e == nil || e.Foreign || e.undiscovered() {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return true
	}
	return false
}

// query is what follows the address of Cloud PCs; either part may be empty.
func query(fields, filter string) string {
	q := url.Values{}
	if fields != "" {
		q.Set("$select", fields)
	}
	if filter != "" {
		q.Set("$filter", filter)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + strings.ReplaceAll(q.Encode(), "+", "%20") // OData wants its blanks so
}

// get reads the JSON at url into v, unless what is read is to be left alone.
func (c *Client) get(ctx context.Context, op, name, key, url string, v any) error {
	if e := c.atRest(op, name, key); e != nil {
		return e
	}
	k, req, cancel, err := c.begin(ctx, op, name, http.MethodGet, url)
	if err != nil {
		return err
	}
	defer cancel()
	k.keys = []string{key}
	req.Raw().Header.Set("Prefer", newMembers)
	return c.read(k, req, v)
}

// read makes a call that changes nothing, and reads the JSON it brings into v.
func (c *Client) read(k *call, req *policy.Request, v any) error {
	k.route = c.current(req.Raw().Context())
	resp, err := k.route.reads.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		e := k.failure(resp, err, c.clock())
		e.Outcome = NotActed // reading changes nothing
		c.doubt(k, e, k.challenged())
		return e
	}
	body, err := runtime.Payload(resp)
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		return k.malformed(resp.StatusCode, resp.Header, notJSON)
	}
	return nil
}

// malformed is the error of an answer that says yes and is no answer to what was asked.
func (k *call) malformed(status int, h http.Header, why string) *Error {
	return &Error{Op: k.op, Name: k.name, CallID: k.id, Status: status, Outcome: NotActed,
		RequestID: clean(h.Get("request-id"), 64, k.token), Message: why, Foreign: foreign(h, true, nil)}
}

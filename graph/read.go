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

	newMembers = "include-unknown-enum-members" // for the Prefer header: without it every newer state arrives as unknownFutureValue

	notJSON   = "Graph's answer is not the expected JSON"
	anotherPC = "Graph's answer is about another Cloud PC"
)

// fleet is the path to the tenant's Cloud PCs.
var fleet = []string{"deviceManagement", "virtualEndpoint", "cloudPCs"}

// CloudPC reads one Cloud PC by its id, with CloudPC.Read.All
// (learn.microsoft.com/graph/api/cloudpc-get). It asks beta if that is allowed, and v1.0 if
// it is not or if beta does not know the path or the machine; Beta in the result says which
// one answered. ErrNotFound means that Graph itself, in every version asked, says that
// there is no such machine.
//
// A machine in a cooldown is not read: the caller gets ErrThrottled and the time that is
// left. The same goes for the other reads.
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

// betaThenV1 reads by the richest view that is allowed and understood. Microsoft may change
// or remove beta at any time (learn.microsoft.com/graph/versioning-and-support): if beta's
// answer could mean that, or a missing machine, v1.0 has the last word.
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

// version is the version of Graph to ask first.
func (c *Client) version() string {
	if c.beta {
		return beta
	}
	return v1
}

// richest is the beta view to try first.
func (c *Client) richest() view {
	if c.poorer.Left(beta) > 0 {
		return older
	}
	return full
}

// impoverish notes that beta does not know the newer fields, so that not every read has to be
// made twice. They are requested again after cooldown.Longest: a release of Graph may have
// brought them back.
func (c *Client) impoverish() { c.poorer.Begin(beta, cooldown.Longest) }

// refused reports whether Graph refused a read, perhaps because of a field in it.
func refused(err error) bool {
	e, _ := errors.AsType[*Error](err)
	return e != nil && e.Status == http.StatusBadRequest && !e.Foreign
}

// fallBackToV1 reports whether v1.0 should be asked after an error from beta. An answer that
// is not Graph's own, or an outage of Graph's, says nothing about beta.
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

// query is the query string for Cloud PCs; either part may be empty.
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
	return "?" + strings.ReplaceAll(q.Encode(), "+", "%20") // OData expects %20 for spaces
}

// get reads the JSON at url into v, unless key is in a cooldown.
func (c *Client) get(ctx context.Context, op, name, key, url string, v any) error {
	return c.getAs(ctx, "", op, name, key, url, v)
}

// getAs is get for JSON that Graph calls by another media type; an error comes as JSON all the same.
func (c *Client) getAs(ctx context.Context, media, op, name, key, url string, v any) error {
	if e := c.atRest(op, name, key); e != nil {
		return e
	}
	k, req, cancel, err := c.begin(ctx, op, name, http.MethodGet, url)
	if err != nil {
		return err
	}
	defer cancel()
	k.keys = []string{key}
	if k.media = media; media != "" {
		req.Raw().Header.Set("Accept", accepts(media))
	}
	req.Raw().Header.Set("Prefer", newMembers)
	return c.read(k, req, v)
}

// accepts is the Accept header for JSON of another media type.
func accepts(media string) string { return media + ", application/json" }

// read makes a call that changes nothing and decodes its JSON answer into v.
func (c *Client) read(k *call, req *policy.Request, v any) error {
	k.route = c.current(req.Raw().Context())
	resp, err := k.route.reads.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		e := k.failure(resp, err, c.clock())
		e.Outcome = NotActed // reading changes nothing
		c.noteRefusedToken(k, e, k.challenged())
		c.note(req.Raw().Context(), k.op, e)
		return e
	}
	body, err := runtime.Payload(resp)
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		e := k.malformed(resp.StatusCode, resp.Header, notJSON)
		c.note(req.Raw().Context(), k.op, e)
		return e
	}
	c.note(req.Raw().Context(), k.op, nil)
	return nil
}

// malformed is the error for a successful status whose body does not answer the question.
func (k *call) malformed(status int, h http.Header, why string) *Error {
	asked := k.media != "" && strings.EqualFold(h.Get("Content-Type"), k.media)
	return &Error{Op: k.op, Name: k.name, CallID: k.id, Status: status, Outcome: NotActed,
		RequestID: clean(h.Get("request-id"), 64, k.token), Message: why, Foreign: !asked && foreign(h, true, nil)}
}

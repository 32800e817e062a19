package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// perBatch is how many requests Graph accepts in one $batch call
// (learn.microsoft.com/graph/json-batching).
const perBatch = 20

// Reading is what CloudPC would have returned for one machine.
type Reading struct {
	CloudPC CloudPC
	Err     error
}

// CloudPCs reads several Cloud PCs, up to 20 in a call, and returns a reading for each id, in
// the order of ids. Each machine has its own result: one that is throttled has its own
// Retry-After and is left out of further calls until that has passed, with the error that
// CloudPC would return. A part that fails while others succeed is not retried; only a 401 and
// a read that beta does not understand are asked again, as CloudPC does.
func (c *Client) CloudPCs(ctx context.Context, ids []string) []Reading {
	readings := make([]Reading, 0, len(ids))
	for chunk := range slices.Chunk(ids, perBatch) {
		readings = append(readings, c.readChunk(ctx, chunk)...)
	}
	return readings
}

// readChunk is CloudPCs for as many ids as fit in one call.
func (c *Client) readChunk(ctx context.Context, ids []string) []Reading {
	if len(ids) == 1 {
		return []Reading{c.readOne(ctx, ids[0])}
	}
	v := plain
	if c.beta {
		v = c.richest()
	}
	readings := c.batch(ctx, v, ids)
	// The pipeline answers a challenge of the whole call but cannot see one inside a batch
	// answer. So one machine is read alone, and the token that this fetches serves the rest.
	retryWhere(readings, ids, func(err error) bool { return errors.Is(err, ErrUnauthorized) }, func(ids []string) []Reading {
		first := c.readOne(ctx, ids[0])
		if first.Err != nil {
			return []Reading{first}
		}
		return append([]Reading{first}, c.batch(ctx, v, ids[1:])...)
	})
	if v == full {
		retryWhere(readings, ids, refused, func(ids []string) []Reading {
			poorer := c.batch(ctx, older, ids)
			for _, r := range poorer {
				if r.Err == nil {
					c.impoverish()
				}
			}
			return poorer
		})
	}
	if c.beta {
		retryWhere(readings, ids, fallBackToV1, func(ids []string) []Reading { return c.batch(ctx, plain, ids) })
	}
	return readings
}

func (c *Client) readOne(ctx context.Context, id string) Reading {
	pc, err := c.CloudPC(ctx, id)
	return Reading{pc, err}
}

// retryWhere replaces the readings whose error is of the given kind by new ones, as far as read
// returns any.
func retryWhere(readings []Reading, ids []string, kind func(error) bool, read func(ids []string) []Reading) {
	var at []int
	var which []string
	for i, r := range readings {
		if kind(r.Err) {
			at, which = append(at, i), append(which, ids[i])
		}
	}
	if len(at) == 0 {
		return
	}
	for i, r := range read(which) {
		readings[at[i]] = r
	}
}

// part and partAnswer are one read in a batch and its answer. Answers come in any order.
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"` // relative to the version
	Headers map[string]string `json:"headers"`
}

type partAnswer struct {
	ID      string          `json:"id"`
	Status  int             `json:"status"`
	Headers map[string]text `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

// part is a read of fields (empty = all) at a path.
func (c *Client) part(id int, version, fields string, path ...string) part {
	at := strings.TrimPrefix(c.url(version, path...), c.url(version)) + query(fields, "")
	return part{strconv.Itoa(id), http.MethodGet, at, map[string]string{"Prefer": newMembers}}
}

// batch reads ids by one view in one call, leaving out those in a cooldown. No part depends
// on another and all of them are reads, so the pipeline may repeat the whole call.
func (c *Client) batch(ctx context.Context, v view, ids []string) []Reading {
	readings := make([]Reading, len(ids))
	var parts []part
	var keys []string
	for i, id := range ids {
		if err := segment(opRead, "a Cloud PC's id", id); err != nil {
			readings[i].Err = err
		} else if e := c.atRest(opRead, id, pcKey(id)); e != nil {
			readings[i].Err = e
		} else {
			parts = append(parts, c.part(i, v.version, v.fields, append(fleet, id)...))
			keys = append(keys, pcKey(id))
		}
	}
	if len(parts) == 0 {
		return readings
	}
	whole := c.send(ctx, fmt.Sprintf("%d Cloud PCs", len(parts)), v.version, parts, keys)
	for _, p := range parts {
		i, _ := strconv.Atoi(p.ID)
		readings[i].CloudPC, readings[i].Err = whole.cloudPC(p.ID, v.version, ids[i])
	}
	return readings
}

// batched is the answer to a batch.
type batched struct {
	c       *Client
	call    *call
	answers map[string]*partAnswer
	err     error // of the whole call
}

// send makes one batch call; keys are the cooldown keys of what it reads.
func (c *Client) send(ctx context.Context, name, version string, parts []part, keys []string) *batched {
	k, req, cancel, err := c.begin(ctx, opRead, name, http.MethodPost, c.url(version)+"/$batch")
	if err != nil {
		return &batched{err: err}
	}
	defer cancel()
	k.keys = keys
	body, _ := json.Marshal(map[string]any{"requests": parts})
	if err := req.SetBody(streaming.NopCloser(bytes.NewReader(body)), "application/json"); err != nil {
		return &batched{err: err}
	}
	var answer struct {
		Responses []*partAnswer `json:"responses"`
	}
	if err := c.read(k, req, &answer); err != nil {
		return &batched{err: err}
	}
	b := &batched{c: c, call: k, answers: map[string]*partAnswer{}}
	for _, a := range answer.Responses {
		if a != nil {
			b.answers[a.ID] = a
		}
	}
	return b
}

// cloudPC is the machine in the answer to a part.
func (b *batched) cloudPC(part, version, id string) (CloudPC, error) {
	var m machine
	k, h, err := b.read(part, opRead, id, pcKey(id), &m)
	switch {
	case err != nil:
		return CloudPC{}, err
	case !strings.EqualFold(m.ID.v, id):
		return CloudPC{}, k.malformed(http.StatusOK, h, anotherPC)
	}
	return m.cloudPC(version), nil
}

// read decodes the answer to one part into v, or returns its error or that of the whole call.
func (b *batched) read(part, op, name, key string, v any) (*call, http.Header, error) {
	if b.err != nil {
		return nil, nil, renamed(b.err, op, name)
	}
	k := &call{op: op, name: name, id: b.call.id, token: b.call.token, route: b.call.route}
	k.vouched = b.call.last.answer.Header.Get("request-id") != "" // Graph's own answer, so its parts need no request-id
	a := b.answers[part]
	if a == nil {
		return k, nil, k.malformed(http.StatusOK, nil, "Graph's answer has no part for it")
	}
	h := http.Header{}
	for name, value := range a.Headers {
		h.Set(name, value.v)
	}
	if a.Status != http.StatusOK {
		resp := &http.Response{StatusCode: a.Status, Header: h, Body: io.NopCloser(bytes.NewReader(a.Body))}
		k.last = &attempt{answer: resp}
		e := k.failure(resp, nil, b.c.clock())
		e.Outcome = NotActed
		if asksForRest(a.Status) {
			b.c.rest("Microsoft Graph", op+" "+name, e.RetryAfter, key)
		}
		b.c.noteRefusedToken(k, e, asksForClaims(h))
		return k, h, e
	}
	if json.Unmarshal(a.Body, v) != nil {
		return k, h, k.malformed(http.StatusOK, h, notJSON)
	}
	return k, h, nil
}

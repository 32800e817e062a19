package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
)

// part and partAnswer are one read in a batch and its answer, by an id that the batch chooses.
// Answers come in any order (learn.microsoft.com/graph/json-batching).
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"` // relative to the version
	Headers map[string]string `json:"headers"`

	op, name, key string // of what is read; see call
	media         string // of the answer, if that is not JSON's
	err           error  // why it is not sent, such as a cooldown; nil = it is
}

type partAnswer struct {
	ID      string          `json:"id"`
	Status  int             `json:"status"`
	Headers map[string]text `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

// batch is one call that reads several things from one version of Graph. What is in a cooldown is
// left out. A part may fail while others succeed, and nothing inside the call repeats it.
type batch struct {
	c       *Client
	version string
	parts   []part

	call    *call
	answers map[string]*partAnswer
	err     error // of the whole call
}

func (c *Client) newBatch(version string) *batch {
	return &batch{c: c, version: version}
}

// add adds the read of what is at an address of the batch's version.
func (b *batch) add(p part, address string) {
	p.Method, p.URL = http.MethodGet, strings.TrimPrefix(address, b.c.url(b.version))
	p.Headers = map[string]string{"Prefer": newMembers}
	if p.media != "" {
		p.Headers["Accept"] = accepts(p.media)
	}
	if e := b.c.atRest(p.op, p.name, p.key); e != nil && p.err == nil {
		p.err = e
	}
	b.parts = append(b.parts, p)
}

// send makes the call, if there is anything to read. No part depends on another and all of them are
// reads, so the pipeline may repeat the whole call.
func (b *batch) send(ctx context.Context, op, name string) {
	var sent []part
	var keys []string
	for _, p := range b.parts {
		if p.err == nil {
			sent, keys = append(sent, p), append(keys, p.key)
		}
	}
	if len(sent) == 0 {
		return
	}
	k, req, cancel, err := b.c.begin(ctx, op, name, http.MethodPost, b.c.url(b.version)+"/$batch")
	if err != nil {
		b.err = err
		return
	}
	defer cancel()
	k.keys = keys
	body, _ := json.Marshal(map[string]any{"requests": sent})
	if b.err = req.SetBody(streaming.NopCloser(bytes.NewReader(body)), "application/json"); b.err != nil {
		return
	}
	var answer struct {
		Responses []*partAnswer `json:"responses"`
	}
	if b.err = b.c.read(k, req, &answer); b.err != nil {
		return
	}
	b.call, b.answers = k, map[string]*partAnswer{}
	for _, a := range answer.Responses {
		if a != nil {
			b.answers[a.ID] = a
		}
	}
}

// part is the part of that id, which was added.
func (b *batch) part(id string) part {
	return b.parts[slices.IndexFunc(b.parts, func(p part) bool { return p.ID == id })]
}

// read decodes the answer to one part into v, or returns its error or that of the whole call.
func (b *batch) read(id string, v any) (*call, http.Header, error) {
	p := b.part(id)
	switch {
	case p.err != nil:
		return nil, nil, p.err
	case b.err != nil:
		return nil, nil, renamed(b.err, p.op, p.name)
	}
	k := &call{op: p.op, name: p.name, media: p.media, id: b.call.id, token: b.call.token, route: b.call.route}
	k.vouched = b.call.last.answer.Header.Get("request-id") != "" // Graph's own answer, so its parts need no request-id
	a := b.answers[id]
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
			b.c.rest("Microsoft Graph", p.op+" "+p.name, e.RetryAfter, p.key)
		}
		b.c.noteRefusedToken(k, e, asksForClaims(h))
		if e.Is(ErrForbidden) { // which concerns every part; a part that fails in another way may do so alone
			b.c.note(context.Background(), p.op, e)
		}
		return k, h, e
	}
	if json.Unmarshal(a.content(p.media), v) != nil {
		return k, h, k.malformed(http.StatusOK, h, notJSON)
	}
	return k, h, nil
}

// content is the JSON of an answer. Where a read alone answers with another media type, a batch has a
// text in base64 (learn.microsoft.com/graph/json-batching): in base64url by OData's JSON format 4.01,
// and in standard base64 where people saw one (learn.microsoft.com/answers/questions/1352007).
func (a *partAnswer) content(media string) []byte {
	var coded string
	if media == "" || json.Unmarshal(a.Body, &coded) != nil {
		return a.Body
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(coded, "="))
	content, _ := base64.RawStdEncoding.DecodeString(plain) // what cannot be decoded is not JSON either
	return content
}

// worthAlone reports whether a read that failed in a batch is worth a call of its own: it gets a new token
// and a second try, which a part does not, or does without $batch. elsewhere says that v1.0 has
// what a part did not find in beta.
func (b *batch) worthAlone(err error, elsewhere bool) bool {
	e, _ := errors.AsType[*Error](err)
	switch {
	case e == nil:
		return false
	case e.Status == http.StatusUnauthorized:
		return true
	case e.RetryAfter > 0:
		return false
	case e.Status/100 == 5:
		return true
	case b.err != nil:
		return fallBackToV1(err)
	}
	return elsewhere && b.version == beta && fallBackToV1(err)
}

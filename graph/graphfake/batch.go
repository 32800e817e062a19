package graphfake

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// mostParts is how many requests one batch may carry (learn.microsoft.com/graph/json-batching).
const mostParts = 20

type batchPart struct {
	ID        string            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

// batch answers each part as if it had arrived alone, with the token of the envelope, and in
// a different order than asked: clients must match them by id. A fault that would break the
// connection becomes a 504 for its part.
func (t *Tenant) batch(c *call) *reply {
	t.mu.Lock()
	rep := t.authenticate(c)
	t.mu.Unlock()
	if rep != nil {
		return rep
	}
	var envelope struct{ Requests []batchPart }
	if err := json.Unmarshal(c.body, &envelope); err != nil || len(envelope.Requests) == 0 {
		return t.badRequest(c, "Invalid batch payload format.")
	}
	if n := len(envelope.Requests); n > mostParts {
		return t.badRequest(c, "Number of batch request steps exceeds the maximum value of %d.", mostParts)
	}
	seen := map[string]bool{}
	for _, p := range envelope.Requests {
		if p.ID == "" || seen[p.ID] || p.Method == "" || !strings.HasPrefix(p.URL, "/") || len(p.DependsOn) > 0 {
			return t.badRequest(c, "Invalid batch payload format: request '%s'.", p.ID)
		}
		if p.Method != http.MethodGet && (len(p.Body) == 0 || p.header().Get("Content-Type") == "") {
			return t.badRequest(c, "Write request '%s' has no body or no Content-Type header.", p.ID)
		}
		seen[p.ID] = true
	}
	responses := make([]any, len(envelope.Requests))
	for i, p := range envelope.Requests {
		responses[len(responses)-1-i] = t.part(c, p)
	}
	return answer(http.StatusOK, map[string]any{"responses": responses})
}

func (p batchPart) header() http.Header {
	h := http.Header{}
	for name, value := range p.Headers {
		h.Set(name, value)
	}
	return h
}

// part handles one request of a batch.
func (t *Tenant) part(envelope *call, p batchPart) any {
	u, err := url.Parse("/" + envelope.Version + p.URL)
	if err != nil {
		u = &url.URL{Path: "/" + envelope.Version + "/"}
	}
	c := place(p.Method, u)
	if c.Kind == Batch { // batches do not nest
		c.Kind = Other
	}
	c.InBatch, c.host, c.header, c.body = true, envelope.host, p.header(), p.Body
	c.header.Set("Authorization", envelope.header.Get("Authorization"))
	c.Prefer, c.UserAgent = c.header.Get("Prefer"), envelope.UserAgent
	t.record(c, true)
	t.phase(c, Arrived)

	f := t.misfortune(c)
	t.pause(f.Delay)
	timeout := Fault{ActThenStatus: http.StatusGatewayTimeout}
	var rep *reply
	switch {
	case f.Hang || f.DropBefore:
		rep = timeout.spoil(t, c, nil)
	case f.HangAfter || f.DropAfter:
		rep = timeout.spoil(t, c, t.handle(c, f))
	default:
		if rep = t.instead(c, f); rep == nil {
			rep = t.handle(c, f)
		}
		rep = f.spoil(t, c, rep)
	}

	t.pause(f.DelayAfter)
	rep.stampHeaders(c, t.now())
	t.mu.Lock()
	c.Status = rep.status
	if c.post != nil {
		c.post.Status = rep.status
	}
	t.mu.Unlock()
	headers := map[string]string{}
	for name := range rep.header {
		headers[name] = rep.header.Get(name)
	}
	response := map[string]any{"id": p.ID, "status": rep.status, "headers": headers}
	kind := rep.header.Get("Content-Type")
	switch { // learn.microsoft.com/graph/json-batching: what is not JSON comes in base64
	case len(rep.body) == 0:
	case strings.HasPrefix(kind, "text/"):
		response["body"] = string(rep.body)
	case !strings.HasPrefix(kind, "application/json"):
		response["body"] = base64.StdEncoding.EncodeToString(rep.body)
	case json.Valid(rep.body):
		response["body"] = json.RawMessage(rep.body)
	}
	return response
}

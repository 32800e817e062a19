package graphfake

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	v1           = "v1.0"
	beta         = "beta"
	laterMembers = "include-unknown-enum-members"
	mostBody     = 4 << 20 // Graph's limit for a request
)

// wire is the context key of a request's connection.
type wire struct{}

// call is a request in progress and what was read of it.
type call struct {
	*Call         // the log entry; guarded by the tenant's mu once it is in the log
	post   *Post  // for a reprovision
	user   string // {userId} in the path; for Entra, the tenant
	custom bool   // the path is to a custom image
	wrong  bool   // the path exists, but with another method or version
	allow  string // the method that the path accepts, if any
	host   string // under which the client calls the tenant, which may be a proxy's
	header http.Header
	body   []byte
	bearer *token // nil until the token has been checked
}

// serve handles every request: it is read, may meet a fault, is handled and answered.
func (t *Tenant) serve(w http.ResponseWriter, r *http.Request) {
	c, whole := t.arrive(r)
	if !whole {
		panic(http.ErrAbortHandler)
	}
	t.phase(c, Arrived)

	f := t.misfortune(c)
	t.pause(f.Delay)
	if f.Hang {
		t.hang(r)
	}
	if f.DropBefore {
		t.reset(r)
	}
	rep := t.instead(c, f)
	if rep == nil {
		rep = t.handle(c, f)
	}
	t.pause(f.DelayAfter)
	if f.HangAfter {
		t.hang(r)
	}
	if f.DropAfter {
		t.reset(r)
	}
	t.send(w, r, c, f.spoil(t, c, rep))
}

// handle acts if there is something to do, and makes the answer.
func (t *Tenant) handle(c *call, f Fault) *reply {
	if c.Kind == Batch {
		return t.batch(c)
	}
	t.mu.Lock()
	t.settle()
	rep := t.route(c, f)
	acted := c.post != nil && c.post.Acted
	t.mu.Unlock()
	if acted {
		t.phase(c, Acted)
	}
	return rep
}

// route finds the handler for a call. The caller holds mu.
func (t *Tenant) route(c *call, f Fault) *reply {
	switch {
	case c.Kind == Discovery:
		return t.discover(c)
	case c.Kind == BeginDeviceCode:
		return t.beginDeviceCode(c)
	case c.Kind == Token:
		return t.issue(c)
	case c.entra() && c.wrong:
		return answer(http.StatusMethodNotAllowed, nil).with("Allow", c.allow)
	case c.entra():
		return answer(http.StatusNotFound, nil)
	}
	if rep := t.authenticate(c); rep != nil {
		return rep
	}
	switch {
	case c.wrong:
		return t.refuse(c, http.StatusMethodNotAllowed, "Request_BadRequest",
			"Specified HTTP method is not allowed for the request target.").with("Allow", c.allow)
	case c.Kind == Other:
		return t.badRequest(c, "Resource not found for the segment '%s'.", c.Path[strings.LastIndex(c.Path, "/")+1:])
	case c.Kind == List:
		return t.list(c)
	case c.Kind == GetPolicy:
		return t.readPolicy(c)
	case c.Kind == GetImage:
		return t.readImage(c)
	case c.Kind == GetUsage:
		return t.usage(c)
	case c.Kind == ListAudit:
		return t.listAudit(c)
	case c.Kind == Reprovision:
		if rep := t.authorize(c, true); rep != nil {
			return rep
		}
		rep := t.reprovision(c, f)
		t.audited(c, rep)
		return rep
	}
	return t.read(c)
}

// arrive reads a request completely and logs it. It reports false if the client
// disconnected before the end of the body.
func (t *Tenant) arrive(r *http.Request) (*call, bool) {
	c := place(r.Method, r.URL)
	c.Prefer, c.UserAgent = strings.Join(r.Header.Values("Prefer"), ", "), r.UserAgent()
	c.host, c.header = r.Host, r.Header
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	c.body = body
	t.record(c, err == nil)
	return c, err == nil
}

// record logs a call, and a reprovision also among the posts.
func (t *Tenant) record(c *call, whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.At, c.RequestID, c.ClientRequestID = t.now(), guid(), c.header.Get("Client-Request-Id")
	t.calls = append(t.calls, c.Call)
	if c.Kind == Token || c.Kind == BeginDeviceCode {
		form := formOf(c)
		c.App, c.Grant = form.Get("client_id"), form.Get("grant_type")
	}
	if c.Kind == Reprovision {
		c.post = &Post{
			At: c.At, Path: c.Path, Version: c.Version, Form: c.Form, PC: c.PC, Body: c.body, Arrived: whole,
			ContentType: c.header.Get("Content-Type"), ClientRequestID: c.ClientRequestID, Token: "missing",
		}
		t.posts = append(t.posts, c.post)
		if m := t.find(c.PC); m != nil {
			m.posts++
		}
	}
	t.identify(c)
	t.tell()
}

// send writes the answer and only then reports it as answered.
func (t *Tenant) send(w http.ResponseWriter, r *http.Request, c *call, rep *reply) {
	t.mu.Lock()
	rep.stampHeaders(c, t.now())
	c.Status = rep.status
	if c.post != nil {
		c.post.Status = rep.status
	}
	t.mu.Unlock()
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	left := r.Context().Err() != nil // checked now: a client may hang up as soon as it has the answer
	w.WriteHeader(rep.status)
	_, err := w.Write(rep.body)
	if rep.status == http.StatusNoContent {
		err = nil
	}
	if err == nil {
		err = http.NewResponseController(w).Flush()
	}
	t.log.Debug("graph answered", "kind", c.Kind, "method", c.Method, "path", c.Path,
		"status", rep.status, "graph_request_id", c.RequestID, "client_request_id", c.ClientRequestID, "error", err)
	if err != nil || left {
		return
	}
	if c.post != nil {
		t.mu.Lock()
		c.post.Answered = true
		t.mu.Unlock()
	}
	t.phase(c, Answered)
}

// pause waits for d even if the client has disconnected: a real service would not notice.
func (t *Tenant) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.done:
	}
}

// hang never answers; it ends when the client disconnects or the tenant closes.
func (t *Tenant) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-t.done:
	}
	panic(http.ErrAbortHandler)
}

// reset breaks the connection: the client sees "connection reset by peer".
func (t *Tenant) reset(r *http.Request) {
	conn, _ := r.Context().Value(wire{}).(net.Conn)
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	panic(http.ErrAbortHandler)
}

// entra reports whether the call is for Entra rather than Graph.
func (c *call) entra() bool { return c.Version == "" }

// correlation is the client's request id, else the tenant's.
func (c *call) correlation() string { return or(c.ClientRequestID, c.RequestID) }

// prefers reports whether the client asked for newer enum members.
func (c *call) prefers() bool { return strings.Contains(c.Prefer, laterMembers) }

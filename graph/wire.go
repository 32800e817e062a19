package graph

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"cloudpc-bot/bot/cooldown"
)

// maxBody bounds what is read of one answer; a page of Cloud PCs has far less.
const maxBody = 8 << 20

// wire is the innermost part of a pipeline: it sends one request once, and notes
// in the call what became of it. It uses a transport and not an http.Client,
// which would follow redirects.
type wire struct {
	transport *http.Transport
	client    *Client
}

// attempt is one request on its way. Its state is the proof that it never left.
type attempt struct {
	deadline time.Time
	now      func() time.Time
	state    atomic.Int32
	never    bool           // it did not leave and will not
	answer   *http.Response // nil = none came; status and headers, the body is the pipeline's
}

// The states of an attempt. From open it goes to one of the others, for good.
const (
	open   int32 = iota
	left         // its headers were written, or are just being written
	sealed       // it was given up before that; no more bytes go out
)

type attemptKey struct{}

// Do sends req once.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	k := ctx.Value(callKey{}).(*call)
	k.token = strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	a := &attempt{now: func() time.Time { return w.client.now() }}
	a.deadline, _ = ctx.Deadline()
	k.last = a

	begun := time.Now()
	resp, err := w.send(req, a)
	log := w.client.log.With("op", k.op, "method", req.Method, "host", req.URL.Host, "path", req.URL.EscapedPath(),
		"client_request_id", k.id, "took", time.Since(begun).Round(time.Millisecond))
	if err != nil {
		a.never = a.state.CompareAndSwap(open, sealed)
		log.DebugContext(ctx, "graph did not answer", "sent", !a.never, "error", clean(err.Error(), 300, k.token))
		return nil, err
	}
	a.answer = resp
	w.heed(k, resp)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxBody), resp.Body}
	log.DebugContext(ctx, "graph answered", "status", resp.StatusCode, "proto", resp.Proto,
		"graph_request_id", clean(resp.Header.Get("request-id"), 64, k.token))
	return resp, nil
}

// heed notes for how long the service wants what was read to be left alone, and puts it so
// that azcore cannot misread it: it takes a fraction for no header at all, and would ask
// again at once.
func (w *wire) heed(k *call, resp *http.Response) {
	for _, other := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} { // not Graph's, and azcore would prefer them
		resp.Header.Del(other)
	}
	rest := cooldown.RetryAfter(resp.Header.Get("Retry-After"), w.client.clock())
	if resp.Header.Del("Retry-After"); rest <= 0 {
		return
	}
	seconds := (rest + time.Second - 1) / time.Second
	resp.Header.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	if asksForRest(resp.StatusCode) {
		w.client.rest("Microsoft Graph", k.op+" "+k.name, rest, k.keys...)
	}
}

func (w *wire) send(req *http.Request, a *attempt) (*http.Response, error) {
	if a.late() {
		return nil, &lateError{}
	}
	ctx := context.WithValue(req.Context(), attemptKey{}, a)
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { a.state.CompareAndSwap(open, left) },
	}))
	if req.Body != nil {
		// A copy for this attempt alone. azcore rewinds the one body it has when it
		// answers a challenge, and net/http may still be reading it then.
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body, req.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	}
	return w.transport.RoundTrip(req)
}

// late reports whether the deadline has passed on the wall clock. The context
// alone is not enough: its timer stands still with the process, and with some
// machines' sleep, while somebody else already counts the request as lost.
func (a *attempt) late() bool {
	return !a.deadline.IsZero() && a.now().Round(0).After(a.deadline.Round(0))
}

// lateError is a deadline that passed before something was written.
type lateError struct{}

func (*lateError) Error() string { return "the deadline had passed before it could be written" }
func (*lateError) Unwrap() error { return context.DeadlineExceeded }
func (*lateError) NonRetriable() {}

// onceOnly makes a transport that cannot send a request twice. On a fresh
// HTTP/1.1 connection for each there is no idle one that dies on the first
// write and no GOAWAY, the two cases in which net/http sends a request again.
func onceOnly(base *http.Transport) *http.Transport {
	t := base.Clone()
	t.DisableKeepAlives = true
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.NextProtos = []string{"http/1.1"}
	t.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(4) // a fresh connection, and no fresh introduction
	t.DialTLSContext = nil                                                 // would go round the guard

	dial := t.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		a, ok := ctx.Value(attemptKey{}).(*attempt)
		if !ok {
			return nil, fmt.Errorf("dial %s: nobody's connection", network)
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &guarded{conn, a}, nil
	}
	return t
}

// guarded is the connection of one attempt: it writes nothing once the deadline
// has passed or the attempt was given up, even if the process slept in between.
type guarded struct {
	net.Conn
	attempt *attempt
}

func (g *guarded) Write(p []byte) (int, error) {
	if g.attempt.state.Load() == sealed || g.attempt.late() {
		return 0, &lateError{}
	}
	return g.Conn.Write(p)
}

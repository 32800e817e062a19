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

// maxBody is how much of one answer is read; a page of Cloud PCs is far smaller.
const maxBody = 8 << 20

// wire is the innermost part of a pipeline: it sends one request once and records in the
// call what became of it. It uses a transport rather than an http.Client, which would
// follow redirects.
type wire struct {
	transport *http.Transport
	client    *Client
}

// attempt is one request on its way. Its state can prove that the request never left.
type attempt struct {
	deadline time.Time
	now      func() time.Time
	state    atomic.Int32
	never    bool           // it has not left and never will
	answer   *http.Response // nil = no answer; only status and headers may be used, the pipeline reads the body
}

// The states of an attempt. It moves once, from open to one of the others.
const (
	open   int32 = iota
	left         // its headers have been or are being written
	sealed       // given up before that; no more bytes go out
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
		w.client.observe.CalledGraph(k.op, 0)
		log.DebugContext(ctx, "graph did not answer", "sent", !a.never, "error", clean(err.Error(), 300, k.token))
		return nil, err
	}
	a.answer = resp
	w.client.observe.CalledGraph(k.op, resp.StatusCode)
	if resp.Header.Get("request-id") != "" { // else an intermediary's clock
		w.client.skew.Note(resp.Header, begun, time.Now())
	}
	w.heed(k, resp)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(resp.Body, maxBody), resp.Body}
	log.DebugContext(ctx, "graph answered", "status", resp.StatusCode, "proto", resp.Proto,
		"graph_request_id", clean(resp.Header.Get("request-id"), 64, k.token))
	return resp, nil
}

// heed starts a cooldown if the answer asks for one, and rewrites Retry-After so that azcore
// cannot misread it: azcore ignores a value with a fraction and would retry at once.
func (w *wire) heed(k *call, resp *http.Response) {
	for _, other := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} { // Graph does not use them, and azcore would prefer them
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
		// Each attempt gets its own copy. azcore rewinds its one body to answer a challenge
		// while net/http may still be reading it.
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body, req.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	}
	return w.transport.RoundTrip(req)
}

// late reports whether the deadline has passed on the wall clock. The context alone is not
// enough: its timer stops while the process is paused, and on some machines while they
// sleep, and by then another process may already count the request as lost.
func (a *attempt) late() bool {
	return !a.deadline.IsZero() && a.now().Round(0).After(a.deadline.Round(0))
}

// lateError says that a deadline passed before anything was written.
type lateError struct{}

func (*lateError) Error() string { return "the deadline passed before the request was written" }
func (*lateError) Unwrap() error { return context.DeadlineExceeded }
func (*lateError) NonRetriable() {}

// onceOnly makes a transport that cannot send a request twice. With a new HTTP/1.1
// connection for each request there is neither an idle connection that turns out to be
// dead on the first write nor a GOAWAY, the two cases in which net/http sends a request
// again.
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
	if t.TLSClientConfig.ClientSessionCache == nil { // else a new connection resumes a TLS session of the reads
		t.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	}
	t.DialTLSContext = nil // would bypass guarded

	dial := t.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		a, ok := ctx.Value(attemptKey{}).(*attempt)
		if !ok {
			return nil, fmt.Errorf("dial %s: no request is known for this connection", network)
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &guarded{conn, a}, nil
	}
	return t
}

// guarded is the connection of one attempt: it writes nothing once the deadline has passed
// or the attempt was given up, even if the process was paused in between.
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

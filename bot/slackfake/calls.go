package slackfake

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Call is one request to the Web API or to a response_url.
type Call struct {
	N      int    // from 1, in order of arrival
	Method string // as in the URL's path; "response_url" for a request to one of those
	Token  string // only its prefix: "xoxb-…"; "" = none
	Args   map[string]string
	At     time.Time

	// Status and Error are empty until the call is answered. Status stays 0 if the connection was dropped instead.
	Status int
	Error  string // Slack's error code; "dropped" if the connection was dropped before or after the call took effect

	sign func(reply) // adds to the answer what Slack adds to all of its answers; nil = nothing
}

// The phases that OnCall reports.
const (
	Arrived  = "arrived"  // the request has been read and has had no effect yet
	Answered = "answered" // the answer has been written and flushed, or the connection dropped
)

// Calls returns all requests so far, in order of arrival.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]Call, len(w.calls))
	for i, c := range w.calls {
		list[i] = c.copy()
	}
	return list
}

func (c *Call) copy() Call {
	d := *c
	d.Args = maps.Clone(c.Args)
	return d
}

// OnCall adds a hook. It runs in the call's own goroutine with the workspace unlocked, and the call continues when it
// returns.
func (w *Workspace) OnCall(f func(c Call, phase string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.onCall = append(w.onCall, f)
}

func (w *Workspace) tell(c *Call, phase string) {
	w.mu.Lock()
	hooks := w.onCall[:len(w.onCall):len(w.onCall)]
	var now Call
	if len(hooks) > 0 {
		now = c.copy()
	}
	w.mu.Unlock()
	for _, f := range hooks {
		f(now, phase)
	}
}

// serve takes a request through the log, the hooks and the faults. act carries it out, with the workspace locked.
func (w *Workspace) serve(rw http.ResponseWriter, c *Call, act func() reply) {
	var f *Fault
	w.change(func() {
		c.At = w.cfg.Now()
		w.calls = append(w.calls, c)
		c.N = len(w.calls)
	})
	w.tell(c, Arrived)
	defer w.tell(c, Answered)
	w.change(func() { f = w.fault(c) })
	if f != nil && f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-w.done:
		}
	}

	var rep reply
	w.change(func() {
		switch {
		case f == nil || f.harmless():
			rep = act()
		case f.Drop:
			rep.err = "dropped"
		case f.DropAfter:
			rep = act()
			rep.err, rep.status = "dropped", 0
		default:
			rep = f.reply()
		}
		if c.sign != nil {
			c.sign(rep)
		}
		c.Status, c.Error = rep.status, rep.err
	})
	if f != nil && f.Meanwhile != nil {
		w.mu.Lock()
		seen := c.copy()
		w.mu.Unlock()
		f.Meanwhile(seen)
	}
	w.cfg.Log.Debug("slack call", "method", c.Method, "status", rep.status, "error", rep.err)

	if rep.status == 0 {
		hangUp(rw)
		return
	}
	maps.Copy(rw.Header(), rep.header)
	rw.Header().Set("Date", w.cfg.Now().UTC().Format(http.TimeFormat))
	rw.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
	rw.WriteHeader(rep.status)
	_, _ = rw.Write(rep.body) // fails if the client has hung up
	_ = http.NewResponseController(rw).Flush()
}

// hangUp closes the connection without an answer.
func hangUp(rw http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(rw).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// prefix returns the part of a token that may be shown: its kind.
func prefix(token string) string {
	if token == "" {
		return ""
	}
	kind, _, ok := strings.Cut(token, "-")
	if !ok || len(kind) > 4 {
		return "…"
	}
	return kind + "-…"
}

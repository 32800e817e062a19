package slackfake

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is one way in which a call goes wrong. If Drop, DropAfter, Status, Error, RetryAfter, RetryAfterText and Garbage
// are all unset, the call is carried out normally, after Delay.
type Fault struct {
	Times   int    // how many calls it affects; 0 = all, until Heal
	Channel string // only calls whose channel is this one; "" = any
	Text    string // only calls whose text contains this; "" = any

	Delay     time.Duration // real time, before anything else
	Meanwhile func(Call)    // runs after the answer is built and before it is sent, so that the answer does not reflect what it changes

	Drop      bool // the connection is closed; the call had no effect
	DropAfter bool // the connection is closed, although the call took effect
	Garbage   bool // status 200 with a body that is not JSON; the call had no effect

	Error      string        // ok:false with this code; the call had no effect
	Status     int           // this HTTP status with Slack's usual body for it; the call had no effect
	RetryAfter time.Duration // sets the header, in whole seconds, rounded up; implies Status 429 unless Status is set

	RetryAfterText string // the header verbatim, instead of RetryAfter: "0", "1.5", "soon", a date
}

type failing struct {
	method string
	Fault
	left int
}

// Fail makes calls of a method go wrong. The method "*" means all, "response_url" means requests to response URLs. If
// several faults match a call, the one added first applies.
func (w *Workspace) Fail(method string, f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &failing{method: method, Fault: f, left: f.Times})
}

// Heal removes all faults added by Fail. Faults of sockets are not affected.
func (w *Workspace) Heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}

// fault returns the fault that applies to c, or nil. The workspace is locked.
func (w *Workspace) fault(c *Call) *Fault {
	for _, f := range w.faults {
		switch {
		case f.method != "*" && f.method != c.Method,
			f.Channel != "" && f.Channel != c.Args["channel"],
			f.Text != "" && !strings.Contains(c.Args["text"], f.Text),
			f.Times > 0 && f.left == 0:
			continue
		}
		f.left--
		return &f.Fault
	}
	return nil
}

// harmless reports whether the call is carried out normally.
func (f *Fault) harmless() bool {
	return !f.Drop && !f.DropAfter && !f.Garbage && f.Error == "" && f.Status == 0 && f.retryAfter() == ""
}

// retryAfter returns the Retry-After header; "" = none.
func (f *Fault) retryAfter() string {
	if f.RetryAfterText == "" && f.RetryAfter > 0 {
		return seconds(f.RetryAfter)
	}
	return f.RetryAfterText
}

func (f *Fault) reply() reply {
	var rep reply
	status := f.Status
	wait := f.retryAfter()
	if status == 0 && wait != "" {
		status = http.StatusTooManyRequests
	}
	switch {
	case f.Garbage:
		rep = reply{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html"}},
			body: []byte("<!DOCTYPE html><title>Slack</title><p>We are experiencing some trouble."), err: "garbage"}
	case f.Error != "":
		rep = apiReply(nil, refuse(f.Error))
	case status == http.StatusTooManyRequests:
		rep = apiReply(nil, refuse("ratelimited"))
	default:
		rep = reply{header: http.Header{"Content-Type": {"text/html"}}, body: []byte(http.StatusText(status)), err: http.StatusText(status)}
	}
	if status != 0 {
		rep.status = status
	}
	if wait != "" {
		rep.header.Set("Retry-After", wait)
	}
	return rep
}

// seconds returns d as Slack writes it in Retry-After: whole seconds, at least one.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

package slackfake

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is one way a call goes wrong. Without Drop, DropAfter, Status, Error, RetryAfter, RetryAfterText and Garbage it
// only delays.
type Fault struct {
	Times   int    // how many calls it spoils; 0 = all of them, until Heal
	Channel string // only calls with this channel; "" = any
	Text    string // only calls whose text has this in it; "" = any

	Delay     time.Duration // real time, before anything else
	Meanwhile func(Call)    // runs when the answer is made and has not left: what it changes, the answer does not know

	Drop      bool // the connection closes, nothing happened
	DropAfter bool // the connection closes, and it happened anyway
	Garbage   bool // 200 with something that is not JSON, nothing happened

	Error      string        // ok:false with this code, nothing happened
	Status     int           // this HTTP status with Slack's usual body for it, nothing happened
	RetryAfter time.Duration // Status 429 unless given; the header counts whole seconds, rounded up

	RetryAfterText string // the header as it is, in place of RetryAfter: "0", "1.5", "soon", a date
}

type failing struct {
	method string
	Fault
	left int
}

// Fail spoils calls of a method; "*" is every method, "response_url" those URLs. Of several faults for a method the
// earliest goes first.
func (w *Workspace) Fail(method string, f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, &failing{method: method, Fault: f, left: f.Times})
}

// Heal ends all faults of calls. What was done to sockets has its own end.
func (w *Workspace) Heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}

// fault is what spoils c, nil for nothing. The workspace is locked.
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

func (f *Fault) harmless() bool {
	return !f.Drop && !f.DropAfter && !f.Garbage && f.Error == "" && f.Status == 0 && f.retryAfter() == ""
}

// retryAfter is the header; "" = none.
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

// seconds is d as Slack writes it in Retry-After: whole, at least one.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

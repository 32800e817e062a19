package graph

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// failure makes the error of a call that did not end with the status it wanted.
// What the pipeline returned is less than what the call knows: azcore replaces
// an answer by the context's error when both arrive together.
func (k *call) failure(resp *http.Response, err error, now time.Time) *Error {
	e := &Error{Op: k.op, Name: k.name, CallID: k.id, Outcome: NotActed}
	if t, ok := errors.AsType[*tokenError](err); ok {
		// Either nothing was sent, or a 401 asked for another token.
		e.Code, e.RequestID, e.Err = t.code, t.traceID, t
		return e
	}
	a := k.last
	if a == nil {
		e.Err = k.because("not sent", err)
		return e
	}
	if a.answer == nil {
		if a.never {
			e.Err = k.because("not sent", err)
			return e
		}
		e.Outcome, e.Err = Unknown, k.because("no answer", err)
		return e
	}
	h := a.answer.Header
	e.Status = a.answer.StatusCode
	e.Outcome = outcomeOfStatus(e.Status)
	e.RequestID = clean(h.Get("request-id"), 64, k.token)
	e.RetryAfter = retryAfter(h.Get("Retry-After"), now)
	if err != nil {
		e.Err = k.because("the answer broke off", err)
		return e
	}
	body, _ := runtime.Payload(resp) // was read before
	f := readFault(body)
	e.Code = clean(f.Code, 64, k.token)
	e.Message = clean(f.Message, 200, k.token)
	if e.RequestID == "" {
		e.RequestID = clean(f.RequestID, 64, k.token)
	}
	return e
}

// cause is an error whose text is fit for a log line.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

func (k *call) because(what string, err error) error {
	return &cause{what + ": " + clean(err.Error(), 200, k.token), err}
}

// retryAfter reads seconds or a date; 0 = there is none that can be read. More
// than a day is a day.
func retryAfter(header string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	header = strings.TrimSpace(header)
	if n, err := strconv.ParseInt(header, 10, 64); err == nil {
		return time.Duration(max(0, min(n, int64(most/time.Second)))) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, min(t.Sub(now), most))
	}
	return 0
}

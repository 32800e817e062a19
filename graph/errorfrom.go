package graph

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
)

// failure makes the error of a call that did not end with the status it wanted. It goes by
// what the call recorded rather than by what the pipeline returned, because azcore
// replaces an answer by the context's error when both arrive together.
func (k *call) failure(resp *http.Response, err error, now time.Time) *Error {
	e := &Error{Op: k.op, Name: k.name, CallID: k.id, Outcome: NotActed}
	if t, ok := errors.AsType[*noTokenError](err); ok {
		// Either nothing was sent, or a 401 challenge required another token.
		e.Code, e.RequestID, e.RetryAfter, e.Err = t.code, t.traceID, t.retryAfter, t
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
	e.RequestID = clean(h.Get("request-id"), 64, k.token)
	e.RetryAfter = cooldown.RetryAfter(h.Get("Retry-After"), now)
	if err != nil {
		e.Foreign = foreign(h, k.vouched, nil)
		e.Kind = e.kind(h, nil)
		e.Outcome = outcomeOfAnswer(e)
		e.Err = k.because("the answer broke off", err)
		return e
	}
	body, _ := runtime.Payload(resp) // azcore has already read it
	f := readFault(body)
	e.Code = clean(f.Code, 64, k.token)
	e.Message = clean(f.Message, 200, k.token)
	if e.RequestID == "" {
		e.RequestID = clean(f.RequestID, 64, k.token)
	}
	e.Foreign = foreign(h, k.vouched, body)
	e.Kind = e.kind(h, body)
	e.Outcome = outcomeOfAnswer(e)
	return e
}

// kind recognises refusals that Graph expresses in several ways. Multi Admin Approval has been seen
// as 400, 403 and 412; it is recognised by its headers, set on the answer or named in its text, and
// proves that nothing was done
// (learn.microsoft.com/intune/fundamentals/role-based-access-control/multi-admin-approval-graph-api).
func (e *Error) kind(h http.Header, body []byte) string {
	text := strings.ToLower(string(body))
	switch {
	case e.Foreign:
		return causes.Foreign
	case e.Status/100 == 4 && (h.Get("x-msft-approval-code") != "" || strings.Contains(text, "x-msft-approval-") || strings.EqualFold(e.Code, "ApprovalRequired")):
		return causes.SecondAdmin
	case (e.Op == opReprovision || e.Op == opReprovisionOwn) && (e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest) &&
		strings.Contains(text, "segment") && strings.Contains(text, "'reprovision'"):
		return causes.NoSuchCall
	}
	return ""
}

// foreign reports whether an answer with these headers and this body (nil = it broke off)
// is not Graph's own. A vouched answer is part of a batch answer that is Graph's own, so
// it need not prove that itself.
func foreign(h http.Header, vouched bool, body []byte) bool {
	if kind := h.Get("Content-Type"); kind != "" {
		kind, _, err := mime.ParseMediaType(kind)
		if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
			return true
		}
	}
	if vouched || h.Get("request-id") != "" {
		return false
	}
	var answer struct {
		Error struct {
			Code *json.RawMessage `json:"code"`
		} `json:"error"`
	}
	return json.Unmarshal(body, &answer) != nil || answer.Error.Code == nil
}

// asksForClaims reports whether a 401 is a claims challenge, which the pipeline answers by
// itself (learn.microsoft.com/entra/identity-platform/claims-challenge).
func asksForClaims(h http.Header) bool {
	return strings.Contains(strings.Join(h.Values("WWW-Authenticate"), " "), "insufficient_claims")
}

func (k *call) challenged() bool {
	return k.last != nil && k.last.answer != nil && asksForClaims(k.last.answer.Header)
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

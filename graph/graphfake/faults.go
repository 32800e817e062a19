package graphfake

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Match says which requests a fault applies to.
type Match struct {
	Kind    string // a kind of [Call]; "graph" = all but Entra's; "any" or empty = all
	PC      string // id or display name; empty = every one
	Version string // v1.0 or beta; empty = both
	Filter  Filter // for lists only
}

// Filter distinguishes lists with a $filter from those without.
type Filter int

// The values of [Match.Filter].
const (
	AnyList    Filter = iota // all calls, lists or not
	Filtered                 // only lists with a $filter
	Unfiltered               // only lists without one
)

// Style is how Graph wraps an error.
type Style int

// The styles seen in real answers.
const (
	Plain    Style = iota // code and message
	Nested                // code UnknownError, with the real error as JSON inside message
	Nameless              // like Nested, with an empty code
)

// Fault is what goes wrong. Several fields may be set; they take effect in the order listed.
// Durations are real time, whatever the tenant's clock.
type Fault struct {
	Times int // number of requests it applies to; 0 = until Heal (for CAE: one)

	// Before the tenant acts.
	Delay      time.Duration // wait first, then act even if the client has disconnected
	Hang       bool          // do nothing and never answer
	DropBefore bool          // reset the connection without acting
	CAE        bool          // revoke the token: 401 with a claims challenge
	Redirect   string        // Location header; "self" = the same address. Status defaults to 307
	Status     int           // refuse with this status
	Code       string        // error code; empty = the usual one for the status
	Message    string
	Style      Style
	RetryAfter time.Duration // header, rounded up to seconds; 0 = no such header

	RetryAfterText string // the same header with this exact text, sensible or not
	Foreign        bool   // with a status: an intermediary's HTML page, without the service's headers
	Undiscovered   bool   // 404 of a gateway that cannot reach the service: the resource "could not be discovered"

	// How an accepted reprovision turns out.
	IgnoreBody   bool   // options are accepted but not honoured
	FailLate     bool   // the build ends in failed
	WarnLate     bool   // the build ends in provisionedWithWarnings
	Stuck        bool   // the build never ends on its own
	FlipFlop     bool   // status says provisioned for the middle third of the build
	RowLags      bool   // the machine becomes ready, but its action row stays as it was during the build
	BuildOS      string // what the machine is built with, whatever was requested; empty = as requested
	BuildAccount string // likewise for the account type

	// After the tenant has acted.
	DelayAfter    time.Duration // delay the answer
	HangAfter     bool          // never answer
	DropAfter     bool          // reset the connection instead of an answer
	ActThenStatus int           // answer with this error instead
	EmptyBody200  bool          // answer 200 without a body instead
	Garbage       bool          // the body is a gateway's HTML page; a 204 becomes a 200
	NextLink      string        // replaces a page's @odata.nextLink
}

// pending is a fault that waits for matching requests.
type pending struct {
	Match
	Fault
	left int // 0 = for ever
}

// Fail makes matching requests go wrong from now on. Faults queue up: a request gets the
// oldest matching fault that has uses left, and only that one.
func (t *Tenant) Fail(match Match, f Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.CAE && f.Times == 0 {
		f.Times = 1
	}
	t.faults = append(t.faults, &pending{match, f, f.Times})
}

// Heal removes all faults. Tricks depend on display names and stay.
func (t *Tenant) Heal() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = nil
}

// misfortune is the fault that applies to a call: one set by Fail, else the trick of the
// machine's display name.
func (t *Tenant) misfortune(c *call) Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := t.find(c.PC)
	for i, p := range t.faults {
		if !p.befalls(c, m) {
			continue
		}
		if p.left--; p.left == 0 {
			t.faults = append(t.faults[:i:i], t.faults[i+1:]...)
		}
		return p.Fault
	}
	if m != nil && c.Kind == Reprovision {
		return trickOf(m.DisplayName, m.posts)
	}
	return Fault{}
}

func (p *pending) befalls(c *call, m *machine) bool {
	filtered := strings.Contains(c.Query, "%24filter=") || strings.Contains(c.Query, "$filter=")
	if p.Filter != AnyList && (c.Kind != List || filtered != (p.Filter == Filtered)) {
		return false
	}
	return (p.Kind == "" || p.Kind == "any" || p.Kind == c.Kind || p.Kind == "graph" && !c.entra()) &&
		(p.Version == "" || p.Version == c.Version) &&
		(p.PC == "" || strings.EqualFold(p.PC, c.PC) || m != nil && strings.EqualFold(p.PC, m.DisplayName))
}

// instead is the answer given in place of acting; nil = act as usual.
func (t *Tenant) instead(c *call, f Fault) *reply {
	switch {
	case f.CAE:
		t.mu.Lock()
		defer t.mu.Unlock()
		if k, _ := t.presented(c); k != nil {
			k.revoked = true
		}
		return nil // the revoked token is then refused as usual
	case f.Redirect != "":
		to := f.Redirect
		if to == "self" {
			to = t.url + c.Path
			if c.Query != "" {
				to += "?" + c.Query
			}
		}
		return answer(cmp.Or(f.Status, http.StatusTemporaryRedirect), nil).with("Location", to)
	case f.Undiscovered:
		f.Code, f.Message = "ResourceNotFound", "Resource could not be discovered."
		return t.failure(c, http.StatusNotFound, f)
	case f.Status != 0:
		return t.failure(c, f.Status, f)
	}
	return nil
}

// spoil turns the answer into the one that the fault asks for.
func (f Fault) spoil(t *Tenant, c *call, rep *reply) *reply {
	if f.ActThenStatus != 0 {
		rep = t.failure(c, f.ActThenStatus, f)
	}
	if f.EmptyBody200 {
		rep = answer(http.StatusOK, nil)
	}
	if f.Garbage {
		if rep.status == http.StatusNoContent {
			rep.status = http.StatusOK
		}
		rep.body = []byte("<html><head><title>Our services aren't available right now</title></head><body>&nbsp;</body></html>")
		rep.with("Content-Type", "text/html")
	}
	if f.NextLink != "" {
		var page map[string]any
		if json.Unmarshal(rep.body, &page) == nil && page["@odata.nextLink"] != nil {
			page["@odata.nextLink"] = f.NextLink
			rep.body = answer(rep.status, page).body
		}
	}
	return rep
}

// failure is an error answer of the service that the call was for.
func (t *Tenant) failure(c *call, status int, f Fault) *reply {
	var rep *reply
	if f.Status = status; f.Foreign {
		rep = page(status)
	} else if c.entra() {
		rep = t.outage(c, f)
	} else {
		usual := usualErrors[status]
		code, message := cmp.Or(f.Code, usual[0], "UnknownError"), cmp.Or(f.Message, usual[1])
		if f.Style != Plain {
			inner, _ := json.Marshal(map[string]string{"errorCode": code, "message": message})
			code, message = "UnknownError", string(inner)
		}
		if f.Style == Nameless {
			code = ""
		}
		rep = t.refuse(c, status, code, message)
		if status == http.StatusUnauthorized {
			rep.with("WWW-Authenticate", t.challenge())
		}
	}
	if f.RetryAfter > 0 {
		seconds := (f.RetryAfter + time.Second - 1) / time.Second
		rep.with("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
	if f.RetryAfterText != "" {
		rep.with("Retry-After", f.RetryAfterText)
	}
	return rep
}

// usualErrors are the usual code and message for each status.
var usualErrors = map[int][2]string{
	400: {"BadRequest", "Bad request."},
	401: {"InvalidAuthenticationToken", "Access token validation failure."},
	403: {"Forbidden", "Forbidden."},
	404: {"ResourceNotFound", "Resource not found."},
	405: {"Request_BadRequest", "Specified HTTP method is not allowed for the request target."},
	409: {"Conflict", "The operation is not allowed for the current Cloud PC state."},
	423: {"resourceLocked", "The resource is locked."},
	429: {"TooManyRequests", "Too many requests."},
	500: {"InternalServerError", "Internal server error."},
	502: {"BadGateway", "Bad gateway."},
	503: {"ServiceUnavailable", "The service is unavailable."},
	504: {"GatewayTimeout", "The gateway timed out."},
}

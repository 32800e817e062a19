package graph

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cloudpc-bot/bot/causes"
)

// What an [*Error] can be; ask with errors.Is. An answer that is not Graph's own
// ([Error.Foreign]) is none of ErrInvalid, ErrForbidden, ErrNotFound and ErrConflict,
// whatever its status: it says nothing about machines, permissions or people.
var (
	ErrInvalid        = errors.New("graph: invalid request")                     // 400, or refused before it was sent
	ErrUnauthorized   = errors.New("graph: token not accepted")                  // 401, Graph's own or not
	ErrForbidden      = errors.New("graph: forbidden")                           // 403: permission or admin consent is missing
	ErrNotFound       = errors.New("graph: not found")                           // 404, 410, but for ErrUndiscovered
	ErrUndiscovered   = errors.New("graph: service not discovered")              // 404 of a Graph that has lost the service behind it: an outage, which passes
	ErrConflict       = errors.New("graph: conflict")                            // 409: the Cloud PC's state does not allow it
	ErrThrottled      = errors.New("graph: throttled")                           // 429, Graph's own or not; or not sent because of an earlier one. See Error.RetryAfter
	ErrNoToken        = errors.New("graph: no token from Entra")                 // nothing was sent; passing unless also ErrRejected
	ErrRejected       = errors.New("graph: Entra rejects the bot's credentials") // for good: somebody has to change something
	ErrUnknownOutcome = errors.New("graph: outcome unknown")                     // a reprovision that may have been carried out
)

// Error is a call that did not end well. Its text is one line for operators; it
// holds no token and no body, and nothing in it can break out of the line.
type Error struct {
	Op         string        // what was tried: "read", "find", "read actions of", "read policy", "reprovision"
	Name       string        // of what: an id or a name, as it was asked for
	Status     int           // of Graph's answer; 0 = there was none
	Code       string        // the most specific one in the answer, or Entra's AADSTS number
	Message    string        // Graph's, for developers: not to be shown to users or branched on
	RequestID  string        // of the answer, for Microsoft's support
	CallID     string        // the client-request-id that was sent
	RetryAfter time.Duration // what Graph or Entra asked for, however long, or what is left of it; 0 = neither did
	Outcome    Outcome       // of a reprovision; a read that failed has NotActed

	// Foreign is an answer that is not Graph's own but that of something between: a proxy,
	// a sign-in page, a load balancer. Its content is not JSON, or it has neither a
	// request-id nor an error in Graph's form
	// (learn.microsoft.com/graph/errors, learn.microsoft.com/graph/best-practices-concept).
	Foreign bool

	// Kind is one of package causes' own words for a refusal that Graph gives in several ways:
	// causes.SecondAdmin, causes.NoSuchCall, or causes.Foreign; empty for every other.
	Kind string

	Err error // the cause where there is no answer; nil otherwise
}

// Unwrap gives the cause where there was no answer.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether e is what target, one of this package's variables, names.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrInvalid:
		return e.Status == http.StatusBadRequest && !e.Foreign
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden && !e.Foreign
	case ErrNotFound:
		return (e.Status == http.StatusNotFound || e.Status == http.StatusGone) && !e.Foreign && !e.undiscovered()
	case ErrUndiscovered:
		return e.undiscovered()
	case ErrConflict:
		return e.Status == http.StatusConflict && !e.Foreign
	case ErrThrottled:
		return e.Status == http.StatusTooManyRequests
	case ErrUnknownOutcome:
		return e.Outcome == Unknown
	default:
		return false
	}
}

// undiscovered reports whether Graph's gateway could not find the service that has the
// Cloud PCs. It says so with the code of a machine that is missing; the message differs.
func (e *Error) undiscovered() bool {
	return e.Status == http.StatusNotFound && !e.Foreign && strings.Contains(strings.ToLower(e.Message), "could not be discovered")
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "graph: %s %q: %s", e.Op, clean(e.Name, 64), e.what())
	switch {
	case e.RequestID != "":
		fmt.Fprintf(&b, " (request-id %s)", clean(e.RequestID, 64))
	case e.CallID != "" && e.Status == 0:
		fmt.Fprintf(&b, " (client-request-id %s)", clean(e.CallID, 64))
	}
	return b.String()
}

// what says what happened, without the frame around it.
func (e *Error) what() string {
	var parts []string
	if e.Status != 0 {
		label := cmp.Or(clean(e.Code, 64), http.StatusText(e.Status), "unknown status")
		parts = append(parts, fmt.Sprintf("%d %s", e.Status, label))
	}
	switch {
	case e.Kind != "":
		parts = append(parts, strings.TrimSuffix(causes.Graph(e.Status, e.Kind).Text(), "."))
	case e.Status == http.StatusForbidden:
		parts = append(parts, "the app needs "+permission(e.Op)+" with admin consent")
	}
	if e.Message != "" {
		parts = append(parts, clean(e.Message, 200))
	}
	if e.Err != nil {
		parts = append(parts, clean(e.Err.Error(), 300))
	}
	if len(parts) == 0 {
		parts = append(parts, "no answer")
	}
	text := strings.Join(parts, ": ")
	if e.Outcome == Unknown {
		text += "; it may have been carried out"
	}
	return text
}

// permission is the least that Graph wants for op.
func permission(op string) string {
	if op == opReprovision {
		return "CloudPC.ReadWrite.All"
	}
	return "CloudPC.Read.All"
}

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

// The kinds of an [*Error]; test for them with errors.Is. An answer that is not Graph's own
// ([Error.Foreign]) is never ErrInvalid, ErrForbidden, ErrNotFound or ErrConflict, whatever
// its status: it says nothing about machines, permissions or people.
var (
	ErrInvalid        = errors.New("graph: invalid request")                     // 400, or refused before it was sent
	ErrUnauthorized   = errors.New("graph: token not accepted")                  // 401, whether Graph's own or not
	ErrForbidden      = errors.New("graph: forbidden")                           // 403: permission or admin consent is missing; for people's own Cloud PCs also: the tenant does not let them reset these
	ErrNotFound       = errors.New("graph: not found")                           // 404 or 410, except ErrUndiscovered
	ErrUndiscovered   = errors.New("graph: service not discovered")              // 404 because Graph cannot reach the service behind it: a passing outage
	ErrConflict       = errors.New("graph: conflict")                            // 409: the Cloud PC's state does not allow it
	ErrThrottled      = errors.New("graph: throttled")                           // 429, whether Graph's own or not; or not sent because of an earlier one. See Error.RetryAfter
	ErrNoToken        = errors.New("graph: no token from Entra")                 // nothing was sent; temporary unless also ErrRejected
	ErrRejected       = errors.New("graph: Entra rejects the bot's credentials") // permanent until somebody changes the configuration
	ErrSignInOver     = errors.New("graph: the person has to sign in again")     // Entra renews a person's token no more; nothing was done. Also ErrNoToken, and asking again cannot help
	ErrUnknownOutcome = errors.New("graph: outcome unknown")                     // a reprovision that may have been carried out
)

// Error is a call that did not end well. Its text is one line for operators; it contains no
// token and no response body, and nothing in it can break out of the line.
type Error struct {
	Op         string        // what was tried: "read", "list", "find", "read policy", "read image", "read usage", "read audit events", "reprovision", and of a person's own "list own", "reprovision own"
	Name       string        // what it was tried on: an id or a name, as the caller gave it
	Status     int           // HTTP status of the answer; 0 = no answer
	Code       string        // the most specific error code in the answer, or Entra's AADSTS number
	Message    string        // Graph's message for developers: do not show it to users or branch on it
	RequestID  string        // the answer's request-id, for Microsoft's support
	CallID     string        // the client-request-id that was sent
	RetryAfter time.Duration // what Graph or Entra asked for, uncapped, or what is left of it; 0 = no Retry-After
	Outcome    Outcome       // of a reprovision; NotActed for a read that failed

	// Foreign marks an answer that is not Graph's own but an intermediary's: a proxy, a
	// sign-in page, a load balancer. It is not JSON, or it has neither a request-id nor an
	// error in Graph's form
	// (learn.microsoft.com/graph/errors, learn.microsoft.com/graph/best-practices-concept).
	Foreign bool

	// Kind is package causes' own word for a refusal that Graph expresses in several ways:
	// causes.SecondAdmin, causes.NoSuchCall or causes.Foreign; empty for any other.
	Kind string

	Err error // the cause if there is no answer or it broke off; nil otherwise
}

// Unwrap returns the cause if there was no answer or it broke off.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether e is of the kind that target, one of this package's variables, names.
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

// undiscovered reports whether Graph's gateway could not find the service that holds the
// Cloud PCs. The code is the same as for a missing machine; only the message differs.
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

// what says what happened, without the operation and the request id.
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
		parts = append(parts, needs(e.Op))
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

// needs is what a 403 to op means: which permission is the least that Graph requires, and for
// people's own Cloud PCs, what else may be missing. Whether Graph refuses people whom the tenant
// does not let reset their Cloud PCs, and in which words, is not documented.
func needs(op string) string {
	const reset = `, or the tenant has not switched on "Enable users to reset their Cloud PCs" for this person`
	switch op {
	case opReprovision:
		return "the app needs CloudPC.ReadWrite.All with admin consent"
	case opReprovisionOwn:
		return "either the app lacks consent to the delegated permission CloudPC.ReadWrite.All" + reset
	case opListOwn:
		return "either the app lacks consent to the delegated permission CloudPC.Read.All or CloudPC.ReadWrite.All" + reset
	}
	return "the app needs CloudPC.Read.All with admin consent"
}

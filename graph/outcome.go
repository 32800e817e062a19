package graph

import (
	"errors"
	"net/http"
)

// Outcome is what is known about the effect of a reprovision call.
type Outcome int

// The outcomes. The zero value is the one that promises nothing.
const (
	Unknown  Outcome = iota // it may have been carried out
	Acted                   // Graph accepted it
	Refused                 // Graph or this package said no; repeating the call will not help
	NotActed                // proven not to have been carried out; it may be repeated
)

func (o Outcome) String() string {
	switch o {
	case Acted:
		return "acted"
	case Refused:
		return "refused"
	case NotActed:
		return "not acted"
	default:
		return "unknown"
	}
}

// OutcomeOf returns the outcome of the reprovision call that returned err: Acted for nil,
// and Unknown for an error that did not come from this package.
func OutcomeOf(err error) Outcome {
	if err == nil {
		return Acted
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Outcome
	}
	return Unknown
}

// outcomeOfAnswer applies the table in the package documentation.
func outcomeOfAnswer(e *Error) Outcome {
	o := outcomeOfStatus(e.Status)
	if o != Acted && (e.Foreign || e.undiscovered()) {
		return Unknown // no proof: the POST may have been passed on first
	}
	return o
}

// outcomeOfStatus is the outcome of an answer that is Graph's own.
func outcomeOfStatus(status int) Outcome {
	switch status {
	case http.StatusNoContent:
		return Acted
	case http.StatusTooManyRequests:
		return NotActed
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden,
		http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone,
		http.StatusLengthRequired, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge,
		http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity,
		http.StatusLocked, http.StatusUnavailableForLegalReasons:
		return Refused
	default:
		return Unknown
	}
}

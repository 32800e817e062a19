package graphfake

import (
	"net/http"
	"strings"
	"time"
)

// trick is what a display name does to reprovisions of its machine; n is the number of those
// that have arrived.
type trick struct {
	tells string
	fault func(n int) Fault
}

func always(f Fault) func(int) Fault { return func(int) Fault { return f } }

// tricks by display name, in any case.
var tricks = map[string]trick{
	"CPC-lost-answer": {"is wiped, and the connection breaks before the answer", always(Fault{DropAfter: true})},
	"CPC-lost-order":  {"is not wiped, and the connection breaks before the answer", always(Fault{DropBefore: true})},
	"CPC-hangs":       {"is not wiped, and no answer ever comes", always(Fault{Hang: true})},
	"CPC-gateway":     {"is wiped, and the answer is a 504", always(Fault{ActThenStatus: http.StatusGatewayTimeout})},
	"CPC-unavailable": {"is not wiped, and the answer is a 503", always(Fault{Status: http.StatusServiceUnavailable})},
	"CPC-conflict":    {"is refused with a 409", always(Fault{Status: http.StatusConflict})},
	"CPC-fails-late":  {"is accepted, and the build fails", always(Fault{FailLate: true})},
	"CPC-warnings":    {"is accepted, and ready with warnings", always(Fault{WarnLate: true})},
	"CPC-stuck":       {"is accepted, and stays in provisioning", always(Fault{Stuck: true})},
	"CPC-flip-flop":   {"says provisioned for a while in the middle of the build", always(Fault{FlipFlop: true})},
	"CPC-throttled": {"is throttled twice, then accepted", func(n int) Fault {
		if n%3 == 0 {
			return Fault{}
		}
		return Fault{Status: http.StatusTooManyRequests, RetryAfter: 2 * time.Second}
	}},
}

// trickOf is what a display name does to the nth reprovision of its machine.
func trickOf(name string, n int) Fault {
	for named, trick := range tricks {
		if strings.EqualFold(named, name) {
			return trick.fault(n)
		}
	}
	return Fault{}
}

// Tricks returns the display names, in any case, whose Cloud PCs misbehave when they are
// reprovisioned, and what each does.
func Tricks() map[string]string {
	all := make(map[string]string, len(tricks))
	for name, trick := range tricks {
		all[name] = trick.tells
	}
	return all
}

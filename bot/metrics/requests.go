package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"cloudpc-bot/bot/ledger"
)

var states, failures = words(ledger.States()), words(ledger.Failures())

// signIns are how a sign-in may end: not with what comes after it.
var signIns = slices.DeleteFunc(append(words(ledger.NoSignInWhys()), signedIn, givenUp), func(why string) bool {
	return slices.Contains([]string{string(ledger.SignInEnded), string(ledger.SignInNotConfirmed), string(ledger.SignInNoMachine)}, why)
})

const signedIn, givenUp = "signed-in", "given-up"

// Buckets in seconds. An approval waits for people, up to APPROVAL_TTL; a run takes half an hour to two
// hours, and is called overdue after FOLLOW_TIMEOUT.
var (
	approvalBuckets = []float64{30, 60, 120, 300, 600, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 24 * 3600}
	readyBuckets    = []float64{600, 1200, 1800, 2400, 3000, 3600, 4500, 5400, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600}
)

func (m *Metrics) countRequests() {
	m.changes = m.counter("cloudpcbot_request_state_changes_total", "Requests that came into a state; outcome says how a failed one failed.", "state", "outcome")
	for _, state := range states {
		if state != string(ledger.Failed) {
			m.changes.WithLabelValues(state, "")
		}
	}
	for _, failure := range failures {
		m.changes.WithLabelValues(string(ledger.Failed), failure)
	}
	m.signIns = m.counter("cloudpcbot_sign_ins_total", "Sign-ins of self-service that have ended; outcome says how.", "outcome")
	signIns.start(m.signIns)
	m.toApproval = m.histogram("cloudpcbot_time_to_approval_seconds", "Time from the command to the last approval that was needed.", approvalBuckets).WithLabelValues().(prometheus.Histogram)
	m.toReady = m.histogram("cloudpcbot_time_to_ready_seconds", "Time from the beginning of a reprovision until Graph showed the machine as ready.", readyBuckets).WithLabelValues().(prometheus.Histogram)
}

// Changed counts what the ledger has stored of a request: which states it came into, and how long that took.
func (m *Metrics) Changed(before ledger.State, r ledger.Request, news []ledger.Event) {
	for _, e := range news {
		switch {
		case e.Kind == ledger.WasSignedIn:
			m.signIns.WithLabelValues(signedIn).Inc()
		case e.Kind == ledger.WasRefused && e.Cause.Code == ledger.NoSignIn && r.Self.SignedIn.IsZero():
			m.signIns.WithLabelValues(signIns.of(e.Cause.Detail)).Inc()
		case e.Kind == ledger.WasCancelled && before == ledger.Resolving && r.IsSelfService() && r.Self.SignedIn.IsZero():
			m.signIns.WithLabelValues(givenUp).Inc()
		}
		if e.To == before {
			continue
		}
		outcome := ""
		if e.To == ledger.Failed {
			outcome = failures.of(string(r.Failure))
		}
		m.changes.WithLabelValues(states.of(string(e.To)), outcome).Inc()
		if e.Kind == ledger.WasApproved {
			m.toApproval.Observe(seconds(e.At.Sub(r.Asked)))
		}
		if took := ledger.RunOf(r).Took; e.To == ledger.Succeeded && took > 0 {
			m.toReady.Observe(seconds(took))
		}
		before = e.To
	}
}

// seconds is a duration as Prometheus wants it. Clocks that disagree do not make it negative.
func seconds(d time.Duration) float64 { return max(d, 0).Seconds() }

package doctor

import (
	"fmt"
	"time"
)

// A clock that is off by more than ruinous gets no token from Entra: it accepts assertions and tokens
// that are up to five minutes early or late
// (learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer-and-lifetime, and
// AADSTS700024). Well before that, people see times on cards that are wrong, and the deadline of a call
// to Graph, which processes keep together, ends too early in one of them: its reserve is 30 s.
const (
	noticeable = 10 * time.Second
	ruinous    = 5 * time.Minute
)

// Clock tells how far a service's clock is from this machine's; known is false if it did not say.
func Clock(service string, ahead time.Duration, known bool) []Finding {
	if !known {
		return nil
	}
	off := ahead.Abs().Round(time.Second)
	f := Finding{Level: Warn, Subject: "clock", What: "this machine's clock is wrong", About: []any{"service", service, "skew", ahead.Round(time.Second)},
		Text: fmt.Sprintf("this machine's clock is %v behind %s's", off, service), Cure: "let this machine's clock follow a time server (NTP)"}
	if ahead < 0 {
		f.Text = fmt.Sprintf("this machine's clock is %v ahead of %s's", off, service)
	}
	switch {
	case off < noticeable:
		return []Finding{fine("clock", "this machine's clock agrees with %s's", service)}
	case off >= ruinous:
		f.Level = Fail
	}
	return []Finding{f}
}

package graph

import (
	"context"
	"errors"
	"time"
)

// ended is how a call ended.
type ended struct {
	at     time.Time
	outage error // nil = Graph answered, and lets the bot in
}

// Latest returns when the latest call ended that says whether Graph serves the bot, and why it does not, an
// *[Error]: Graph did not answer or failed, something else answered in its place, or it refused the token or
// the permission. Any other answer is a good sign, even if it is a refusal that concerns one machine. The
// zero time = there was no such call yet.
func (c *Client) Latest() (at time.Time, outage error) {
	if l := c.latest.Load(); l != nil {
		return l.at, l.outage
	}
	return time.Time{}, nil
}

// note keeps how a call ended; e is nil if it ended well. A call that its caller gave up says nothing about
// Graph, nor does one without a token, for which Entra is to blame, nor the report of use, which the bot
// does without.
func (c *Client) note(ctx context.Context, op string, e *Error) {
	l := &ended{at: c.clock()}
	if e != nil {
		if op == opUsage || errors.Is(ctx.Err(), context.Canceled) || errors.Is(e, ErrNoToken) {
			return
		}
		if e.outage() {
			l.outage = e
		}
	}
	c.latest.Store(l)
}

// outage reports whether the error concerns every call, and not the machine alone that it was about.
func (e *Error) outage() bool {
	switch {
	case e.Is(ErrForbidden):
		return e.Kind == "" // Multi Admin Approval concerns one order
	case e.Foreign, e.Status == 0, e.Status/100 == 5, e.Is(ErrUnauthorized), e.undiscovered():
		return true
	}
	return false
}

package graph

import (
	"net/http"
	"strings"
	"time"

	"cloudpc-bot/bot/cooldown"
)

// Cooldown keys. A key names what is read, not the address: one cooldown counts for v1.0
// and beta, alone and in a batch. The POST of a reprovision has no key: its answers start
// no cooldown, and no cooldown holds it back.
const (
	listKey   = "list"   // all Cloud PCs
	filterKey = "filter" // some Cloud PCs
	tokenKey  = "token"  // Entra's token endpoint
	auditKey  = "audit"  // the tenant's audit events
)

const serviceEntra = "Entra" // as a cooldown is told of

func pcKey(id string) string     { return "cloudPC " + strings.ToLower(id) }
func policyKey(id string) string { return "policy " + strings.ToLower(id) }
func imageKey(id string) string  { return "image " + strings.ToLower(id) }
func usageKey(id string) string  { return "usage " + strings.ToLower(id) }

// asksForRest reports whether a Retry-After with that status is honoured.
func asksForRest(status int) bool {
	return status == http.StatusTooManyRequests || status/100 == 5
}

// rest starts a cooldown of d for keys, capped at [cooldown.Longest]. A long one is logged
// once.
func (c *Client) rest(service, what string, d time.Duration, keys ...string) {
	if d <= 0 || len(keys) == 0 {
		return
	}
	c.resting.Lock()
	defer c.resting.Unlock()
	logged, until := true, time.Time{}
	for _, key := range keys {
		logged = logged && c.rests.Left(key) > cooldown.Long
		until = c.rests.Begin(key, d)
	}
	if service == serviceEntra {
		c.observe.Cooldown("entra", until)
	} else {
		c.observe.Cooldown("graph", until)
	}
	if d > cooldown.Long && !logged {
		c.log.Warn("Microsoft asked for a long cooldown", "service", service, "what", what, "retry_after", d, "until", until)
	}
}

// atRest is the error of a read that is not sent because its key is in a cooldown; nil = it
// may be sent.
func (c *Client) atRest(op, name, key string) *Error {
	left := c.rests.Left(key)
	if left <= 0 {
		return nil
	}
	return &Error{Op: op, Name: name, Outcome: NotActed, RetryAfter: left,
		Err: &cause{"not sent: Graph asked for a cooldown, which ends in " + left.Round(time.Second).String(), ErrThrottled}}
}

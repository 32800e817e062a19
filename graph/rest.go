package graph

import (
	"net/http"
	"strings"
	"time"

	"cloudpc-bot/bot/cooldown"
)

// The keys under which the book of rests keeps what is to be left alone. A key is what is
// asked for and not where: one rest counts for v1.0 and beta, alone and in a batch. The POST
// of a reprovision has none: its answers begin no rest, and no rest keeps it back.
const (
	listKey   = "list"   // all Cloud PCs
	filterKey = "filter" // Cloud PCs of one name
	tokenKey  = "token"  // of Entra
)

func pcKey(id string) string     { return "cloudPC " + strings.ToLower(id) }
func policyKey(id string) string { return "policy " + strings.ToLower(id) }

// asksForRest reports whether a Retry-After beside that status is heeded.
func asksForRest(status int) bool {
	return status == http.StatusTooManyRequests || status/100 == 5
}

// rest leaves keys alone for d, as long as [cooldown.Longest] allows. A long one is told once.
func (c *Client) rest(service, what string, d time.Duration, keys ...string) {
	if d <= 0 || len(keys) == 0 {
		return
	}
	c.resting.Lock()
	defer c.resting.Unlock()
	told, until := true, time.Time{}
	for _, key := range keys {
		told = told && c.rests.Left(key) > cooldown.Long
		until = c.rests.Begin(key, d)
	}
	if d > cooldown.Long && !told {
		c.log.Warn("service asks to be left alone for long", "service", service, "what", what, "retry_after", d, "until", until)
	}
}

// atRest is the error of a read that is not sent yet, because the same was asked to be left
// alone; nil = it may be sent.
func (c *Client) atRest(op, name, key string) *Error {
	left := c.rests.Left(key)
	if left <= 0 {
		return nil
	}
	return &Error{Op: op, Name: name, Outcome: NotActed, RetryAfter: left,
		Err: &cause{"not sent: Graph asked to be left alone for another " + left.Round(time.Second).String(), ErrThrottled}}
}

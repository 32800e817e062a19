package graph

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// renewEvery is the shortest time between two attempts to replace a token that Graph
// refuses. A refusal that a new token does not cure must not cause a request to Entra with
// every call.
const renewEvery = 5 * time.Minute

// route is the pair of pipelines that use one credential. Both azidentity and azcore's
// bearer policy keep a token until shortly before it expires, usually for an hour, and
// neither can be told to forget it: a fresh token takes a new route.
type route struct {
	token credential
	reads runtime.Pipeline // retries transient failures twice
	acts  runtime.Pipeline // never retries
}

func (c *Client) connect(cred azcore.TokenCredential) *route {
	l := &route{token: credential{cred, c}}
	token := runtime.NewBearerTokenPolicy(l.token, c.scopes, nil)

	// Three tries within a few seconds; a caller with more patience calls again later.
	l.reads = pipeline(token, c.many, policy.RetryOptions{
		MaxRetries: 2, RetryDelay: 300 * time.Millisecond, MaxRetryDelay: 5 * time.Second,
	})
	// -1 means no retries. azcore's zero value means three, and it retries a POST as well.
	l.acts = pipeline(token, c.once, policy.RetryOptions{MaxRetries: -1})
	return l
}

// fetch asks Entra for a token, waiting at most d, and leaves it in the route's cache.
func (c *Client) fetch(ctx context.Context, l *route, d time.Duration) (azcore.AccessToken, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return l.token.GetToken(ctx, policy.TokenRequestOptions{Scopes: c.scopes, EnableCAE: true})
}

// noteRefusedToken notes that Graph refused the token of a call in a way that a new token may cure: a
// 401 that does not say why, or a 403, because an admin consent shows only in tokens
// issued after it.
func (c *Client) noteRefusedToken(k *call, e *Error, claims bool) {
	switch {
	case e.Is(ErrForbidden), e.Is(ErrUnauthorized) && !claims:
		c.refused.Store(k.route)
	}
}

// current returns the route to use. A route whose token is in doubt is replaced first, if
// the client can renew it; calls made meanwhile wait for that. If Entra has no other token,
// the old one stays in use: it may still serve for other calls.
func (c *Client) current(ctx context.Context) *route {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, now := c.renewed, c.clock()
	recently := !before.IsZero() && now.Sub(before) < renewEvery
	if c.renew == nil || c.refused.Load() != c.route || recently || c.rests.Left(tokenKey) > 0 {
		return c.route
	}
	c.renewed = now
	cred, err := c.renew()
	if err == nil {
		next := c.connect(cred)
		if _, err = c.fetch(ctx, next, c.timeout/3); err == nil { // leave time for the call itself
			c.route = next
			c.log.InfoContext(ctx, "Entra gave a new token; the one before was refused, or lacked a permission")
			return c.route
		}
	}
	if ctx.Err() != nil { // the caller gave up, Entra did not fail
		c.renewed = before
		return c.route
	}
	c.log.WarnContext(ctx, "Entra gave no new token; still using the one that Graph refused", "error", clean(err.Error(), 300))
	return c.route
}

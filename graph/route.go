package graph

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// renewEvery is how often a token that Graph refuses makes the client fetch another one. A
// refusal that a new token does not cure must not become a visit to Entra with every call.
const renewEvery = 5 * time.Minute

// route is the way to Graph with one credential. Both azidentity and azcore's bearer policy
// keep a token until it nearly expires, an hour, and neither can be told to forget it: a
// fresh token takes a fresh route.
type route struct {
	token credential
	reads runtime.Pipeline // repeats what is passing, a little
	acts  runtime.Pipeline // repeats nothing
}

func (c *Client) connect(cred azcore.TokenCredential) *route {
	l := &route{token: credential{cred, c}}
	token := runtime.NewBearerTokenPolicy(l.token, c.scopes, nil)

	// Three tries, a few seconds: who needs more patience than that asks again later.
	l.reads = pipeline(token, c.many, policy.RetryOptions{
		MaxRetries: 2, RetryDelay: 300 * time.Millisecond, MaxRetryDelay: 5 * time.Second,
	})
	// -1 is none; azcore's zero value is three, for a POST as well.
	l.acts = pipeline(token, c.once, policy.RetryOptions{MaxRetries: -1})
	return l
}

// fetch asks Entra for a token, for so long, and keeps it where the route finds it.
func (c *Client) fetch(ctx context.Context, l *route, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_, err := l.token.GetToken(ctx, policy.TokenRequestOptions{Scopes: c.scopes, EnableCAE: true})
	return err
}

// doubt notes that Graph refused the token of a call in a way that a new one may cure: a 401
// that does not say why, or a 403, because a consent that was given meanwhile is in the
// tokens that are issued after it.
func (c *Client) doubt(k *call, e *Error, claims bool) {
	switch {
	case e.Is(ErrForbidden), e.Is(ErrUnauthorized) && !claims:
		c.doubted.Store(k.route)
	}
}

// current is the route to use. One whose token is in doubt is replaced first, where there is
// a way to; calls that come meanwhile wait for that. If Entra has no other token now, the
// old one goes on: it may still do for other things.
func (c *Client) current(ctx context.Context) *route {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, now := c.renewed, c.clock()
	recently := !before.IsZero() && now.Sub(before) < renewEvery
	if c.renew == nil || c.doubted.Load() != c.route || recently || c.rests.Left(tokenKey) > 0 {
		return c.route
	}
	c.renewed = now
	cred, err := c.renew()
	if err == nil {
		next := c.connect(cred)
		if err = c.fetch(ctx, next, c.timeout/3); err == nil { // the call wants some time for itself
			c.route = next
			c.log.InfoContext(ctx, "new token fetched from Entra after Graph refused the old one")
			return c.route
		}
	}
	if ctx.Err() != nil { // the caller's doing, not Entra's
		c.renewed = before
		return c.route
	}
	c.log.WarnContext(ctx, "no new token from Entra; the one that Graph refused is used on", "error", clean(err.Error(), 300))
	return c.route
}

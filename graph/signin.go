package graph

import "context"

// SignIn asks Entra for a token and keeps it as the credential does. Its errors are
// ErrNoToken, and ErrRejected where Entra will not have this identity at all.
func (c *Client) SignIn(ctx context.Context) error {
	return c.fetch(ctx, c.current(ctx), c.timeout)
}

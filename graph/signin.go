package graph

import "context"

// SignIn fetches a token from Entra and keeps it in the credential's cache. It returns
// ErrNoToken, which is also ErrRejected if Entra does not accept this identity at all.
func (c *Client) SignIn(ctx context.Context) error {
	_, err := c.fetch(ctx, c.current(ctx), c.timeout)
	return err
}

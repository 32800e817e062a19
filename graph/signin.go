package graph

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// SignIn asks Entra for a token and keeps it as the credential does. Its errors are
// ErrNoToken, and ErrRejected where Entra will not have this identity at all.
func (c *Client) SignIn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	_, err := c.token.GetToken(ctx, policy.TokenRequestOptions{Scopes: c.scopes, EnableCAE: true})
	return err
}

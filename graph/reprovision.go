package graph

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const opReprovision = "reprovision"

// Build says what the new machine shall be. The zero value leaves everything to
// the Cloud PC's policy, and is what most people want: on Enterprise plans it is
// not documented that the service heeds the rest.
type Build struct {
	OS      string `json:"osVersion,omitempty"`       // windows10, windows11; empty = not said
	Account string `json:"userAccountType,omitempty"` // standardUser, administrator; empty = not said
}

// valid refuses every other value, and so unknownFutureValue, which Graph only
// uses to answer with.
func (b Build) valid(name string) error {
	switch b.OS {
	case "", "windows10", "windows11":
	default:
		return invalid(opReprovision, name, "osVersion is windows10 or windows11")
	}
	switch b.Account {
	case "", "standardUser", "administrator":
	default:
		return invalid(opReprovision, name, "userAccountType is standardUser or administrator")
	}
	return nil
}

// Reprovision wipes the Cloud PC id and has it rebuilt, on the word of an
// admin or of the application. A nil error means that Graph took the order, not
// that it is carried out. For an error ask [OutcomeOf].
func (c *Client) Reprovision(ctx context.Context, id string, b Build) error {
	if err := b.valid(id); err != nil {
		return err
	}
	return c.reprovision(ctx, id, &b, fleet...)
}

// The two that follow have no caller yet. Self-service wants them: a person asks with a sign-in of
// their own.

// ReprovisionMine is Reprovision for a Cloud PC of the signed-in user. It needs
// a credential of that user, and takes no options.
func (c *Client) ReprovisionMine(ctx context.Context, id string) error {
	return c.reprovision(ctx, id, nil, "me", "cloudPCs")
}

// ReprovisionOf is ReprovisionMine with the user named, by id or principal
// name. It is no way to another user's Cloud PC.
func (c *Client) ReprovisionOf(ctx context.Context, userID, id string) error {
	if err := segment(opReprovision, "a user's id", userID); err != nil {
		return err
	}
	return c.reprovision(ctx, id, nil, "users", userID, "cloudPCs")
}

// reprovision sends the POST, once; b is its body, nil = none.
func (c *Client) reprovision(ctx context.Context, id string, b *Build, under ...string) error {
	if err := segment(opReprovision, "a Cloud PC's id", id); err != nil {
		return err
	}
	k, req, cancel, err := c.begin(ctx, opReprovision, id, http.MethodPost, c.url(v1, append(under, id, "reprovision")...))
	if err != nil {
		return err
	}
	defer cancel()
	if b != nil { // {} where nothing was chosen: nobody knows whether an empty body would do
		if err := runtime.MarshalAsJSON(req, b); err != nil {
			return invalid(opReprovision, id, "its options cannot be written")
		}
	}
	k.route = c.current(req.Raw().Context())
	resp, err := k.route.acts.Do(req)
	e := k.failure(resp, err, c.clock())
	if e.Outcome == Acted { // the answer counts, even if the context ended with it
		return nil
	}
	c.doubt(k, e, k.challenged())
	return e
}

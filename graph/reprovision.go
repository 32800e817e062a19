package graph

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

const (
	opReprovision    = "reprovision"
	opReprovisionOwn = "reprovision own"
)

// Build says what the new machine should be: the optional body of the admin form of
// reprovision (learn.microsoft.com/graph/api/cloudpc-reprovision). The zero value leaves
// everything to the Cloud PC's policy, which is what most people want: whether the service
// honours the options on Enterprise plans is not documented.
type Build struct {
	OS      string `json:"osVersion,omitempty"`       // windows10, windows11; empty = not sent
	Account string `json:"userAccountType,omitempty"` // standardUser, administrator; empty = not sent
}

// valid refuses every other value, including unknownFutureValue, which Graph only uses in
// answers.
func (b Build) valid(name string) error {
	switch b.OS {
	case "", "windows10", "windows11":
	default:
		return invalid(opReprovision, name, "osVersion must be windows10 or windows11")
	}
	switch b.Account {
	case "", "standardUser", "administrator":
	default:
		return invalid(opReprovision, name, "userAccountType must be standardUser or administrator")
	}
	return nil
}

// Reprovision wipes the Cloud PC with the given id and has it rebuilt:
// POST /v1.0/deviceManagement/virtualEndpoint/cloudPCs/{id}/reprovision. It needs
// CloudPC.ReadWrite.All, as the application or for a signed-in admin. A nil error means
// that Graph accepted the order (204), not that the rebuild is complete; that takes about
// an hour. For an error see [OutcomeOf].
func (c *Client) Reprovision(ctx context.Context, id string, b Build) error {
	if err := b.valid(id); err != nil {
		return err
	}
	return c.callReprovision(ctx, opReprovision, id, &b, fleet...)
}

// ReprovisionMine reprovisions a Cloud PC of the person who has signed in:
// POST /v1.0/me/cloudPCs/{id}/reprovision. It needs the person's own credential, with the
// delegated permission CloudPC.ReadWrite.All: this form is not for applications. It takes no
// options, because only the admin form supports a body
// (learn.microsoft.com/graph/api/cloudpc-reprovision). The outcomes are those of Reprovision.
//
// ErrForbidden has two possible causes, which no answer is known to tell apart: the permission
// lacks consent, or the tenant does not let this person reset their Cloud PCs
// (learn.microsoft.com/graph/api/resources/cloudpcusersetting, resetEnabled, which is off by
// default). ErrSignInOver means that nothing was done, and that the person has to sign in again.
func (c *Client) ReprovisionMine(ctx context.Context, id string) error {
	return c.callReprovision(ctx, opReprovisionOwn, id, nil, me, "cloudPCs")
}

// ReprovisionOf is ReprovisionMine through /v1.0/users/{userID}, where userID is the id or the
// principal name of the person who has signed in. Graph refuses it for anybody else, so that a
// credential of the wrong person erases nothing.
func (c *Client) ReprovisionOf(ctx context.Context, userID, id string) error {
	if err := segment(opReprovisionOwn, "a user's id", userID); err != nil {
		return err
	}
	return c.callReprovision(ctx, opReprovisionOwn, id, nil, "users", userID, "cloudPCs")
}

// callReprovision sends the POST, once; b is its body, nil = no body.
func (c *Client) callReprovision(ctx context.Context, op, id string, b *Build, under ...string) error {
	if err := segment(op, "a Cloud PC's id", id); err != nil {
		return err
	}
	k, req, cancel, err := c.begin(ctx, op, id, http.MethodPost, c.url(v1, append(under, id, "reprovision")...))
	if err != nil {
		return err
	}
	defer cancel()
	if b == nil {
		req.Raw().Header.Set("Content-Type", "application/json") // the page requires it, of a request without a body too
	} else { // {} if nothing was chosen: whether Graph accepts an empty body is not documented
		if err := runtime.MarshalAsJSON(req, b); err != nil {
			return invalid(op, id, "its options cannot be written")
		}
	}
	k.route = c.current(req.Raw().Context())
	resp, err := k.route.acts.Do(req)
	e := k.failure(resp, err, c.clock())
	if e.Outcome == Acted { // the answer counts, even if the context ended at the same time
		c.note(req.Raw().Context(), k.op, nil)
		return nil
	}
	c.note(req.Raw().Context(), k.op, e)
	c.noteRefusedToken(k, e, k.challenged())
	return e
}

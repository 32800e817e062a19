package execute

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// previewTime is how long the reads for the preview may take together. The card does not wait longer
// for what is only good to know.
const previewTime = 5 * time.Second

// preview reads what those who decide ought to know of the machine's use. It is best effort: what
// cannot be read is left out, and never guessed.
func (e *Executor) preview(ctx context.Context, r ledger.Request, pc graph.CloudPC, policy graph.Policy) (p ledger.Preview) {
	ctx, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	note := func(what string, err error) {
		e.Requests.LogOf(r).Info("Graph did not show something for the preview", "what", what, "error", err)
	}
	if !e.AllowOwner && pc.UserPrincipalName != "" && r.ApprovalsNeeded > 0 {
		_, err := e.Judge.Directory.Email(ctx, r.Requester, false)
		p.NoOwners = errors.As(err, new(*causes.MissingScopeError))
	}
	p.LastUse = pc.LastSignIn
	usage, err := e.Fleet.Usage(ctx, pc.ID)
	switch {
	case err != nil:
		note("sign-ins", err)
	case usage.Known:
		p.SignedIn, p.Never, p.AsOf = usage.SignedIn, usage.NeverSignedIn, e.Requests.Store.Now()
		if usage.LastActive.After(p.LastUse) {
			p.LastUse = usage.LastActive
		}
	}
	if policy.ImageID != "" {
		p.Image, p.ImageUntil = e.imageTrouble(ctx, policy, note)
	}
	if pc.UserPrincipalName != "" {
		others, err := e.Fleet.OfUser(ctx, pc.UserPrincipalName)
		if err != nil {
			note("the user's other Cloud PCs", err)
		}
		for _, m := range others {
			if !strings.EqualFold(m.ID, pc.ID) {
				p.Others = append(p.Others, cmp.Or(m.Name, m.DeviceName))
			}
		}
	}
	return p
}

// imageTrouble is what is wrong with the image that a policy installs now; empty = nothing, as far as is
// known.
func (e *Executor) imageTrouble(ctx context.Context, policy graph.Policy, note func(string, error)) (trouble string, until time.Time) {
	image, err := e.Fleet.Image(ctx, policy.ImageType, policy.ImageID)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return "gone", time.Time{}
	case err != nil:
		note("the image", err)
		return "", time.Time{}
	case slices.Contains([]string{"supportedWithWarning", "notSupported", "failed"}, image.Status):
		return image.Status, image.ExpirationDate
	}
	return "", time.Time{}
}

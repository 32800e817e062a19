package execute

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// previewTime is how long the card waits for what is only good to know.
const previewTime = 5 * time.Second

// inspect reads the machine that was found, with everything that an approval is bound to, and what those
// who decide ought to know of its use. A cause says why the request must be refused: the machine is
// gone, or the bot may not read it. An error may pass.
func (e *Executor) inspect(ctx context.Context, r ledger.Request, found search) (graph.Inspection, ledger.Preview, *ledger.Cause, error) {
	bounded, cancel := context.WithTimeout(ctx, previewTime)
	defer cancel()
	late := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil }
	in, err := e.Fleet.Inspect(bounded, found.match)
	if late(err) || late(in.PolicyErr) {
		in, err = e.inspectLate(ctx, found.match.ID)
	}
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return in, ledger.Preview{}, &ledger.Cause{Code: ledger.NoSuchPC, Detail: found.what}, nil
	case errors.Is(err, graph.ErrForbidden):
		c := causeOf(err)
		return in, ledger.Preview{}, &c, nil
	case err != nil:
		return in, ledger.Preview{}, nil, err
	case in.PolicyErr != nil:
		return in, ledger.Preview{}, nil, in.PolicyErr
	}
	return in, e.preview(bounded, r, in), nil, nil
}

// inspectLate reads what an approval is bound to, for as long as that takes, after what is only good to
// know took too long: one call has both, and its slowest part holds it up.
func (e *Executor) inspectLate(ctx context.Context, id string) (in graph.Inspection, err error) {
	if in.CloudPC, err = e.Fleet.CloudPC(ctx, id); err != nil {
		return in, err
	}
	_, in.Policy, in.PolicyErr = e.withPolicy(ctx, in.CloudPC)
	in.UsageErr, in.OthersErr = context.DeadlineExceeded, context.DeadlineExceeded
	return in, nil
}

// preview is what those who decide ought to know of the machine's use. It is best effort: what cannot be
// read is left out, and never guessed.
func (e *Executor) preview(ctx context.Context, r ledger.Request, in graph.Inspection) (p ledger.Preview) {
	pc, usage := in.CloudPC, in.Usage
	note := func(what string, err error) {
		if err != nil {
			e.Requests.LogOf(r).Info("Graph did not show something for the preview", "what", what, "error", err)
		}
	}
	if !e.AllowOwner && pc.UserPrincipalName != "" && r.ApprovalsNeeded > 0 {
		_, err := e.Judge.Directory.Email(ctx, r.Requester, false)
		p.NoOwners = errors.As(err, new(*causes.MissingScopeError))
	}
	note("sign-ins", in.UsageErr)
	if p.LastUse = pc.LastSignIn; usage.Known {
		p.SignedIn, p.Never, p.AsOf = usage.SignedIn, usage.NeverSignedIn, e.Requests.Store.Now()
		if usage.LastActive.After(p.LastUse) {
			p.LastUse = usage.LastActive
		}
	}
	if in.Policy.ImageID != "" {
		p.Image, p.ImageUntil = e.imageTrouble(ctx, in.Policy, note)
	}
	note("the user's other Cloud PCs", in.OthersErr)
	for _, m := range in.Others {
		p.Others = append(p.Others, cmp.Or(m.Name, m.DeviceName))
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

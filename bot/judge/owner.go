package judge

import (
	"context"
	"errors"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// OwnerOf looks up, freshly, the person whose machine r is about: the full member of the home
// organisation whose e-mail address is the machine's user principal name. If there is nobody to tell, the
// owner says why. The error may pass; a *causes.ThrottledError says how long asking again is useless.
func (j *Judge) OwnerOf(ctx context.Context, r ledger.Request) (ledger.Owner, error) {
	switch {
	case r.Order.Silent:
		return ledger.Owner{Untold: ledger.NotifyNo}, nil
	case r.Target.Shared:
		return ledger.Owner{Untold: ledger.SharedPC}, nil
	case r.Target.User == "":
		return ledger.Owner{Untold: ledger.NotFound}, nil
	}
	who, standing, err := j.Directory.ByEmail(ctx, r.Target.User)
	switch {
	case errors.As(err, new(*causes.MissingScopeError)), errors.As(err, new(*causes.RefusedError)): // asking again does not help
		return ledger.Owner{Untold: ledger.NotLookedUp}, nil
	case err != nil:
		return ledger.Owner{}, err
	case who.IsZero(), !j.atHome(standing):
		if r.Self.Email == ledger.EmailAgrees { // the requester was, when they signed in
			return ledger.Owner{Person: r.Requester, Untold: ledger.IsAsking}, nil
		}
		return ledger.Owner{Untold: ledger.NotFound}, nil
	case j.mayBe(who, r.Requester):
		return ledger.Owner{Person: who, Untold: ledger.IsAsking}, nil
	}
	return ledger.Owner{Person: who}, nil
}

// atHome reports whether an account is a full member of the home organisation.
func (j *Judge) atHome(s auth.Standing) bool {
	return s.Known && s.Org == j.Home && !s.Guest && !s.Bot && !s.Deactivated && !s.Stranger
}

// JudgeVeto judges somebody who says "not now" to the erase of the machine of r, on the direct message in
// channel, by who is its owner on a fresh look. Whoever may be the owner under another id may stop it, too.
func (j *Judge) JudgeVeto(ctx context.Context, by auth.Person, r ledger.Request, channel string) auth.Verdict {
	f := j.gather(true)
	ctx, cancel := context.WithTimeout(ctx, inTime)
	defer cancel()
	who, _, err := j.Directory.ByEmail(ctx, r.Target.User)
	switch {
	case errors.As(err, new(*causes.MissingScopeError)):
		return auth.Verdict{Reason: auth.NoScope, Detail: "users:read.email"}
	case err != nil:
		f.Log.Warn("Slack did not answer whose machine it is", "person", by.ID, "error", err)
		return auth.Verdict{Reason: auth.Unknown}
	}
	return f.judge(ctx, auth.Attempt{By: by, Act: auth.Veto, Requester: r.Requester, Owner: j.mayBe(who, by)}, channel)
}

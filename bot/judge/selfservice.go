package judge

import (
	"context"
	"errors"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// EmailMatch compares the user principal name of who has signed in with the e-mail address in the Slack profile of
// who asked, on a fresh look. Where both come from one directory they are equal. The error may pass; a
// *causes.ThrottledError says how long asking again is useless.
func (j *Judge) EmailMatch(ctx context.Context, requester auth.Person, name string) (ledger.EmailMatch, error) {
	email, err := j.Directory.Email(ctx, j.kin(requester), true)
	return matches(email, name, err)
}

func matches(email, name string, err error) (ledger.EmailMatch, error) {
	switch {
	case errors.As(err, new(*causes.MissingScopeError)):
		return ledger.EmailUnread, nil
	case err != nil:
		return "", err
	case email == "":
		return ledger.EmailUnread, nil
	case !strings.EqualFold(email, name):
		return ledger.EmailDiffers, nil
	}
	return ledger.EmailAgrees, nil
}

// SameAddress is why a request of self-service may not go on with this match; nil = it may. Where nobody
// approves, nobody but the bot compares the two.
func SameAddress(match ledger.EmailMatch, approvals int) *ledger.Cause {
	if approvals > 0 || match == ledger.EmailAgrees {
		return nil
	}
	why := ledger.SignInEmailDiffers
	if match == ledger.EmailUnread {
		why = ledger.SignInEmailUnread
	}
	c := ledger.NoSignInBecause(why)
	return &c
}

// emailAgain compares the addresses once more, for a decision that has asked about the requester freshly. A
// match that the approvers were not warned of must not get worse.
func (f *facts) emailAgain(ctx context.Context, r ledger.Request) (no *ledger.Cause, known bool) {
	email, err := f.email(ctx, f.kin(r.Requester))
	match, err := matches(email, r.Self.Account.Name, err)
	if err != nil {
		f.note(err)
		return nil, false
	}
	warned := len(r.Consents)
	if r.Self.Email == ledger.EmailAgrees {
		warned = 0
	}
	return SameAddress(match, warned), true
}

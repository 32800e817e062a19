package judge

import (
	"context"
	"log/slog"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// Judge decides who may do what.
type Judge struct {
	Directory Directory
	Rules     auth.Rule
	Log       *slog.Logger

	Home       string // the organisation that the bot is installed in, as in auth.Person.Org
	FormerHome string // an earlier id of that organisation; empty = none
	Channel    string // where cards are posted; empty = where the command was typed
	Approvals  int    // how many approvals a request needs

	SelfServiceApprovals int // how many one of self-service needs
}

// Judge decides whether somebody may do something in a channel, on facts that are at most a minute
// old. The lists come first, because they cost nothing; only people who pass them are looked up.
func (j *Judge) Judge(ctx context.Context, a auth.Attempt, channel string) auth.Verdict {
	return j.gather(false).judge(ctx, a, channel)
}

// JudgeApproval is Judge for an approval of r, which also looks at whether the machine is the person's
// own. It is theirs if the e-mail address of their Slack profile is its user principal name. Where the
// app has no scope to see addresses, nobody is known to be an owner; the start says so.
func (j *Judge) JudgeApproval(ctx context.Context, by auth.Person, r ledger.Request, channel string) auth.Verdict {
	return j.gather(false).judgeApproval(ctx, by, r, channel)
}

// JudgePerson is Judge where there is no channel yet: it looks at the person alone.
func (j *Judge) JudgePerson(ctx context.Context, a auth.Attempt) auth.Verdict {
	f := j.gather(false)
	f.places[""] = auth.Place{Known: true}
	return f.judge(ctx, a, "")
}

// MightAsk judges by the lists alone, and asks Slack nothing. It is allowed for whoever may turn out to
// be allowed.
func (j *Judge) MightAsk(by auth.Person) auth.Verdict {
	v := j.Rules.Judge(auth.Attempt{By: by, Act: auth.Ask})
	if v.Reason == auth.Unknown {
		v.Allowed = true
	}
	return v
}

// MayRead judges somebody who wants to read requests: all of them (ReadAll), or else their own, which
// everybody may who may ask for a reprovision, be it of their own machine.
func (j *Judge) MayRead(ctx context.Context, by auth.Person, channel string) auth.Verdict {
	f := j.gather(false)
	v := f.judge(ctx, auth.Attempt{By: by, Act: auth.ReadAll}, channel)
	if !v.Allowed {
		v = f.judge(ctx, auth.Attempt{By: by, Act: auth.Ask}, channel)
	}
	if v.Reason == auth.NotListed {
		if own := f.judge(ctx, auth.Attempt{By: by, Act: auth.SelfService}, channel); own.Reason != auth.NoSelfService {
			v = own
		}
	}
	return v
}

// Needed is how many approvals a request needs, by the verdict on its requester: at least one if they
// are not an admin.
func (j *Judge) Needed(v auth.Verdict) int {
	if v.Reason == auth.IsAdmin {
		return j.Approvals
	}
	return max(j.Approvals, 1)
}

// JudgeAgain judges the requester and all approvers of a request again, on fresh facts, in the
// channel of its card. The cause no voids the request. The cause waits says that somebody could not
// be looked up, and rest how long trying again is useless.
func (j *Judge) JudgeAgain(ctx context.Context, r ledger.Request) (no, waits *ledger.Cause, rest time.Duration) {
	f := j.gather(true)
	try := func(by auth.Person, act auth.Act) auth.Verdict {
		if act == auth.Approve {
			return f.judgeApproval(ctx, by, r, r.Card.Channel)
		}
		return f.judge(ctx, auth.Attempt{By: by, Act: act, Requester: r.Requester}, r.Card.Channel)
	}
	refuse := func(by auth.Person, v auth.Verdict) *ledger.Cause {
		switch v.Reason {
		case auth.Outside:
			return &ledger.Cause{Code: ledger.OutsideNow}
		case auth.Hidden:
			return &ledger.Cause{Code: ledger.MayNotPost, Detail: "channel_not_found", Where: j.Channel}
		}
		return &ledger.Cause{Code: ledger.NoLongerMay, Detail: by.ID}
	}
	unknown := false
	needs := j.Needed
	asks := auth.Ask
	if r.IsSelfService() {
		asks, needs = auth.SelfService, func(auth.Verdict) int { return j.SelfServiceApprovals }
	}
	v := try(r.Requester, asks)
	switch {
	case v.Reason == auth.Unknown, v.Reason == auth.NoScope:
		unknown = true
	case !v.Allowed:
		return refuse(r.Requester, v), nil, 0
	case len(r.Consents) >= needs(v):
	case len(f.unread) > 0: // a group that was not read may make them an admin, who needs fewer
		unknown = true
	default: // more are needed than when the request was made
		return &ledger.Cause{Code: ledger.MoreNeeded}, nil, 0
	}
	if r.IsSelfService() && !unknown {
		no, known := f.emailAgain(ctx, r)
		if no != nil {
			return no, nil, 0
		}
		unknown = !known
	}
	for _, c := range r.Consents {
		switch v := try(c.By, auth.Approve); {
		case v.Reason == auth.Unknown, v.Reason == auth.NoScope:
			unknown = true
		case !v.Allowed:
			return refuse(c.By, v), nil, 0
		}
	}
	switch {
	case unknown && f.lacks != nil:
		c := ledger.MissingScope(f.lacks.Needed)
		return nil, &c, f.rest
	case unknown:
		return nil, &ledger.Cause{Code: ledger.Unjudged}, f.rest
	}
	return nil, nil, 0
}

package bot

import (
	"context"
	"sync"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// judge decides whether somebody may do something in a channel. What the lists say costs
// nothing and comes first; only who passes them is looked up. Fresh asks Slack anew, as
// just before a deed; else what is known may be a minute old.
func (b *Bot) judge(ctx context.Context, a auth.Attempt, channel string, fresh bool) auth.Verdict {
	v := b.Rules.Judge(a)
	if v.Reason != auth.Unknown {
		return v
	}
	var both sync.WaitGroup
	both.Go(func() {
		var err error
		if a.Standing, err = b.Directory.Standing(ctx, a.By, fresh); err != nil {
			b.Log.Warn("somebody could not be looked up", "person", a.By.ID, "error", err)
			a.Standing = auth.Standing{}
		}
	})
	both.Go(func() {
		var err error
		if a.Place, err = b.Directory.Place(ctx, channel, fresh); err != nil {
			b.Log.Warn("a channel could not be looked up", "channel", channel, "error", err)
			a.Place = auth.Place{}
		}
	})
	both.Wait()
	return b.Rules.Judge(a)
}

// needed is how many approvals somebody's request takes: who is no admin needs one always.
func (b *Bot) needed(v auth.Verdict) int {
	if v.Reason == auth.IsAdmin {
		return b.Approvals
	}
	return max(b.Approvals, 1)
}

// rejudge judges everybody behind an approved request on fresh facts, where the card
// stands. A cause voids it; unknown says that somebody could not be looked up.
func (b *Bot) rejudge(ctx context.Context, r ledger.Request) (no *ledger.Cause, unknown bool) {
	try := func(by auth.Person, act auth.Act) auth.Verdict {
		return b.judge(ctx, auth.Attempt{By: by, Act: act, Requester: r.Requester}, r.Card.Channel, true)
	}
	refuse := func(by auth.Person, v auth.Verdict) *ledger.Cause {
		switch v.Reason {
		case auth.Outside:
			return &ledger.Cause{Code: ledger.OutsideNow}
		case auth.Hidden:
			return &ledger.Cause{Code: ledger.MayNotPost, Detail: "channel_not_found"}
		}
		return &ledger.Cause{Code: ledger.NoLongerMay, Detail: by.ID}
	}
	v := try(r.Requester, auth.Ask)
	switch {
	case v.Reason == auth.Unknown:
		unknown = true
	case !v.Allowed:
		return refuse(r.Requester, v), false
	case len(r.Consents) < b.needed(v): // more than when it was asked for
		return &ledger.Cause{Code: ledger.MoreNeeded}, false
	}
	for _, c := range r.Consents {
		switch v := try(c.By, auth.Approve); {
		case v.Reason == auth.Unknown:
			unknown = true
		case !v.Allowed:
			return refuse(c.By, v), false
		}
	}
	return nil, unknown
}

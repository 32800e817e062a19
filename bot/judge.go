package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
)

// inTime is how long Slack may take to tell all that one gesture is judged by.
const inTime = 1500 * time.Millisecond

// judge decides whether somebody may do something in a channel. What the lists say costs
// nothing and comes first; only who passes them is looked up. Fresh asks Slack anew, as
// just before a deed; else what is known may be a minute old.
func (b *Bot) judge(ctx context.Context, a auth.Attempt, channel string, fresh bool) auth.Verdict {
	return b.inquire(fresh).judge(ctx, a, channel)
}

// inquiry is all that Slack is asked for the sake of one decision, however many people are
// judged for it: about each person, channel and user group it is asked once, and not again
// where that failed.
type inquiry struct {
	*Bot
	fresh bool
	until time.Time // when there have to be answers; zero = each takes what it takes

	people map[auth.Person]auth.Standing // those who were asked about; nothing is known where that failed
	places map[string]auth.Place         // likewise

	groups map[string][]string       // who is in the groups that were read
	unread map[string]bool           // the groups that could not be
	rest   time.Duration             // for how long Slack wants to be left alone
	lacks  *causes.MissingScopeError // a scope that the app lacks for one of the questions
}

func (b *Bot) inquire(fresh bool) *inquiry {
	q := &inquiry{
		Bot: b, fresh: fresh,
		people: map[auth.Person]auth.Standing{}, places: map[string]auth.Place{},
		groups: map[string][]string{}, unread: map[string]bool{},
	}
	if !fresh { // somebody waits, and so does Slack for the acknowledgement
		q.until = time.Now().Add(inTime)
	}
	return q
}

// judge reads the user groups that matter first: mostly they are known, and they refuse
// most of the people whom it would cost a question to look up.
func (q *inquiry) judge(ctx context.Context, a auth.Attempt, channel string) auth.Verdict {
	if !q.until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, q.until)
		defer cancel()
	}
	a.By, a.Requester = q.kin(a.By), q.kin(a.Requester)
	a.Groups = q.memberships(ctx, a.By, q.Rules.Groups(a))
	v := q.Rules.Judge(a)
	if v.Reason != auth.Unknown {
		return v
	}
	var both sync.WaitGroup
	var person, place error
	both.Go(func() { a.Standing, person = q.standing(ctx, a.By) })
	both.Go(func() { a.Place, place = q.place(ctx, channel) })
	both.Wait()
	q.heed(person)
	q.heed(place)
	if v = q.Rules.Judge(a); v.Reason == auth.Unknown && q.lacks != nil {
		return auth.Verdict{Reason: auth.NoScope, Detail: q.lacks.Needed}
	}
	return v
}

// standing asks about a person who was not asked about yet. The error is of this question, and
// says that nothing is known of them.
func (q *inquiry) standing(ctx context.Context, of auth.Person) (auth.Standing, error) {
	if known, asked := q.people[of]; asked {
		return known, nil
	}
	s, err := q.Directory.Standing(ctx, of, q.fresh)
	if err != nil {
		q.Log.Warn("Slack did not say who somebody is", "person", of.ID, "error", err)
		s = auth.Standing{}
	}
	q.people[of] = s
	return s, err
}

// place is standing for channels.
func (q *inquiry) place(ctx context.Context, channel string) (auth.Place, error) {
	if known, asked := q.places[channel]; asked {
		return known, nil
	}
	p, err := q.Directory.Place(ctx, channel, q.fresh)
	if err != nil {
		q.Log.Warn("Slack did not say what a channel is", "channel", channel, "error", err)
		p = auth.Place{}
	}
	q.places[channel] = p
	return p, err
}

// memberships is in which of these groups somebody is, as far as they can be read.
func (q *inquiry) memberships(ctx context.Context, of auth.Person, groups []auth.Group) map[string]bool {
	q.read(ctx, groups)
	is := map[string]bool{}
	for _, g := range groups {
		if members, ok := q.groups[g.ID]; ok {
			is[g.ID] = slices.Contains(members, of.ID)
			if twin := of.Twin(); !is[g.ID] && twin != "" && slices.Contains(members, twin) {
				q.Log.Warn("somebody is not in a user group who may be the same person as one who is: Slack has two ids for people of a workspace that joined a Grid",
					"person", of.ID, "member", twin, "group", g.ID, "variable", g.List)
			}
		}
	}
	return is
}

// read asks for the members of the groups that were not asked for yet, all at once.
func (q *inquiry) read(ctx context.Context, groups []auth.Group) {
	type answer struct {
		auth.Group
		members []string
		err     error
	}
	asked := map[string]*answer{} // a group may be on both lists
	var all sync.WaitGroup
	for _, g := range groups {
		_, known := q.groups[g.ID]
		if known || q.unread[g.ID] || asked[g.ID] != nil {
			continue
		}
		a := &answer{Group: g}
		asked[g.ID] = a
		all.Go(func() { a.members, a.err = q.Directory.Members(ctx, a.ID, q.fresh) })
	}
	all.Wait()
	for id, a := range asked {
		switch {
		case a.err == nil:
			q.groups[id] = a.members
		case errors.Is(a.err, judge.ErrNoGroup):
			q.Log.Error("a user group on a list counts for nobody: it is disabled, or there is none of that id", "group", id, "variable", a.List)
			q.groups[id] = nil
		default:
			q.Log.Warn("a user group could not be read", "group", id, "variable", a.List, "error", a.err)
			q.unread[id] = true
			q.heed(a.err)
		}
	}
}

// heed keeps in mind for how long Slack wants to be left alone, and which scope is lacking.
func (q *inquiry) heed(err error) {
	var slow *causes.ThrottledError
	if errors.As(err, &slow) {
		q.rest = max(q.rest, slow.After)
	}
	var lacks *causes.MissingScopeError
	if errors.As(err, &lacks) {
		q.lacks = lacks
	}
}

// needed is how many approvals somebody's request takes: who is no admin needs one always.
func (b *Bot) needed(v auth.Verdict) int {
	if v.Reason == auth.IsAdmin {
		return b.Approvals
	}
	return max(b.Approvals, 1)
}

// rejudge judges everybody behind an approved request on fresh facts, where the card
// stands. The first cause voids it; the second says that somebody could not be looked up, and
// rest for how long it is in vain to try again.
func (b *Bot) rejudge(ctx context.Context, r ledger.Request) (no, waits *ledger.Cause, rest time.Duration) {
	q := b.inquire(true)
	try := func(by auth.Person, act auth.Act) auth.Verdict {
		return q.judge(ctx, auth.Attempt{By: by, Act: act, Requester: r.Requester}, r.Card.Channel)
	}
	refuse := func(by auth.Person, v auth.Verdict) *ledger.Cause {
		switch v.Reason {
		case auth.Outside:
			return &ledger.Cause{Code: ledger.OutsideNow}
		case auth.Hidden:
			return &ledger.Cause{Code: ledger.MayNotPost, Detail: "channel_not_found", Where: b.Channel}
		}
		return &ledger.Cause{Code: ledger.NoLongerMay, Detail: by.ID}
	}
	unknown := false
	v := try(r.Requester, auth.Ask)
	switch {
	case v.Reason == auth.Unknown, v.Reason == auth.NoScope:
		unknown = true
	case !v.Allowed:
		return refuse(r.Requester, v), nil, 0
	case len(r.Consents) >= b.needed(v):
	case len(q.unread) > 0: // they may still be an admin, of whom it takes fewer
		unknown = true
	default: // more than when it was asked for
		return &ledger.Cause{Code: ledger.MoreNeeded}, nil, 0
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
	case unknown && q.lacks != nil:
		c := ledger.MissingScope(q.lacks.Needed)
		return nil, &c, q.rest
	case unknown:
		return nil, &ledger.Cause{Code: ledger.Unjudged}, q.rest
	}
	return nil, nil, 0
}

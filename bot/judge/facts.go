package judge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// inTime is how long Slack may take for all the facts that one interaction is judged by. Slack itself
// waits 3 s for the acknowledgement (docs.slack.dev/interactivity/handling-user-interaction), and the
// ledger needs the rest.
const inTime = 1500 * time.Millisecond

// facts are everything that Slack is asked for one decision, however many people it involves. Slack
// is asked once about each person, channel and user group, and not again if that failed.
type facts struct {
	*Judge
	fresh bool
	until time.Time // deadline for all answers; zero = none

	people map[auth.Person]auth.Standing // people who were asked about; the zero value if that failed
	places map[string]auth.Place         // channels, likewise

	groups map[string][]string       // members of the groups that were read
	unread map[string]bool           // groups that could not be read
	rest   time.Duration             // how long Slack asked the bot to wait
	lacks  *causes.MissingScopeError // a scope that the app lacks for one of the facts
}

func (j *Judge) gather(fresh bool) *facts {
	f := &facts{
		Judge: j, fresh: fresh,
		people: map[auth.Person]auth.Standing{}, places: map[string]auth.Place{},
		groups: map[string][]string{}, unread: map[string]bool{},
	}
	if !fresh { // a person and Slack are waiting for the acknowledgement
		f.until = time.Now().Add(inTime)
	}
	return f
}

// judge reads the relevant user groups first: they are usually cached, and they settle most refusals
// without a call to Slack about the person. Only if the lists allow it are person and channel looked
// up.
func (f *facts) judge(ctx context.Context, a auth.Attempt, channel string) auth.Verdict {
	if !f.until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, f.until)
		defer cancel()
	}
	a.By, a.Requester = f.kin(a.By), f.kin(a.Requester)
	a.Groups = f.memberships(ctx, a.By, f.Rules.Groups(a))
	v := f.Rules.Judge(a)
	if v.Reason != auth.Unknown {
		return v
	}
	var both sync.WaitGroup
	var person, place error
	both.Go(func() { a.Standing, person = f.standing(ctx, a.By) })
	both.Go(func() { a.Place, place = f.place(ctx, channel) })
	both.Wait()
	f.note(person)
	f.note(place)
	if v = f.Rules.Judge(a); v.Reason == auth.Unknown && f.lacks != nil {
		return auth.Verdict{Reason: auth.NoScope, Detail: f.lacks.Needed}
	}
	return v
}

// judgeApproval judges an approval of r. The owner is looked up last, and only for who may approve.
func (f *facts) judgeApproval(ctx context.Context, by auth.Person, r ledger.Request, channel string) auth.Verdict {
	a := auth.Attempt{By: by, Act: auth.Approve, Requester: r.Requester}
	v := f.judge(ctx, a, channel)
	if v.Allowed && r.IsSelfService() && f.mayBe(by, r.Requester) { // whoever signed in, somebody else has to look at both names
		return auth.Verdict{Reason: auth.OwnRequest}
	}
	a.Owner = true
	if !v.Allowed || r.Target.User == "" || f.judge(ctx, a, channel).Allowed {
		return v
	}
	email, err := f.email(ctx, by)
	switch {
	case errors.As(err, new(*causes.MissingScopeError)):
		return v
	case err != nil:
		f.note(err)
		return auth.Verdict{Reason: auth.Unknown}
	case strings.EqualFold(email, r.Target.User):
		return auth.Verdict{Reason: auth.OwnMachine}
	}
	return v
}

// email looks up a person's e-mail address within the time for facts. It comes with the answer about
// the account that this decision has asked for already, so a fresh one is not asked for twice.
func (f *facts) email(ctx context.Context, of auth.Person) (string, error) {
	if !f.until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, f.until)
		defer cancel()
	}
	return f.Directory.Email(ctx, of, false)
}

// standing looks up a person, once. The error is that of the call made now; a failure before gives
// the zero value, of which the rules say Unknown, and no error.
func (f *facts) standing(ctx context.Context, of auth.Person) (auth.Standing, error) {
	if known, asked := f.people[of]; asked {
		return known, nil
	}
	s, err := f.Directory.Standing(ctx, of, f.fresh)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) { // a search of the form does not wait for an answer
		f.Log.Warn("Slack did not answer who a person is", "person", of.ID, "error", err)
	}
	if err != nil {
		s = auth.Standing{}
	}
	f.people[of] = s
	return s, err
}

// place is standing for a channel.
func (f *facts) place(ctx context.Context, channel string) (auth.Place, error) {
	if known, asked := f.places[channel]; asked {
		return known, nil
	}
	p, err := f.Directory.Place(ctx, channel, f.fresh)
	if err != nil {
		f.Log.Warn("Slack did not answer what a channel is", "channel", channel, "error", err)
		p = auth.Place{}
	}
	f.places[channel] = p
	return p, err
}

// memberships reports for each of these groups that could be read whether somebody is in it.
func (f *facts) memberships(ctx context.Context, of auth.Person, groups []auth.Group) map[string]bool {
	f.read(ctx, groups)
	is := map[string]bool{}
	for _, g := range groups {
		if members, ok := f.groups[g.ID]; ok {
			is[g.ID] = slices.Contains(members, of.ID)
			if twin := of.Twin(); !is[g.ID] && twin != "" && slices.Contains(members, twin) {
				f.Log.Warn("a person who is not in a user group may be the same as a member of it: Slack keeps two ids for people of a workspace that joined an Enterprise Grid",
					"person", of.ID, "member", twin, "group", g.ID, "variable", g.List)
			}
		}
	}
	return is
}

// read reads, concurrently, the groups that have not been asked for yet.
func (f *facts) read(ctx context.Context, groups []auth.Group) {
	type answer struct {
		auth.Group
		members []string
		err     error
	}
	asked := map[string]*answer{} // by id, since a group may be on both lists
	var all sync.WaitGroup
	for _, g := range groups {
		_, known := f.groups[g.ID]
		if known || f.unread[g.ID] || asked[g.ID] != nil {
			continue
		}
		a := &answer{Group: g}
		asked[g.ID] = a
		all.Go(func() { a.members, a.err = f.Directory.Members(ctx, a.ID, f.fresh) })
	}
	all.Wait()
	for id, a := range asked {
		switch {
		case a.err == nil:
			f.groups[id] = a.members
		case errors.Is(a.err, ErrNoGroup):
			f.Log.Error("a user group on a list has no effect: Slack says that it is disabled or does not exist", "group", id, "variable", a.List)
			f.groups[id] = nil
		default:
			f.Log.Warn("Slack did not answer who is in a user group", "group", id, "variable", a.List, "error", a.err)
			f.unread[id] = true
			f.note(a.err)
		}
	}
}

// note remembers how long Slack asked the bot to wait, and which scope is missing.
func (f *facts) note(err error) {
	var slow *causes.ThrottledError
	if errors.As(err, &slow) {
		f.rest = max(f.rest, slow.After)
	}
	var lacks *causes.MissingScopeError
	if errors.As(err, &lacks) {
		f.lacks = lacks
	}
}

package judge

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
)

// inTime is how long Slack may take to tell all that one gesture is judged by.
const inTime = 1500 * time.Millisecond

// facts are all that Slack is asked for the sake of one decision, however many people are
// judged for it: about each person, channel and user group it is asked once, and not again
// where that failed.
type facts struct {
	*Judge
	fresh bool
	until time.Time // when there have to be answers; zero = each takes what it takes

	people map[auth.Person]auth.Standing // those who were asked about; nothing is known where that failed
	places map[string]auth.Place         // likewise

	groups map[string][]string       // who is in the groups that were read
	unread map[string]bool           // the groups that could not be
	rest   time.Duration             // for how long Slack wants to be left alone
	lacks  *causes.MissingScopeError // a scope that the app lacks for one of the questions
}

func (j *Judge) gather(fresh bool) *facts {
	f := &facts{
		Judge: j, fresh: fresh,
		people: map[auth.Person]auth.Standing{}, places: map[string]auth.Place{},
		groups: map[string][]string{}, unread: map[string]bool{},
	}
	if !fresh { // somebody waits, and so does Slack for the acknowledgement
		f.until = time.Now().Add(inTime)
	}
	return f
}

// judge reads the user groups that matter first: mostly they are known, and they refuse
// most of the people whom it would cost a question to look up.
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

// standing asks about a person who was not asked about yet. The error is of this question, and
// says that nothing is known of them.
func (f *facts) standing(ctx context.Context, of auth.Person) (auth.Standing, error) {
	if known, asked := f.people[of]; asked {
		return known, nil
	}
	s, err := f.Directory.Standing(ctx, of, f.fresh)
	if err != nil {
		f.Log.Warn("Slack did not say who somebody is", "person", of.ID, "error", err)
		s = auth.Standing{}
	}
	f.people[of] = s
	return s, err
}

// place is standing for channels.
func (f *facts) place(ctx context.Context, channel string) (auth.Place, error) {
	if known, asked := f.places[channel]; asked {
		return known, nil
	}
	p, err := f.Directory.Place(ctx, channel, f.fresh)
	if err != nil {
		f.Log.Warn("Slack did not say what a channel is", "channel", channel, "error", err)
		p = auth.Place{}
	}
	f.places[channel] = p
	return p, err
}

// memberships is in which of these groups somebody is, as far as they can be read.
func (f *facts) memberships(ctx context.Context, of auth.Person, groups []auth.Group) map[string]bool {
	f.read(ctx, groups)
	is := map[string]bool{}
	for _, g := range groups {
		if members, ok := f.groups[g.ID]; ok {
			is[g.ID] = slices.Contains(members, of.ID)
			if twin := of.Twin(); !is[g.ID] && twin != "" && slices.Contains(members, twin) {
				f.Log.Warn("somebody is not in a user group who may be the same person as one who is: Slack has two ids for people of a workspace that joined a Grid",
					"person", of.ID, "member", twin, "group", g.ID, "variable", g.List)
			}
		}
	}
	return is
}

// read asks for the members of the groups that were not asked for yet, all at once.
func (f *facts) read(ctx context.Context, groups []auth.Group) {
	type answer struct {
		auth.Group
		members []string
		err     error
	}
	asked := map[string]*answer{} // a group may be on both lists
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
			f.Log.Error("a user group on a list counts for nobody: it is disabled, or there is none of that id", "group", id, "variable", a.List)
			f.groups[id] = nil
		default:
			f.Log.Warn("a user group could not be read", "group", id, "variable", a.List, "error", a.err)
			f.unread[id] = true
			f.note(a.err)
		}
	}
}

// note keeps in mind for how long Slack wants to be left alone, and which scope is lacking.
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

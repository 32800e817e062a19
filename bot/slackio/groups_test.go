package slackio

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/slackfake"
)

// grouped is a world with the user group @it-admins, of ada and a W… of the same Grid.
func grouped(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := open(t, slackfake.Config{Enterprise: "E0GRID"}, change...)
	w.AddGroup(slackfake.Group{ID: "S0ADMINS", Handle: "it-admins", Users: []string{"U0ADA", "W0BEN"}})
	return w
}

// in are the members of @it-admins.
func (w *world) in(fresh bool) []string {
	w.t.Helper()
	got, err := w.Members(w.t.Context(), "S0ADMINS", fresh)
	if err != nil {
		w.t.Error(err)
	}
	return got
}

// asked fails unless Slack was asked so often for members.
func (w *world) asked(want int) {
	w.t.Helper()
	if n := len(w.called("usergroups.users.list")); n != want {
		w.t.Errorf("asked %d times, want %d", n, want)
	}
}

func TestMembersAreWhoSlackSays(t *testing.T) {
	w := grouped(t)
	w.AddGroup(slackfake.Group{ID: "S0EMPTY", Handle: "empty"})
	if got := w.in(false); !slices.Equal(got, []string{"U0ADA", "W0BEN"}) {
		t.Errorf("got %v", got)
	}
	if got, err := w.Members(t.Context(), "S0EMPTY", false); len(got) > 0 || err != nil {
		t.Errorf("of an empty group: %v, %v", got, err)
	}
	w.in(false)[0] = "U0EVE" // belongs to whoever asked
	if got := w.in(false); got[0] != "U0ADA" {
		t.Errorf("got %v", got)
	}
}

func TestMembersAreAtMostAMinuteOld(t *testing.T) {
	clock := &clock{at: time.Now()}
	w := grouped(t, func(c *Config) { c.Now = clock.now })
	w.in(false)
	w.SetGroup("S0ADMINS", func(g *slackfake.Group) { g.Users = []string{"W0BEN"} }) // nobody subscribed
	clock.pass(59 * time.Second)
	if got := w.in(false); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	w.asked(1)
	clock.pass(time.Second)
	if got := w.in(false); len(got) != 1 {
		t.Errorf("after a minute: %v", got)
	}
	w.asked(2)
	w.SetGroup("S0ADMINS", func(g *slackfake.Group) { g.Users = nil })
	if got := w.in(true); len(got) != 0 {
		t.Errorf("asked anew: %v", got)
	}
	w.asked(3)
	clock.pass(30 * time.Second)
	w.in(false) // what was asked anew is kept
	w.asked(3)
}

func TestAGroupThatIsDisabledOrGoneHasNoMembers(t *testing.T) {
	w := grouped(t)
	w.SetGroup("S0ADMINS", func(g *slackfake.Group) { g.Disabled = true })
	for _, group := range []string{"S0ADMINS", "S0NOWHERE"} {
		before := len(w.called("usergroups.users.list"))
		for range 2 {
			if got, err := w.Members(t.Context(), group, false); !errors.Is(err, judge.ErrNoGroup) || got != nil {
				t.Errorf("%s: %v, %v", group, got, err)
			}
		}
		w.asked(before + 1) // it is an answer, and kept like one
	}
	w.SetGroup("S0ADMINS", func(g *slackfake.Group) { g.Disabled = false })
	if got := w.in(true); len(got) != 2 {
		t.Errorf("enabled again: %v", got)
	}
}

func TestAGroupThatCannotBeReadIsNoGroupThatIsGone(t *testing.T) {
	w := grouped(t)
	w.SetScopes("users:read")
	for range 2 {
		got, err := w.Members(t.Context(), "S0ADMINS", false)
		var no *causes.RefusedError
		if got != nil || !errors.As(err, &no) || no.Code != "missing_scope" || errors.Is(err, judge.ErrNoGroup) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	w.asked(2) // no error is kept
}

func TestChangeOfAGroupIsHeardOf(t *testing.T) {
	t.Parallel()
	w := grouped(t)
	w.Subscribe("subteam_members_changed")
	w.receive(handler{})
	w.in(false)
	w.SetGroup("S0ADMINS", func(g *slackfake.Group) { g.Users = []string{"U0BEN"} })
	w.await("the ack of the event", func() bool { return len(w.Acks()) == 1 && w.Acks()[0].Problem == "" })
	if got := w.in(false); !slices.Equal(got, []string{"U0BEN"}) {
		t.Errorf("got %v", got)
	}
}

func TestADisabledGroupIsHeardOf(t *testing.T) {
	t.Parallel()
	w := grouped(t)
	w.Subscribe("subteam_updated")
	w.receive(handler{})
	for n, disabled := range []bool{true, false} {
		if _, err := w.Members(t.Context(), "S0ADMINS", false); errors.Is(err, judge.ErrNoGroup) == disabled {
			t.Errorf("to be disabled %v: %v", disabled, err)
		}
		w.SetGroup("S0ADMINS", func(g *slackfake.Group) { g.Disabled = disabled })
		w.await("the ack of the event", func() bool { return len(w.Acks()) == n+1 && w.Acks()[n].Problem == "" })
	}
	if got := w.in(false); len(got) != 2 {
		t.Errorf("enabled again: %v", got)
	}
}

func TestNobodyAsksWhileSlackWantsToBeLeftAlone(t *testing.T) {
	clock := &clock{at: time.Now()}
	w := grouped(t, func(c *Config) { c.Now = clock.now })
	w.AddGroup(slackfake.Group{ID: "S0OTHERS", Handle: "others", Users: []string{"U0BEN"}})
	if _, err := w.Members(t.Context(), "S0OTHERS", false); err != nil {
		t.Error(err)
	}
	w.Fail("usergroups.users.list", slackfake.Fault{RetryAfter: 30 * time.Second, Times: 1})
	if _, err := w.Members(t.Context(), "S0ADMINS", true); !throttledFor(err, 30*time.Second) {
		t.Errorf("asked to wait: %v", err)
	}
	w.asked(2)
	clock.pass(29 * time.Second)
	for _, fresh := range []bool{false, true} {
		if _, err := w.Members(t.Context(), "S0ADMINS", fresh); !throttledFor(err, time.Second) {
			t.Errorf("a second before: %v", err)
		}
	}
	if got, err := w.Members(t.Context(), "S0OTHERS", false); len(got) != 1 || err != nil {
		t.Errorf("what is known is still known: %v, %v", got, err)
	}
	if _, err := w.Members(t.Context(), "S0OTHERS", true); !throttledFor(err, time.Second) {
		t.Errorf("of another group: %v", err)
	}
	w.asked(2)
	if _, err := w.Standing(t.Context(), ada, true); err != nil { // another method
		t.Error(err)
	}
	clock.pass(time.Second)
	if got := w.in(true); len(got) != 2 {
		t.Errorf("afterwards: %v", got)
	}
	w.asked(3)
}

func throttledFor(err error, left time.Duration) bool {
	var slow *causes.ThrottledError
	return errors.As(err, &slow) && slow.After == left
}

func TestAGroupIsWaitedForNoLongerThanAPerson(t *testing.T) {
	t.Parallel()
	w := grouped(t)
	_, release := w.hold("usergroups.users.list")
	defer release()
	began := time.Now()
	got, err := w.Members(t.Context(), "S0ADMINS", false)
	if took := time.Since(began); took < lookupTimeout || took > lookupTimeout+5*time.Second {
		t.Errorf("took %v", took)
	}
	if got != nil || err == nil {
		t.Errorf("got %v, %v", got, err)
	}
}

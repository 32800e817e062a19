package slackio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/slackfake"
)

func TestStandingIsWhatSlackSays(t *testing.T) {
	for _, grid := range []string{"", "E0GRID"} {
		w := open(t, slackfake.Config{Enterprise: grid})
		home := w.Home()
		for _, p := range []slackfake.Person{
			{ID: "U0GUEST", Guest: true}, {ID: "U0SINGLE", SingleChannelGuest: true}, {ID: "U0BOT", Bot: true},
			{ID: "U0GONE", Deleted: true}, {ID: "W0NEAR", Team: "T0NEAR", Enterprise: "E0GRID"},
		} {
			w.AddPerson(p)
		}
		near := auth.Standing{Known: true, Org: "E0GRID"}
		for id, want := range map[string]auth.Standing{
			"U0ADA":    {Known: true, Org: home},
			"U0GUEST":  {Known: true, Org: home, Guest: true},
			"U0SINGLE": {Known: true, Org: home, Guest: true},
			"U0BOT":    {Known: true, Org: home, Bot: true},
			"U0GONE":   {Known: true, Org: home, Deactivated: true},
			"U0EVE":    {Known: true, Org: "T0AWAY", Stranger: true},
			"U0NOBODY": {Known: true, Org: home, Deactivated: true},
			"W0NEAR":   near, // of another workspace on the same Grid, or of a Grid that is not ours
		} {
			got, err := w.Standing(t.Context(), auth.Person{Org: home, ID: id}, false)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("grid %q: %s: %v (-want +got):\n%s", grid, id, err, diff)
			}
		}
	}
}

func TestPlaceIsWhatSlackSays(t *testing.T) {
	w := open(t, slackfake.Config{})
	for _, c := range []slackfake.Channel{
		{ID: "C0EXT", ExtShared: true}, {ID: "C0ORG", OrgShared: true}, {ID: "C0SOON", PendingExtShared: true},
		{ID: "G0BOARD", Private: true, BotIn: true}, {ID: "G0APART", Private: true},
	} {
		w.AddChannel(c)
	}
	for id, want := range map[string]auth.Place{
		"C0OPS":   {Known: true},
		"C0LOBBY": {Known: true},
		"G0BOARD": {Known: true},
		"C0ORG":   {Known: true},
		"C0EXT":   {Known: true, Outside: true},
		"C0SOON":  {Known: true, Invited: true},
		"G0APART": {Known: true, Hidden: true},
	} {
		got, err := w.Place(t.Context(), id, false)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", id, err, diff)
		}
	}
	calls := len(w.Calls())
	if got, err := w.Place(t.Context(), "D0DIRECT", true); got != (auth.Place{Known: true}) || err != nil {
		t.Errorf("direct messages: %+v, %v", got, err)
	}
	if len(w.Calls()) != calls {
		t.Error("direct messages were asked about")
	}
}

func TestDirectoryIsAtMostAMinuteOld(t *testing.T) {
	clock := &clock{at: time.Now()}
	w := open(t, slackfake.Config{}, func(c *Config) { c.Now = clock.now })
	look := func(fresh bool) {
		t.Helper()
		if _, err := w.Standing(t.Context(), ada, fresh); err != nil {
			t.Error(err)
		}
		if _, err := w.Place(t.Context(), "C0OPS", fresh); err != nil {
			t.Error(err)
		}
	}
	calls := func(want int) {
		t.Helper()
		if u, c := len(w.called("users.info")), len(w.called("conversations.info")); u != want || c != want {
			t.Errorf("asked %d and %d times, want %d", u, c, want)
		}
	}
	look(false)
	look(false)
	calls(1)
	clock.pass(59 * time.Second)
	look(false)
	calls(1)
	clock.pass(time.Second)
	look(false)
	calls(2)
	look(true)
	calls(3)
	clock.pass(30 * time.Second)
	look(false) // what fresh brought is kept
	calls(3)
}

func TestAChannelOutOfSightIsHidden(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.Fail("conversations.info", slackfake.Fault{Error: "channel_not_found"})
	if got, err := w.Place(t.Context(), "C0OPS", true); err != nil || got != (auth.Place{Known: true, Hidden: true}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDirectoryHasNoAnswerThanAWrongOne(t *testing.T) {
	clock := &clock{at: time.Now()}
	w := open(t, slackfake.Config{}, func(c *Config) { c.Now = clock.now })
	for name, f := range map[string]slackfake.Fault{
		"asked to wait":     {RetryAfter: time.Second},
		"429 without after": {Status: 429},
		"ratelimited, 200":  {Error: "ratelimited"},
		"not visible":       {Error: "user_not_visible"},
		"lacks a scope":     {Error: "missing_scope"},
		"500":               {Status: 500},
		"dropped":           {Drop: true},
		"garbage":           {Garbage: true},
	} {
		w.Fail("*", f)
		if got, err := w.Standing(t.Context(), ada, true); err == nil || got != (auth.Standing{}) {
			t.Errorf("standing, %s: %+v, %v", name, got, err)
		}
		got, err := w.Place(t.Context(), "C0OPS", true)
		if err == nil || got != (auth.Place{}) {
			t.Errorf("place, %s: %+v, %v", name, got, err)
		}
		if slow := errors.As(err, new(*causes.ThrottledError)); slow != (f.RetryAfter > 0) {
			t.Errorf("%s: asked to wait: %v", name, err)
		}
		if got, err := w.Members(t.Context(), "S0ADMINS", true); err == nil || got != nil {
			t.Errorf("members, %s: %v, %v", name, got, err)
		}
		w.Heal()
		clock.pass(f.RetryAfter)
		if got, err := w.Standing(t.Context(), ada, false); err != nil || !got.Known {
			t.Errorf("after %s: %+v, %v", name, got, err)
		}
		w.people.forget(ada.ID)
	}
}

func TestLookupIsBoundedWhateverTheCallerAllows(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	_, release := w.hold("users.info")
	began := time.Now()
	got, err := w.Standing(context.Background(), ada, false)
	if took := time.Since(began); took < lookupTimeout || took > lookupTimeout+5*time.Second {
		t.Errorf("took %v", took)
	}
	if got != (auth.Standing{}) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %+v, %v", got, err)
	}
	release()
	if got, err := w.Standing(t.Context(), ada, false); err != nil || !got.Known {
		t.Errorf("afterwards: %+v, %v", got, err)
	}
}

func TestOneQuestionAtATimeAboutOneKey(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	arrived, release := w.hold("users.info")
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { _, err := w.Standing(impatient, ada, false); left <- err }()
	wait(t, "the question", arrived)
	answers := make(chan error, 5)
	for i := range cap(answers) {
		go func() { _, err := w.Standing(t.Context(), ada, i%2 == 0); answers <- err }()
	}
	other := make(chan error, 1)
	go func() { _, err := w.Standing(t.Context(), ben, false); other <- err }()
	wait(t, "the question about somebody else", arrived)
	leave()
	if err := wait(t, "who left", left); !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	release()
	for range cap(answers) {
		if err := wait(t, "an answer", answers); err != nil {
			t.Errorf("who stayed got %v", err) // though the first to ask left
		}
	}
	if err := wait(t, "ben", other); err != nil {
		t.Error(err)
	}
}

func TestChangeOfAUserIsHeardOf(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.Subscribe("user_change")
	w.receive(handler{})
	guest := func() bool {
		t.Helper()
		s, err := w.Standing(t.Context(), ben, false)
		if err != nil {
			t.Error(err)
		}
		return s.Guest
	}
	if guest() {
		t.Fatal("ben is a guest already")
	}
	w.SetPerson("U0BEN", func(p *slackfake.Person) { p.Guest = true })
	w.await("the ack of the event", func() bool { return len(w.Acks()) == 1 && w.Acks()[0].Problem == "" })
	if !guest() {
		t.Error("what was known of ben is still believed")
	}
}

func TestLookupsAreBoundedInNumber(t *testing.T) {
	l := lookups[int]{op: "test", now: time.Now}
	for i := range 3*maxLookups + 1 {
		if _, err := l.get(t.Context(), fmt.Sprint(i), false, func(context.Context) (int, error) { return i, nil }); err != nil {
			t.Fatal(err)
		}
		if len(l.known) > maxLookups {
			t.Fatalf("%d are kept", len(l.known))
		}
	}
	if n, ok := l.recall(fmt.Sprint(3 * maxLookups)); !ok || n != 3*maxLookups {
		t.Error("the newest is not kept")
	}
}

// On Enterprise Grid users.info may lack team_id, and names the enterprise in one place or another.
func TestTheOrganisationIsFoundWhereSlackPutsIt(t *testing.T) {
	var user string
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/auth.test") {
			fmt.Fprint(w, `{"ok":true,"url":"https://x.slack.com/","team_id":"T0HOME","enterprise_id":"E0GRID","user_id":"U0BOT","bot_id":"B0BOT"}`)
			return
		}
		fmt.Fprint(w, `{"ok":true,"user":`+user+`}`)
	}))
	defer slack.Close()
	w := open(t, slackfake.Config{})
	c, err := Open(t.Context(), w.config(func(c *Config) { c.APIURL = slack.URL + "/" }))
	if err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]auth.Standing{
		`{"id":"W0ADA","enterprise_user":{"id":"W0ADA","enterprise_id":"E0GRID"}}`: {Known: true, Org: "E0GRID"},
		`{"id":"W0ADA","enterprise_id":"E0GRID"}`:                                  {Known: true, Org: "E0GRID"},
		`{"id":"W0ADA","team_id":"T0SIB","enterprise_id":"E0GRID"}`:                {Known: true, Org: "E0GRID"},
		`{"id":"W0ADA","team_id":"T0ELSE"}`:                                        {Known: true, Org: "T0ELSE"},
		`{"id":"W0ADA"}`:                                                           {},
	} {
		user = answer
		if got, err := c.Standing(t.Context(), auth.Person{Org: "E0GRID", ID: "W0ADA"}, true); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", answer, got, err, want)
		}
	}
}

func TestAPersonIsFoundByTheirAddress(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.AddPerson(slackfake.Person{ID: "U0DAN", Email: "dan@contoso.com"})
	w.AddPerson(slackfake.Person{ID: "U0GUEST", Email: "guest@contoso.com", Guest: true})
	w.AddPerson(slackfake.Person{ID: "U0GONE", Email: "gone@contoso.com", Deleted: true})
	for email, want := range map[string]string{"DAN@contoso.com": "U0DAN", "guest@contoso.com": "U0GUEST", "gone@contoso.com": "", "nobody@contoso.com": ""} {
		who, is, err := w.ByEmail(t.Context(), email)
		if err != nil || who.ID != want || want != "" && (who.Org != w.Home() || !is.Known || is.Guest != (want == "U0GUEST")) {
			t.Errorf("%s: %+v, %+v, %v", email, who, is, err)
		}
	}
	w.AddPerson(slackfake.Person{ID: "U0MAE", Email: "mae@contoso.com", FoundBy: "may@contoso.com"})
	if who, _, err := w.ByEmail(t.Context(), "may@contoso.com"); err != nil || !who.IsZero() {
		t.Errorf("a person with another address is taken for whom was asked: %+v, %v", who, err)
	}
	w.SetScopes(slices.DeleteFunc(w.Scopes(), func(s string) bool { return s == "users:read.email" })...)
	if _, _, err := w.ByEmail(t.Context(), "dan@contoso.com"); !errors.As(err, new(*causes.MissingScopeError)) {
		t.Errorf("without the scope: %v", err)
	}
}

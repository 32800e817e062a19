package slackio

import (
	"strings"
	"testing"
	"unicode/utf8"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// A new message names people by what they call themselves, and calls only those it is to call.
func TestANameInANewMessageIsHarmless(t *testing.T) {
	for name, want := range map[string]string{
		"ben":                          "@ben",
		"<!channel> <@U0BEN>":          "@&lt;!channel&gt; &lt;@U0BEN&gt;",
		"ben\n*Approved by the boss.*": "@ben Approved by the boss.",
		"\u202eneb":                    "@neb",
		"\u200b":                       "@U0MAL",
		":x: `code` _it_ ~s~":          "@x code  it  s",
		strings.Repeat("n", 90):        "@" + strings.Repeat("n", 59) + "…",
	} {
		w := open(t, slackfake.Config{})
		w.AddPerson(slackfake.Person{ID: "U0MAL", Name: name, RealName: name})
		mal, line := auth.Person{Org: "T0HOME", ID: "U0MAL"}, words.Say("Approved by %s.", auth.Person{ID: "U0MAL"})
		if got := w.quiet(t.Context(), line, words.Mentions{}); string(got) != "Approved by "+want+"." {
			t.Errorf("%q: %s", name, got)
		}
		if got := w.quiet(t.Context(), line, words.Mentions{People: []auth.Person{mal}}); got != line {
			t.Errorf("%q is not called: %s", name, got)
		}
	}
}

// The text of a new card fits a notification with the mentions in it: the words are cut, and the mentions
// stay.
func TestTheTextOfACardFitsWithItsMentions(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.AddPerson(slackfake.Person{ID: "U0ADA", Name: strings.Repeat("a", 60)})
	calls := words.Mentions{Groups: []string{"S0ADMINS"}}
	for _, id := range []string{"U0BEN", "U0CEM", "U0DAN", "U0EVE", "U0FAY"} {
		calls.People = append(calls.People, auth.Person{Org: "T0HOME", ID: id})
	}
	for name, card := range map[string]words.Card{
		"usual": cards["pending"], "worst": cards["pending-worst"], "overlong": cards["overlong"],
	} {
		for _, called := range []words.Mentions{{}, {Groups: calls.Groups}, calls} {
			got := string(w.quietCard(t.Context(), card, called).Notice)
			if n := utf8.RuneCountInString(got); n > words.MaxNotice {
				t.Errorf("%s: %d characters: %s", name, n, got)
			}
			if !strings.HasPrefix(got, "Approval needed: erase ") || !strings.HasSuffix(got+" ", string(called.Line())) || strings.Contains(got, "&am…") {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// A reply survives that Slack does not tell who somebody is.
func TestAReplySurvivesANameThatIsNotTold(t *testing.T) {
	for _, fault := range []slackfake.Fault{{Status: 500}, {Error: "user_not_found"}, {Drop: true}, {Status: 429}} {
		w := open(t, slackfake.Config{})
		at, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
		if err != nil {
			t.Fatal(err)
		}
		w.people.forget("U0BEN")
		w.Fail("users.info", fault)
		if err := w.Reply(t.Context(), at, words.Say("Approved by %s.", ben), words.Mentions{}); err != nil {
			t.Errorf("%+v: %v", fault, err)
		}
		if thread := w.Thread("C0OPS", at.TS); len(thread) != 1 || len(thread[0].Called) > 0 || thread[0].Text != "Approved by @U0BEN." {
			t.Errorf("%+v: %+v", fault, thread)
		}
	}
}

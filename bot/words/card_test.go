package words

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// hostile are texts that Slack would act on, or that would pose as something else.
var hostile = []string{
	"<!channel>", "<!here|ok>", "<@U_ADA>", "<https://evil.example|Approve here>", "`code`", "```", "a\nb", "a\x00b",
	"&lt;!channel&gt;", "\u202eevil", "zero\u200bwidth", strings.Repeat("long ", 1000), "<!date^1^{date}|x>", "<#C1>", "<!subteam^S1>",
}

func TestNothingForeignCanPingOrPoseAsALink(t *testing.T) {
	for _, text := range hostile {
		for _, line := range []Line{
			Say("%s", text),
			code(text),
			link("https://example.com", text),
			Why(ledger.Cause{Code: ledger.NoSuchPC, Detail: text}),
			Why(ledger.Cause{Code: ledger.GraphRefused, Detail: text, Status: 400, RequestID: text}),
			Status(ledger.Request{State: ledger.Succeeded, Target: ledger.Target{Name: text}}),
		} {
			got := strings.ReplaceAll(string(line), "<https://example.com|", "")
			got = strings.TrimSuffix(got, ">")
			if strings.ContainsAny(got, "<>\x00\u202e\u200b") {
				t.Errorf("%q comes out as %q", text, line)
			}
			if n := len([]rune(string(line))); n > 2000 {
				t.Errorf("%q comes out %d runes long", text[:20], n)
			}
			if !strings.HasPrefix(string(line), "```") && strings.Contains(string(line), "`") {
				t.Errorf("%q breaks into code: %q", text, line)
			}
		}
	}
}

func TestEveryCauseAndEveryEventHasWords(t *testing.T) {
	for _, c := range []ledger.Code{
		ledger.NoSuchPC, ledger.ManyPCs, ledger.WrongState, ledger.Taken, ledger.MayNotPost, ledger.SlackSilent, ledger.GraphSilent,
		ledger.GraphRefused, ledger.Forbidden, ledger.Throttled, ledger.NoToken, ledger.BadIdentity, ledger.NotSent, ledger.LostAnswer,
		ledger.Interrupted, ledger.Drift, ledger.NoLongerMay, ledger.Waited, ledger.BuildFailed,
	} {
		line := string(Why(ledger.Cause{Code: c, Detail: "detail", Status: 409}))
		if line == "" || strings.Contains(line, "%!") || !strings.HasSuffix(line, ".") {
			t.Errorf("%s: %q", c, line)
		}
	}
	r := ledger.Request{Requester: auth.Person{ID: "U_ADA"}, Target: ledger.Target{Name: "CPC-ada"}}
	for _, k := range []ledger.Kind{
		ledger.WasAsked, ledger.WasShown, ledger.WasRefused, ledger.IsWaiting, ledger.WasExpired, ledger.WasVoided, ledger.WasSubmitted,
		ledger.HasNotActed, ledger.WasAccepted, ledger.WasDoubted, ledger.IsUnsettled, ledger.WasSeen, ledger.IsOverdue,
		ledger.HasSucceeded, ledger.HasFailed, ledger.CameLate,
	} {
		line, told := ThreadLine(r, ledger.Event{Kind: k, Cause: ledger.Cause{Code: ledger.GraphSilent, Status: 503}})
		if told != (line != "") || strings.Contains(string(line), "%!") {
			t.Errorf("%s: %q, %v", k, line, told)
		}
	}
}

func TestACardSaysWhatIsAsked(t *testing.T) {
	r := ledger.Request{
		ID: "R-7K3F", State: ledger.Pending, ApprovalsNeeded: 1, Requester: auth.Person{ID: "U_ADA"},
		Order:  command.Order{PC: "CPC-ada", OS: command.Windows11, Account: command.StandardUser, Reason: strings.Repeat("x", 150)},
		Target: ledger.Target{ID: "pc-1", Name: "CPC-ada", User: "dan@example.com"},
	}
	c := Draw(r, Links{})
	if c.Title != "Approval needed: erase CPC-ada?" || c.Notice != "Approval needed: erase CPC-ada? Its user is dan@example.com. Requested by <@U_ADA>." {
		t.Errorf("%q, %q", c.Title, c.Notice)
	}
	for _, want := range []string{"Requested by <@U_ADA> for dan@example.com.", "*Why:* " + strings.Repeat("x", maxReason-1) + "…"} {
		if !strings.Contains(string(c.Status), want) {
			t.Errorf("it does not say %q: %s", want, c.Status)
		}
	}
	if len(c.Facts)%2 != 0 || c.Facts[0].Value != "Windows 11 · standard user" {
		t.Errorf("facts: %v", c.Facts)
	}
	r.Target.User = strings.Repeat("u", 200)
	if n := utf8.RuneCountInString(string(Draw(r, Links{}).Notice)); n > MaxNotice {
		t.Errorf("a notice of %d characters", n)
	}
	if got := options(command.Order{}); got != "settings from its provisioning policy" {
		t.Errorf("no options: %q", got)
	}
}

// No header has an emoji or a full stop, each fits, and no two states have the same.
func TestEveryStateHasAHeaderOfItsOwn(t *testing.T) {
	seen := map[string]ledger.State{}
	for state := range states {
		title := Draw(ledger.Request{State: state, Target: ledger.Target{Name: "CPC-DAN-01"}}, Links{}).Title
		if other, twice := seen[title]; twice || strings.HasSuffix(title, ".") || strings.Contains(title, ":large") || !strings.Contains(title, "CPC-DAN-01") {
			t.Errorf("%s: %q (%s)", state, title, other)
		}
		seen[title] = state
	}
}

func TestSpansAreSaidAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		3 * time.Second: "3 seconds", 89 * time.Second: "89 seconds", 90 * time.Second: "2 minutes",
		41 * time.Minute: "41 minutes", 99 * time.Minute: "99 minutes", 3 * time.Hour: "3 hours",
		47 * time.Hour: "47 hours", 48 * time.Hour: "2 days", 71 * time.Hour: "2 days",
	} {
		if got := span(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

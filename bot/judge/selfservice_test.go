package judge

import (
	"errors"
	"log/slog"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

func TestWhoSignedInIsComparedWithWhoAsked(t *testing.T) {
	for name, row := range map[string]struct {
		email string
		fails error
		want  ledger.EmailMatch
	}{
		"the same":             {"dan@example.com", nil, ledger.EmailAgrees},
		"in another case":      {"Dan@Example.com", nil, ledger.EmailAgrees},
		"another":              {"eve@example.com", nil, ledger.EmailDiffers},
		"none":                 {"", nil, ledger.EmailUnread},
		"the scope is missing": {"dan@example.com", &causes.MissingScopeError{Needed: "users:read.email"}, ledger.EmailUnread},
		"Slack is silent":      {"dan@example.com", errors.New("500"), ""},
	} {
		d := &directory{emails: map[string]string{"U0DAN": row.email}, fails: map[string]error{"email U0DAN": row.fails}}
		j := &Judge{Directory: d, Log: slog.New(slog.DiscardHandler), Home: "T0HOME", FormerHome: "T0OLD"}
		for _, org := range []string{"T0HOME", "T0OLD"} {
			got, err := j.EmailMatch(t.Context(), auth.Person{Org: org, ID: "U0DAN"}, "dan@example.com")
			if got != row.want || (err != nil) != (row.want == "") {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

func TestNobodyErasesUnlessTheAddressesAgreeOrSomebodySawBoth(t *testing.T) {
	for match, why := range map[ledger.EmailMatch]ledger.NoSignInWhy{
		ledger.EmailAgrees: "", ledger.EmailDiffers: ledger.SignInEmailDiffers, ledger.EmailUnread: ledger.SignInEmailUnread,
	} {
		no := SameAddress(match, 0)
		if (no != nil) != (why != "") || no != nil && *no != ledger.NoSignInBecause(why) {
			t.Errorf("%s, where nobody approves: %v", match, no)
		}
		if no := SameAddress(match, 1); no != nil {
			t.Errorf("%s, where somebody approves: %v", match, no)
		}
	}
}

// TestSelfServiceIsJudgedAgain has ben approve that the machine of who signed in is erased, and compares what the card said
// of the two addresses with what is true just before the call.
func TestSelfServiceIsJudgedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		match    ledger.EmailMatch
		email    string
		consents int
		needed   int
		off      bool
		fails    error
		why      ledger.NoSignInWhy
		code     ledger.Code // of another cause
		waits    bool
	}{
		"they agree":                             {match: ledger.EmailAgrees, email: "dan@example.com", consents: 1, needed: 1},
		"they agree, and nobody has to approve":  {match: ledger.EmailAgrees, email: "dan@example.com"},
		"no more, which the card did not say":    {match: ledger.EmailAgrees, email: "new@example.com", consents: 1, needed: 1, why: ledger.SignInEmailDiffers},
		"no more, and nobody has to approve":     {match: ledger.EmailAgrees, email: "new@example.com", why: ledger.SignInEmailDiffers},
		"hidden since":                           {match: ledger.EmailAgrees, consents: 1, needed: 1, why: ledger.SignInEmailUnread},
		"they differ, as the card said":          {match: ledger.EmailDiffers, email: "ada@example.com", consents: 1, needed: 1},
		"they differ, and were not to be seen":   {match: ledger.EmailUnread, email: "ada@example.com", consents: 1, needed: 1},
		"they differ, and nobody has approved":   {match: ledger.EmailDiffers, email: "ada@example.com", why: ledger.SignInEmailDiffers},
		"more approvals are needed by now":       {match: ledger.EmailAgrees, email: "dan@example.com", consents: 1, needed: 2, code: ledger.MoreNeeded},
		"self-service was switched off":          {match: ledger.EmailAgrees, email: "dan@example.com", consents: 1, needed: 1, off: true, code: ledger.NoLongerMay},
		"Slack does not say what the address is": {match: ledger.EmailAgrees, email: "dan@example.com", consents: 1, needed: 1, fails: errors.New("500"), waits: true},
	} {
		rules, err := auth.New(auth.Rules{Home: "T0HOME", Admins: []string{"U0BEN", "U0DAN"}, AllowSelf: true, SelfService: !row.off})
		if err != nil {
			t.Fatal(err)
		}
		d := &directory{
			asked: map[string]int{}, emails: map[string]string{"U0DAN": row.email, "U0BEN": "ben@example.com"}, fails: map[string]error{"email U0DAN": row.fails},
		}
		j := &Judge{Directory: d, Rules: rules, Log: slog.New(slog.DiscardHandler), Home: "T0HOME", Approvals: 3, SelfServiceApprovals: row.needed}
		r := ledger.Request{
			Requester: at("T0HOME", "U0DAN"), Card: ledger.Thread{Channel: "C0OPS", TS: "1.2"}, Target: ledger.Target{ID: "pc", User: "dan@example.com"},
			Self: ledger.SelfService{Holder: "w", Account: ledger.Account{ObjectID: "oid", Name: "dan@example.com"}, Email: row.match},
		}
		for range row.consents {
			r.Consents = append(r.Consents, ledger.Consent{By: at("T0HOME", "U0BEN")})
		}
		no, waits, _ := j.JudgeAgain(t.Context(), r)
		switch {
		case row.waits:
			if no != nil || waits == nil {
				t.Errorf("%s: %v, %v", name, no, waits)
			}
		case row.why != "":
			if no == nil || *no != ledger.NoSignInBecause(row.why) {
				t.Errorf("%s: %v, %v", name, no, waits)
			}
		case row.code != "":
			if no == nil || no.Code != row.code {
				t.Errorf("%s: %v, %v", name, no, waits)
			}
		case no != nil || waits != nil:
			t.Errorf("%s: %v, %v", name, no, waits)
		}
		if v := j.JudgeApproval(t.Context(), r.Requester, r, "C0OPS"); v.Allowed || v.Reason != auth.OwnRequest {
			t.Errorf("%s: the requester approves it: %+v", name, v)
		}
		if v := j.JudgeApproval(t.Context(), at("T0HOME", "W0DAN"), r, "C0OPS"); v.Allowed {
			t.Errorf("%s: the requester approves it under another id: %+v", name, v)
		}
	}
}

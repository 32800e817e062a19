package slackio

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	orders "cloudpc-bot/bot/command"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

var update = flag.Bool("update", false, "rewrite testdata/blocks")

var (
	ada = auth.Person{Org: "T0HOME", ID: "U0ADA"}
	ben = auth.Person{Org: "T0HOME", ID: "U0BEN"}
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// asked is the card of a request that waits for approval, changed as a row wants it.
func asked(change func(*ledger.Request)) words.Card {
	r := ledger.Request{
		ID: "R-7K3F", State: ledger.Pending, Events: 2, Requester: ada, Asked: noon, Expires: noon.Add(8 * time.Hour), ApprovalsNeeded: 1,
		Order: orders.Order{
			PC: "CPC-DAN-01", OS: orders.Windows11, Account: orders.StandardUser,
			Reason: "BitLocker asks for a key at each start since the October update, and Dan cannot do any work at all.",
		},
		Target: ledger.Target{
			ID: "b0a9cde2-e170-4dd9-97c3-ad1d3328a711", Name: "CPC-DAN-01", DeviceName: "CPC-dan-7QX31", User: "dan@example.com", Policy: "Standard", PolicyID: "p1",
			Image: "Windows 10 Enterprise 22H2", NewImage: "Windows 11 Enterprise 24H2", Region: "westeurope", Join: "azureADJoin",
			Plan: "Cloud PC Enterprise 4vCPU/16GB/128GB", OS: "windows10", Account: "administrator",
		},
	}
	if change != nil {
		change(&r)
	}
	return words.Draw(r, links)
}

var links = words.Links{Intune: "https://intune.microsoft.com", WindowsApp: "https://windows.cloud.microsoft", About: "https://learn.microsoft.com/windows-365/enterprise/reprovision-cloud-pc"}

// own makes a request one of ada's for her own machine, signed in as its user.
func own(match ledger.EmailMatch) func(*ledger.Request) {
	return func(r *ledger.Request) {
		r.Order = orders.Order{Verb: orders.Mine, Reason: "does not start since the October update"}
		r.Expires = noon.Add(72 * time.Minute)
		r.Self = ledger.SelfService{
			Holder: "worker", Account: ledger.Account{ObjectID: "oid", Tenant: "tid", Name: "dan@example.com"}, SignedIn: noon, Until: r.Expires, Email: match,
		}
	}
}

// in is the card of a request in a state, with ben's approval.
func in(state ledger.State, more func(*ledger.Request)) words.Card {
	return asked(func(r *ledger.Request) {
		r.State, r.Consents = state, []ledger.Consent{{By: ben, At: noon}}
		r.Submission = ledger.Submission{CallID: "c1", At: noon, Accepted: noon}
		if state.Ended() {
			r.Ended = noon.Add(47 * time.Minute)
		}
		if more != nil {
			more(r)
		}
	})
}

// running is the card of a run that began so long ago, and of which Graph shows a phase. Others like it took 35 to
// 50 minutes.
func running(phase ledger.Phase, ago time.Duration, more func(*ledger.Request)) (card words.Card) {
	in(ledger.Provisioning, func(r *ledger.Request) {
		r.Submission.Phase = phase
		if more != nil {
			more(r)
		}
		usual := ledger.Usual{Sample: ledger.OfKin, Low: 35 * time.Minute, Median: 42 * time.Minute, High: 50 * time.Minute}
		card = words.DrawRunning(*r, links, words.Progress{Now: noon.Add(ago), Usual: usual})
	})
	return card
}

// cards are cards in the states that look different.
var cards = map[string]words.Card{
	"pending":     asked(nil),
	"pending-two": asked(func(r *ledger.Request) { r.ApprovalsNeeded, r.Consents = 2, []ledger.Consent{{By: ben, At: noon}} }),
	"pending-shared": asked(func(r *ledger.Request) {
		r.Order.Reason, r.Target.User, r.Target.Shared, r.Target.Group = "", "", true, "Night shift"
		r.Target.Power, r.Earlier, r.Target.OS, r.Target.Account, r.Target.NewImage = "poweredOff", "R-9ABC", "", "", ""
	}),
	"pending-worst": asked(func(r *ledger.Request) { // as much as a card may have to say to those who decide
		r.Target.User, r.Target.Power, r.Earlier = "daniela.featherstonehaugh-montgomery@manufacturing.example.com", "poweredOff", "R-9ABC"
		r.Preview = ledger.Preview{SignedIn: true, AsOf: noon, LastUse: noon, Image: "supportedWithWarning", ImageUntil: noon, Others: []string{"CPC-DAN-02"}}
	}),
	"self-service":         asked(own(ledger.EmailAgrees)),
	"self-service-differs": asked(own(ledger.EmailDiffers)),
	"self-service-unread":  asked(own(ledger.EmailUnread)),
	"self-service-lost": asked(func(r *ledger.Request) {
		own(ledger.EmailAgrees)(r)
		r.State, r.Cause = ledger.Voided, ledger.NoSignInBecause(ledger.SignInLost)
	}),
	"resolving":    asked(func(r *ledger.Request) { r.State, r.Target = ledger.Resolving, ledger.Target{} }),
	"approved":     in(ledger.Approved, nil),
	"waiting":      in(ledger.Approved, func(r *ledger.Request) { r.Cause = ledger.Cause{Code: ledger.Frozen, Detail: "U0CEM"} }),
	"submitting":   in(ledger.Submitting, nil),
	"accepted":     running("", 2*time.Second, nil),
	"erasing":      running(ledger.Erasing, 4*time.Minute, nil),
	"provisioning": running(ledger.Building, 14*time.Minute, nil),
	"running-late": running(ledger.Building, 43*time.Minute, nil),
	"running-long": running(ledger.Building, 51*time.Minute, nil),
	"powered-off":  running("", 4*time.Minute, func(r *ledger.Request) { r.Submission.Power = noon }),
	"overdue":      running(ledger.Building, 3*time.Hour, func(r *ledger.Request) { r.Submission.Overdue = noon }),
	"unconfirmed": in(ledger.Unconfirmed, func(r *ledger.Request) {
		r.Cause, r.Submission.EvidenceGivenUp = ledger.Cause{Code: ledger.LostAnswer, Status: 504}, noon
	}),
	"succeeded": in(ledger.Succeeded, func(r *ledger.Request) {
		r.Result = ledger.Target{DeviceName: "CPC-dan-6885A", OS: "windows11", Account: "standardUser"}
	}),
	"succeeded-with-warnings": in(ledger.Succeeded, func(r *ledger.Request) {
		r.Cause = ledger.Cause{Code: ledger.WithWarnings, Detail: "partnerAgentInstallFailed"}
	}),
	"succeeded-looks-rebuilt": in(ledger.Succeeded, func(r *ledger.Request) { r.Cause = ledger.Cause{Code: ledger.LooksRebuilt} }),
	"failed-not-begun": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Cause = ledger.ByBuild, ledger.Cause{Code: ledger.NotBegun, Detail: "its remote action Reprovision is failed"}
	}),
	"closed-unfinished": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Decided, r.Cause = ledger.Unfinished, ledger.Decision{Kind: ledger.WasLeft, By: ben, At: noon}, ledger.Cause{Code: ledger.NeverEnded}
	}),
	"failed-build": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Cause = ledger.ByBuild, ledger.Cause{Code: ledger.BuildFailed, Detail: "domainJoin_AccountQuotaExceeded; The domain account has exceeded its number of computer accounts."}
	}),
	"failed-build-later": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Cause = ledger.ByBuild, ledger.Cause{Code: ledger.BuildFailed, Detail: "noEnoughIpAddress; No."}
	}),
	"failed-build-unknown": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Cause = ledger.ByBuild, ledger.Cause{Code: ledger.BuildFailed, Detail: "osProvisioningTimedOut; " + strings.Repeat("The virtual machine did not answer in time. ", 9)}
	}),
	"failed-not-begun-known": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Cause = ledger.ByBuild, ledger.Cause{Code: ledger.NotBegun, Detail: "licenseNotFound; No."}
	}),
	"succeeded-with-known-warnings": in(ledger.Succeeded, func(r *ledger.Request) {
		r.Cause = ledger.Cause{Code: ledger.WithWarnings, Detail: "windowsResetError; Time zone redirection was not configured, nor local administrators."}
		r.Result = ledger.Target{DeviceName: "CPC-dan-6885A", OS: "windows11", Account: "standardUser"}
	}),
	"failed-refused": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Cause = ledger.ByRefusal, ledger.Cause{Code: ledger.GraphRefused, Status: 409, RequestID: "7f3c0000-0000-4000-8000-000000000000"}
	}),
	"closed": in(ledger.Failed, func(r *ledger.Request) {
		r.Failure, r.Decided = ledger.Unproven, ledger.Decision{Kind: ledger.WasLeft, By: ben, At: noon}
	}),
	"denied": asked(func(r *ledger.Request) {
		r.State, r.Decided = ledger.Denied, ledger.Decision{Kind: ledger.WasDenied, By: ben, At: noon, Reason: "it is payday"}
	}),
	"cancelled": asked(func(r *ledger.Request) {
		r.State, r.Decided = ledger.Cancelled, ledger.Decision{Kind: ledger.WasCancelled, By: ada, At: noon}
	}),
	"expired": asked(func(r *ledger.Request) { r.State = ledger.Expired }),
	"voided": in(ledger.Voided, func(r *ledger.Request) {
		r.Cause = ledger.Cause{Code: ledger.Drift, Detail: "user: dan@example.com → eve@example.com"}
	}),
	"refused": asked(func(r *ledger.Request) { r.State, r.Cause = ledger.Refused, ledger.Cause{Code: ledger.SlackSilent} }),
	"copy":    words.DrawCopy(ledger.Request{ID: "R-7K3F", State: ledger.Pending, Requester: ada}, "https://example.slack.com/archives/C0OPS/p1"),
	"overlong": asked(func(r *ledger.Request) {
		long := strings.Repeat("ß&<", 1500)
		r.Order.Reason, r.Target.Name, r.Target.DeviceName, r.Target.User, r.Target.Policy = long, long, "d"+long, long, long
		r.Target.Image, r.Target.NewImage, r.Target.Region = long, long, long
	}),
}

func TestCardsAreDrawnAsTheyWere(t *testing.T) {
	for name, card := range cards {
		t.Run(name, func(t *testing.T) {
			got := indented(t, map[string]any{"blocks": blocks(card)})
			golden(t, filepath.Join("testdata", "blocks", name+".json"), got)
		})
	}
}

func TestFormIsDrawnAsItWas(t *testing.T) {
	form := intake.Form{Request: "R-7K3F", Machine: "CPC-reception-desk", By: ben}
	golden(t, filepath.Join("testdata", "blocks", "form.json"), indented(t, view(form)))
}

func TestConfirmFormIsDrawnAsItWas(t *testing.T) {
	form := intake.ConfirmForm{Request: "R-7K3F", Index: 1, Machine: "CPC-reception-desk", Needed: 1}
	golden(t, filepath.Join("testdata", "blocks", "form-confirm.json"), indented(t, confirmView(form)))
}

func TestSlackTakesEveryCard(t *testing.T) {
	w := open(t, slackfake.Config{})
	for name, card := range cards {
		at, err := w.Post(t.Context(), "C0OPS", card, words.Mentions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.Redraw(t.Context(), at, card); err != nil {
			t.Errorf("%s redrawn: %v", name, err)
		}
	}
}

func TestCardSaysInOneLineWhatItIsAbout(t *testing.T) {
	w := open(t, slackfake.Config{})
	if _, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{}); err != nil {
		t.Fatal(err)
	}
	m := w.Messages("C0OPS")[0]
	if want := "Approval needed: erase CPC-DAN-01? Its user is dan@example.com. Requested by @ada."; m.Text != want {
		t.Errorf("text is %q, want %q", m.Text, want)
	}
	if len(m.Called) != 0 {
		t.Errorf("it calls %v", m.Called)
	}
	want := []string{"Erase CPC-DAN-01 (approve R-7K3F)", "Deny (deny R-7K3F)", "Withdraw (cancel R-7K3F)"}
	if diff := cmp.Diff(want, m.Buttons()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
}

func TestRedrawTakesTheButtonsAway(t *testing.T) {
	w := open(t, slackfake.Config{})
	at, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Redraw(t.Context(), at, cards["succeeded"]); err != nil {
		t.Fatal(err)
	}
	if m := w.Messages("C0OPS")[0]; len(m.Buttons()) != 0 || !strings.Contains(m.Plain(), "was rebuilt in 47 minutes") {
		t.Errorf("the card still says:\n%s", m.Plain())
	}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

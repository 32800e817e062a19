package slackio

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"cloudpc-bot/auth"
	orders "cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// toldOf is the request that the whispers below are about, in a state.
func toldOf(state ledger.State) ledger.Request {
	return ledger.Request{
		ID: "R-7K3F", State: state, Requester: ada, Asked: noon, Expires: noon.Add(8 * time.Hour), ApprovalsNeeded: 1, Ended: noon.Add(47 * time.Minute),
		Order: orders.Order{PC: "CPC-DAN-01", OS: orders.Windows11, Reason: "does not start"}, Consents: []ledger.Consent{{By: ben, At: noon}},
		Target:     ledger.Target{Name: "CPC-DAN-01", User: "dan@example.com", DeviceName: "CPC-dan-7QX31"},
		Submission: ledger.Submission{CallID: "11111111-2222-3333-4444-555555555555", At: noon, Accepted: noon, Seen: noon, Phase: ledger.Building},
	}
}

// digestOf is d with requests, an hour and a half after noon.
func digestOf(d words.Digest, all ...ledger.Request) words.Digest {
	d.Members, d.Now = map[int]int{}, noon.Add(90*time.Minute)
	for _, r := range all {
		d.Members[words.Urgency(r)]++
		e := words.Entry{Request: r, Usual: ledger.UsualOf(r, nil)}
		if r.State != ledger.Resolving {
			e.Card = "https://example.slack.com/archives/C0OPS/p1"
		}
		d.Shown = append(d.Shown, e)
	}
	return d
}

// everyUrgency are requests of each section of a digest.
func everyUrgency() []ledger.Request {
	unconfirmed, overdue, pending, held, waiting := toldOf(ledger.Unconfirmed), toldOf(ledger.Provisioning), toldOf(ledger.Pending), toldOf(ledger.Approved), toldOf(ledger.Approved)
	running, looking := toldOf(ledger.Provisioning), toldOf(ledger.Resolving)
	unconfirmed.Submission.EvidenceGivenUp = noon.Add(15 * time.Minute)
	overdue.Submission.Overdue = noon.Add(30 * time.Minute)
	pending.ApprovalsNeeded = 2
	held.Cause = ledger.Cause{Code: ledger.TooMany, Detail: ben.ID}
	waiting.Cause = ledger.Cause{Code: ledger.Throttled, Status: 429}
	held.Due, waiting.Due = noon.Add(2*time.Hour), noon.Add(95*time.Minute)
	running.Submission.Accepted = noon.Add(75 * time.Minute)
	looking.Target, looking.Consents, looking.Offered, looking.Choices = ledger.Target{}, nil, true, make([]ledger.Choice, 2)
	all := []ledger.Request{unconfirmed, overdue, pending, held, waiting, running, looking}
	for n := range all {
		all[n].ID = ledger.ID(fmt.Sprint("R-", n+2, "ABC"))
	}
	return all
}

// texts are whispers and replies without buttons.
func texts() map[string]words.Line {
	const card = "https://example.slack.com/archives/C0OPS/p1"
	running, ready, pending := toldOf(ledger.Provisioning), toldOf(ledger.Succeeded), toldOf(ledger.Pending)
	pending.ID, pending.Consents = "R-9ABC", nil
	denied := toldOf(ledger.Denied)
	denied.ID, denied.Consents, denied.Decided = "R-2DEF", nil, ledger.Decision{Kind: ledger.WasDenied, By: ben, At: noon}
	status := words.LiveLine(running, card) + "\n" + words.Status(running) + "\n"
	for n, e := range []ledger.Event{
		{Kind: ledger.WasAsked, By: ada}, {Kind: ledger.WasShown}, {Kind: ledger.WasRepelled, By: ada, Act: auth.Approve, Verdict: auth.OwnRequest},
		{Kind: ledger.WasApproved, By: ben, Count: 1, To: ledger.Approved}, {Kind: ledger.WasSubmitted, Call: running.Submission.CallID}, {Kind: ledger.WasAccepted}, {Kind: ledger.WasSeen},
	} {
		e.At = noon.Add(time.Duration(n) * time.Minute)
		status += "\n" + words.EventLine(running, e)
	}
	build := func(state ledger.State, kind ledger.Kind, c ledger.Cause) words.Line {
		r := toldOf(state)
		r.Cause = c
		if state == ledger.Failed {
			r.Failure = ledger.ByBuild
		}
		line, _ := words.ThreadLine(r, ledger.Event{Request: r.ID, Kind: kind, Cause: c, At: r.Ended})
		return line
	}
	frozen := ledger.Brakes{Frozen: true, By: ben, At: noon, Why: "Intune is down"}
	return map[string]words.Line{
		"text-help-admin":     words.Help(auth.Verdict{Allowed: true, Reason: auth.IsAdmin}, false),
		"text-help-requester": words.Help(auth.Verdict{Allowed: true, Reason: auth.IsRequester}, false),
		"text-help-member":    words.Help(auth.Verdict{Allowed: true, Reason: auth.IsMember}, true),
		"text-status":         status,
		"text-history":        words.Say("*History*, newest first\n") + words.PastLine(ready, card) + "\n" + words.PastLine(denied, card),
		"text-list-frozen":    words.List(digestOf(words.Digest{Brakes: frozen, Admin: true}, pending, running)),
		"text-list":           words.List(digestOf(words.Digest{UsedUp: []ledger.BudgetError{{Of: ben, Until: noon.Add(90 * time.Minute)}}, Admin: true}, everyUrgency()...)),
		"text-frozen":         words.FrozenNow(ledger.Brakes{}, []ledger.Request{running}),
		"text-second-admin":   words.AlreadyRequested(ledger.Request{ID: "R-4GHJ", Requester: ben}, pending, card),
		"text-card-stuck":     words.CardStuck(ready),
		"text-failed-build": build(ledger.Failed, ledger.HasFailed, ledger.Cause{
			Code: ledger.BuildFailed, Detail: "domainJoin_AccountQuotaExceeded; The domain account has exceeded its number of computer accounts."}),
		"text-failed-build-unknown": build(ledger.Failed, ledger.HasFailed, ledger.Cause{
			Code: ledger.BuildFailed, Detail: "osProvisioningTimedOut; The virtual machine did not answer in time.", Retriable: "true"}),
		"text-failed-not-begun": build(ledger.Failed, ledger.HasFailed, ledger.Cause{Code: ledger.NotBegun, Detail: "licenseNotFound; No."}),
		"text-ready-with-warnings": build(ledger.Succeeded, ledger.HasSucceeded, ledger.Cause{
			Code: ledger.WithWarnings, Detail: "windowsResetError; Time zone redirection was not configured, nor local administrators."}),
	}
}

func TestWhispersAndRepliesAreDrawnAsTheyWere(t *testing.T) {
	for name, line := range texts() {
		golden(t, filepath.Join("testdata", "blocks", name+".json"), indented(t, map[string]any{"text": line}))
	}
}

// The first post of a card calls people, and is the only one that does.
func TestTheFirstPostIsDrawnAsItWas(t *testing.T) {
	w := open(t, slackfake.Config{})
	card := w.quietCard(t.Context(), cards["pending"], words.Mentions{People: []auth.Person{ben}, Groups: []string{"S0ADMINS"}})
	golden(t, filepath.Join("testdata", "blocks", "pending-first-post.json"), indented(t, map[string]any{"text": card.Notice, "blocks": blocks(card)}))
}

// The direct messages to the person whose machine it is, with the button and when it is over.
func TestNoticesAreDrawnAsTheyWere(t *testing.T) {
	r := toldOf(ledger.Approved)
	r.Owner = ledger.Owner{Person: auth.Person{Org: "T0HOME", ID: "U0DAN"}, Until: noon.Add(30 * time.Minute)}
	over := r
	over.State, over.Cause = ledger.Voided, ledger.Cause{Code: ledger.Vetoed}
	for name, n := range map[string]words.Notice{"notice": words.OwnerNotice(r, noon), "notice-over": words.OwnerNoticeOver(over)} {
		golden(t, filepath.Join("testdata", "blocks", name+".json"), indented(t, map[string]any{"text": n.Line, "blocks": noticeBlocks(n)}))
	}
	waiting := r
	waiting.Cause = ledger.Cause{Code: ledger.OwnerNotice, Until: r.Owner.Until}
	waiting.Consents = []ledger.Consent{{By: ben, At: noon}}
	card := words.Draw(waiting, words.Links{})
	golden(t, filepath.Join("testdata", "blocks", "approved-notice.json"), indented(t, map[string]any{"text": card.Notice, "blocks": blocks(card)}))
}

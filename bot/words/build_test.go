package words

import (
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

func aBuild(detail string) (ledger.Request, ledger.Event) {
	r := someRequests("")[0]
	r.State, r.Failure, r.Cause = ledger.Failed, ledger.ByBuild, ledger.Cause{Code: ledger.BuildFailed, Detail: detail}
	r.Submission.CallID = "0d9e0000-0000-4000-8000-000000000000"
	return r, ledger.Event{Kind: ledger.HasFailed, Cause: r.Cause, At: began.Add(48 * time.Minute)}
}

// The thread says what happened, what to do, whether it helps to request it again, and what Microsoft's
// support asks for; the card says what happened, and no more.
func TestEveryBuildThatFailedIsToldInFull(t *testing.T) {
	for _, code := range append(rowsOf(t, "provisioning"), "newCode", "intuneEnroll_New") {
		r, e := aBuild(code + "; It did not work.")
		lines := strings.Split(string(threadFailed(r, e)), "\n")
		if len(lines) != 3 {
			t.Fatalf("%s: %d lines: %q", code, len(lines), lines)
		}
		if !strings.HasPrefix(lines[0], "<@U_ADA>, this failed: CPC-DAN-01 was erased and is not ready: ") || !strings.HasSuffix(lines[0], ".") {
			t.Errorf("%s: %s", code, lines[0])
		}
		if !strings.Contains(strings.ToLower(lines[1]), "request") || !strings.HasSuffix(lines[1], "|Microsoft's page on this>") {
			t.Errorf("%s: %s", code, lines[1])
		}
		if want := "For Microsoft's support: `" + code + "`, client-request-id `0d9e0000-0000-4000-8000-000000000000`, sent 2026-11-23 09:01 UTC, failed by 2026-11-23 09:48 UTC."; lines[2] != want {
			t.Errorf("%s: %s", code, lines[2])
		}
		card := string(failedStatus(r))
		if strings.Count(card, ". ") > 0 || len(card) > 220 {
			t.Errorf("%s: the card says more than a sentence: %s", code, card)
		}
		if text := Buttons(r)[0].Confirm.Text; code != "newCode" && !strings.Contains(text, "approvals of its own. ") || len(text) > 300 {
			t.Errorf("%s: the dialog says %q", code, text)
		}
	}
}

func TestTheRequestIDIsThereForSupportIfTheLedgerHasIt(t *testing.T) {
	r, e := aBuild("internalError")
	e.Cause.RequestID = "7f3c"
	if line := string(threadFailed(r, e)); !strings.Contains(line, "request-id `7f3c`") {
		t.Error(line)
	}
}

// What Graph says of another try counts only where no row knows better.
func TestGraphsWordOnAnotherTryCountsWhereNoRowDoes(t *testing.T) {
	for _, row := range []struct{ detail, retriable, want string }{
		{"newCode; No.", "true", "Microsoft says that another try can help."},
		{"newCode; No.", "false", "Microsoft says that another try does not help."},
		{"newCode; No.", "", "fix what it reports, then press Request again. <"},
		{"intuneEnrollFailed; No.", "true", "before that it would fail the same way. <"},
		{"intuneEnroll_TenantUnderAccountMove; No.", "true", "does not help before that. <"},
	} {
		r, e := aBuild(row.detail)
		e.Cause.Retriable = row.retriable
		if line := string(threadFailed(r, e)); !strings.Contains(line, row.want) {
			t.Errorf("%+v: %s", row, line)
		}
	}
}

// A row for many codes leaves the particulars to Graph; a row of this very code does not need them.
func TestGraphsOwnMessageIsQuotedWhereTheRowIsForMany(t *testing.T) {
	for detail, want := range map[string]bool{
		"intuneEnroll_New; The <moon> is in the way.": true, "HybridAADJoinFailed; The <moon> is in the way.": true, "noEnoughIpAddress; The <moon> is in the way.": false,
	} {
		r, e := aBuild(detail)
		if line := string(threadFailed(r, e)); strings.Contains(line, "Microsoft says: “The &lt;moon&gt; is in the way.”") != want {
			t.Errorf("%s: %s", detail, line)
		}
	}
}

func TestWhatGraphSaysOfABuildIsHarmlessAndCut(t *testing.T) {
	for _, text := range append(hostile, "newCode; "+strings.Repeat("long ", 1000), "intuneEnroll_"+strings.Repeat("x", 1000)+"; "+strings.Repeat("<y> ", 1000)) {
		for _, code := range []ledger.Code{ledger.BuildFailed, ledger.NotBegun, ledger.WithWarnings} {
			r, e := aBuild(text)
			r.Cause.Code, e.Cause.Code = code, code
			lines := string(threadFailed(r, e) + threadSucceeded(r, e) + failedStatus(r) + succeededStatus(r))
			for _, ours := range []string{"<@U_ADA>", "|Microsoft's page on this>", "<https://learn.microsoft.com/"} {
				lines = strings.ReplaceAll(lines, ours, "")
			}
			if strings.ContainsAny(lines, "<>\x00\u202e\u200b") || len([]rune(lines)) > 5000 || len([]rune(string(failedStatus(r)))) > 400 {
				t.Errorf("%.40q, %s: %s", text, code, lines)
			}
		}
	}
}

// Microsoft's advice for most warnings is to provision again. People are told first what spares the machine.
func TestAWarningNeverOffersAnotherEraseFirst(t *testing.T) {
	for _, code := range rowsOf(t, "warnings") {
		r, e := aBuild(code)
		r.State, r.Failure = ledger.Succeeded, ""
		r.Cause.Code, e.Cause.Code = ledger.WithWarnings, ledger.WithWarnings
		line := string(threadSucceeded(r, e))
		warning := line[strings.Index(line, "\n*Warning:* ")+1:]
		if first, _, _ := strings.Cut(strings.SplitN(warning, ". ", 3)[1], "."); strings.Contains(first, "reprovision") || !strings.Contains(line, "\n*Warning:* ") {
			t.Errorf("%s: %s", code, line)
		}
		if len(Buttons(r)) != 0 {
			t.Errorf("%s: it has buttons", code)
		}
	}
}

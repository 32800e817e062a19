package words

import (
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestWhatIsRetoldCanNeitherPingNorPoseAsALink(t *testing.T) {
	clean := strings.NewReplacer("<@U_ADA>", "", "<https://example.com|R-7K3F>", "", string(Say("%s", at)), "", "`/reprovision history`", "")
	for _, text := range hostile {
		r := ledger.Request{
			ID: "R-7K3F", State: ledger.Succeeded, Requester: auth.Person{ID: "U_ADA"}, Asked: at, Ended: at,
			Order:  command.Order{PC: text, Reason: text},
			Target: ledger.Target{Name: text, DeviceName: text}, Result: ledger.Target{DeviceName: text + "2"},
		}
		lines := []Line{PastLine(r, "https://example.com"), LiveLine(r, ""), UnknownMachine(text, true), UnknownMachine(text, false)}
		for k := range events {
			lines = append(lines, EventLine(r, ledger.Event{Kind: k, At: at, By: r.Requester, Texts: map[string]string{ledger.TextWhy: text}, Call: text, Cause: ledger.Cause{Code: ledger.Drift, Detail: text}}))
		}
		for _, line := range lines {
			if got := clean.Replace(string(line)); strings.ContainsAny(got, "<>`\n\x00\u202e\u200b") {
				t.Errorf("%q comes out as %q", text, line)
			}
		}
	}
}

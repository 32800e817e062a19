package slackio

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

var update = flag.Bool("update", false, "rewrite testdata/blocks")

var (
	ada = auth.Person{Org: "T0HOME", ID: "U0ADA"}
	ben = auth.Person{Org: "T0HOME", ID: "U0BEN"}

	approve = words.Button{Action: words.PressApprove, Text: "Approve", Style: "primary", Confirm: &words.Confirm{
		Title: "Wipe CPC-ada?", Text: "Everything that is only on this machine will be lost.", Yes: "Wipe it", No: "Not yet"}}
	deny   = words.Button{Action: words.PressDeny, Text: "Deny", Style: "danger"}
	cancel = words.Button{Action: words.PressCancel, Text: "Cancel"}
	leave  = words.Button{Action: words.PressLeave, Text: "Leave it"}
	again  = words.Button{Action: words.PressAgain, Text: "Ask again"}

	facts = []words.Fact{{Name: "User", Value: "ada@contoso.com"}, {Name: "Device", Value: "CPC-ada-7QX"}, {Name: "Reason", Value: "the disk is full & <slow>"}}
)

// cards are cards in the states that look different.
var cards = map[string]words.Card{
	"pending": {Request: "R-7K3F", Title: "Reprovision CPC-ada", Options: "Windows 11 · standard user", Facts: facts, Asked: ada,
		Status:  "Approved by <@U0BEN>, 1 more is needed. Expires <!date^1800000000^{date_short_pretty} {time}|2027-01-15 08:00 UTC>.",
		Buttons: []words.Button{approve, deny, cancel}},
	"unconfirmed": {Request: "R-7K3F", Title: "Reprovision CPC-ada", Options: "Windows 11 · standard user", Facts: facts, Asked: ada,
		Status: "*I do not know whether this happened.*", Buttons: []words.Button{leave, again}},
	"denied":    {Request: "R-7K3F", Title: "Reprovision CPC-ada", Options: "as its policy says", Facts: facts, Asked: ada, Status: "Denied by <@U0BEN>.", Buttons: []words.Button{again}},
	"succeeded": {Request: "R-7K3F", Title: "Reprovision CPC-ada", Options: "Windows 11 · standard user", Facts: facts, Asked: ada, Status: "Done after 41 minutes."},
	"resolving": {Request: "R-7K3F", Title: "Reprovision CPC-ada", Asked: ada, Status: "Looking for the machine."},
	"overlong": {Request: "R-7K3F", Title: strings.Repeat("t", 200), Options: strings.Repeat("o", 4000), Asked: ada, Status: words.Line(strings.Repeat("ß", 4000)),
		Facts: append(many(11), words.Fact{Name: "Reason", Value: strings.Repeat("r", 3000)}),
		Buttons: []words.Button{{Action: words.PressApprove, Text: strings.Repeat("b", 90), Confirm: &words.Confirm{
			Title: strings.Repeat("t", 120), Text: strings.Repeat("x", 400), Yes: strings.Repeat("y", 40), No: strings.Repeat("n", 40)}}}},
}

func many(n int) []words.Fact {
	var list []words.Fact
	for range n {
		list = append(list, words.Fact{Name: "Fact", Value: "value"})
	}
	return list
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
	form := intake.Form{Request: "R-7K3F", Title: "Denied: Reprovision CPC-ada", By: ben}
	golden(t, filepath.Join("testdata", "blocks", "form.json"), indented(t, view(form)))
}

func TestSlackTakesEveryCard(t *testing.T) {
	w := open(t, slackfake.Config{})
	for name, card := range cards {
		at, err := w.Post(t.Context(), "C0OPS", card)
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
	if _, err := w.Post(t.Context(), "C0OPS", cards["pending"]); err != nil {
		t.Fatal(err)
	}
	m := w.Messages("C0OPS")[0]
	if want := string(cards["pending"].Fallback()); m.Text != want || want == "" {
		t.Errorf("text is %q, want %q", m.Text, want)
	}
	if diff := cmp.Diff([]string{"U0ADA", "U0BEN"}, slices.Sorted(slices.Values(m.Pings()))); diff != "" {
		t.Errorf("pings (-want +got):\n%s", diff)
	}
	want := []string{"Approve (approve R-7K3F)", "Deny (deny R-7K3F)", "Cancel (cancel R-7K3F)"}
	if diff := cmp.Diff(want, m.Buttons()); diff != "" {
		t.Errorf("buttons (-want +got):\n%s", diff)
	}
}

func TestRedrawTakesTheButtonsAway(t *testing.T) {
	w := open(t, slackfake.Config{})
	at, err := w.Post(t.Context(), "C0OPS", cards["pending"])
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Redraw(t.Context(), at, cards["succeeded"]); err != nil {
		t.Fatal(err)
	}
	if m := w.Messages("C0OPS")[0]; len(m.Buttons()) != 0 || !strings.Contains(m.Plain(), "Done after 41 minutes.") {
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

package slackio

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

const listed = "*History*, newest first\n• <https://x.slack.com/archives/C0OPS/p1|R-7K3F> · CPC &lt;ada&gt; · denied by <@U0BEN>\n\nPage 2 of 3."

// whispered are whispers that lead on to other pages.
var whispered = map[string]intake.Response{
	"page":       {Line: listed, Pages: intake.Pages{Previous: "R-7K3F history 1", Next: "R-7K3F history 3"}},
	"page-first": {Line: listed, Pages: intake.Pages{Next: "R-7K3F history 2"}},
	"page-last":  {Line: listed, Pages: intake.Pages{Previous: "R-7K3F history 2"}},
	"page-overlong": {Line: words.Line(strings.Repeat(strings.Repeat("&amp;ß", 200)+"\n", 4) + strings.Repeat("ß", 4000)),
		Pages: intake.Pages{Next: "R-7K3F history 2"}},
}

func TestPagesAreDrawnAsTheyWere(t *testing.T) {
	for name, r := range whispered {
		golden(t, filepath.Join("testdata", "blocks", name+".json"), indented(t, map[string]any{"blocks": pages(r)}))
	}
}

func TestPagesReachTheirReaderAndLeadOn(t *testing.T) {
	for name, row := range map[string]struct {
		spoil  func(w *world)
		source string // "" = by direct message
	}{
		"response_url": {func(*world) {}, "response_url"},
		"ephemeral":    {func(w *world) { w.clock.pass(31 * time.Minute) }, "postEphemeral"},
		"direct":       {func(w *world) { w.clock.pass(31 * time.Minute); w.evict() }, ""},
	} {
		for page, response := range whispered {
			t.Run(name+" "+page, func(t *testing.T) {
				t.Parallel()
				w := open(t, slackfake.Config{})
				w.receive(handler{click: func(intake.Click) intake.Response { row.spoil(w); return response }})
				w.acked(w.Press("U0ADA", w.posted(words.PressApprove), "approve"))
				w.await("the whisper", func() bool { return len(w.Sees("U0ADA")) > 0 })
				m := w.newest("U0ADA")
				if m.Ephemeral != (row.source != "") || m.Ephemeral && w.sources("U0ADA")[0] != row.source {
					t.Errorf("it came by %v", w.sources("U0ADA"))
				}
				if got := m.Buttons(); len(got) == 0 || !strings.Contains(strings.Join(got, " "), response.Pages.Next) {
					t.Errorf("buttons are %v", got)
				}
			})
		}
	}
}

func TestAPageThatAnswersACommandIsPressed(t *testing.T) {
	for name, response := range whispered {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			clicks := make(chan intake.Click, 2)
			w.receive(handler{
				ask:   func(intake.Ask) intake.Response { return response },
				click: func(c intake.Click) intake.Response { clicks <- c; return intake.Response{} },
			})
			w.acked(w.Type("U0ADA", "C0OPS", "history"))
			w.await("the answer", func() bool { return len(w.Sees("U0ADA")) > 0 })
			m, source := w.newest("U0ADA"), "ack"
			if name == "page-overlong" { // no acknowledgement takes that along
				source = "response_url"
			}
			if diff := cmp.Diff([]string{source}, w.sources("U0ADA")); diff != "" {
				t.Errorf("sources (-want +got):\n%s", diff)
			}
			for _, value := range []string{response.Pages.Previous, response.Pages.Next} {
				if value == "" {
					continue
				}
				w.acked(w.PressValue("U0ADA", m, "page", value))
				got := wait(t, "the press", clicks)
				want := intake.Click{By: auth.Person{Org: "T0HOME", ID: "U0ADA"}, At: ledger.Thread{Channel: "C0OPS", TS: m.TS}, Action: words.PressPage, Value: value}
				if got.Interaction = (ledger.Interaction{}); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
		})
	}
}

// newest is what a person was shown last, in passing or by direct message.
func (w *world) newest(person string) slackfake.Message {
	w.t.Helper()
	if list := w.Ephemerals(person); len(list) > 0 {
		return list[len(list)-1].Message
	}
	list := w.Messages(w.DM(person))
	if len(list) == 0 {
		w.t.Fatalf("%s was shown nothing", person)
	}
	return list[len(list)-1]
}

func TestTextIsCutBetweenItsLines(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want []string
	}{
		"fits":         {"ab\ncd", []string{"ab\ncd"}},
		"does not":     {"abcd\nefgh\nij", []string{"abcd", "efgh\nij"}},
		"a long line":  {"ab\ncdefghijklm\nn", []string{"ab", "cdefghi…", "n"}},
		"empty lines":  {"a\n\nb", []string{"a\n\nb"}},
		"empty at cut": {"abcdefgh\n\n", []string{"abcdefgh"}},
		"runes":        {"ßßß\nßßß", []string{"ßßß\nßßß"}},
		"nothing":      {"", nil},
	} {
		if diff := cmp.Diff(row.want, sections(row.text, 8)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

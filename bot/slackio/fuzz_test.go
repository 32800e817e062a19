package slackio

import (
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

// Whatever a frame holds, it is answered with an acknowledgement that Slack takes, or with none.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		commandFrame, pressFrame, `{"envelope_id":"e1","type":"interactive","payload":{"type":"view_submission","view":{"state":{"values":null}}}}`,
		`{"envelope_id":"e1","type":"interactive","payload":{"type":"block_suggestion","action_id":"machine","value":"c","view":{"callback_id":"reprovision"}}}`,
		`{"envelope_id":"e1","type":"interactive","payload":{"type":"shortcut","callback_id":"reprovision","user":{"id":"U0ADA"}}}`,
		`{"envelope_id":"e1","type":"interactive","payload":{"type":"view_submission","view":{"id":"V1","callback_id":"reprovision","state":{"values":{"machine":{"machine":{"selected_option":{"value":"x"}}},"channel":{"channel":{"selected_conversation":null}}}}}}}`,
		`{"envelope_id":"e1","type":"events_api","payload":{"event":{"type":"user_change"}}}`, `{"envelope_id":"e1","type":"nonsense","payload":7}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var fr frame
		if json.Unmarshal(raw, &fr) != nil {
			return
		}
		s := &Client{Config: Config{Log: slog.New(slog.DiscardHandler), Now: time.Now}, whispers: whispers{now: time.Now}}
		wide := strings.Repeat("<", 80) // six bytes each in JSON
		r := s.open(t.Context(), handler{
			ask: says(words.Line("hello")), click: func(intake.Click) intake.Response { return intake.Response{} },
			search: func(intake.Search) []intake.Choice {
				return slices.Repeat([]intake.Choice{{ID: wide, Name: wide, About: wide}}, 100)
			},
			request: func(intake.Submission) intake.Response {
				return intake.Response{Errors: map[intake.Field]words.Line{"machine": words.Line(strings.Repeat("&lt;", 5000)), "channel": "no"}}
			},
		}, fr)
		if ack, _ := acknowledgement(fr, r); !json.Valid(ack) || len(ack) >= maxAck {
			t.Errorf("acknowledged with %s", ack)
		}
	})
}

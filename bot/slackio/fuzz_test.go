package slackio

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

// Whatever a frame holds, it is answered with an acknowledgement that Slack takes, or with none.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		commandFrame, pressFrame, `{"envelope_id":"e1","type":"interactive","payload":{"type":"view_submission","view":{"state":{"values":null}}}}`,
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
		r := s.open(t.Context(), handler{ask: says(words.Line("hello")), click: func(intake.Click) intake.Response { return intake.Response{} }}, fr)
		if ack, _ := written(fr, r); !json.Valid(ack) || len(ack) > maxAck {
			t.Errorf("acknowledged with %s", ack)
		}
	})
}

package slackio

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

// What an envelope costs from the bytes of its frame to those of its acknowledgement, without
// the wire, the ledger and the fakes; and beside it what slack-go's types take to read the same.

const commandFrame = `{"envelope_id":"dbdd0ef3-1543-4f94-bfb4-133d0e6c1545","type":"slash_commands","accepts_response_payload":true,
 "payload":{"token":"deprecated","team_id":"T0HOME","team_domain":"acme","channel_id":"C0OPS","channel_name":"helpdesk","user_id":"U0ADA",
 "user_name":"ada","command":"/reprovision","text":"CPC-ada os=windows11 account=standardUser","api_app_id":"A111","is_enterprise_install":"false",
 "response_url":"https://hooks.slack.com/commands/T111/111/xxx","trigger_id":"111.222.xxx"}}`

const pressFrame = `{"envelope_id":"dbdd0ef3-1543-4f94-bfb4-133d0e6c1545","type":"interactive","accepts_response_payload":false,
 "payload":{"type":"block_actions","user":{"id":"U0ADA","username":"ada","name":"ada","team_id":"T0HOME"},"api_app_id":"A111","token":"deprecated",
 "container":{"type":"message","message_ts":"1605853634.000400","channel_id":"C0OPS","is_ephemeral":false},"trigger_id":"111.222.xxx",
 "team":{"id":"T0HOME","domain":"acme"},"enterprise":null,"is_enterprise_install":false,"channel":{"id":"C0OPS","name":"helpdesk"},
 "message":{"bot_id":"B111","app_id":"A111","type":"message","text":"Reprovision CPC-ada","user":"U0BOT","ts":"1605853634.000400","team":"T0HOME",
 "blocks":[{"type":"header","block_id":"a","text":{"type":"plain_text","text":"Reprovision CPC-ada","emoji":true}},
 {"type":"section","block_id":"b","text":{"type":"mrkdwn","text":"*Waiting for approval:* 0 of 1.","verbatim":true}},
 {"type":"actions","block_id":"c","elements":[{"type":"button","action_id":"approve","text":{"type":"plain_text","text":"Approve"},"value":"R-7K3F"}]}]},
 "state":{"values":{}},"response_url":"https://hooks.slack.com/actions/T111/111/xxx",
 "actions":[{"action_id":"approve","block_id":"c","text":{"type":"plain_text","text":"Approve"},"value":"R-7K3F","style":"primary","type":"button","action_ts":"1605853645.582706"}]}}`

func BenchmarkEnvelope(b *testing.B) {
	line := words.Line("R-7K3F: looking for CPC-ada…")
	for name, raw := range map[string]string{"command": commandFrame, "press": pressFrame} {
		b.Run(name, func(b *testing.B) {
			s := &Client{Config: Config{Log: slog.New(slog.DiscardHandler), Now: time.Now}, whispers: whispers{now: time.Now}}
			h := handler{ask: says(line), click: func(intake.Click) intake.Response { return intake.Response{} }}
			b.ReportAllocs()
			for b.Loop() {
				var f frame
				if err := json.Unmarshal([]byte(raw), &f); err != nil {
					b.Fatal(err)
				}
				ack, _ := acknowledgement(f, s.open(b.Context(), h, f))
				if len(ack) == 0 {
					b.Fatal("no acknowledgement")
				}
			}
		})
	}
}

func BenchmarkEnvelopeFloor(b *testing.B) {
	for name, raw := range map[string]string{"command": commandFrame, "press": pressFrame} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var f frame
				if err := json.Unmarshal([]byte(raw), &f); err != nil {
					b.Fatal(err)
				}
				var err error
				if name == "command" {
					err = json.Unmarshal(f.Payload, new(slack.SlashCommand))
				} else {
					err = json.Unmarshal(f.Payload, new(slack.InteractionCallback))
				}
				if err != nil {
					b.Fatal(err)
				}
				if _, err := json.Marshal(map[string]any{"envelope_id": f.EnvelopeID}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

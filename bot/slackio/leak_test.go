package slackio

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// Whatever fails, nothing that opens a door stands in a log or in an error.
func TestNoSecretIsTold(t *testing.T) {
	for name, fault := range map[string]slackfake.Fault{
		"nothing": {Times: 1, Delay: 1}, "dropped": {Drop: true}, "500": {Status: 500}, "garbage": {Garbage: true},
		"refused": {Error: "invalid_arguments"}, "throttled": {RetryAfter: 1}, "rejected": {Error: "token_revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			var said tale
			pressed, faulty := make(chan struct{}, 2), make(chan struct{})
			stop := w.receive(handler{
				ask: func(intake.Ask) intake.Response { return intake.Response{Line: "I have it."} },
				click: func(intake.Click) intake.Response {
					pressed <- struct{}{}
					<-faulty // both are in hand before the first of them hears that the token is rejected
					return intake.Response{Form: &intake.Form{Request: "R-7K3F", Machine: "CPC-ada"}, Line: "Denied."}
				},
			})
			m := w.posted(words.PressDeny)
			command := w.Type("U0ADA", "C0OPS", "secret words")
			w.acked(command)
			first, second := w.Press("U0ADA", m, "deny"), w.Press("U0BEN", m, "deny")
			for range 2 {
				wait(t, "a press", pressed)
			}
			w.Fail("*", fault)
			close(faulty)

			_, err := w.Post(t.Context(), "C0OPS", cards["pending"], words.Mentions{})
			said.add(err)
			said.add(w.Whisper(t.Context(), "C0OPS", ada, "psst"))
			said.add(w.Tell(t.Context(), ada, "psst"))
			_, err = w.Standing(t.Context(), ben, true)
			said.add(err)
			_, err = w.Place(t.Context(), "C0OPS", true)
			said.add(err)
			_, err = w.Members(t.Context(), "S0ADMINS", true)
			said.add(err)
			_, err = Open(t.Context(), w.config())
			said.add(err)
			said.add(w.dialed())
			w.RefuseSockets(true)
			said.add(w.dialed())
			w.SendRaw("novelty", false, first.Payload)
			w.DropSockets()
			w.logs.await(t, "a socket to Slack ended", 2)
			said.add(stop())

			text := w.logs.String() + said.String()
			for what, secret := range map[string]string{
				"app token": w.Workspace.AppToken(), "bot token": w.Workspace.BotToken(), "what was typed": "secret words",
				"trigger of the command": command.TriggerID, "trigger of a press": first.TriggerID, "trigger of another": second.TriggerID,
				"response_url": command.ResponseURL, "response_url of a press": first.ResponseURL,
				"any response_url": "/hooks/", "address of a socket": "ticket=", "its path": "/link/",
			} {
				if secret == "" || strings.Contains(text, secret) {
					t.Errorf("%s %q is told:\n%s", what, secret, text)
				}
			}
		})
	}
}

// dialed is the error of opening a socket.
func (w *world) dialed() error {
	c, err := w.dial(w.within())
	if err == nil {
		_ = c.conn.CloseNow()
	}
	return err
}

type tale struct{ strings.Builder }

func (t *tale) add(err error) {
	if err != nil {
		t.WriteString(err.Error() + "\n")
	}
}

// What net/http says of an address that is none quotes it.
func TestAnAddressThatIsNoneIsNotQuoted(t *testing.T) {
	for _, address := range []string{"https://hooks.example.com:s3cret/x", "wss://[s3cret", "https://example.com/%zzs3cret", "https://s3cret\x7f"} {
		w := open(t, slackfake.Config{})
		_, err := http.Get(address)
		for _, err := range []error{withoutURL(err), w.respond(t.Context(), auth.NewSecret(address), private{text: "hello"})} {
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%q: %v", address, err)
			}
		}
	}
}

// What Slack hands over with an interaction is secret from the moment it is read.
func TestAInteractionThatIsPrintedOpensNoDoor(t *testing.T) {
	t.Parallel()
	const payload = `{"user_id":"U0ADA","channel_id":"C0OPS","response_url":"https://hooks.example.com/s3cret","trigger_id":"111.s3cret"}`
	var c command
	var p press
	for _, interaction := range []any{&c, &p} {
		if err := json.Unmarshal([]byte(payload), interaction); err != nil {
			t.Fatal(err)
		}
	}
	if c.ResponseURL.Reveal() != "https://hooks.example.com/s3cret" || p.Trigger.Reveal() != "111.s3cret" {
		t.Fatalf("read: %q, %q", c.ResponseURL.Reveal(), p.Trigger.Reveal())
	}
	w := &whispers{now: time.Now}
	w.hold("C0OPS", "U0ADA", c.ResponseURL)
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{c, &c, p, &p, reaction{trigger: p.Trigger}, w.addresses, w.addresses[[2]string{"C0OPS", "U0ADA"}]} {
			if text := fmt.Sprintf(format, v); strings.Contains(text, "s3cret") || strings.Contains(text, hex.EncodeToString([]byte("s3cret"))) {
				t.Errorf("%T by %s: %s", v, format, text)
			}
		}
	}
}

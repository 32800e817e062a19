package slackio

import (
	"encoding/json"
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

func TestCommandIsAnsweredInItsAcknowledgement(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	asked := make(chan intake.Ask, 1)
	w.receive(handler{ask: func(a intake.Ask) intake.Response {
		asked <- a
		return intake.Response{Line: "I have it: R-7K3F & <@U0BEN> knows."}
	}})
	g := w.Type("U0ADA", "C0OPS", "CPC-ada os=windows11")
	ack := w.acked(g)

	want := intake.Ask{Interaction: ledger.Interaction{Envelope: g.EnvelopeID(), Trigger: digest(g.TriggerID)}, By: ada, Channel: "C0OPS", Text: "CPC-ada os=windows11"}
	if diff := cmp.Diff(want, wait(t, "the command", asked)); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	var payload map[string]string
	if err := json.Unmarshal(ack.Payload, &payload); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"response_type": "ephemeral", "text": "I have it: R-7K3F & <@U0BEN> knows."}, payload); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	if strings.Contains(want.Interaction.Trigger, g.TriggerID) || want.Interaction.Trigger == "" {
		t.Errorf("trigger is handed over as %q", want.Interaction.Trigger)
	}
}

func TestCommandWithoutAnswerIsAcknowledgedBare(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{})
	if ack := w.acked(w.Type("U0ADA", "C0OPS", "help")); ack.Payload != nil {
		t.Errorf("payload is %s", ack.Payload)
	}
}

func TestAnswerTooLongForTheAcknowledgementIsWhispered(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	w.receive(handler{ask: says(words.Line(strings.Repeat("long ", 6000)))})
	if ack := w.acked(w.Type("U0ADA", "C0OPS", "list")); ack.Payload != nil {
		t.Errorf("payload is %d bytes", len(ack.Payload))
	}
	w.await("the whisper", func() bool { return cmp.Equal([]string{"response_url"}, w.sources("U0ADA")) })
}

func TestRedeliveryReachesTheHandler(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	asked := make(chan intake.Ask, 3)
	w.receive(handler{ask: func(a intake.Ask) intake.Response { asked <- a; return intake.Response{} }})
	g := w.Type("U0ADA", "C0OPS", "CPC-ada")
	w.acked(g)
	same, fresh := w.Redeliver(g, true), w.Redeliver(g, false)
	w.acked(same)
	w.acked(fresh)
	seen := map[string]int{}
	for range 3 {
		a := wait(t, "a delivery", asked)
		if a.Interaction.Trigger != digest(g.TriggerID) {
			t.Errorf("trigger changed to %q", a.Interaction.Trigger)
		}
		seen[a.Interaction.Envelope]++
	}
	if diff := cmp.Diff(map[string]int{g.EnvelopeID(): 2, fresh.EnvelopeID(): 1}, seen); diff != "" {
		t.Errorf("envelopes (-want +got):\n%s", diff)
	}
}

func TestClickIsHandedOverWithAllItClaims(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	clicks := make(chan intake.Click, 1)
	w.receive(handler{click: func(c intake.Click) intake.Response { clicks <- c; return intake.Response{} }})
	m := w.posted(words.PressApprove, words.PressDeny)
	here := ledger.Thread{Channel: "C0OPS", TS: m.TS}
	for name, row := range map[string]struct {
		press func() *slackfake.Interaction
		want  intake.Click
	}{
		"a member":   {func() *slackfake.Interaction { return w.Press("U0BEN", m, "deny") }, intake.Click{By: ben, At: here, Action: words.PressDeny, Value: "R-7K3F", Own: true}},
		"a stranger": {func() *slackfake.Interaction { return w.Press("U0EVE", m, "approve") }, intake.Click{By: auth.Person{Org: "T0AWAY", ID: "U0EVE"}, At: here, Action: words.PressApprove, Value: "R-7K3F", Own: true}},
		"an unknown action": {func() *slackfake.Interaction {
			return w.PressForged("U0BEN", "C0LOBBY", "1.2", "explode", "R-ZZZZ", "T0HOME")
		}, intake.Click{By: ben, At: ledger.Thread{Channel: "C0LOBBY", TS: "1.2"}, Action: "explode", Value: "R-ZZZZ"}},
	} {
		g := row.press()
		if ack := w.acked(g); ack.Payload != nil {
			t.Errorf("%s: answered in the ack: %s", name, ack.Payload)
		}
		row.want.Interaction = ledger.Interaction{Envelope: g.EnvelopeID(), Trigger: digest(g.TriggerID)}
		if diff := cmp.Diff(row.want, wait(t, "the click", clicks)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAPressSaysWhetherItCameFromACardOfOurs(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	own := make(chan bool, 1)
	w.receive(handler{click: func(c intake.Click) intake.Response { own <- c.Own; return intake.Response{} }})
	m := w.posted(words.PressApprove)
	said := w.Say("U0BEN", "C0OPS", "not a card")
	if err := w.respondTo(w.within(), "C0OPS", ben, intake.Response{Line: "1 of 2", Pages: intake.Pages{Next: "2"}}); err != nil {
		t.Fatal(err)
	}
	whisper := w.Ephemerals("U0BEN")[0].Message
	forge := func(change func(*slackfake.Forgery)) func() *slackfake.Interaction {
		f := slackfake.Forgery{Person: "U0BEN", Team: "T0HOME", Channel: "C0OPS", TS: m.TS, ActionID: "approve", Value: "R-7K3F"}
		change(&f)
		return func() *slackfake.Interaction { return w.Forge(f) }
	}
	raw := func(payload map[string]any) func() *slackfake.Interaction {
		payload["type"], payload["actions"] = "block_actions", []any{map[string]any{"action_id": "approve"}}
		return func() *slackfake.Interaction { return w.SendRaw("interactive", false, payload) }
	}
	for name, row := range map[string]struct {
		press func() *slackfake.Interaction
		own   bool
	}{
		"a card":                       {func() *slackfake.Interaction { return w.Press("U0BEN", m, "approve") }, true},
		"a value that is not on it":    {forge(func(f *slackfake.Forgery) { f.Value = "R-9999" }), true},
		"a message of another app":     {forge(func(f *slackfake.Forgery) { f.AppID = "A0OTHER" }), false},
		"a message of another bot":     {forge(func(f *slackfake.Forgery) { f.BotID = "B0OTHER" }), false},
		"a message of a person":        {forge(func(f *slackfake.Forgery) { f.TS = said.TS }), false},
		"a message that is not there":  {forge(func(f *slackfake.Forgery) { f.TS = "1700000000.000100" }), false},
		"an ephemeral message":         {func() *slackfake.Interaction { return w.Press("U0BEN", whisper, "page") }, false},
		"no word of the app":           {raw(map[string]any{"message": map[string]any{"bot_id": w.BotID()}}), false},
		"no word of the message's app": {raw(map[string]any{"api_app_id": w.AppID(), "message": map[string]any{"bot_id": w.BotID()}}), true},
		"odd":                          {raw(map[string]any{"api_app_id": w.AppID(), "message": "odd"}), false},
		"an odd bot":                   {raw(map[string]any{"api_app_id": w.AppID(), "message": map[string]any{"bot_id": []any{w.BotID()}}}), false},
	} {
		w.acked(row.press())
		if got := wait(t, "the press", own); got != row.own {
			t.Errorf("%s: own is %v", name, got)
		}
	}
	for _, of := range []func() *slackfake.Interaction{ // S18: acknowledged, and handed to nobody
		forge(func(f *slackfake.Forgery) { f.APIAppID, f.AppID = "A0OTHER", "A0OTHER" }),
		raw(map[string]any{"api_app_id": 7, "message": map[string]any{"bot_id": w.BotID()}}),
	} {
		w.acked(of())
		select {
		case <-own:
			t.Error("a press of another app was handed over")
		default:
		}
	}
}

// A hello without the app's id is none that says another one.
func TestAPressIsOwnWhereHelloNamesNoApp(t *testing.T) {
	s := &Client{identity: identity{BotID: "B0REPRO"}}
	payload := func(bot string) json.RawMessage {
		return json.RawMessage(`{"api_app_id":"A0REPRO","message":{"app_id":"A0REPRO","bot_id":"` + bot + `"}}`)
	}
	if !s.own(payload("B0REPRO")) || s.own(payload("B0OTHER")) || s.own(payload("")) {
		t.Error("the bot alone decides, and does not")
	}
	if new(Client).own(payload("")) {
		t.Error("a bot without an id has no messages")
	}
}

func TestPeopleOfTheGridCarryItsName(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{Enterprise: "E0GRID"})
	by := make(chan auth.Person, 1)
	w.receive(handler{
		ask:   func(a intake.Ask) intake.Response { by <- a.By; return intake.Response{} },
		click: func(c intake.Click) intake.Response { by <- c.By; return intake.Response{} },
	})
	if w.Home() != "E0GRID" {
		t.Errorf("home is %q", w.Home())
	}
	m := w.posted(words.PressApprove)
	for _, row := range []struct {
		interaction func() *slackfake.Interaction
		org         string
	}{
		{func() *slackfake.Interaction { return w.Type("U0ADA", "C0OPS", "help") }, "E0GRID"},
		{func() *slackfake.Interaction { return w.Press("U0ADA", m, "approve") }, "E0GRID"},
		{func() *slackfake.Interaction { return w.PressForged("U0ADA", "C0OPS", m.TS, "approve", "", "E0GRID") }, "E0GRID"},
		{func() *slackfake.Interaction { return w.Press("U0EVE", m, "approve") }, "E0GRID"}, // users.info tells, when she is judged
	} {
		w.acked(row.interaction())
		if got := wait(t, "the interaction", by); got.Org != row.org {
			t.Errorf("org of %s is %q, want %q", got.ID, got.Org, row.org)
		}
	}
}

// What slack-go fails over is none of a click's business.
func TestClickWithOddFieldsIsUnderstood(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	clicks := make(chan intake.Click, 1)
	w.receive(handler{click: func(c intake.Click) intake.Response { clicks <- c; return intake.Response{} }})
	w.acked(w.SendRaw("interactive", false, map[string]any{
		"type": "block_actions", "is_enterprise_install": "false", "team": nil, "enterprise": 7, "channel": "C0OPS",
		"user":      map[string]any{"id": "U0BEN", "team_id": "T0HOME", "profile": "odd"},
		"container": map[string]any{"type": "message", "channel_id": "C0OPS", "message_ts": "1.2", "is_ephemeral": "no"},
		"message":   map[string]any{"blocks": []any{map[string]any{"type": "section", "fields": "odd"}, 3}},
		"actions":   []any{map[string]any{"action_id": "approve", "value": "R-7K3F", "text": 5, "action_ts": 1.5}},
	}))
	want := intake.Click{By: ben, At: ledger.Thread{Channel: "C0OPS", TS: "1.2"}, Action: words.PressApprove, Value: "R-7K3F"}
	got := wait(t, "the click", clicks)
	want.Interaction.Envelope = got.Interaction.Envelope
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("click (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotUnderstoodIsAcknowledgedAllTheSame(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	touched := func() intake.Response { t.Error("the handler was asked"); return intake.Response{} }
	w.receive(handler{
		ask: func(intake.Ask) intake.Response { return touched() }, click: func(intake.Click) intake.Response { return touched() },
		submit: func(intake.Form) intake.Response { return touched() },
	})
	w.Subscribe("channel_archive")
	for name, g := range map[string]*slackfake.Interaction{
		"a shortcut":           w.SendRaw("interactive", false, map[string]any{"type": "shortcut"}),
		"a click on nothing":   w.SendRaw("interactive", false, map[string]any{"type": "block_actions", "actions": []any{}}),
		"a click of odd shape": w.SendRaw("interactive", false, map[string]any{"type": "block_actions", "actions": "none"}),
		"a form not ours":      w.SendRaw("interactive", true, map[string]any{"type": "view_submission", "view": map[string]any{"callback_id": "other"}}),
		"a command in a list":  w.SendRaw("slash_commands", true, []any{1}),
		"an event":             w.SendRaw("events_api", false, map[string]any{"type": "event_callback", "event": map[string]any{"type": "app_mention", "user": "U0ADA"}}),
		"something new":        w.SendRaw("novelty", false, "text"),
	} {
		if ack := w.acked(g); ack.Payload != nil {
			t.Errorf("%s: payload is %s", name, ack.Payload)
		}
	}
}

func TestUnackedIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{AckDeadline: 200 * time.Millisecond})
	w.receive(handler{
		ask:   func(intake.Ask) intake.Response { return intake.Response{Unacked: true} },
		click: func(intake.Click) intake.Response { return intake.Response{Unacked: true, Line: "I am not sure."} },
	})
	m := w.posted(words.PressApprove)
	for _, g := range []*slackfake.Interaction{w.Type("U0ADA", "C0OPS", "help"), w.Press("U0ADA", m, "approve")} {
		if _, err := g.WaitAck(w.within()); err == nil || g.Outcome() != slackfake.TimedOut {
			t.Errorf("%s: %v, %v", g.Kind, g.Outcome(), err)
		}
	}
	w.await("the whisper", func() bool { return cmp.Equal([]string{"response_url"}, w.sources("U0ADA")) })
	if acks := w.Acks(); len(acks) != 0 {
		t.Errorf("acks: %+v", acks)
	}
}

func TestPanicOfAHandlerIsOneInteractionLost(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{AckDeadline: 200 * time.Millisecond})
	stop := w.receive(handler{ask: func(a intake.Ask) intake.Response {
		if a.Text == "panic" {
			panic("handler broken")
		}
		return intake.Response{}
	}})
	g := w.Type("U0ADA", "C0OPS", "panic")
	if _, err := g.WaitAck(w.within()); err == nil {
		t.Error("a panic was acknowledged")
	}
	w.logs.await(t, "handler broken", 1)
	for range 2 { // one on each socket
		w.acked(w.Type("U0ADA", "C0OPS", "help"))
	}
	if err := stop(); err != nil {
		t.Errorf("Receive: %v", err)
	}
}

package slackfake

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// payload is g's payload with its random parts named instead.
func payload(t *testing.T, g *Interaction) map[string]any {
	t.Helper()
	var p map[string]any
	if err := json.Unmarshal(g.Payload, &p); err != nil {
		t.Fatalf("%s: %v", g.Payload, err)
	}
	for field, value := range map[string]string{"trigger_id": g.TriggerID, "response_url": g.ResponseURL} {
		if value != "" && p[field] == value {
			p[field] = "its own"
		}
	}
	return p
}

func TestCommandPayload(t *testing.T) {
	w := open(t, Config{Enterprise: "E0HOME"})
	online(t, w)
	want := map[string]any{
		"token": oldToken, "team_id": "T0HOME", "team_domain": "home", "enterprise_id": "E0HOME", "enterprise_name": "Home Grid",
		"channel_id": "C0OPS", "channel_name": "ops", "user_id": "U0ADA", "user_name": "ada", "command": "/reprovision",
		"text": "CPC-ada os=windows11", "api_app_id": w.AppID(), "is_enterprise_install": "false",
		"trigger_id": "its own", "response_url": "its own",
	}
	if diff := cmp.Diff(want, payload(t, w.Type("U0ADA", "C0OPS", " /reprovision CPC-ada os=windows11 "))); diff != "" {
		t.Error(diff)
	}
	for channel, name := range map[string]string{"G0BOARD": "privategroup", "D0TWO": "directmessage", w.DM("U0ADA"): "directmessage"} {
		if got := payload(t, w.Type("U0ADA", channel, ""))["channel_name"]; got != name {
			t.Errorf("channel_name of %s is %v", channel, got)
		}
	}
}

func TestWhoCannotType(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	w.AddChannel(Channel{ID: "C0OLD", Archived: true, Members: []string{"U0ADA"}})
	w.SetPerson("U0BEN", func(p *Person) { p.Deleted = true })
	for _, c := range []struct{ name, person, channel string }{
		{"deactivated", "U0BEN", "C0OPS"},
		{"another organisation", "U0EVE", "C0OPS"},
		{"not in the channel", "U0CLEO", "C0OPS"},
		{"nobody", "U0NOBODY", "C0OPS"},
		{"no channel", "U0ADA", "C0NOPE"},
		{"archived", "U0ADA", "C0OLD"},
	} {
		g := w.Type(c.person, c.channel, "list")
		if _, err := g.WaitAck(within(t)); err == nil || g.Outcome() != Impossible || g.EnvelopeID() != "" {
			t.Errorf("%s: outcome %q, %v", c.name, g.Outcome(), err)
		}
	}
}

func TestPressPayload(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	p := payload(t, w.Press("U0BEN", m, "deny"))
	action := p["actions"].([]any)[0].(map[string]any)
	if action["action_ts"] == "" {
		t.Error("no action_ts")
	}
	delete(action, "action_ts")
	message := p["message"].(map[string]any)
	var blocks any
	_ = json.Unmarshal(m.Blocks, &blocks)
	if diff := cmp.Diff(blocks, message["blocks"]); diff != "" {
		t.Error(diff)
	}
	delete(message, "blocks")
	want := map[string]any{
		"type": "block_actions", "api_app_id": w.AppID(), "token": oldToken, "enterprise": nil, "is_enterprise_install": false,
		"user":         map[string]any{"id": "U0BEN", "username": "ben", "name": "ben", "team_id": "T0HOME"},
		"team":         map[string]any{"id": "T0HOME", "domain": "home"},
		"container":    map[string]any{"type": "message", "message_ts": m.TS, "channel_id": "C0OPS", "is_ephemeral": false},
		"channel":      map[string]any{"id": "C0OPS", "name": "ops"},
		"message":      map[string]any{"type": "message", "user": w.BotUser(), "text": "card", "ts": m.TS, "team": "T0HOME", "bot_id": botID, "app_id": w.AppID()},
		"state":        map[string]any{"values": map[string]any{}},
		"response_url": "its own", "trigger_id": "its own",
		"actions": []any{map[string]any{"type": "button", "action_id": "deny", "block_id": "decision", "value": "R-7K3F", "style": "danger",
			"text": map[string]any{"type": "plain_text", "text": "Deny"}}},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
}

func TestPressOnGrid(t *testing.T) {
	w := open(t, Config{Enterprise: "E0HOME", OrgInstall: true})
	online(t, w)
	p := payload(t, w.Press("U0BEN", card(t, w), "approve"))
	if p["team"] != nil || p["is_enterprise_install"] != true || p["enterprise"].(map[string]any)["id"] != "E0HOME" {
		t.Errorf("%v", p)
	}
	if got := payload(t, w.Type("U0BEN", "C0OPS", ""))["is_enterprise_install"]; got != "true" {
		t.Errorf("in a command it is a string: %v", got)
	}
}

func TestOnlyWhatStandsThereCanBePressed(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	possible := func(g *Interaction) bool { return g.Outcome() != Impossible }
	if !possible(w.Press("U0CLEO", m, "approve")) {
		t.Error("members may look into public channels")
	}
	if !possible(w.Press("U0EVE", m, "approve")) {
		t.Error("people of a shared channel can press")
	}
	if possible(w.Press("U0BEN", m, "again")) {
		t.Error("pressed a button that never was")
	}
	if possible(w.PressValue("U0BEN", m, "approve", "R-0000")) || !possible(w.PressValue("U0BEN", m, "approve", "R-7K3F")) {
		t.Error("PressValue does not look at the value")
	}
	call(t, w, "chat.update", "channel=C0OPS", "ts="+m.TS, "text=Denied").wants(t, "")
	if possible(w.Press("U0BEN", m, "approve")) {
		t.Error("pressed a button that is gone")
	}
	stale := w.PressStale("U0BEN", m, "approve")
	if !possible(stale) || payload(t, stale)["message"].(map[string]any)["text"] != "Denied" {
		t.Error("a client that has not heard can press, and sends the message as it stands")
	}
	w.SetPerson("U0BEN", func(p *Person) { p.Deleted = true })
	if possible(w.PressStale("U0BEN", m, "approve")) {
		t.Error("deactivated people do not press")
	}
	forged := w.PressForged("U0BEN", "C0OPS", m.TS, "approve", "R-9999", "T0AWAY")
	p := payload(t, forged)
	if p["user"].(map[string]any)["team_id"] != "T0AWAY" || p["actions"].([]any)[0].(map[string]any)["value"] != "R-9999" {
		t.Errorf("forged payload %v", p)
	}
}

func TestForgedPressSaysWhoseItIs(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	said := w.Say("U0ADA", "C0OPS", "not a card")
	for name, row := range map[string]struct {
		f             Forgery
		api, app, bot any
	}{
		"as it is":        {Forgery{TS: m.TS}, w.AppID(), w.AppID(), w.BotID()},
		"another app":     {Forgery{TS: m.TS, APIAppID: "A0OTHER", AppID: "A0OTHER", BotID: "B0OTHER"}, "A0OTHER", "A0OTHER", "B0OTHER"},
		"another bot":     {Forgery{TS: m.TS, BotID: "B0OTHER"}, w.AppID(), w.AppID(), "B0OTHER"},
		"said by a human": {Forgery{TS: said.TS}, w.AppID(), nil, nil},
		"no such message": {Forgery{TS: "1700000000.000100"}, w.AppID(), nil, nil},
	} {
		f := row.f
		f.Person, f.Team, f.Channel, f.ActionID, f.Value = "U0BEN", "T0HOME", "C0OPS", "approve", "R-7K3F"
		p := payload(t, w.Forge(f))
		shown, _ := p["message"].(map[string]any)
		if p["api_app_id"] != row.api || shown["app_id"] != row.app || shown["bot_id"] != row.bot {
			t.Errorf("%s: %v, %v, %v", name, p["api_app_id"], shown["app_id"], shown["bot_id"])
		}
	}
}

func TestPressOnAnEphemeralShowsNoMessage(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	call(t, w, "chat.postEphemeral", "channel=C0OPS", "user=U0ADA", "text=x", "blocks="+buttons).wants(t, "")
	m := w.Ephemerals("U0ADA")[0].Message
	p := payload(t, w.Press("U0ADA", m, "approve"))
	if p["message"] != nil || p["container"].(map[string]any)["is_ephemeral"] != true || p["container"].(map[string]any)["message_ts"] != m.TS {
		t.Errorf("%v", p)
	}
	if w.Press("U0BEN", m, "approve").Outcome() != Impossible {
		t.Error("somebody else pressed it")
	}
}

func TestPressInAThreadNamesIt(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	root := card(t, w)
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=x", "thread_ts="+root.TS, "blocks="+buttons).wants(t, "")
	p := payload(t, w.Press("U0BEN", w.Thread("C0OPS", root.TS)[0], "approve"))
	if p["container"].(map[string]any)["thread_ts"] != root.TS {
		t.Errorf("container %v", p["container"])
	}
}

func TestChoosingFromAMenu(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	call(t, w, "chat.postMessage", "channel=C0OPS", "text=x", `blocks=[{"type":"section","block_id":"b","text":{"type":"plain_text","text":"Which?"},
	 "accessory":{"type":"static_select","action_id":"pick","options":[
	  {"text":{"type":"plain_text","text":"CPC-ada"},"value":"0"},{"text":{"type":"plain_text","text":"CPC-ada2"},"value":"1"}]}}]`).wants(t, "")
	m := w.Messages("C0OPS")[0]
	action := payload(t, w.Choose("U0ADA", m, "pick", "1"))["actions"].([]any)[0].(map[string]any)
	if action["selected_option"].(map[string]any)["value"] != "1" {
		t.Errorf("action %v", action)
	}
	if w.Choose("U0ADA", m, "pick", "2").Outcome() != Impossible {
		t.Error("chose what is not offered")
	}
}

func TestAPressThatNobodyAnswersShowsAWarning(t *testing.T) {
	w := open(t, Config{AckDeadline: time.Millisecond})
	online(t, w)
	g := w.Press("U0BEN", card(t, w), "approve")
	await(t, w, "the deadline", func() bool { return g.Outcome() == TimedOut })
	if got := strings.Join(w.Sees("U0BEN"), ","); got != "⚠ [Approve]: this app did not respond" {
		t.Errorf("ben sees %s", got)
	}
}

func TestRedelivery(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.Type("U0ADA", "C0OPS", "CPC-ada")
	first := a.next()
	same, fresh := w.Redeliver(g, true), w.Redeliver(g, false)
	second, third := a.next(), a.next()
	if second.EnvelopeID != first.EnvelopeID || third.EnvelopeID == first.EnvelopeID {
		t.Errorf("envelopes %s %s %s", first.EnvelopeID, second.EnvelopeID, third.EnvelopeID)
	}
	if diff := cmp.Diff(first.Payload, third.Payload); diff != "" {
		t.Error(diff)
	}
	for _, f := range []frame{first, second, third} {
		a.ack(f.EnvelopeID, "")
	}
	for _, g := range []*Interaction{g, same, fresh} {
		if ack, err := g.WaitAck(within(t)); err != nil || ack.Problem != "" {
			t.Errorf("%+v, %v", ack, err)
		}
	}
}

func TestEveryInteractionHasItsOwnIDs(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	one, two := w.Press("U0BEN", m, "approve"), w.Press("U0BEN", m, "approve")
	if one.TriggerID == two.TriggerID || one.ResponseURL == two.ResponseURL || one.EnvelopeID() == two.EnvelopeID() {
		t.Error("two presses share an id")
	}
}

func TestTypedTextIsEscapedAsSlackDoes(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	for typed, arrives := range map[string]string{
		"CPC-ada os=windows11":        "CPC-ada os=windows11",
		"@ada":                        "<@U0ADA|ada>",
		"@ada, please":                "<@U0ADA|ada>, please",
		"@nobody":                     "@nobody",
		"@it-admins":                  "<!subteam^S0ADMINS|@it-admins>",
		"@here":                       "<!here>",
		"#ops":                        "<#C0OPS|ops>",
		"ada@contoso.com":             "<mailto:ada@contoso.com|ada@contoso.com>",
		`reason="see http://x.io/?a"`: `reason="see <http://x.io/?a>"`,
		"pc1.corp.contoso.com":        "<http://pc1.corp.contoso.com|pc1.corp.contoso.com>",
		"a & b <c>":                   "a &amp; b &lt;c&gt;",
		"<@U0ADA>":                    "&lt;@U0ADA&gt;",
		`"Ada's PC" 1.5`:              `"Ada's PC" 1.5`,
	} {
		if got := payload(t, w.Type("U0ADA", "C0OPS", typed))["text"]; got != arrives {
			t.Errorf("%s arrives as %s, want %s", typed, got, arrives)
		}
	}
	plain := open(t, Config{NoEscape: true})
	online(t, plain)
	if got := payload(t, plain.Type("U0ADA", "C0OPS", "@ada <b>"))["text"]; got != "@ada &lt;b&gt;" {
		t.Errorf("without should_escape: %s", got)
	}
}

func TestRawEnvelope(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	g := w.SendRaw("interactive", true, map[string]any{"type": "block_suggestion"})
	f := a.next()
	if f.Type != "interactive" || !f.Accepts || f.Payload["type"] != "block_suggestion" {
		t.Errorf("%+v", f)
	}
	a.ack(f.EnvelopeID, `{"options":[]}`)
	if ack, err := g.WaitAck(within(t)); err != nil || string(ack.Payload) != `{"options":[]}` {
		t.Errorf("%+v, %v", ack, err)
	}
}

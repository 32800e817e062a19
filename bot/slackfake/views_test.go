package slackfake

import (
	"strings"
	"testing"
	"time"
)

func modal(fields string) string {
	return `{"type":"modal","callback_id":"why","private_metadata":"R-7K3F","title":{"type":"plain_text","text":"Why?"},
	"submit":{"type":"plain_text","text":"Send"},"blocks":[{"type":"input","block_id":"reason","label":{"type":"plain_text","text":"Reason"},
	"element":{"type":"plain_text_input","action_id":"text","max_length":10}}]` + fields + `}`
}

func TestTriggerIsForOneFormAndSoon(t *testing.T) {
	c := newClock()
	w := open(t, Config{Now: c.now})
	online(t, w)
	m := card(t, w)
	openView := func(trigger string) response {
		return call(t, w, "views.open", "trigger_id="+trigger, "view="+modal(""))
	}
	g := w.Press("U0BEN", m, "deny")
	openView(g.TriggerID).wants(t, "")
	openView(g.TriggerID).wants(t, "exchanged_trigger_id")
	openView("1.2.abc").wants(t, "invalid_trigger_id")
	openView("").wants(t, "invalid_arguments")
	g = w.Type("U0BEN", "C0OPS", "")
	c.pass(3*time.Second + time.Millisecond)
	openView(g.TriggerID).wants(t, "expired_trigger_id")
	if v := w.Views("U0BEN"); len(v) != 1 || v[0].CallbackID != "why" || v[0].Private != "R-7K3F" || v[0].Plain() != "Why?\nReason\n[]" {
		t.Errorf("ben has %+v", v)
	}
	if len(w.Views("U0ADA")) != 0 {
		t.Error("ada has a form too")
	}
}

func TestViewRules(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	m := card(t, w)
	for _, c := range []struct{ name, view, code, problem string }{
		{"good", modal(""), "", ""},
		{"long title", strings.Replace(modal(""), "Why?", x(25), 1), "invalid_arguments", "/view/title/text"},
		{"long submit", strings.Replace(modal(""), "Send", x(25), 1), "invalid_arguments", "/view/submit/text"},
		{"long metadata", strings.Replace(modal(""), "R-7K3F", x(3001), 1), "invalid_arguments", "/view/private_metadata"},
		{"long callback", strings.Replace(modal(""), `"why"`, `"`+x(256)+`"`, 1), "invalid_arguments", "/view/callback_id"},
		{"input without submit", strings.Replace(modal(""), `"submit":{"type":"plain_text","text":"Send"},`, "", 1), "invalid_arguments", "a submit is required"},
		{"mrkdwn label", strings.Replace(modal(""), `"label":{"type":"plain_text"`, `"label":{"type":"mrkdwn"`, 1), "invalid_arguments", "/view/blocks/0/label/type"},
		{"too many blocks", `{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[` + repeat(101, `{"type":"divider"}`) + `]}`, "invalid_arguments", "no more than 100"},
		{"as many as allowed", `{"type":"modal","title":{"type":"plain_text","text":"x"},"blocks":[` + repeat(100, `{"type":"divider"}`) + `]}`, "", ""},
		{"no modal", `{"type":"page"}`, "invalid_arguments", "/view/type"},
		{"too large", `{"x":"` + x(maxViewSize) + `"}`, "view_too_large", ""},
		{"unknown field", modal(`,"colour":"red"`), "invalid_arguments", "colour"},
		{"not JSON", `{`, "invalid_arguments", "must provide an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := call(t, w, "views.open", "trigger_id="+w.Press("U0BEN", m, "deny").TriggerID, "view="+c.view).wants(t, c.code)
			if got := strings.Join(res.body.Metadata.Messages, ";"); !strings.Contains(got, c.problem) {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func form(t *testing.T, w *Workspace, view string) View {
	t.Helper()
	call(t, w, "views.open", "trigger_id="+w.Press("U0BEN", card(t, w), "deny").TriggerID, "view="+view).wants(t, "")
	views := w.Views("U0BEN")
	return views[len(views)-1]
}

func reason(text string) map[string]map[string]any {
	return map[string]map[string]any{"reason": {"text": text}}
}

func TestSubmission(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	v := form(t, w, modal(""))
	a.next() // the press
	for _, bad := range []map[string]map[string]any{nil, reason(""), reason("much too long")} {
		if g := w.Submit("U0BEN", v.ID, bad); g.Outcome() != Impossible {
			t.Errorf("submitted %v", bad)
		}
	}
	if w.Submit("U0ADA", v.ID, reason("x")).Outcome() != Impossible {
		t.Error("somebody else submitted it")
	}

	g := w.Submit("U0BEN", v.ID, reason("no"))
	f := a.next()
	if !f.Accepts || f.Type != "interactive" {
		t.Errorf("%+v", f)
	}
	p := payload(t, g)
	view := p["view"].(map[string]any)
	state := view["state"].(map[string]any)["values"].(map[string]any)["reason"].(map[string]any)["text"].(map[string]any)
	if p["type"] != "view_submission" || view["private_metadata"] != "R-7K3F" || state["value"] != "no" || state["type"] != "plain_text_input" ||
		p["response_url"] != nil || p["user"].(map[string]any)["team_id"] != "T0HOME" {
		t.Errorf("%v", p)
	}
	a.ack(f.EnvelopeID, `{"response_action":"errors","errors":{"reason":"say more"}}`)
	if _, err := g.WaitAck(within(t)); err != nil {
		t.Fatal(err)
	}
	if now := w.Views("U0BEN"); len(now) != 1 || now[0].Errors["reason"] != "say more" {
		t.Errorf("after errors: %+v", now)
	}

	g = w.Submit("U0BEN", v.ID, reason("not now"))
	a.ack(a.next().EnvelopeID, "")
	if _, err := g.WaitAck(within(t)); err != nil {
		t.Fatal(err)
	}
	if now := w.Views("U0BEN"); len(now) != 0 {
		t.Errorf("after an empty ack: %+v", now)
	}
}

func TestWhatAnAckDoesToAForm(t *testing.T) {
	for _, c := range []struct {
		name, ack, problem string
		titles             string // of what is open afterwards
	}{
		{"update", `{"response_action":"update","view":` + strings.Replace(modal(""), "Why?", "Sure?", 1) + `}`, "", "Sure?"},
		{"push", `{"response_action":"push","view":` + strings.Replace(modal(""), "Why?", "More", 1) + `}`, "", "Why?,More"},
		{"clear", `{"response_action":"clear"}`, "", ""},
		{"errors for no input", `{"response_action":"errors","errors":{"nope":"x"}}`, "errors name no input block", "Why?"},
		{"a broken view", `{"response_action":"update","view":{"type":"page"}}`, "invalid_arguments", "Why?"},
		{"nonsense", `{"response_action":"dance"}`, "unknown response_action", "Why?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := open(t, Config{})
			a := online(t, w)
			v := form(t, w, modal(""))
			a.next()
			g := w.Submit("U0BEN", v.ID, reason("x"))
			a.ack(a.next().EnvelopeID, c.ack)
			ack, err := g.WaitAck(within(t))
			if err != nil || ack.Problem != c.problem {
				t.Errorf("%+v, %v", ack, err)
			}
			var titles []string
			for _, v := range w.Views("U0BEN") {
				titles = append(titles, v.Title)
			}
			if got := strings.Join(titles, ","); got != c.titles {
				t.Errorf("open: %s", got)
			}
			if complained := len(w.Sees("U0BEN")) > 0; complained != (c.problem != "") {
				t.Errorf("ben sees %q", w.Sees("U0BEN"))
			}
		})
	}
}

func TestViewsUpdate(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	v := form(t, w, modal(`,"external_id":"mine"`))
	fresh := "view=" + strings.Replace(modal(""), "Why?", "Because", 1)
	call(t, w, "views.update", "view_id=V0", fresh).wants(t, "not_found")
	call(t, w, "views.update", "view_id="+v.ID, "hash=old", fresh).wants(t, "hash_conflict")
	trigger := w.Type("U0ADA", "C0OPS", "").TriggerID
	call(t, w, "views.open", "trigger_id="+trigger, "view="+modal(`,"external_id":"mine"`)).wants(t, "duplicate_external_id")
	call(t, w, "views.update", "external_id=mine", "hash="+v.Hash, fresh).wants(t, "")
	if now := w.Views("U0BEN")[0]; now.Title != "Because" || now.Hash == v.Hash {
		t.Errorf("%+v", now)
	}
}

func TestClosingAFormIsToldWhenAsked(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	quiet := form(t, w, modal(""))
	a.next()
	if g := w.CloseView("U0BEN", quiet.ID); g.Outcome() != Impossible || len(w.Views("U0BEN")) != 0 {
		t.Errorf("outcome %q", g.Outcome())
	}
	loud := form(t, w, modal(`,"notify_on_close":true`))
	a.next()
	p := payload(t, w.CloseView("U0BEN", loud.ID))
	f := a.next()
	if f.Accepts || p["type"] != "view_closed" || p["is_cleared"] != false || p["trigger_id"] != nil {
		t.Errorf("%+v %v", f, p)
	}
}

func TestOptionsInAForm(t *testing.T) {
	w := open(t, Config{})
	online(t, w)
	v := form(t, w, `{"type":"modal","title":{"type":"plain_text","text":"Which?"},"submit":{"type":"plain_text","text":"Send"},"blocks":[
	 {"type":"input","block_id":"os","label":{"type":"plain_text","text":"OS"},"element":{"type":"static_select","action_id":"os","options":[
	  {"text":{"type":"plain_text","text":"Windows 10"},"value":"windows10"},{"text":{"type":"plain_text","text":"Windows 11"},"value":"windows11"}]}},
	 {"type":"input","block_id":"note","optional":true,"label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","action_id":"note"}}]}`)
	values := func(os string) map[string]map[string]any { return map[string]map[string]any{"os": {"os": os}} }
	if w.Submit("U0BEN", v.ID, nil).Outcome() != Impossible || w.Submit("U0BEN", v.ID, values("windows95")).Outcome() != Impossible {
		t.Error("submitted without a choice that is offered")
	}
	state := payload(t, w.Submit("U0BEN", v.ID, values("windows11")))["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
	chosen := state["os"].(map[string]any)["os"].(map[string]any)["selected_option"].(map[string]any)
	note := state["note"].(map[string]any)["note"].(map[string]any)
	if value, present := note["value"]; chosen["value"] != "windows11" || !present || value != nil {
		t.Errorf("state %v", state)
	}
}

package slackfake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// picker is a form with a menu that the app fills, a menu of channels, and a note.
func picker(menu, channels string) string {
	return `{"type":"modal","callback_id":"pick","title":{"type":"plain_text","text":"Which?"},"submit":{"type":"plain_text","text":"Send"},"blocks":[
	{"type":"input","block_id":"pc","label":{"type":"plain_text","text":"Cloud PC"},"element":{"type":"external_select","action_id":"pc"` + menu + `}},
	{"type":"input","block_id":"where","optional":true,"label":{"type":"plain_text","text":"Channel"},"element":{"type":"conversations_select","action_id":"where"` + channels + `}},
	{"type":"input","block_id":"note","optional":true,"label":{"type":"plain_text","text":"Note"},"element":{"type":"plain_text_input","action_id":"note","initial_value":"soon"}}]}`
}

const offer1 = `{"options":[{"text":{"type":"plain_text","text":"CPC-ada"},"description":{"type":"plain_text","text":"Ada's"},"value":"1"}]}`

// suggested is what the app's answer to what was typed came to.
func suggested(t *testing.T, a *app, g *Interaction, answer string) Ack {
	t.Helper()
	f := a.next()
	if f.Type != "interactive" || !f.Accepts || f.Payload["type"] != "block_suggestion" {
		t.Fatalf("%+v", f)
	}
	a.ack(f.EnvelopeID, answer)
	ack, err := g.WaitAck(within(t))
	if err != nil {
		t.Fatal(err)
	}
	return ack
}

func enter(block, value string) map[string]map[string]any {
	return map[string]map[string]any{block: {block: value}}
}

func TestMenuAsksTheAppForItsOptions(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	v := form(t, w, picker("", ""))
	a.next()
	for why, g := range map[string]*Interaction{
		"too short":     w.Suggest("U0BEN", v.ID, "pc", "pc", "CP"),
		"not a menu":    w.Suggest("U0BEN", v.ID, "note", "note", "CPC"),
		"no such block": w.Suggest("U0BEN", v.ID, "pcs", "pc", "CPC"),
		"not theirs":    w.Suggest("U0ADA", v.ID, "pc", "pc", "CPC"),
	} {
		if g.Outcome() != Impossible {
			t.Errorf("%s: %s", why, g.Outcome())
		}
	}
	g := w.Suggest("U0BEN", v.ID, "pc", "pc", "CPC")
	p := payload(t, g)
	if p["value"] != "CPC" || p["block_id"] != "pc" || p["action_id"] != "pc" || p["api_app_id"] != appID || p["trigger_id"] != nil ||
		p["user"].(map[string]any)["team_id"] != "T0HOME" || p["container"].(map[string]any)["view_id"] != v.ID ||
		p["view"].(map[string]any)["callback_id"] != "pick" || p["is_enterprise_install"] != false {
		t.Errorf("%v", p)
	}
	if ack := suggested(t, a, g, offer1); ack.Problem != "" {
		t.Error(ack.Problem)
	}
	if got := g.Options(); !slices.Equal(got, []Option{{Text: "CPC-ada", Description: "Ada's", Value: "1"}}) {
		t.Errorf("offered %v", got)
	}
	none := w.Suggest("U0BEN", v.ID, "pc", "pc", "CPCx")
	if ack := suggested(t, a, none, `{"options":[]}`); ack.Problem != "" || none.Options() == nil || len(none.Options()) != 0 {
		t.Errorf("%s: %v", ack.Problem, none.Options())
	}
	grouped := w.Suggest("U0BEN", v.ID, "pc", "pc", "CPCs")
	suggested(t, a, grouped, `{"option_groups":[{"label":{"type":"plain_text","text":"Ada"},"options":[{"text":{"type":"plain_text","text":"x"},"value":"2"}]}]}`)
	if got := grouped.Options(); !slices.Equal(got, []Option{{Text: "x", Value: "2", Group: "Ada"}}) {
		t.Errorf("offered %v", got)
	}
}

func TestOptionsThatSlackDoesNotTake(t *testing.T) {
	w := open(t, Config{Enterprise: "E0GRID"})
	a := online(t, w, 2*maxAck)
	v := form(t, w, picker(`,"min_query_length":0`, ""))
	a.next()
	option := func(text, value, more string) string {
		return `{"text":{"type":"plain_text","text":"` + text + `"},"value":"` + value + `"` + more + `}`
	}
	for name, row := range map[string]struct{ answer, problem string }{
		"none":             {``, "no options"},
		"not an object":    {`[]`, "no options"},
		"empty":            {`{}`, "must have `options` or `option_groups`"},
		"both":             {`{"options":[],"option_groups":[]}`, "must not have both"},
		"no text":          {`{"options":[` + option("", "1", "") + `]}`, "/options/0/text"},
		"long text":        {`{"options":[` + option(x(76), "1", "") + `]}`, "/options/0/text"},
		"long value":       {`{"options":[` + option("x", x(76), "") + `]}`, "/options/0/value"},
		"long description": {`{"options":[` + option("x", "1", `,"description":{"type":"plain_text","text":"`+x(76)+`"}`) + `]}`, "/description"},
		"too many":         {`{"options":[` + repeat(101, option("x", "1", "")) + `]}`, "no more than 100"},
		"at the limits":    {`{"options":[` + repeat(100, option(strings.Repeat("ß", 75), x(75), "")) + `]}`, "too large"}, // of each, but not of the ack
		"a response":       {`{"response_action":"clear"}`, "invalid options"},
	} {
		g := w.Suggest("U0BEN", v.ID, "pc", "pc", "")
		if team := payload(t, g)["user"].(map[string]any)["team_id"]; team != "E0GRID" {
			t.Errorf("team %v", team)
		}
		f := a.next()
		a.ack(f.EnvelopeID, row.answer)
		var got string
		await(t, w, "the ack", func() bool {
			acks := w.Acks()
			if len(acks) == 0 || acks[len(acks)-1].EnvelopeID != f.EnvelopeID {
				return false
			}
			got = acks[len(acks)-1].Problem
			return true
		})
		if !strings.Contains(got, row.problem) || g.Options() != nil {
			t.Errorf("%s: problem %q, %d options", name, got, len(g.Options()))
		}
	}
}

func TestOnlyWhatWasOfferedCanBeChosen(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	v := form(t, w, picker(`,"min_query_length":1,"initial_option":{"text":{"type":"plain_text","text":"CPC-old"},"value":"0"}`, ""))
	a.next()
	state := func(g *Interaction) map[string]any {
		t.Helper()
		if g.Outcome() == Impossible {
			t.Fatal(g.why)
		}
		a.ack(a.next().EnvelopeID, `{"response_action":"errors","errors":{"pc":"no"}}`)
		return payload(t, g)["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
	}
	chosen := func(g *Interaction) string {
		t.Helper()
		pc := state(g)["pc"].(map[string]any)["pc"].(map[string]any)
		o := pc["selected_option"].(map[string]any)
		if pc["type"] != "external_select" || len(pc) != 2 || len(o) != 2 || o["text"] == nil {
			t.Errorf("state %v", pc)
		}
		return o["value"].(string)
	}
	if w.Submit("U0BEN", v.ID, enter("pc", "1")).Outcome() != Impossible {
		t.Error("chose what nobody offered")
	}
	if got := chosen(w.Submit("U0BEN", v.ID, nil)); got != "0" {
		t.Errorf("initially %s", got)
	}
	suggested(t, a, w.Suggest("U0BEN", v.ID, "pc", "pc", "C"), offer1)
	if got := chosen(w.Submit("U0BEN", v.ID, enter("pc", "1"))); got != "1" {
		t.Errorf("chose %s", got)
	}
	if got := chosen(w.Submit("U0BEN", v.ID, nil)); got != "1" {
		t.Errorf("after an error %s is left", got)
	}
	if w.Submit("U0BEN", v.ID, enter("pc", "")).Outcome() != Impossible {
		t.Error("submitted without a choice")
	}
}

func TestConversationsThatAMenuOffers(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	w.AddChannel(Channel{ID: "C0OLD", Name: "old", Archived: true, Members: []string{"U0BEN"}})
	w.AddChannel(Channel{ID: "C0SHARED", Name: "shared", ExtShared: true, Members: []string{"U0BEN"}})
	w.AddChannel(Channel{ID: "C0CREW", Name: "crew", Private: true, Members: []string{"U0BEN"}})
	dm := w.DM("U0BEN")
	menu := func(filter string) string {
		v := form(t, w, picker(`,"initial_option":{"text":{"type":"plain_text","text":"CPC-old"},"value":"0"}`, filter))
		a.next()
		return v.ID
	}
	all := menu("")
	narrow := menu(`,"filter":{"include":["public","private"],"exclude_external_shared_channels":true,"exclude_bot_users":true},"default_to_current_conversation":true`)
	people := menu(`,"filter":{"exclude_bot_users":true}`)
	for _, row := range []struct {
		view, channel string
		impossible    bool
	}{
		{all, "C0OPS", false}, {all, "C0LOBBY", false}, {all, "C0CREW", false}, {all, "D0TWO", false}, {all, dm, false}, {all, "C0SHARED", false},
		{all, "G0BOARD", true}, {all, "C0OLD", true}, {all, "C0NONE", true},
		{narrow, "C0OPS", false}, {narrow, "C0CREW", false}, {narrow, "D0TWO", true}, {narrow, dm, true}, {narrow, "C0SHARED", true},
		{people, "D0TWO", false}, {people, dm, true},
	} {
		g := w.Submit("U0BEN", row.view, enter("where", row.channel))
		if (g.Outcome() == Impossible) != row.impossible {
			t.Errorf("%s in %s: %s %s", row.channel, row.view, g.Outcome(), g.why)
		}
		if g.Outcome() == Impossible {
			continue
		}
		where := payload(t, g)["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)["where"].(map[string]any)["where"].(map[string]any)
		if len(where) != 2 || where["type"] != "conversations_select" || where["selected_conversation"] != row.channel {
			t.Errorf("state %v", where)
		}
		a.ack(a.next().EnvelopeID, `{"response_action":"errors","errors":{"pc":"no"}}`)
		if _, err := g.WaitAck(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	fresh := menu(`,"default_to_current_conversation":true`)
	where := payload(t, w.Submit("U0BEN", fresh, nil))["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)["where"].(map[string]any)["where"].(map[string]any)
	if where["selected_conversation"] != "C0OPS" { // where the button was pressed
		t.Errorf("by default %v", where)
	}
	call(t, w, "views.open", "trigger_id="+w.Type("U0BEN", "C0OPS", "").TriggerID, "view="+picker("", `,"filter":{}`)).wants(t, "invalid_arguments")
	call(t, w, "views.open", "trigger_id="+w.Type("U0BEN", "C0OPS", "").TriggerID, "view="+picker("", `,"filter":{"include":["all"]}`)).wants(t, "invalid_arguments")
}

func TestAnUpdateKeepsWhatWasEnteredWhereTheIdsStay(t *testing.T) {
	w := open(t, Config{})
	a := online(t, w)
	v := form(t, w, picker(`,"min_query_length":1`, ""))
	a.next()
	suggested(t, a, w.Suggest("U0BEN", v.ID, "pc", "pc", "C"), offer1)
	for _, bad := range []map[string]map[string]any{enter("pc", "7"), enter("pcs", "1"), enter("where", "C0NONE")} {
		if w.Enter("U0BEN", v.ID, bad) == nil {
			t.Errorf("entered %v", bad)
		}
	}
	if w.Enter("U0ADA", v.ID, nil) == nil {
		t.Error("somebody else entered something")
	}
	for _, values := range []map[string]map[string]any{enter("pc", "1"), enter("note", "at once")} {
		if err := w.Enter("U0BEN", v.ID, values); err != nil {
			t.Fatal(err)
		}
	}
	call(t, w, "views.update", "view_id="+v.ID, "view="+strings.ReplaceAll(picker("", ""), `"note"`, `"remark"`)).wants(t, "")
	g := w.Submit("U0BEN", v.ID, nil)
	a.ack(a.next().EnvelopeID, "")
	if _, err := g.WaitAck(within(t)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(payload(t, g)["view"].(map[string]any)["state"]); !strings.Contains(got, "value:1") || !strings.Contains(got, "soon") || strings.Contains(got, "at once") {
		t.Errorf("state %s", got)
	}
	call(t, w, "views.update", "view_id="+v.ID, "view="+picker("", "")).wants(t, "not_found") // closed
}

func TestShortcutIsUsedFromAnywhere(t *testing.T) {
	w := open(t, Config{Shortcuts: []string{"wipe"}})
	a := online(t, w)
	w.AddPerson(Person{ID: "U0BYE", Name: "bye", Deleted: true})
	for person, id := range map[string]string{"U0ADA": "reprovision", "U0BYE": "wipe", "U0EVE": "wipe", "U0NOBODY": "wipe"} {
		if g := w.Shortcut(person, id); g.Outcome() != Impossible {
			t.Errorf("%s used %s", person, id)
		}
	}
	g := w.Shortcut("U0CLEO", "wipe")
	p, f := payload(t, g), a.next()
	if f.Type != "interactive" || f.Accepts || p["type"] != "shortcut" || p["callback_id"] != "wipe" || p["trigger_id"] != "its own" || g.TriggerID == "" ||
		p["action_ts"] == nil || p["user"].(map[string]any)["id"] != "U0CLEO" || p["team"].(map[string]any)["id"] != "T0HOME" {
		t.Errorf("%+v %v", f, p)
	}
	for _, field := range []string{"channel", "response_url", "view", "message"} {
		if p[field] != nil {
			t.Errorf("%s is %v", field, p[field])
		}
	}
	a.ack(f.EnvelopeID, "")
	if _, err := g.WaitAck(within(t)); err != nil {
		t.Fatal(err)
	}
	call(t, w, "views.open", "trigger_id="+g.TriggerID, "view="+modal("")).wants(t, "")
	if v := w.Views("U0CLEO"); len(v) != 1 {
		t.Errorf("cleo has %v", v)
	}
	usual := open(t, Config{})
	if usual.Shortcut("U0ADA", "reprovision").Outcome() != DispatchFailed || usual.Shortcut("U0ADA", "wipe").Outcome() != Impossible {
		t.Error("the bot's own shortcut is not the usual one")
	}
}

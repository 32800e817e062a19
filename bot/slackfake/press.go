package slackfake

import (
	"encoding/json"
	"fmt"
)

// Press lets person press the button with that action_id on the current version of the message, even if m is an older
// copy. A confirmation dialog is confirmed. If several buttons have that action_id, the first is pressed. The outcome is
// Impossible if the button is no longer there or the person cannot see the message.
func (w *Workspace) Press(person string, m Message, actionID string) *Interaction {
	return w.use(person, m, false, func(e map[string]any) bool { return e["action_id"] == actionID }, "")
}

// PressValue is Press for one of several buttons with the same action_id.
func (w *Workspace) PressValue(person string, m Message, actionID, value string) *Interaction {
	return w.use(person, m, false, func(e map[string]any) bool { return e["action_id"] == actionID && e["value"] == value }, "")
}

// PressStale is Press on the buttons that m shows, even if the message has changed since, as in a client that has not
// received the update yet.
func (w *Workspace) PressStale(person string, m Message, actionID string) *Interaction {
	return w.use(person, m, true, func(e map[string]any) bool { return e["action_id"] == actionID }, "")
}

// Choose lets person pick the option with that value from a menu (static_select, overflow, radio_buttons).
func (w *Workspace) Choose(person string, m Message, actionID, option string) *Interaction {
	return w.use(person, m, false, func(e map[string]any) bool {
		return e["action_id"] == actionID && optionOf(e, option) != nil
	}, option)
}

func (w *Workspace) use(person string, m Message, stale bool, match func(map[string]any) bool, option string) *Interaction {
	g := &Interaction{w: w, Kind: "block_actions", Person: person, Channel: m.Channel}
	w.change(func() {
		now, why := w.seenBy(person, m)
		if why != "" {
			g.impossible(why)
			return
		}
		shown := now.Blocks
		if stale {
			shown = m.Blocks
		}
		block, element := findElement(shown, match)
		if element == nil {
			g.impossible("it is not on the message")
			return
		}
		g.label = w.render(element)
		w.pressButton(g, now, w.people[person].Team, actionObject(block, element, option, w.stamp()))
	})
	return g
}

// Forgery is a press that no Slack client would send: any action and value, on any message or none, by any person of any
// team. The payload contains the message with that Channel and TS; if there is none, it contains one without an author.
type Forgery struct {
	Person, Team    string
	Channel, TS     string // of the message
	ActionID, Value string
	APIAppID        string // the payload's api_app_id; "" = this app's
	AppID, BotID    string // the message's; "" = as the message has them
}

// Forge sends a forged press.
func (w *Workspace) Forge(f Forgery) *Interaction {
	g := &Interaction{w: w, Kind: "block_actions", Person: f.Person, Channel: f.Channel, label: "[" + f.ActionID + "]"}
	w.change(func() {
		m := &Message{w: w, Channel: f.Channel, TS: f.TS}
		if r := w.rooms[f.Channel]; r != nil && r.find(f.TS) != nil {
			m = r.find(f.TS)
		} else if e := w.findWhisper(f.Channel, f.TS); e != nil {
			m = &e.Message
		}
		o := w.pressed(g, m, f.Team, answer{"type": "button", "action_id": f.ActionID, "block_id": "forged", "value": f.Value,
			"text": answer{"type": "plain_text", "text": f.ActionID, "emoji": true}, "action_ts": w.stamp()})
		if f.APIAppID != "" {
			o["api_app_id"] = f.APIAppID
		}
		if shown, ok := o["message"].(answer); ok {
			for field, id := range map[string]string{"app_id": f.AppID, "bot_id": f.BotID} {
				if id != "" {
					shown[field] = id
				}
			}
		}
		g.Payload = encode(o)
		w.launch(g, uuid())
	})
	return g
}

// PressForged is Forge with this app's ids.
func (w *Workspace) PressForged(person, channel, ts, actionID, value, team string) *Interaction {
	return w.Forge(Forgery{Person: person, Channel: channel, TS: ts, ActionID: actionID, Value: value, Team: team})
}

func (w *Workspace) pressButton(g *Interaction, m *Message, team string, action answer) {
	g.Payload = encode(w.pressed(g, m, team, action))
	w.launch(g, uuid())
}

// pressed returns the payload of a press, with a new trigger_id and response_url.
func (w *Workspace) pressed(g *Interaction, m *Message, team string, action answer) answer {
	g.TriggerID = w.newTrigger(g.Person, g.Channel)
	g.ResponseURL = w.newLink(&responseLink{kind: "actions", person: g.Person, channel: g.Channel, source: m.TS})
	return w.pressPayload(g, m, team, action)
}

// seenBy returns the current version of m, or the reason why person cannot use it.
func (w *Workspace) seenBy(person string, m Message) (*Message, string) {
	p := w.people[person]
	if p == nil || p.Deleted {
		return nil, "nobody active has this id"
	}
	if e := w.findWhisper(m.Channel, m.TS); e != nil {
		if e.To != person {
			return nil, "somebody else's ephemeral message"
		}
		return &e.Message, ""
	}
	r := w.rooms[m.Channel]
	switch {
	case r == nil || !w.reaches(p, r):
		return nil, "cannot see the channel"
	case r.Archived:
		return nil, "the channel is archived"
	}
	if now := r.find(m.TS); now != nil {
		return now, ""
	}
	return nil, "the message is gone"
}

// findElement returns the first element that match accepts, and its block; nil if there is none.
func findElement(raw json.RawMessage, match func(map[string]any) bool) (block, element map[string]any) {
	var list []map[string]any
	_ = json.Unmarshal(raw, &list) // there are none, or they have been inspected already
	for _, b := range list {
		for _, e := range elementsOf(b) {
			if match(e) {
				return b, e
			}
		}
	}
	return nil, nil
}

func actionObject(block, element map[string]any, option, ts string) answer {
	a := answer{"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": ts}
	if option != "" {
		a["selected_option"] = optionOf(element, option)
		return a
	}
	for _, field := range []string{"text", "value", "style", "confirm", "placeholder"} {
		if element[field] != nil {
			a[field] = element[field]
		}
	}
	return a
}

func optionOf(element map[string]any, value string) map[string]any {
	for _, o := range optionsOf(element) {
		if o := o.(map[string]any); o["value"] == value {
			return o
		}
	}
	return nil
}

// Buttons returns the buttons of a message in the form "Approve (approve R-7K3F)": text, action_id, value.
func (m Message) Buttons() []string {
	var list []string
	findElement(m.Blocks, func(e map[string]any) bool {
		if e["type"] == "button" {
			text, _ := e["text"].(map[string]any)
			list = append(list, fmt.Sprintf("%s (%s %s)", asString(text["text"]), asString(e["action_id"]), asString(e["value"])))
		}
		return false
	})
	return list
}

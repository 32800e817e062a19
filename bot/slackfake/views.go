package slackfake

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Slack's limits: docs.slack.dev/interactivity/handling-user-interaction and docs.slack.dev/surfaces/modals.
const (
	triggerLife = 3 * time.Second
	maxViewSize = 250 * 1024 // bytes
)

// trigger is what a trigger_id stands for: the right to open one form for one person.
type trigger struct {
	person  string
	channel string // the conversation that the person was looking at; "" = not known
	born    time.Time
	used    bool
}

func (w *Workspace) newTrigger(person, channel string) string {
	id := fmt.Sprintf("%d.%d.%s", 1_000_000+w.next(), 2_000_000+w.next(), secret(16))
	w.triggers[id] = &trigger{person: person, channel: channel, born: w.cfg.Now()}
	return id
}

// View is a modal that one person has open, or had.
type View struct {
	ID         string
	Person     string
	CallbackID string
	Title      string
	Private    string            // private_metadata
	Hash       string            // changes with every update
	JSON       json.RawMessage   // as the app sent it, ids filled in
	Errors     map[string]string // block_id → the app's complaint about the last submission
	Closed     bool

	root, previous string
	fields         map[string]any
	channel        string                    // where it was opened; "" = not known
	entered        map[string]map[string]any // by block_id and action_id, as in Submit
	offered        map[[2]string][]any       // the options that were offered so far, by block_id and action_id of the menu
	w              *Workspace
}

// Views returns the modals that person has open, the topmost last.
func (w *Workspace) Views(person string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []View
	for _, v := range w.views {
		if v.Person == person && !v.Closed {
			list = append(list, *v)
		}
	}
	return list
}

// Plain returns the form as a person reads it.
func (v View) Plain() string {
	v.w.mu.Lock()
	defer v.w.mu.Unlock()
	lines := v.w.join("\n", v.fields["title"])
	for _, line := range v.w.renderBlocks(encode(v.fields["blocks"])) {
		lines += "\n" + line
	}
	return lines
}

func (w *Workspace) viewsOpen(a args) (answer, error) {
	if a["trigger_id"] == "" {
		return nil, missing("trigger_id")
	}
	v, err := w.readView(a["view"])
	if err != nil {
		return nil, err
	}
	t := w.triggers[a["trigger_id"]]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case w.cfg.Now().Sub(t.born) > triggerLife:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	v.channel = t.channel
	w.openView(v, t.person, nil)
	return answer{"view": w.viewObject(v, nil)}, nil
}

func (w *Workspace) openView(v *View, person string, below *View) {
	v.ID, v.Person = fmt.Sprintf("V%06d", w.next()), person
	v.root = v.ID
	if below != nil {
		v.root, v.previous, v.channel = below.root, below.ID, below.channel
	}
	w.views = append(w.views, v)
}

func (w *Workspace) viewsUpdate(a args) (answer, error) {
	v := w.findView(func(v *View) bool {
		external := asString(v.fields["external_id"])
		return v.ID == a["view_id"] || external != "" && external == a["external_id"]
	})
	if v == nil {
		return nil, refuse("not_found")
	}
	if a["hash"] != "" && a["hash"] != v.Hash {
		return nil, refuse("hash_conflict")
	}
	fresh, err := w.readView(a["view"])
	if err != nil {
		return nil, err
	}
	v.become(fresh)
	return answer{"view": w.viewObject(v, nil)}, nil
}

// become shows fresh in place of v. What was entered stays where block_id and action_id stay
// (docs.slack.dev/surfaces/modals).
func (v *View) become(fresh *View) {
	was := v.fields
	v.CallbackID, v.Title, v.Private, v.Hash = fresh.CallbackID, fresh.Title, fresh.Private, fresh.Hash
	v.JSON, v.fields, v.Errors = fresh.JSON, fresh.fields, nil
	stays := func(block, action string) bool {
		now, before := v.element(block, action), elementIn(was, block, action)
		return now != nil && before != nil && now["type"] == before["type"]
	}
	for block, actions := range v.entered {
		for action := range actions {
			if !stays(block, action) {
				delete(actions, action)
			}
		}
	}
	for menu := range v.offered {
		if !stays(menu[0], menu[1]) {
			delete(v.offered, menu)
		}
	}
}

// element returns the element with these ids, or nil.
func (v *View) element(blockID, actionID string) map[string]any {
	return elementIn(v.fields, blockID, actionID)
}

func elementIn(view map[string]any, blockID, actionID string) map[string]any {
	for _, b := range view["blocks"].([]any) {
		block := b.(map[string]any)
		for _, e := range elementsOf(block) {
			if block["block_id"] == blockID && e["action_id"] == actionID {
				return e
			}
		}
	}
	return nil
}

// openFor returns the form with that id if person has it open, else nil.
func (w *Workspace) openFor(person, viewID string) *View {
	return w.findView(func(v *View) bool { return v.ID == viewID && v.Person == person })
}

func (w *Workspace) findView(match func(*View) bool) *View {
	i := slices.IndexFunc(w.views, func(v *View) bool { return !v.Closed && match(v) })
	if i < 0 {
		return nil
	}
	return w.views[i]
}

// readView decodes and checks a modal that the app sent, and fills in missing ids.
func (w *Workspace) readView(raw string) (*View, error) {
	if raw == "" {
		return nil, missing("view")
	}
	if len(raw) > maxViewSize {
		return nil, refuse("view_too_large")
	}
	var o map[string]any
	if json.Unmarshal([]byte(raw), &o) != nil {
		return nil, refuse("invalid_arguments", "[ERROR] must provide an object [json-pointer:/view]")
	}
	if o["type"] != "modal" {
		return nil, refuse("invalid_arguments", "[ERROR] unsupported type [json-pointer:/view/type]")
	}
	if problems := inspect(viewShape, "/view", o); len(problems) > 0 {
		return nil, refuse("invalid_arguments", problems...)
	}
	external := asString(o["external_id"])
	if external != "" && w.findView(func(v *View) bool { return v.fields["external_id"] == external }) != nil {
		return nil, refuse("duplicate_external_id")
	}
	addIDs(o["blocks"].([]any))
	return &View{
		w: w, fields: o, JSON: encode(o), Hash: fmt.Sprintf("%d.%s", w.cfg.Now().Unix(), secret(4)),
		CallbackID: asString(o["callback_id"]), Private: asString(o["private_metadata"]),
		Title: asString(o["title"].(map[string]any)["text"]),
	}, nil
}

// viewObject returns v as Slack shows it in answers and payloads, with the values of its inputs.
func (w *Workspace) viewObject(v *View, values answer) answer {
	o := answer{
		"close": nil, "submit": nil, "private_metadata": "", "callback_id": "", "external_id": "",
		"clear_on_close": false, "notify_on_close": false,
	}
	for name, value := range v.fields {
		o[name] = value
	}
	if values == nil {
		values = answer{}
	}
	o["id"], o["team_id"], o["hash"], o["root_view_id"], o["previous_view_id"] = v.ID, w.cfg.Team, v.Hash, v.root, nil
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	o["app_id"], o["bot_id"], o["app_installed_team_id"] = appID, botID, w.cfg.Team
	o["state"] = answer{"values": values}
	return o
}

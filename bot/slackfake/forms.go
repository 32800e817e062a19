package slackfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// Enter lets person fill in inputs of a form that person has open, without submitting it. values are those of Submit. It
// fails if there is no such form, or if an input does not take its value.
func (w *Workspace) Enter(person, viewID string, values map[string]map[string]any) (err error) {
	w.change(func() {
		v := w.openFor(person, viewID)
		if v == nil {
			err = errors.New("no such form is open")
			return
		}
		for block, actions := range values {
			for action, value := range actions {
				e := v.element(block, action)
				if e == nil {
					err = fmt.Errorf("%s %s: no such input", block, action)
					return
				}
				if _, _, why := w.fillOne(v, block, e, value); why != "" {
					err = fmt.Errorf("%s: %s", block, why)
					return
				}
			}
		}
		v.enter(values)
	})
	return err
}

// Submit submits a form that person has open. values holds what person entered, by block_id and action_id: a string for
// a text input, for the value of a chosen option or for the id of a chosen conversation, and a map[string]any for anything
// else, with the fields that the payload is to have. An empty string clears an input. Inputs that are not named keep what
// was entered before, else their initial value. The outcome is Impossible while a required input is empty, a text is too
// long or too short, an option was not offered, or a conversation is not one that person can choose.
func (w *Workspace) Submit(person, viewID string, values map[string]map[string]any) *Interaction {
	g := &Interaction{w: w, Kind: "view_submission", Person: person}
	w.change(func() {
		v := w.openFor(person, viewID)
		if v == nil {
			g.impossible("no such form is open")
			return
		}
		if v.fields["submit"] == nil { // docs.slack.dev/reference/views/modal-views: without submit there is no such button
			g.impossible("the form has no button to send it")
			return
		}
		state, why := w.fill(v, values)
		if why != "" {
			g.impossible(why)
			return
		}
		v.enter(values)
		payload := w.viewPayload("view_submission", v, state)
		g.TriggerID = w.newTrigger(person, v.channel)
		payload["trigger_id"], payload["response_urls"] = g.TriggerID, []string{}
		g.Payload = encode(payload)
		g.answer = func(a *Ack) { w.submissionAnswered(v, a) }
		w.launch(g, uuid())
	})
	return g
}

func (v *View) enter(values map[string]map[string]any) {
	if v.entered == nil {
		v.entered = map[string]map[string]any{}
	}
	for block, actions := range values {
		if v.entered[block] == nil {
			v.entered[block] = map[string]any{}
		}
		maps.Copy(v.entered[block], actions)
	}
}

// CloseView dismisses a form. The app is told only if the view has notify_on_close; otherwise the outcome is
// Impossible, although the form is closed.
func (w *Workspace) CloseView(person, viewID string) *Interaction {
	g := &Interaction{w: w, Kind: "view_closed", Person: person}
	w.change(func() {
		v := w.openFor(person, viewID)
		if v == nil {
			g.impossible("no such form is open")
			return
		}
		v.Closed = true
		if v.fields["notify_on_close"] != true {
			g.impossible("the form does not ask to be told; it is closed")
			return
		}
		payload := w.viewPayload("view_closed", v, nil)
		payload["is_cleared"] = false
		g.Payload = encode(payload)
		w.launch(g, uuid())
	})
	return g
}

// fill returns the state of the inputs, with values in place of what was entered before, and the first reason why Slack's
// client would not submit the form; "" = none.
func (w *Workspace) fill(v *View, values map[string]map[string]any) (state answer, problem string) {
	state = answer{}
	for _, b := range v.fields["blocks"].([]any) {
		block := b.(map[string]any)
		if block["type"] != "input" {
			continue
		}
		e := block["element"].(map[string]any)
		id, action := asString(block["block_id"]), asString(e["action_id"])
		given, named := values[id][action]
		if !named {
			given = v.entered[id][action]
		}
		entry, filled, why := w.fillOne(v, id, e, given)
		if !filled && why == "" && block["optional"] != true {
			why = "it is required"
		}
		if why != "" && problem == "" {
			problem = id + ": " + why
		}
		state[id] = answer{action: entry}
	}
	return state, problem
}

// fillOne returns the state of the input e if given was entered, and why it cannot be entered; "" = it can. If given is nil,
// nothing was entered.
func (w *Workspace) fillOne(v *View, block string, e map[string]any, given any) (entry answer, filled bool, why string) {
	entry = answer{"type": e["type"]}
	text, entered := given.(string)
	switch e["type"] {
	case "static_select", "radio_buttons", "external_select":
		chosen, _ := e["initial_option"].(map[string]any)
		if entered {
			if chosen = v.optionFor(block, e, text); chosen == nil && text != "" {
				return nil, false, "no such option"
			}
		}
		entry["selected_option"] = nil
		if chosen != nil {
			entry["selected_option"] = answer{"text": chosen["text"], "value": chosen["value"]}
		}
		return entry, chosen != nil, ""
	case "conversations_select":
		id := asString(e["initial_conversation"])
		if id == "" && e["default_to_current_conversation"] == true && w.choosable(v.Person, v.channel, e) == "" {
			id = v.channel
		}
		if entered {
			if id = text; id != "" {
				why = w.choosable(v.Person, id, e)
			}
		}
		entry["selected_conversation"] = nil
		if id != "" {
			entry["selected_conversation"] = id
		}
		return entry, id != "", why
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		entry["value"] = e["initial_value"]
		if entered {
			entry["value"] = nil
			if text != "" {
				entry["value"] = text
			}
		}
		text, _ = entry["value"].(string)
		n := float64(utf8.RuneCountInString(text))
		if most, ok := e["max_length"].(float64); ok && n > most {
			return nil, false, "too long"
		}
		if least, ok := e["min_length"].(float64); ok && n > 0 && n < least {
			return nil, false, "too short"
		}
		return entry, text != "", ""
	}
	fields, _ := given.(map[string]any)
	maps.Copy(entry, fields)
	return entry, len(fields) > 0, ""
}

// optionFor returns the option with that value that a person can choose in the menu e, or nil.
func (v *View) optionFor(block string, e map[string]any, value string) map[string]any {
	if e["type"] != "external_select" {
		return optionOf(e, value)
	}
	initial, _ := e["initial_option"].(map[string]any)
	for _, o := range append([]any{initial}, v.offered[[2]string{block, asString(e["action_id"])}]...) {
		if o := o.(map[string]any); o != nil && o["value"] == value {
			return o
		}
	}
	return nil
}

// choosable returns why a menu of conversations does not offer a conversation to person; "" = it does.
func (w *Workspace) choosable(person, id string, menu map[string]any) string {
	p, r := w.people[person], w.rooms[id]
	filter, _ := menu["filter"].(map[string]any)
	kinds, _ := filter["include"].([]any)
	kind := "public"
	switch {
	case p == nil || r == nil || r.Archived || !w.reaches(p, r):
		return "no such conversation"
	case r.IM:
		kind = "im"
	case r.Private:
		kind = "private"
	}
	switch {
	case len(kinds) > 0 && !slices.Contains(kinds, any(kind)):
		return "the menu has no conversations of this kind"
	case filter["exclude_external_shared_channels"] == true && r.ExtShared:
		return "the menu has no channels that are shared with other organisations"
	case filter["exclude_bot_users"] == true && r.IM && r.BotIn:
		return "the menu has no conversations with bots"
	}
	return ""
}

// submissionAnswered applies the response_action of the ack to the form.
func (w *Workspace) submissionAnswered(v *View, a *Ack) {
	var response struct {
		Action string            `json:"response_action"`
		View   json.RawMessage   `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if a.Payload != nil && json.Unmarshal(a.Payload, &response) != nil {
		a.Problem = "invalid response"
	}
	var err error
	var fresh *View
	switch {
	case a.Problem != "":
	case response.Action == "":
		v.Closed = true
	case response.Action == "clear":
		for _, other := range w.views {
			other.Closed = other.Closed || other.root == v.root
		}
	case response.Action == "errors":
		if !v.hasInputs(response.Errors) {
			a.Problem = "errors name no input block"
			break
		}
		v.Errors = response.Errors
	case response.Action == "update":
		if fresh, err = w.readView(string(response.View)); err == nil {
			v.become(fresh)
		}
	case response.Action == "push":
		if fresh, err = w.readView(string(response.View)); err == nil {
			w.openView(fresh, v.Person, v)
		}
	default:
		a.Problem = "unknown response_action"
	}
	if err != nil {
		a.Problem = err.Error()
	}
	if a.Problem != "" {
		w.complain(v.Person, "", "We had some trouble connecting. Try again?")
	}
}

func (v *View) hasInputs(errors map[string]string) bool {
	for id := range errors {
		if !slices.ContainsFunc(v.fields["blocks"].([]any), func(b any) bool {
			block := b.(map[string]any)
			return block["type"] == "input" && block["block_id"] == id
		}) {
			return false
		}
	}
	return len(errors) > 0
}

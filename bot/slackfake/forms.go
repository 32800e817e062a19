package slackfake

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Submit submits a form that person has open. values holds what person entered, by block_id and action_id: a string for
// a text input or for the value of a chosen option, and a map[string]any for anything else, with the fields that the
// payload is to have. Inputs that are not named stay empty or keep their initial value. The outcome is Impossible while
// a required input is empty, or a text is too long or too short.
func (w *Workspace) Submit(person, viewID string, values map[string]map[string]any) *Interaction {
	g := &Interaction{w: w, Kind: "view_submission", Person: person}
	w.change(func() {
		v := w.findView(func(v *View) bool { return v.ID == viewID && v.Person == person })
		if v == nil {
			g.impossible("no such form is open")
			return
		}
		state, why := v.fill(values)
		if why != "" {
			g.impossible(why)
			return
		}
		payload := w.viewPayload("view_submission", v, state)
		g.TriggerID = w.newTrigger(person)
		payload["trigger_id"], payload["response_urls"] = g.TriggerID, []string{}
		g.Payload = encode(payload)
		g.answer = func(a *Ack) { w.submissionAnswered(v, a) }
		w.launch(g, uuid())
	})
	return g
}

// CloseView dismisses a form. The app is told only if the view has notify_on_close; otherwise the outcome is
// Impossible, although the form is closed.
func (w *Workspace) CloseView(person, viewID string) *Interaction {
	g := &Interaction{w: w, Kind: "view_closed", Person: person}
	w.change(func() {
		v := w.findView(func(v *View) bool { return v.ID == viewID && v.Person == person })
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

// fill returns the state of the inputs, or the reason why Slack's client would not submit the form.
func (v *View) fill(values map[string]map[string]any) (answer, string) {
	state := answer{}
	for _, b := range v.fields["blocks"].([]any) {
		block := b.(map[string]any)
		if block["type"] != "input" {
			continue
		}
		e := block["element"].(map[string]any)
		id, action := asString(block["block_id"]), asString(e["action_id"])
		entry, filled, why := fillOne(e, values[id][action])
		if !filled && why == "" && block["optional"] != true {
			why = "it is required"
		}
		if why != "" {
			return nil, id + ": " + why
		}
		state[id] = answer{action: entry}
	}
	return state, ""
}

func fillOne(e map[string]any, given any) (entry answer, filled bool, why string) {
	entry = answer{"type": e["type"]}
	switch e["type"] {
	case "static_select", "radio_buttons":
		entry["selected_option"] = e["initial_option"]
		if value, ok := given.(string); ok {
			option := optionOf(e, value)
			if option == nil {
				return nil, false, "no such option"
			}
			entry["selected_option"] = option
		}
		return entry, entry["selected_option"] != nil, ""
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		entry["value"] = e["initial_value"]
		if text, ok := given.(string); ok && text != "" {
			entry["value"] = text
		}
		text, _ := entry["value"].(string)
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
	for name, value := range fields {
		entry[name] = value
	}
	return entry, len(fields) > 0, ""
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

package slackfake

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// minQuery is how many characters a person types before Slack asks the app for options, unless the menu says otherwise:
// docs.slack.dev/reference/block-kit/block-elements/select-menu-element.
const minQuery = 3

// maxOptions is how many options, or groups of options, an answer may hold:
// docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.
const maxOptions = 100

// Option is a choice of a menu as people see it.
type Option struct {
	Text, Description string
	Value             string
	Group             string // the label of its group; "" = it is in none
}

// Suggest lets person type into a menu with an external data source (external_select) of a form that person has open.
// What the app offers can be read from Options, and chosen in Submit. The outcome is Impossible if the form has no such
// menu, or if typed is shorter than the menu's min_query_length.
func (w *Workspace) Suggest(person, viewID, blockID, actionID, typed string) *Interaction {
	g := &Interaction{w: w, Kind: "block_suggestion", Person: person, Text: typed}
	w.change(func() {
		v := w.openFor(person, viewID)
		if v == nil {
			g.impossible("no such form is open")
			return
		}
		menu := v.element(blockID, actionID)
		if menu == nil || menu["type"] != "external_select" {
			g.impossible("the form has no such menu")
			return
		}
		least, given := menu["min_query_length"].(float64)
		if !given {
			least = minQuery
		}
		if float64(utf8.RuneCountInString(typed)) < least {
			g.impossible("too little was typed for Slack to ask the app")
			return
		}
		p := w.people[person]
		team := p.Team
		if w.cfg.Enterprise != "" && w.home(p) {
			team = w.cfg.Enterprise // may be an E… id on Enterprise Grid: docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
		}
		state, _ := w.fill(v, nil)
		o := w.interaction(g.Kind, person, team)
		o["block_id"], o["action_id"], o["value"] = blockID, actionID, typed
		o["container"] = answer{"type": "view", "view_id": v.ID}
		o["view"] = w.viewObject(v, state)
		g.Payload = encode(o)
		g.answer = func(a *Ack) { suggestionAnswered(g, v, [2]string{blockID, actionID}, a) }
		w.launch(g, uuid())
	})
	return g
}

// Options returns what the app has offered in answer to Suggest; nil if there is no usable answer.
func (g *Interaction) Options() []Option {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	return slices.Clone(g.offered)
}

var (
	offeredOptions = list(0, maxOptions, object(shape{"text": plainText(75), "value": str(1, 75), "description?": plainText(75)}))
	offer          = both(object(shape{"options?": offeredOptions,
		"option_groups?": list(0, maxOptions, object(shape{"label": plainText(75), "options": offeredOptions}))}),
		oneOf("options", "option_groups"))
)

// suggestionAnswered shows the options in an ack to the person, and keeps them as values that can be chosen.
func suggestionAnswered(g *Interaction, v *View, menu [2]string, a *Ack) {
	var o map[string]any
	if a.Problem != "" {
		return
	}
	if a.Payload == nil || json.Unmarshal(a.Payload, &o) != nil {
		a.Problem = "no options"
		return
	}
	if problems := inspect(offer, "", o); len(problems) > 0 {
		a.Problem = "invalid options: " + problems[0]
		return
	}
	g.offered = []Option{}
	if v.offered == nil {
		v.offered = map[[2]string][]any{}
	}
	v.offered[menu] = append(v.offered[menu], optionsOf(o)...)
	show := func(options any, group string) {
		list, _ := options.([]any)
		for _, one := range list {
			one := one.(map[string]any)
			text, _ := one["text"].(map[string]any)
			description, _ := one["description"].(map[string]any)
			g.offered = append(g.offered, Option{Text: asString(text["text"]), Description: asString(description["text"]),
				Value: asString(one["value"]), Group: group})
		}
	}
	show(o["options"], "")
	groups, _ := o["option_groups"].([]any)
	for _, group := range groups {
		group := group.(map[string]any)
		label, _ := group["label"].(map[string]any)
		show(group["options"], asString(label["text"]))
	}
}

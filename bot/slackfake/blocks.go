package slackfake

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// The grammar of Block Kit: which blocks a surface accepts, which elements a block accepts, and every limit
// (docs.slack.dev/reference/block-kit; where that is silent, the types of Slack's SDKs). "?" marks an optional
// field; a field that is not named is refused.

var (
	messageBlocks = list(0, 50, union(blockShapes("section", "divider", "image", "actions", "context", "header",
		"rich_text", "markdown", "table")))
	viewBlocks = list(1, 100, union(blockShapes("section", "divider", "image", "actions", "context", "header",
		"rich_text", "input")))
)

func blockShapes(names ...string) map[string]check {
	chosen := map[string]check{}
	for _, name := range names {
		fields := blocks[name]
		fields["block_id?"] = both(str(1, 255), uniqueBlock)
		chosen[name] = both(object(fields), blockRules[name], uniqueActions)
	}
	return chosen
}

var blocks = map[string]shape{
	"header":  {"text": plainText(150)},
	"divider": {},
	"section": {"text?": anyText(3000), "fields?": list(1, 10, anyText(2000)), "expand?": boolean, "accessory?": elements(
		"button", "overflow", "image", "static_select", "external_select", "users_select", "conversations_select",
		"channels_select", "multi_static_select", "multi_users_select", "datepicker", "timepicker", "checkboxes", "radio_buttons")},
	"context": {"elements": list(1, 10, union(map[string]check{
		"plain_text": plainText(3000), "mrkdwn": anyText(3000), "image": object(imageFields)}))},
	"actions": {"elements": list(1, 25, elements("button", "overflow", "static_select", "external_select", "users_select",
		"conversations_select", "channels_select", "datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons"))},
	"image": {"image_url?": address, "slack_file?": anything, "alt_text": str(1, 2000), "title?": plainText(2000)},
	"input": {"label": plainText(2000), "hint?": plainText(2000), "optional?": boolean, "dispatch_action?": boolean, "element": elements(
		"plain_text_input", "email_text_input", "url_text_input", "number_input", "static_select", "external_select",
		"users_select", "conversations_select", "channels_select", "multi_static_select", "multi_users_select",
		"datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons")},
	"markdown":  {"text": str(1, 12_000)},
	"rich_text": {"elements": list(1, 1000, anything)},
	"table":     {"rows": list(1, 100, list(1, 20, anything)), "column_settings?": list(0, 20, anything)},
}

var blockRules = map[string]check{
	"section": anyOf("text", "fields"),
	"image":   oneOf("image_url", "slack_file"),
}

var imageFields = shape{"image_url?": address, "slack_file?": anything, "alt_text": str(1, 2000)}

func elements(names ...string) check {
	chosen := map[string]check{}
	for _, name := range names {
		fields := interactive[name]
		if name == "image" {
			fields = imageFields
		} else {
			fields["action_id?"] = str(1, 255)
		}
		chosen[name] = both(object(fields), elementRules[name])
	}
	return union(chosen)
}

var interactive = map[string]shape{
	"button": {"text": plainText(75), "value?": str(0, 2000), "url?": address, "style?": word("primary", "danger"),
		"confirm?": dialog, "accessibility_label?": str(1, 75)},
	"overflow": {"options": list(1, 5, option(false)), "confirm?": dialog},
	"static_select": {"placeholder?": plainText(150), "options?": list(1, 100, option(false)), "option_groups?": groups,
		"initial_option?": option(false), "confirm?": dialog, "focus_on_load?": boolean},
	"multi_static_select": {"placeholder?": plainText(150), "options?": list(1, 100, option(false)), "option_groups?": groups,
		"initial_options?": list(1, 100, option(false)), "max_selected_items?": number, "confirm?": dialog, "focus_on_load?": boolean},
	"external_select": {"placeholder?": plainText(150), "initial_option?": option(false), "min_query_length?": number,
		"confirm?": dialog, "focus_on_load?": boolean},
	"users_select": {"placeholder?": plainText(150), "initial_user?": str(1, 255), "confirm?": dialog, "focus_on_load?": boolean},
	"multi_users_select": {"placeholder?": plainText(150), "initial_users?": list(1, 100, str(1, 255)),
		"max_selected_items?": number, "confirm?": dialog, "focus_on_load?": boolean},
	"conversations_select": {"placeholder?": plainText(150), "initial_conversation?": str(1, 255), "filter?": filter,
		"default_to_current_conversation?": boolean, "response_url_enabled?": boolean, "confirm?": dialog, "focus_on_load?": boolean},
	"channels_select": {"placeholder?": plainText(150), "initial_channel?": str(1, 255), "response_url_enabled?": boolean,
		"confirm?": dialog, "focus_on_load?": boolean},
	"checkboxes": {"options": list(1, 10, option(true)), "initial_options?": list(1, 10, option(true)),
		"confirm?": dialog, "focus_on_load?": boolean},
	"radio_buttons": {"options": list(1, 10, option(true)), "initial_option?": option(true), "confirm?": dialog, "focus_on_load?": boolean},
	"datepicker":    {"placeholder?": plainText(150), "initial_date?": str(10, 10), "confirm?": dialog, "focus_on_load?": boolean},
	"timepicker": {"placeholder?": plainText(150), "initial_time?": str(5, 5), "timezone?": str(1, 255), "confirm?": dialog,
		"focus_on_load?": boolean},
	"datetimepicker": {"initial_date_time?": number, "confirm?": dialog, "focus_on_load?": boolean},
	"plain_text_input": {"placeholder?": plainText(150), "initial_value?": str(0, 3000), "multiline?": boolean,
		"min_length?": between(0, 3000), "max_length?": between(1, 3000), "dispatch_action_config?": anything, "focus_on_load?": boolean},
	"email_text_input": {"placeholder?": plainText(150), "initial_value?": str(0, 3000), "dispatch_action_config?": anything, "focus_on_load?": boolean},
	"url_text_input":   {"placeholder?": plainText(150), "initial_value?": str(0, 3000), "dispatch_action_config?": anything, "focus_on_load?": boolean},
	"number_input": {"placeholder?": plainText(150), "is_decimal_allowed": boolean, "initial_value?": str(0, 3000),
		"min_value?": str(1, 40), "max_value?": str(1, 40), "dispatch_action_config?": anything, "focus_on_load?": boolean},
}

var elementRules = map[string]check{
	"image":               oneOf("image_url", "slack_file"),
	"static_select":       both(oneOf("options", "option_groups"), initialIsOption),
	"multi_static_select": oneOf("options", "option_groups"),
	"radio_buttons":       initialIsOption,
}

var (
	dialog = object(shape{"title": plainText(100), "text": anyText(300), "confirm": plainText(30), "deny": plainText(30),
		"style?": word("primary", "danger")})
	// filter narrows a menu of conversations; each field is optional, but one must be there:
	// docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object.
	filter = both(object(shape{"include?": list(1, 4, word("im", "mpim", "private", "public")),
		"exclude_external_shared_channels?": boolean, "exclude_bot_users?": boolean}), notEmpty)
	groups = list(1, 100, object(shape{"label": plainText(75), "options": list(1, 100, option(false))}))
)

// option is one choice of a menu. The texts of rich ones (checkboxes, radio buttons) may be mrkdwn.
func option(rich bool) check {
	text := plainText
	if rich {
		text = anyText
	}
	return object(shape{"text": text(75), "value": str(1, 150), "description?": text(75), "url?": address})
}

// viewShape is a modal. Whether it needs a submit button depends on its blocks; submitForInput checks that.
var viewShape = both(object(shape{
	"title": plainText(24), "submit?": plainText(24), "close?": plainText(24), "blocks": viewBlocks,
	"private_metadata?": str(0, 3000), "callback_id?": str(0, 255), "external_id?": str(0, 255),
	"clear_on_close?": boolean, "notify_on_close?": boolean, "submit_disabled?": boolean,
}), submitForInput)

func submitForInput(in *inspector, at string, v any) {
	view, _ := v.(map[string]any)
	blocks, _ := view["blocks"].([]any)
	input := slices.ContainsFunc(blocks, func(b any) bool { m, _ := b.(map[string]any); return m["type"] == "input" })
	if input && view["submit"] == nil {
		in.report(at+"/submit", "a submit is required when an input is within blocks")
	}
}

func initialIsOption(in *inspector, at string, v any) {
	element := v.(map[string]any)
	initial := element["initial_option"]
	if initial == nil {
		return
	}
	for _, o := range optionsOf(element) {
		if reflect.DeepEqual(o, initial) {
			return
		}
	}
	in.report(at+"/initial_option", "must be one of the options")
}

// optionsOf returns the choices of a menu, with its groups flattened.
func optionsOf(element map[string]any) []any {
	options, _ := element["options"].([]any)
	groups, _ := element["option_groups"].([]any)
	for _, g := range groups {
		g, _ := g.(map[string]any)
		more, _ := g["options"].([]any)
		options = append(options, more...)
	}
	return options
}

func notEmpty(in *inspector, at string, v any) {
	if len(v.(map[string]any)) == 0 {
		in.report(at, "must have at least one field")
	}
}

func uniqueBlock(in *inspector, at string, v any) {
	id, _ := v.(string)
	if in.blockIDs[id] {
		in.report(at, fmt.Sprintf("block_id `%s` already exists", id))
	}
	in.blockIDs[id] = true
}

func uniqueActions(in *inspector, at string, v any) {
	seen := map[string]bool{}
	for _, e := range elementsOf(v.(map[string]any)) {
		id, _ := e["action_id"].(string)
		if id != "" && seen[id] {
			in.report(at+"/action_id", fmt.Sprintf("action_id `%s` already exists in this block", id))
		}
		seen[id] = true
	}
}

// elementsOf returns the interactive elements of a block.
func elementsOf(block map[string]any) []map[string]any {
	var list []map[string]any
	candidates := []any{block["accessory"], block["element"]}
	if block["type"] == "actions" {
		more, _ := block["elements"].([]any)
		candidates = append(candidates, more...)
	}
	for _, c := range candidates {
		if e, ok := c.(map[string]any); ok && e["type"] != "image" {
			list = append(list, e)
		}
	}
	return list
}

// readBlocks checks blocks against the grammar and fills in missing ids. It returns an error if raw is not a list, and
// problems in Slack's wording if the list breaks a rule. An empty list gives nil.
func readBlocks(raw string, grammar check, at string) (json.RawMessage, []string, error) {
	var list []any
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return nil, nil, err
	}
	if problems := inspect(grammar, at, list); len(problems) > 0 || len(list) == 0 {
		return nil, problems, nil
	}
	addIDs(list)
	return encode(list), nil, nil
}

// addIDs generates the block and action ids that the app left out, as Slack does.
func addIDs(list []any) {
	for _, b := range list {
		block := b.(map[string]any)
		if block["block_id"] == nil {
			block["block_id"] = secret(3)
		}
		for _, e := range elementsOf(block) {
			if e["action_id"] == nil {
				e["action_id"] = secret(3)
			}
		}
	}
}

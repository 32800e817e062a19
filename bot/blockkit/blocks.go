package blockkit

import (
	"fmt"
	"reflect"
)

func (d *drawing) blocks(of object) {
	d.open("div", "class", "bk-blocks")
	d.each(of, "blocks", d.block)
	d.end("div")
}

func (d *drawing) block(b object) {
	switch kind := b.str("type"); kind {
	case "header":
		d.open("h3", "class", "bk-header")
		d.textIn(b, "text")
		d.end("h3")
	case "section":
		d.section(b)
	case "context":
		d.open("div", "class", "bk-context")
		d.each(b, "elements", d.contextElement)
		d.end("div")
	case "actions":
		d.open("div", "class", "bk-actions")
		d.each(b, "elements", func(e object) { d.interactive(b, e) })
		d.end("div")
	case "divider":
		d.open("hr")
	case "input":
		d.input(b)
	case "image":
		d.image(b)
	default:
		d.notice(fmt.Sprintf("Not drawn: a block of the type %q", kind))
	}
}

func (d *drawing) section(b object) {
	d.open("div", "class", "bk-section")
	d.open("div", "class", "bk-body")
	if b["text"] != nil {
		d.open("div", "class", "bk-text")
		d.textIn(b, "text")
		d.end("div")
	}
	if b["fields"] != nil {
		d.open("div", "class", "bk-fields")
		d.each(b, "fields", d.contextElement)
		d.end("div")
	}
	d.end("div")
	if b["accessory"] != nil {
		d.open("div", "class", "bk-accessory")
		d.interactive(b, b.object("accessory"))
		d.end("div")
	}
	d.end("div")
}

// contextElement draws a text with a box of its own, or an image.
func (d *drawing) contextElement(e object) {
	if e.str("type") == "image" {
		d.image(e)
		return
	}
	d.open("div", "class", "bk-text")
	d.textObject(e)
	d.end("div")
}

// image stands for a picture, which is not loaded.
func (d *drawing) image(e object) {
	d.open("div", "class", "bk-image")
	if e["title"] != nil {
		d.textIn(e, "title")
		d.text(" · ")
	}
	d.text("Image: " + e.str("alt_text"))
	d.end("div")
}

func (d *drawing) input(b object) {
	d.open("div", "class", "bk-input")
	d.open("div", "class", "bk-label")
	d.textIn(b, "label")
	if b.flag("optional") {
		d.element("span", "bk-optional", " (optional)")
	}
	d.end("div")
	d.interactive(b, b.object("element"))
	if text := d.errors[b.str("block_id")]; text != "" {
		d.element("div", "bk-error", text)
	}
	if b["hint"] != nil {
		d.open("div", "class", "bk-hint")
		d.textIn(b, "hint")
		d.end("div")
	}
	d.end("div")
}

// menus are elements that look like a closed menu until somebody opens them, with what Slack writes
// in one without a placeholder.
var menus = map[string]string{
	"external_select": "Choose an option", "users_select": "Choose a user",
	"conversations_select": "Choose a conversation", "channels_select": "Choose a channel",
	"multi_static_select": "Choose options", "multi_external_select": "Choose options", "multi_users_select": "Choose users",
	"datepicker": "Choose a date", "timepicker": "Choose a time",
}

// interactive draws the element e of block b.
func (d *drawing) interactive(b, e object) {
	action := []string{"data-block", b.str("block_id"), "data-action", e.str("action_id")}
	placeholder := d.words(e, "placeholder")
	label := d.words(b, "label")
	switch kind := e.str("type"); kind {
	case "button":
		d.button(e, action)
	case "image":
		d.image(e)
	case "plain_text_input", "email_text_input", "url_text_input", "number_input":
		attrs := append(action, "class", "bk-field", "placeholder", placeholder, "aria-label", label, "maxlength", number(e["max_length"]))
		if e.flag("multiline") {
			d.open("textarea", append(attrs, "rows", "4")...)
			d.text("\n" + e.str("initial_value")) // the parser drops the first newline
			d.end("textarea")
		} else {
			d.open("input", append(attrs, "type", "text", "value", e.str("initial_value"))...)
		}
	case "static_select":
		d.menu(e, append(action, "class", "bk-field bk-menu", "aria-label", label), placeholder)
	case "checkboxes", "radio_buttons":
		d.choices(e, action)
	default:
		otherwise, known := menus[kind]
		if !known {
			d.notice(fmt.Sprintf("Not drawn: an element of the type %q", kind))
			return
		}
		if placeholder == "" {
			placeholder = otherwise
		}
		d.open("input", append(action, "class", "bk-field bk-menu", "type", "text", "role", "combobox", "aria-label", label,
			"placeholder", placeholder, "value", d.words(e.object("initial_option"), "text"))...)
	}
	d.dialog(e)
}

// button draws a button, or a link if it leads somewhere. Slack shows about 30 characters of its
// label and cuts the rest (docs.slack.dev/reference/block-kit/block-elements/button-element), and so
// does the style sheet.
func (d *drawing) button(e object, action []string) {
	attrs := append(action, "class", buttonClass(e.str("style")), "data-value", e.str("value"), "aria-label", e.str("accessibility_label"))
	tag, url := "button", address(e.str("url"))
	if url != "" {
		tag = "a"
		attrs = append(attrs, "href", url, "target", "_blank", "rel", "noopener noreferrer nofollow")
	} else {
		attrs = append(attrs, "type", "button")
	}
	d.open(tag, attrs...)
	d.textIn(e, "text")
	d.end(tag)
}

func buttonClass(style string) string {
	switch style {
	case "primary", "danger":
		return "bk-button bk-" + style
	}
	return "bk-button"
}

// dialog draws what asks again before the press of e counts.
func (d *drawing) dialog(e object) {
	confirm := e.object("confirm")
	if e["confirm"] == nil {
		return
	}
	open := ""
	if d.Dialogs {
		open = "open"
	}
	d.open("dialog", "class", "bk-dialog", "open", open)
	d.open("div", "class", "bk-title")
	d.open("h2")
	d.textIn(confirm, "title")
	d.end("h2")
	d.element("span", "bk-x", "×")
	d.end("div")
	d.open("div", "class", "bk-text")
	d.textIn(confirm, "text")
	d.end("div")
	d.open("div", "class", "bk-foot")
	d.answer("deny", "button", "", confirm, "deny", "Cancel")
	style := confirm.str("style")
	if style == "" {
		style = "primary" // what Slack draws without a style
	}
	d.answer("confirm", "button", style, confirm, "confirm", "Yes")
	d.end("div")
	d.end("dialog")
}

func (d *drawing) menu(e object, attrs []string, placeholder string) {
	initial := e.object("initial_option")
	d.open("select", attrs...)
	if initial == nil {
		if placeholder == "" {
			placeholder = "Choose an option"
		}
		d.open("option", "hidden", "hidden", "selected", "selected")
		d.text(placeholder)
		d.end("option")
	}
	option := func(o object) { d.option(o, initial) }
	d.each(e, "options", option)
	d.each(e, "option_groups", func(g object) {
		d.open("optgroup", "label", d.words(g, "label"))
		d.each(g, "options", option)
		d.end("optgroup")
	})
	d.end("select")
}

func (d *drawing) option(o, initial object) {
	selected := ""
	if initial != nil && reflect.DeepEqual(o, initial) {
		selected = "selected"
	}
	d.open("option", "data-value", o.str("value"), "selected", selected)
	d.text(d.words(o, "text"))
	if description := d.words(o, "description"); description != "" {
		d.text(" · " + description)
	}
	d.end("option")
}

func (d *drawing) choices(e object, action []string) {
	kind := "checkbox"
	initial := e.list("initial_options")
	if e.str("type") == "radio_buttons" {
		kind, initial = "radio", []object{e.object("initial_option")}
	}
	d.open("div", "class", "bk-choices")
	d.each(e, "options", func(o object) {
		checked := ""
		for _, i := range initial {
			if reflect.DeepEqual(o, i) {
				checked = "checked"
			}
		}
		d.open("label")
		d.open("input", append(action, "type", kind, "data-value", o.str("value"), "checked", checked)...)
		d.open("span")
		d.textIn(o, "text")
		if o["description"] != nil {
			d.open("span", "class", "bk-hint")
			d.textIn(o, "description")
			d.end("span")
		}
		d.end("span")
		d.end("label")
	})
	d.end("div")
}

// number writes a whole number as JSON has it, and "" for anything else.
func number(v any) string {
	n, ok := v.(float64)
	if !ok || n != float64(int32(n)) || n < 0 {
		return ""
	}
	return fmt.Sprint(int32(n))
}

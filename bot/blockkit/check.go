package blockkit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Check returns what Slack would refuse or cut in a message, a list of blocks or a view, each error
// with the place as a JSON pointer and the page that says so. It checks the limits and what a field
// must hold; blocks and elements that Draw cannot draw are reported as not checked. It does not
// replace Slack's own blocks.validate, which knows more rules.
func Check(json []byte) []error {
	top, err := read(json)
	if err != nil {
		return []error{err}
	}
	c := &checking{blockIDs: map[string]bool{}}
	kind := top.str("type")
	switch {
	case kind != "modal" && kind != "home":
		kind = "message"
	case len(json) > maxView:
		c.report("", "%d bytes, Slack takes %d (https://docs.slack.dev/reference/methods/views.open)", len(json), maxView)
	}
	c.limits("", top, kind)
	if kind == "message" && len(top.list("blocks")) == 0 && top.str("text") == "" {
		c.report("", "has neither text nor blocks (%s)", messagePage)
	}
	c.each("", top, "blocks", c.block)
	if kind == "modal" && top["submit"] == nil && slices.ContainsFunc(top.list("blocks"), func(b object) bool { return b.str("type") == "input" }) {
		c.report("/submit", "is needed where a block is an input (%s)", modalPage)
	}
	return c.errors
}

type checking struct {
	errors   []error
	blockIDs map[string]bool
}

func (c *checking) report(at, format string, args ...any) {
	if at == "" {
		at = "/"
	}
	c.errors = append(c.errors, fmt.Errorf("%s: %w", at, fmt.Errorf(format, args...)))
}

func (c *checking) each(at string, o object, name string, check func(at string, o object)) {
	for i, one := range o.list(name) {
		check(fmt.Sprintf("%s/%s/%d", at, name, i), one)
	}
}

func (c *checking) block(at string, b object) {
	kind := b.str("type")
	c.limits(at, b, "block", kind)
	if id := b.str("block_id"); id != "" {
		if c.blockIDs[id] {
			c.report(at+"/block_id", "%q is the id of another block (%s)", id, blocksPage)
		}
		c.blockIDs[id] = true
	}
	actions := map[string]bool{}
	element := func(at string, e object) { c.element(at, kind, e, actions) }
	switch kind {
	case "header", "divider", "image":
	case "section":
		if b["text"] == nil && b["fields"] == nil {
			c.report(at, "needs text or fields (%s/section-block)", blocksPage)
		}
		c.each(at, b, "fields", func(at string, o object) { c.text(at, o, "field") })
		if b["accessory"] != nil {
			element(at+"/accessory", b.object("accessory"))
		}
	case "context":
		c.each(at, b, "elements", func(at string, o object) {
			if o.str("type") == "image" {
				c.limits(at, o, "image")
			} else {
				c.text(at, o, "text")
			}
		})
	case "actions":
		c.each(at, b, "elements", element)
	case "input":
		element(at+"/element", b.object("element"))
	default:
		c.report(at+"/type", "a block of the type %q is not checked", kind)
	}
}

// element checks an element of a block of the type in. actions are the block's action ids so far.
func (c *checking) element(at, in string, e object, actions map[string]bool) {
	kind := e.str("type")
	if !places[in][kind] {
		c.report(at+"/type", "an element of the type %q in a block of the type %q is not checked", kind, in)
		return
	}
	c.limits(at, e, "element", kind)
	if id := e.str("action_id"); id != "" {
		if actions[id] {
			c.report(at+"/action_id", "%q is the id of another element of this block (%s)", id, elementsPage)
		}
		actions[id] = true
	}
	if url, ok := e["url"].(string); ok && address(url) == "" {
		c.report(at+"/url", "%q is no address (%s/button-element)", url, elementsPage)
	}
	c.style(at, e, elementsPage+"/button-element")
	if strings.HasSuffix(kind, "static_select") && (e["options"] == nil) == (e["option_groups"] == nil) {
		c.report(at, "needs either options or option_groups (%s)", selectPage)
	}
	if initial := e.object("initial_option"); initial != nil {
		c.limits(at+"/initial_option", initial, "option")
		if kind != "external_select" && !slices.ContainsFunc(allOptions(e), func(o object) bool { return reflect.DeepEqual(o, initial) }) {
			c.report(at+"/initial_option", "is none of the options (%s)", selectPage)
		}
	}
	if filter, ok := e["filter"].(map[string]any); ok && len(filter) == 0 {
		c.report(at+"/filter", "needs a field (%s/conversation-filter-object)", objectsPage)
	}
	rich := kind == "checkboxes" || kind == "radio_buttons"
	c.options(at, e, rich)
	c.each(at, e, "option_groups", func(at string, g object) {
		c.limits(at, g, "group")
		c.options(at, g, rich)
	})
	if e["confirm"] != nil {
		confirm := e.object("confirm")
		c.limits(at+"/confirm", confirm, "confirm")
		c.style(at+"/confirm", confirm, objectsPage+"/confirmation-dialog-object")
	}
}

// allOptions returns the options of a menu, those of its groups too.
func allOptions(e object) []object {
	all := e.list("options")
	for _, g := range e.list("option_groups") {
		all = append(all, g.list("options")...)
	}
	return all
}

// options checks the options of o. Only rich ones may hold mrkdwn.
func (c *checking) options(at string, o object, rich bool) {
	c.each(at, o, "options", func(at string, o object) {
		c.limits(at, o, "option")
		if !rich && (o.object("text").str("type") == "mrkdwn" || o.object("description").str("type") == "mrkdwn") {
			c.report(at, "holds mrkdwn, which only checkboxes and radio buttons take (%s/option-object)", objectsPage)
		}
	})
}

func (c *checking) style(at string, o object, from string) {
	if style := o.str("style"); o["style"] != nil && style != "primary" && style != "danger" {
		c.report(at+"/style", "%v is neither primary nor danger (%s)", o["style"], from)
	}
}

// limits applies the table's rows for the kinds to o.
func (c *checking) limits(at string, o object, kinds ...string) {
	for _, l := range limits {
		if slices.Contains(kinds, l.of) {
			c.limit(at+"/"+l.field, o, l)
		}
	}
}

func (c *checking) limit(at string, o object, l limit) {
	v := o[l.field]
	if v == nil {
		if l.need {
			c.report(at, "is missing (%s)", l.from)
		}
		return
	}
	ok, n, unit := false, 0, "characters"
	switch l.is {
	case chars:
		var s string
		s, ok = v.(string)
		n = utf8.RuneCountInString(s)
	case plain, anyText:
		t := o.object(l.field)
		ok = t.str("type") == "plain_text" || t.str("type") == "mrkdwn" && l.is == anyText
		n = utf8.RuneCountInString(t.str("text"))
		if ok && n == 0 {
			c.report(at, "has no text (%s/text-object)", objectsPage)
		}
	case listOf:
		var list []any
		list, ok = v.([]any)
		n, unit = len(list), "items"
	case whole:
		var f float64
		f, ok = v.(float64)
		ok = ok && f >= 0 && f == float64(int32(f))
		n, unit = int(int32(f)), "as its number"
	}
	switch {
	case !ok:
		c.report(at, "is not %s (%s)", l.is, l.from)
	case n > l.most:
		c.report(at, "%d %s, Slack takes %d (%s)", n, unit, l.most, l.from)
	}
}

// text checks a text object on its own, as a field of a section or in a context.
func (c *checking) text(at string, t object, kind string) {
	if k := t.str("type"); k != "plain_text" && k != "mrkdwn" {
		c.report(at+"/type", "%q is not the type of a text (%s/text-object)", k, objectsPage)
		return
	}
	c.limits(at, t, kind)
}

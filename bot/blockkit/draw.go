package blockkit

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Message is a message, a modal or a Home tab.
type Message struct {
	// JSON is what chat.postMessage or views.open takes: an object with blocks, text or both; a
	// list of blocks; or a view.
	JSON []byte
	// From is the name of the app that posted the message. Without it the blocks are drawn alone,
	// with no avatar, name or time. In a modal it names nothing.
	From      string
	At        time.Time // when it was posted; the zero time is not drawn
	Ephemeral bool      // only one person sees it
	// Errors are what is wrong with the inputs of a modal, by block_id: the errors of an
	// acknowledgement whose response_action is errors (docs.slack.dev/surfaces/modals).
	Errors map[string]string
}

// Options are how the reader sees it. The zero value works.
type Options struct {
	// Name returns the name of a person (U…, W…), a channel (C…, G…, D…) or a user group (S…),
	// without @ or #. It may be nil. Where it returns "", the label inside the mention or the id is
	// drawn.
	Name func(id string) string

	Zone *time.Location // the reader's; UTC if nil
	Now  time.Time      // decides what "today" is; the current time if zero

	Theme Theme

	// Dialogs draws the confirmation dialog of each button as an open panel below the buttons.
	// Otherwise it is a closed <dialog> after its button, for a script to open.
	Dialogs bool

	// Notification draws what a phone shows when the message arrives: the message's text, which
	// the client does not show otherwise if there are blocks.
	Notification bool
}

// Theme is light or dark. An empty Theme follows the browser, unless an element above the drawing
// has the class bk-light or bk-dark.
type Theme string

const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

//go:embed style.css
var style string

// Style returns the style sheet that Draw's HTML needs, once for each page.
func Style() string { return style }

// Draw writes m as one HTML element. It returns an error if the JSON does not parse or w fails; a
// block that it does not know is drawn as a notice and is not an error.
//
// For scripts, each interactive element has the attributes data-block, data-action and data-value,
// and the two buttons of a dialog or a modal have data-answer (confirm, deny, submit, close).
func Draw(w io.Writer, m Message, o Options) error {
	top, err := read(m.JSON)
	if err != nil {
		return err
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	d := &drawing{Options: o, errors: m.Errors}
	switch top.str("type") {
	case "modal":
		d.modal(top)
	case "home":
		d.begin("div", "bk bk-home", "")
		d.blocks(top)
		d.end("div")
	default:
		d.message(m, top)
	}
	_, err = io.WriteString(w, d.String())
	return err
}

// read parses raw. A list of blocks becomes a message of these blocks.
func read(raw []byte) (object, error) {
	var v any
	if err := json.Unmarshal(bytes.TrimSpace(raw), &v); err != nil {
		return nil, fmt.Errorf("blockkit: %w", err)
	}
	switch v := v.(type) {
	case []any:
		return object{"blocks": v}, nil
	case map[string]any:
		return v, nil
	}
	return nil, errors.New("blockkit: want a message, a list of blocks or a view")
}

// drawing is one call of Draw.
type drawing struct {
	markup
	Options
	errors map[string]string // as in Message
}

// begin opens the outermost element.
func (d *drawing) begin(tag, class, label string, attrs ...string) {
	if d.Theme == Light || d.Theme == Dark {
		class += " bk-" + string(d.Theme)
	}
	d.open(tag, append([]string{"class", class, "aria-label", label}, attrs...)...)
}

func (d *drawing) message(m Message, top object) {
	text := top.str("text")
	d.begin("article", "bk bk-message", d.plain(text))
	if d.Notification {
		d.notification(m, text)
	}
	if m.Ephemeral || top.str("response_type") == "ephemeral" {
		d.element("div", "bk-only-you", "Only visible to you")
	}
	if m.From != "" {
		d.open("div", "class", "bk-avatar", "aria-hidden", "true")
		d.end("div")
	}
	d.open("div", "class", "bk-content")
	if m.From != "" {
		d.open("div", "class", "bk-author")
		d.element("b", "bk-name", m.From)
		d.element("span", "bk-app", "APP")
		if !m.At.IsZero() {
			d.element("time", "bk-time", m.At.In(d.Zone).Format("3:04 PM"))
		}
		d.end("div")
	}
	blocks, isList := top["blocks"].([]any)
	switch {
	case len(blocks) > 0 || top["blocks"] != nil && !isList:
		d.blocks(top)
	case text != "":
		d.open("div", "class", "bk-text")
		d.mrkdwn(text, false)
		d.end("div")
	default:
		d.notice("An empty message")
	}
	if top["attachments"] != nil {
		d.notice("Not drawn: attachments")
	}
	d.end("div")
	d.end("article")
}

// notification is how a phone announces the message. Phones show the text; the desktop client
// takes its words from the blocks first (docs.slack.dev/changelog/2026/07/13/notification-changes).
func (d *drawing) notification(m Message, text string) {
	d.open("div", "class", "bk-notification")
	if m.From != "" {
		d.element("b", "", m.From)
	}
	if text == "" {
		d.notice("No text: a phone announces it without words")
	} else {
		d.element("span", "", d.plain(text))
	}
	d.end("div")
}

func (d *drawing) modal(view object) {
	// A form with the method "dialog" outside a dialog goes nowhere, so a page without a script
	// stays where it is.
	d.begin("form", "bk bk-modal", "", "method", "dialog", "data-callback", view.str("callback_id"),
		"data-metadata", view.str("private_metadata"))
	d.open("div", "class", "bk-title")
	d.open("span", "class", "bk-avatar", "aria-hidden", "true")
	d.end("span")
	d.open("h2")
	d.textIn(view, "title")
	d.end("h2")
	d.element("span", "bk-x", "×")
	d.end("div")
	d.open("div", "class", "bk-content")
	d.blocks(view)
	d.end("div")
	d.open("div", "class", "bk-foot")
	d.answer("close", "button", "", view, "close", "Cancel")
	if view["submit"] != nil {
		d.answer("submit", "submit", "primary", view, "submit", "")
	}
	d.end("div")
	d.end("form")
}

// answer draws a button of a modal or a dialog, whose label is a field of o.
func (d *drawing) answer(answer, kind, style string, o object, label, otherwise string) {
	d.open("button", "type", kind, "class", buttonClass(style), "data-answer", answer)
	if o[label] == nil {
		d.text(otherwise)
	}
	d.textIn(o, label)
	d.end("button")
}

// each draws the objects of a list in o. What is there and no list is drawn as a notice, and so is
// by draw what is no object in the list.
func (d *drawing) each(o object, name string, draw func(object)) {
	list, ok := o[name].([]any)
	if !ok && o[name] != nil {
		d.notice("Not drawn: " + name + " that are no list")
	}
	for _, one := range list {
		m, _ := one.(map[string]any)
		draw(m)
	}
}

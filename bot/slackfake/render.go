package slackfake

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Plain returns the message as a person reads it: blocks as lines, mentions as @name, links as their label, buttons as
// [Approve], without formatting marks and with entities unescaped. The text is shown only if there are no blocks. A
// deleted message gives "".
func (m Message) Plain() string {
	if m.w == nil {
		return ""
	}
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	return m.w.plain(&m)
}

// Render returns m.Plain().
func Render(m Message) string { return m.Plain() }

func (w *Workspace) plain(m *Message) string {
	if m.Deleted {
		return ""
	}
	var lines []string
	if m.Blocks == nil && m.Text != "" {
		lines = append(lines, w.mrkdwn(m.Text))
	}
	lines = append(lines, w.renderBlocks(m.Blocks)...)
	var attachments []struct {
		Text     string
		Fallback string
		Blocks   json.RawMessage
	}
	_ = json.Unmarshal(m.Attachments, &attachments) // there are none, or they have been inspected already
	for _, a := range attachments {
		if text := cmp.Or(a.Text, a.Fallback); text != "" && a.Blocks == nil {
			lines = append(lines, w.mrkdwn(text))
		}
		lines = append(lines, w.renderBlocks(a.Blocks)...)
	}
	return strings.Join(lines, "\n")
}

func (w *Workspace) renderBlocks(raw json.RawMessage) []string {
	var list []map[string]any
	_ = json.Unmarshal(raw, &list) // there are none, or they have been inspected already
	var lines []string
	for _, b := range list {
		if line := w.renderBlock(b); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (w *Workspace) renderBlock(b map[string]any) string {
	switch b["type"] {
	case "divider":
		return "———"
	case "markdown":
		return b["text"].(string)
	case "header":
		return w.render(b["text"])
	case "section":
		parts := []any{b["text"]}
		fields, _ := b["fields"].([]any)
		return w.join("\n", append(append(parts, fields...), b["accessory"])...)
	case "input":
		return w.join("\n", b["label"], b["element"], b["hint"])
	case "image":
		return w.join("\n", b["title"], b["alt_text"])
	case "rich_text":
		return strings.TrimSuffix(w.richText(b["elements"]), "\n")
	case "table":
		rows, _ := b["rows"].([]any)
		var lines []string
		for _, row := range rows {
			cells, _ := row.([]any)
			lines = append(lines, w.join(" | ", cells...))
		}
		return strings.Join(lines, "\n")
	}
	elements, _ := b["elements"].([]any) // actions, context
	return w.join(" ", elements...)
}

func (w *Workspace) join(sep string, parts ...any) string {
	var texts []string
	for _, p := range parts {
		if t := w.render(p); t != "" {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, sep)
}

// render returns the visible text of one text object or element.
func (w *Workspace) render(v any) string {
	o, ok := v.(map[string]any)
	if !ok {
		text, _ := v.(string)
		return text
	}
	switch kind := o["type"]; kind {
	case "plain_text", "raw_text", "raw_number":
		text, _ := o["text"].(string)
		return text
	case "mrkdwn":
		text, _ := o["text"].(string)
		return w.mrkdwn(text)
	case "rich_text":
		return strings.TrimSuffix(w.richText(o["elements"]), "\n")
	case "image":
		return w.render(o["alt_text"])
	case "button":
		return "[" + w.render(o["text"]) + "]"
	case "overflow", "checkboxes", "radio_buttons":
		var texts []string
		for _, option := range optionsOf(o) {
			texts = append(texts, "["+w.render(option.(map[string]any)["text"])+"]")
		}
		return strings.Join(texts, " ")
	}
	return "[" + w.render(o["placeholder"]) + "]" // menus and inputs
}

// richText returns the text of rich text elements of any kind, one line per section.
func (w *Workspace) richText(v any) string {
	var b strings.Builder
	elements, _ := v.([]any)
	for _, e := range elements {
		o, _ := e.(map[string]any)
		switch o["type"] {
		case "user":
			b.WriteString("@" + w.nameOf(asString(o["user_id"])))
		case "usergroup":
			b.WriteString("@" + w.nameOf(asString(o["usergroup_id"])))
		case "broadcast":
			b.WriteString("@" + asString(o["range"]))
		case "link":
			b.WriteString(cmp.Or(asString(o["text"]), asString(o["url"])))
		case "text":
			b.WriteString(asString(o["text"]))
		default:
			if text := strings.TrimSuffix(w.richText(o["elements"]), "\n"); text != "" {
				b.WriteString(text + "\n")
			}
		}
	}
	return b.String()
}

func asString(v any) string {
	s, _ := v.(string)
	return s
}

var (
	special = regexp.MustCompile(`<([^<>]+)>`)
	marks   = []*regexp.Regexp{
		regexp.MustCompile("(^|[\\s([])```((?s:.+?))```"),
		regexp.MustCompile("(^|[^\\w`])`([^`\n]+)`"),
		regexp.MustCompile(`(^|[^\w*])\*([^*\s](?:[^*\n]*[^*\s])?)\*`),
		regexp.MustCompile(`(^|[^\w_])_([^_\s](?:[^_\n]*[^_\s])?)_\b`),
		regexp.MustCompile(`(^|[^\w~])~([^~\s](?:[^~\n]*[^~\s])?)~`),
	}
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// mrkdwn returns text as people read it: <…> resolved, formatting marks removed, entities unescaped.
func (w *Workspace) mrkdwn(text string) string {
	for _, m := range marks {
		text = m.ReplaceAllString(text, "$1$2")
	}
	text = special.ReplaceAllStringFunc(text, func(s string) string { return w.resolve(s[1 : len(s)-1]) })
	return entities.Replace(text)
}

// resolve returns what Slack displays for <s>.
func (w *Workspace) resolve(s string) string {
	target, label, labelled := strings.Cut(s, "|")
	switch {
	case strings.HasPrefix(target, "@"):
		return "@" + w.nameOf(target[1:])
	case strings.HasPrefix(target, "#"):
		return "#" + cmp.Or(label, w.nameOf(target[1:]))
	case strings.HasPrefix(target, "!subteam^"):
		return "@" + w.nameOf(strings.TrimPrefix(target, "!subteam^"))
	case target == "!here" || target == "!channel" || target == "!everyone":
		return "@" + target[1:]
	case labelled:
		return label
	}
	return target
}

// nameOf returns the name of the person, group or channel with that id, or the id itself.
func (w *Workspace) nameOf(id string) string {
	if p := w.people[id]; p != nil {
		return p.Name
	}
	if g := w.groups[id]; g != nil {
		return g.Handle
	}
	if r := w.rooms[id]; r != nil && r.Name != "" {
		return r.Name
	}
	return id
}

// Pings returns the ids of the people and groups that a message notifies, and "here", "channel" or "everyone".
func (m Message) Pings() []string {
	var list []string
	for _, text := range append(mrkdwnIn(m.Blocks), m.Text) {
		for _, s := range special.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(s[1], "|")
			id, ok := strings.CutPrefix(target, "@")
			if !ok {
				id, ok = strings.CutPrefix(target, "!subteam^")
			}
			if word := strings.TrimPrefix(target, "!"); word == "here" || word == "channel" || word == "everyone" {
				id, ok = word, true
			}
			if ok && !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
	}
	return list
}

// mrkdwnIn returns the texts in blocks in which Slack interprets mentions.
func mrkdwnIn(raw json.RawMessage) []string {
	var texts []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			if v["type"] == "mrkdwn" || v["type"] == "markdown" {
				texts = append(texts, asString(v["text"]))
				return
			}
			for _, name := range sortedKeys(v) {
				walk(v[name])
			}
		}
	}
	var v any
	_ = json.Unmarshal(raw, &v) // there are none, or they have been inspected already
	walk(v)
	return texts
}

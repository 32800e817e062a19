package slackfake

import (
	"regexp"
	"strings"
)

// wrapped matches what Slack rewrites in typed text if the manifest sets should_escape: names in mentions become ids, and
// URLs, domains and e-mail addresses are wrapped in <…>. In either case & < > are escaped.
var wrapped = regexp.MustCompile(
	`https?://[^\s<>|"]*[^\s<>|".,;:!?)]` +
		`|[\w.+-]+@[\w-]+(?:\.[\w-]+)+` + // e-mail
		`|[@#][\w.-]*\w` +
		`|\b(?:[\w-]+\.)+(?:com|net|org|io|dev|cloud|app|co|eu|de|uk)\b(?:/[^\s<>|"]*)?`)

func (w *Workspace) escape(text string) string {
	var b strings.Builder
	rest := text
	if w.cfg.NoEscape {
		return ampersands.Replace(text)
	}
	for {
		at := wrapped.FindStringIndex(rest)
		if at == nil {
			b.WriteString(ampersands.Replace(rest))
			return b.String()
		}
		b.WriteString(ampersands.Replace(rest[:at[0]]))
		b.WriteString(w.wrap(rest[at[0]:at[1]]))
		rest = rest[at[1]:]
	}
}

var ampersands = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (w *Workspace) wrap(s string) string {
	escaped := ampersands.Replace(s)
	switch {
	case strings.HasPrefix(s, "@"):
		return w.mention(s[1:])
	case strings.HasPrefix(s, "#"):
		for _, id := range sortedKeys(w.rooms) {
			if r := w.rooms[id]; r.Name == s[1:] {
				return "<#" + id + "|" + r.Name + ">"
			}
		}
		return escaped
	case strings.Contains(s, "@"):
		return "<mailto:" + escaped + "|" + escaped + ">"
	case strings.Contains(s, "://"):
		return "<" + escaped + ">"
	}
	return "<http://" + escaped + "|" + escaped + ">"
}

func (w *Workspace) mention(name string) string {
	if name == "here" || name == "channel" || name == "everyone" {
		return "<!" + name + ">"
	}
	for _, id := range sortedKeys(w.people) {
		if w.people[id].Name == name {
			return "<@" + id + "|" + name + ">"
		}
	}
	for _, id := range sortedKeys(w.groups) {
		if w.groups[id].Handle == name {
			return "<!subteam^" + id + "|@" + name + ">"
		}
	}
	return "@" + ampersands.Replace(name)
}

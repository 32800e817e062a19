package command

import "strings"

// marks are Slack's formatting marks: *bold*, _italic_, ~struck~. A word between two equal
// marks is meant without them, because Slack shows it without them.
const marks = "*_~"

// unmarked is a word without the marks around it.
func unmarked(s string) string {
	for len(s) > 2 && s[0] == s[len(s)-1] && strings.IndexByte(marks, s[0]) >= 0 {
		s = s[1 : len(s)-1]
	}
	return s
}

// unwrapped is a command without the marks and backticks around the whole of it. Around a
// single word they stay, so that the parser can tell a verb in marks from a verb.
func unwrapped(text string) string {
	for text != "" && strings.IndexByte(marks+"`", text[0]) >= 0 {
		mark := text[:1]
		front := len(text) - len(strings.TrimLeft(text, mark))
		back := len(text) - len(strings.TrimRight(text, mark))
		n := min(front, back)
		if n == 0 || 2*n >= len(text) || strings.Contains(text[n:len(text)-n], mark) {
			return text
		}
		inner := strings.TrimSpace(text[n : len(text)-n])
		if mark == "`" {
			text = mark + inner + mark
			if !isCommand(inner) {
				return text
			}
		} else if !strings.Contains(inner, " ") {
			return text
		}
		text = inner
	}
	return text
}

// isCommand tells a command in backticks from a name in backticks, which are also quotes: a
// command has an option, or words after a verb, or is nearly a verb with a request.
func isCommand(text string) bool {
	if strings.Contains(text, "=") {
		return true
	}
	first, rest, more := strings.Cut(text, " ")
	if !more || verbOf(first) != nil {
		return more
	}
	_, request := sureID(strings.TrimSpace(rest))
	h := hintOf(first)
	return h != nil && (h.own() || request)
}

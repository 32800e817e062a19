package command

import (
	"regexp"
	"strings"
	"unicode"
)

// clean undoes what Slack and phones do to a command: first Slack's wrappings, then its
// escapes, once, then odd spaces and the zero-width characters that come with pasting, then
// the marks around the whole. The result is what the person saw, and where in it Slack wrote a
// mention of a person: the id behind each. Nothing is refused here.
func clean(raw string) ([]rune, map[span]string) {
	raw, ids := markPeople(raw)
	text := []rune(unescapes.Replace(unwrap(raw)))
	for i, r := range text {
		if unicode.Is(unicode.Zs, r) {
			text[i] = ' '
		}
	}
	return findPeople([]rune(unwrapped(strings.TrimSpace(string(dropEdges(text))))), ids)
}

// person is Slack's wrapping of a mention (docs.slack.dev/messaging/formatting-message-text).
var person = regexp.MustCompile(`<@([UW][A-Z0-9_]+)(?:\|[^<>]*)?>`)

// The marks of mentions while a text is cleaned: private-use characters, one for each mention.
const firstMark, lastMark = '\ue000', '\uf8ff'

// markPeople puts a mark before and behind each mention, so that it can be told from a typed @ada when the wrapping
// is gone. A text that has such characters of its own is left as it is: no mention is found in it.
func markPeople(raw string) (string, []string) {
	if strings.ContainsFunc(raw, isMark) {
		return raw, nil
	}
	var ids []string
	return person.ReplaceAllStringFunc(raw, func(mention string) string {
		if len(ids) > lastMark-firstMark {
			return mention
		}
		ids = append(ids, person.FindStringSubmatch(mention)[1])
		mark := string(rune(firstMark + len(ids) - 1))
		return mark + mention + mark
	}), ids
}

// findPeople takes the marks out again.
func findPeople(text []rune, ids []string) ([]rune, map[span]string) {
	if len(ids) == 0 {
		return text, nil
	}
	kept, began, people := text[:0], map[rune]int{}, map[span]string{}
	for _, r := range text {
		if !isMark(r) {
			kept = append(kept, r)
		} else if at, ok := began[r]; ok {
			people[span{at, len(kept)}] = ids[r-firstMark]
		} else {
			began[r] = len(kept)
		}
	}
	return kept, people
}

func isMark(r rune) bool { return r >= firstMark && r <= lastMark }

var unescapes = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// unwrap replaces each of Slack's <…> by its text. Slack escapes a "<" that people type
// (docs.slack.dev/messaging/formatting-message-text), so wrappings cannot be nested; the
// result is not unwrapped again.
func unwrap(s string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			break
		}
		size := strings.IndexAny(s[open+1:], "<>")
		if size < 0 {
			break
		}
		if end := open + 1 + size; s[end] == '>' {
			if shown, ok := wordsOf(s[open+1 : end]); ok {
				b.WriteString(s[:open] + shown)
				s = s[end+1:]
				continue
			}
		}
		b.WriteString(s[:open+1])
		s = s[open+1:]
	}
	b.WriteString(s)
	return b.String()
}

// wordsOf is the text for one wrapping: "@U1|ada" is @ada; a link is its label if that is
// the address itself, else the address, because a label may say anything.
func wordsOf(wrapped string) (string, bool) {
	target, label, _ := strings.Cut(wrapped, "|")
	if strings.ContainsFunc(target, func(r rune) bool { return unicode.IsSpace(r) || quoteKind(r) != 0 }) {
		return "", false // Slack did not write this
	}
	for _, m := range []struct{ mark, shown string }{{"@", "@"}, {"#", "#"}, {"!subteam^", "@"}, {"!", "@"}} {
		if name, ok := strings.CutPrefix(target, m.mark); ok && name != "" {
			if l := strings.TrimLeft(label, "@#"); isHandle(l) {
				name = l
			}
			return m.shown + name, true
		}
	}
	for _, scheme := range []string{"http://", "https://", "mailto:"} {
		if address, ok := strings.CutPrefix(target, scheme); ok && address != "" {
			switch {
			case strings.EqualFold(strings.TrimSuffix(address, "/"), strings.TrimSuffix(label, "/")):
				return label, true // as typed, which keeps its case
			case scheme == "mailto:":
				return address, true
			}
			return target, true
		}
	}
	return "", false
}

func isHandle(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	})
}

// dropEdges removes zero-width characters at the edges of words, where pasting leaves them.
// Inside a word they stay and are refused later: such a name only looks like another.
func dropEdges(text []rune) []rune {
	edge := func(i int) bool {
		return i < 0 || i >= len(text) || text[i] == '=' || unicode.IsSpace(text[i]) || quoteKind(text[i]) == '"'
	}
	kept := make([]rune, 0, len(text))
	for i := 0; i < len(text); i++ {
		run := i
		for run < len(text) && (text[run] == '\u200b' || text[run] == '\u2060' || text[run] == '\ufeff') {
			run++
		}
		if run > i && !edge(i-1) && !edge(run) {
			kept = append(kept, text[i:run]...)
		}
		if i = run; i < len(text) {
			kept = append(kept, text[i])
		}
	}
	return kept
}

// plain replaces typographic dashes and apostrophes in a machine's name or id by ASCII.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\ufe63', '\uff0d':
			return '-'
		case '‘', '’':
			return '\''
		}
		return r
	}, s)
}

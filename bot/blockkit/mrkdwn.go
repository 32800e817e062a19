package blockkit

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textIn draws the text object in a field of o, if there is one.
func (d *drawing) textIn(o object, name string) {
	if o[name] != nil {
		d.textObject(o.object(name))
	}
}

// textObject draws plain_text as it stands and mrkdwn as Slack formats it.
func (d *drawing) textObject(t object) {
	switch kind := t.str("type"); {
	case kind == "mrkdwn":
		d.mrkdwn(t.str("text"), t.flag("verbatim"))
	case kind != "plain_text":
		d.notice(fmt.Sprintf("Not drawn: a text of the type %q", kind))
	case t.flag("emoji"):
		d.withEmoji(t.str("text"))
	default:
		d.text(t.str("text"))
	}
}

// words returns the text object in a field of o without any formatting, for an attribute.
func (d *drawing) words(o object, name string) string {
	other := &drawing{Options: d.Options, markup: markup{wordsOnly: true}}
	other.textIn(o, name)
	return other.String()
}

// plain returns mrkdwn without its formatting.
func (d *drawing) plain(mrkdwn string) string {
	other := &drawing{Options: d.Options, markup: markup{wordsOnly: true}}
	other.mrkdwn(mrkdwn, false)
	return other.String()
}

// mrkdwn draws s by the rules of docs.slack.dev/messaging/formatting-message-text. mrkdwn has no
// lists: "• " and "1. " are text. Unless verbatim is set, bare web addresses become links.
func (d *drawing) mrkdwn(s string, verbatim bool) {
	for {
		before, rest, found := strings.Cut(s, "```")
		code, after, closed := strings.Cut(rest, "```")
		if !found || !closed || strings.TrimSpace(code) == "" {
			break
		}
		d.lines(strings.TrimSuffix(before, "\n"), verbatim)
		d.open("pre")
		d.inline(strings.Trim(code, "\n"), span{code: true})
		d.end("pre")
		s = strings.TrimPrefix(after, "\n")
	}
	d.lines(s, verbatim)
}

// lines draws lines of which some may be quotations.
func (d *drawing) lines(s string, verbatim bool) {
	quoting := false
	for i, line := range strings.Split(s, "\n") {
		quote, quoted := quotation(line)
		switch {
		case quoted && !quoting:
			d.open("blockquote")
		case !quoted && quoting:
			d.end("blockquote")
		case i > 0:
			d.text("\n")
		}
		quoting = quoted
		if quoted {
			line = quote
		}
		d.inline(line, span{verbatim: verbatim})
	}
	if quoting {
		d.end("blockquote")
	}
}

// quotation returns the line without its mark. Escaping the mark does not take away its meaning,
// since Slack stores every ">" that people type as "&gt;".
func quotation(line string) (string, bool) {
	rest, ok := strings.CutPrefix(line, "&gt;")
	if !ok {
		rest, ok = strings.CutPrefix(line, ">")
	}
	return strings.TrimPrefix(rest, " "), ok
}

// span is what surrounds a piece of a line.
type span struct {
	verbatim bool
	code     bool   // only links, mentions and escapes have a meaning here
	marks    string // the marks that are open around it
}

var tags = map[byte]string{'*': "b", '_': "i", '~': "s"}

func (d *drawing) inline(s string, in span) {
	start := 0 // of what is not written yet
	flush := func(end, next int) {
		d.withoutEscapes(s[start:end], !in.code)
		start = next
	}
	for i := 0; i < len(s); {
		next := i + 1
		switch c := s[i]; {
		case c == '<':
			if body, ok := angle(s[i:]); ok {
				if t := d.token(body); t != nil {
					next = i + len(body) + 2
					flush(i, next)
					t()
				}
			}
		case in.code:
		case c == '`':
			if end := closing(s, i); end > 0 {
				next = end + 1
				flush(i, next)
				d.open("code")
				d.inline(s[i+1:end], span{code: true})
				d.end("code")
			}
		case tags[c] != "" && !strings.ContainsRune(in.marks, rune(c)):
			if end := closing(s, i); end > 0 {
				next = end + 1
				flush(i, next)
				d.open(tags[c])
				d.inline(s[i+1:end], span{verbatim: in.verbatim, marks: in.marks + string(c)})
				d.end(tags[c])
			}
		case c == 'h' && !in.verbatim && !wordBefore(s, i):
			if url := bareURL(s[i:]); url != "" {
				next = i + len(url)
				flush(i, next)
				d.link(unescape(url), unescape(url))
			}
		}
		i = next
	}
	flush(len(s), len(s))
}

// angle returns what stands between < and >, if s begins with such a pair.
func angle(s string) (string, bool) {
	end := strings.IndexAny(s[1:], "<>\n")
	if end <= 0 || s[1+end] != '>' {
		return "", false
	}
	return s[1 : 1+end], true
}

// closing returns the index of the mark that closes the one at i, or 0 if s[i] is an ordinary
// character. A mark opens before a character that is no space, and closes after one; a letter or a
// digit outside the pair takes away its meaning.
func closing(s string, i int) int {
	mark := s[i]
	if wordBefore(s, i) || i > 0 && s[i-1] == mark || i+1 == len(s) || s[i+1] == mark || space(s[i+1:]) {
		return 0
	}
	for j := i + 1; j < len(s); j++ {
		switch c := s[j]; {
		case c == '\n':
			return 0
		case c == mark:
			before, _ := utf8.DecodeLastRuneInString(s[:j])
			after, _ := utf8.DecodeRuneInString(s[j+1:])
			if !unicode.IsSpace(before) && !word(after) && after != rune(mark) {
				return j
			}
		case c == '<':
			if body, ok := angle(s[j:]); ok {
				j += len(body) + 1
			}
		case c == '`' && mark != '`':
			if end := strings.IndexByte(s[j+1:], '`'); end > 0 {
				j += end + 1
			}
		}
	}
	return 0
}

func word(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

func wordBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return word(r)
}

func space(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

func bareURL(s string) string {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return ""
	}
	if end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("<>|`", r) }); end >= 0 {
		s = s[:end]
	}
	s = strings.TrimRight(s, ".,;:!?)*_~'\"")
	if strings.HasSuffix(s, "/") && strings.HasSuffix(s, "://") {
		return ""
	}
	return s
}

// token returns a function that draws <body>, or nil if that is not one of Slack's tokens.
func (d *drawing) token(body string) func() {
	ref, label, labelled := strings.Cut(body, "|")
	label = unescape(label)
	mention := func(id, sign string) func() {
		if !isID(id) {
			return nil
		}
		name := ""
		if d.Name != nil {
			name = d.Name(id)
		}
		if name == "" {
			name = strings.TrimPrefix(label, sign)
		}
		if name == "" {
			name = id
		}
		return func() { d.element("span", "bk-mention", sign+name) }
	}
	switch {
	case strings.HasPrefix(ref, "@"):
		return mention(ref[1:], "@")
	case strings.HasPrefix(ref, "#"):
		return mention(ref[1:], "#")
	case strings.HasPrefix(ref, "!subteam^"):
		return mention(strings.TrimPrefix(ref, "!subteam^"), "@")
	case ref == "!here" || ref == "!channel" || ref == "!everyone":
		return func() { d.element("span", "bk-mention bk-all", "@"+ref[1:]) }
	case strings.HasPrefix(ref, "!date^"):
		return d.date(unescape(ref), label, labelled)
	case strings.HasPrefix(ref, "!"):
		if !labelled {
			return nil
		}
		return func() { d.text(label) }
	}
	url := unescape(ref)
	if address(url) == "" {
		return nil
	}
	if label == "" {
		label = strings.TrimPrefix(strings.TrimPrefix(url, "mailto:"), "tel:")
	}
	return func() { d.link(url, label) }
}

func isID(s string) bool {
	for _, r := range s {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return len(s) > 1
}

func (d *drawing) link(url, label string) {
	d.open("a", "href", address(url), "target", "_blank", "rel", "noopener noreferrer nofollow")
	d.withEmoji(label)
	d.end("a")
}

// unescape undoes the three escapes of mrkdwn. Other entities have no meaning there.
var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace

func (d *drawing) withoutEscapes(s string, emoji bool) {
	if s = unescape(s); emoji {
		d.withEmoji(s)
	} else {
		d.text(s)
	}
}

// withEmoji draws text in which :name: stands for an emoji. Names that are not in the table stay
// text, as a custom emoji does in a workspace that lacks it.
func (d *drawing) withEmoji(s string) {
	for {
		before, rest, found := strings.Cut(s, ":")
		name, after, closed := strings.Cut(rest, ":")
		if !found || !closed {
			break
		}
		if picture := emoji[name]; picture != "" {
			d.text(before + picture)
			s = after
		} else {
			d.text(before + ":" + name)
			s = ":" + after
		}
	}
	d.text(s)
}

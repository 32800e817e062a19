// Package words is what people read in Slack: cards, the lines of their threads, answers to
// commands and presses, and why something did not happen. It depends on its arguments alone and
// does no I/O.
package words

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"cloudpc-bot/auth"
)

// Line is text for Slack in which nothing can ping anybody or pose as a link unless
// the bot meant it. It is made by say and by nothing else.
type Line string

// longest is how many runes of one foreign text are shown.
const longest = 500

// Group is a user group, by the id that the configuration names.
type Group string

// channel is a channel, by its id.
type channel string

// Say formats a Line. Text, wherever it comes from, is made harmless; a person or a group
// becomes a mention, a time is shown in the reader's own zone, and a Line stands as it is.
func Say(format string, args ...any) Line {
	for i, a := range args {
		switch a := a.(type) {
		case Line:
			args[i] = string(a)
		case auth.Person:
			args[i] = "<@" + harmless(a.ID) + ">"
		case Group:
			args[i] = "<!subteam^" + harmless(string(a)) + ">"
		case channel:
			args[i] = "<#" + harmless(string(a)) + ">"
		case time.Time:
			args[i] = fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", a.Unix(), a.UTC().Format("2006-01-02 15:04 UTC"))
		case time.Duration:
			args[i] = span(a)
		case string:
			args[i] = harmless(a)
		case fmt.Stringer:
			args[i] = harmless(a.String())
		}
	}
	return Line(fmt.Sprintf(format, args...))
}

var (
	groupMention  = regexp.MustCompile(`<!subteam\^[^<>]*> ?`)
	personMention = regexp.MustCompile(`<@([^<>|]*)[^<>]*>`)
)

// WithoutGroups is a line that mentions no user group.
func WithoutGroups(l Line) Line { return Line(groupMention.ReplaceAllString(string(l), "")) }

// WithoutMentions is a line that mentions nobody: people are named by their id.
func WithoutMentions(l Line) Line {
	return Line(personMention.ReplaceAllString(string(WithoutGroups(l)), "$1"))
}

// link is a Line that leads to an address of the bot's own making.
func link(address, text string) Line {
	return Line("<" + address + "|" + harmless(text) + ">")
}

// code is a Line that shows text in fixed width, line by line.
func code(text string) Line {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, harmless(line))
	}
	return Line("```\n" + strings.Join(out, "\n") + "\n```")
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "'")

var unescapes = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "`", "")

// unescape is a line for the log, without Slack's escapes.
func unescape(l Line) string { return unescapes.Replace(string(l)) }

// harmless takes from a foreign text what Slack would act on, and what would make it
// look like something else: control characters, changes of direction, length.
func harmless(s string) string { return entities.Replace(Plain(s, longest)) }

// Plain is a foreign text fit for plain_text, on one line and at most n runes long.
func Plain(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > n {
		s = string(runes[:n-1]) + "…"
	}
	return s
}

// span is a duration as people say it.
func span(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d seconds", int(d.Round(time.Second).Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Round(time.Minute).Minutes()))
	default:
		return fmt.Sprintf("%d hours", int(d.Round(time.Hour).Hours()))
	}
}

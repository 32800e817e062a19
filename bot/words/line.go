// Package words holds the sentences that people read in Slack: cards, replies in their threads, answers
// to commands and presses, and why something did not happen. Its functions depend on their arguments
// alone and do no I/O.
//
// It promises that text from outside, such as names, reasons and Graph's messages, cannot mention
// anybody or pose as a link. It cannot keep such text from being untrue or rude.
package words

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"cloudpc-bot/auth"
)

// Line is mrkdwn text for Slack in which nothing mentions anybody or is a link unless the bot meant it.
// Make one with [Say], or with the functions here that build on it.
type Line string

// longest is how many runes of one text from outside are shown.
const longest = 500

// Group is the id of a user group, as in the configuration.
type Group string

// channel is the id of a channel.
type channel string

// Say formats a Line. Strings are made harmless, wherever they come from. A person, group or channel
// becomes a mention, a time is shown in the reader's own zone, and a Line is left as it is. The syntax
// is Slack's (docs.slack.dev/messaging/formatting-message-text).
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

var groupMention = regexp.MustCompile(`<!subteam\^[^<>]*> ?`)

// WithoutGroups is l without its mentions of user groups.
func WithoutGroups(l Line) Line { return Line(groupMention.ReplaceAllString(string(l), "")) }

// link is a Line with a link. address is not escaped, so it must be one that the bot itself has made.
func link(address, text string) Line {
	return Line("<" + address + "|" + harmless(text) + ">")
}

// code is a Line that shows text as a code block, line by line.
func code(text string) Line {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, harmless(line))
	}
	return Line("```\n" + strings.Join(out, "\n") + "\n```")
}

// entities escapes &, < and >, as Slack demands (docs.slack.dev/messaging/formatting-message-text). The
// backtick, which would end code, has no escape and becomes an apostrophe.
var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", "'")

var unescapes = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "`", "")

// unescape is a line as plain text for the log.
func unescape(l Line) string { return unescapes.Replace(string(l)) }

// harmless escapes what Slack would act on in a text from outside, and removes what would make it look
// like something else: control characters, changes of direction, excessive length.
func harmless(s string) string { return entities.Replace(Plain(s, longest)) }

// Plain is a text from outside made fit for a plain_text object: on one line, without invisible
// characters, and at most n runes long.
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

// span is a duration in words.
func span(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d seconds", int(d.Round(time.Second).Seconds()))
	case d < 100*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Round(time.Minute).Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Round(time.Hour).Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

package command

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Problem is what is wrong with a command. Its text is for logs.
type Problem string

const (
	NoMachine        Problem = "no machine"
	TwoMachines      Problem = "two machines" // or a name with spaces but no quotes
	PersonNotMachine Problem = "person"       // a mention, where only a machine can stand
	BarePerson       Problem = "bare-person"  // @ada that is no mention: which person is meant is not known
	NoRequest        Problem = "no request"
	NotARequest      Problem = "not a request"    // Got: the word in place of the id, perhaps a machine
	Excess           Problem = "excess"           // Got: everything that the verb does not accept, or the first option
	UnknownKey       Problem = "unknown key"      // Want: the keys
	KeyTwice         Problem = "key twice"        // in the same or another spelling
	NoValue          Problem = "no value"         // Want: the values, none for free text
	UnknownValue     Problem = "unknown value"    // Want: the values
	Sentinel         Problem = "sentinel"         // unknownFutureValue, which Graph sends but does not accept
	Unquoted         Problem = "value unquoted"   // a value with spaces; Nearest puts it in quotes
	Unclosed         Problem = "quote unclosed"   // from the opening quote on
	Glued            Problem = "quote not closed" // no space after the closing quote
	Control          Problem = "control"          // a control or invisible character; Got is its code point
	TooLong          Problem = "too long"         // Got: the length in runes, Want: the limit
	Style            Problem = "option style"     // an option without its "=", or with dashes; Nearest has the correct form
	Filler           Problem = "filler"           // a word without meaning, such as please; Nearest is the command without it
	OwnName          Problem = "own name"         // the command's own name repeated; Nearest is the command without it

	// Not an order, but reads like one. Verb and Nearest say what was probably meant.
	NearVerb  Problem = "near a verb"
	Buttons   Problem = "buttons"    // approve and the like: that is done with the buttons on a card
	NoVersion Problem = "no version" // no verb prints the version
)

// Error is a command that was not understood, with what is needed to explain why. All its
// texts are safe to show as plain text; & < > are not escaped.
type Error struct {
	Text    string // what was parsed: unwrapped, trimmed, each unprintable rune replaced by one that shows
	At, Len int    // the part of Text that is wrong, in runes; Len is 0 if something is missing
	Problem Problem
	Key     string   // the option concerned, by its canonical name; "" = none
	Got     string   // the part that is wrong
	Want    []string // what is allowed in its place
	Nearest string   // what was probably meant, ready to type; "" = no guess
	Verb    Verb     // the verb of Nearest if that is a command (cancel alone still needs its request), else the verb typed
	Machine string   // how to name the machine that the word could also be, ready to type
}

func problem(text []rune, at span, p Problem) *Error {
	e := &Error{Text: strings.Map(printable, string(text)), At: at.at, Problem: p}
	e.upTo(at.end)
	return e
}

func tooLong(text []rune, at span, runes, limit int) *Error {
	e := problem(text, at, TooLong)
	e.Got, e.Want = strconv.Itoa(runes), []string{strconv.Itoa(limit)}
	return e
}

// upTo extends the part that is wrong to end.
func (e *Error) upTo(end int) {
	e.Len = end - e.At
	e.Got = string([]rune(e.Text)[e.At:end])
}

// printable replaces each rune by one that is safe to show: a control by its picture, a rune
// that would hide or reorder its neighbours by U+FFFD.
func printable(r rune) rune {
	switch {
	case r < ' ':
		return '␀' + r
	case r == 0x7f:
		return '␡'
	case unreadable(r):
		return unicode.ReplacementChar
	}
	return r
}

// Error is one line for operators.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "command: %s", e.Problem)
	if e.Key != "" {
		fmt.Fprintf(&b, " for %s", e.Key)
	}
	if e.Got != "" {
		fmt.Fprintf(&b, ": %q", e.Got)
	}
	fmt.Fprintf(&b, " at %d", e.At)
	if len(e.Want) > 0 {
		fmt.Fprintf(&b, ", want %s", strings.Join(e.Want, " or "))
	}
	if e.Nearest != "" {
		fmt.Fprintf(&b, "; meant %q?", e.Nearest)
	}
	return b.String()
}

// pointerWidth is how many runes a code block shows on a phone without wrapping.
const pointerWidth = 56

// Pointer is two lines for people: the text, and ^^^^ under the part that is wrong. It
// contains no backtick, so it stays inside a code block; the caller must escape & < >. Runes
// are counted as one column, so only wide ones misalign. A long text is cut to the part
// around the problem.
func (e *Error) Pointer() string {
	text := []rune(strings.ReplaceAll(e.Text, "`", "'"))
	at, n := e.At, max(e.Len, 1)
	if len(text) > pointerWidth {
		from := max(0, min(at-pointerWidth/3, len(text)-pointerWidth))
		end := from + pointerWidth
		cutLeft, cutRight := from > 0, end < len(text)
		text = text[from:end]
		if cutLeft {
			text[0] = '…'
		}
		if cutRight {
			text[pointerWidth-1] = '…'
		}
		at -= from
		n = max(1, min(n, pointerWidth-at))
	}
	return string(text) + "\n" + strings.Repeat(" ", at) + strings.Repeat("^", n)
}

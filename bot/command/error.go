package command

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Problem is what is wrong with a command. Its text names it in logs.
type Problem string

const (
	NoMachine        Problem = "no machine"
	TwoMachines      Problem = "two machines" // or a name with spaces, without quotes
	PersonNotMachine Problem = "person"       // a mention or an e-mail: the Cloud PC itself must be named
	NoRequest        Problem = "no request"
	NotARequest      Problem = "not a request"    // Got: what stands where its id would; a machine, perhaps
	Excess           Problem = "excess"           // what the verb does not take; all of it, or the option in the way
	UnknownKey       Problem = "unknown key"      // Want: the keys
	KeyTwice         Problem = "key twice"        // under the same or another spelling
	NoValue          Problem = "no value"         // Want: the values, none for free text
	UnknownValue     Problem = "unknown value"    // Want: the values
	Sentinel         Problem = "sentinel"         // unknownFutureValue, which Graph says but must not be told
	Unquoted         Problem = "value unquoted"   // a value with spaces; Nearest has it in quotes
	Unclosed         Problem = "quote unclosed"   // from the opening quote on
	Glued            Problem = "quote not closed" // no space behind the closing quote
	Control          Problem = "control"          // a control or invisible character; Got is its code point
	TooLong          Problem = "too long"         // Got: how many runes, Want: how many fit
	Style            Problem = "option style"     // an option without its "=", or with dashes; Nearest has it as it should be
	Filler           Problem = "filler"           // a word that says nothing: please; Nearest is the command without it
	OwnName          Problem = "own name"         // the command's name once more; Nearest is the command without it

	// What is no order and reads like one. Verb and Nearest say what was probably meant.
	NearVerb  Problem = "near a verb"
	Buttons   Problem = "buttons"    // approve: that is done with the buttons of a card
	NoVersion Problem = "no version" // there is no verb for it
)

// Error is a command that was not understood, with what it takes to explain it. All its
// texts are safe to show as plain text; & < > are not escaped.
type Error struct {
	Text    string // what was read: unwrapped, trimmed, unprintable characters replaced one by one
	At, Len int    // the part of Text that is wrong, in runes; Len is 0 where something is missing
	Problem Problem
	Key     string   // the option concerned, by its own name; "" if none is
	Got     string   // the part that is wrong
	Want    []string // what is allowed there
	Nearest string   // what was probably meant, ready to type; "" if nothing is near
	Verb    Verb     // what was probably meant: of Nearest where that is a command (cancel alone still wants its request), else the verb typed
	Machine string   // how to name the machine that the word could be as well, ready to type
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

// upTo stretches the part that is wrong.
func (e *Error) upTo(end int) {
	e.Len = end - e.At
	e.Got = string([]rune(e.Text)[e.At:end])
}

// printable gives one rune that is safe to show for any: the picture of a control, a
// question mark for what would hide or reorder its neighbours.
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

// pointerWidth is what a code block shows on a phone without breaking the line, in runes.
const pointerWidth = 56

// Pointer is two lines for people: the text, and ^^^^ under the part that is wrong. It
// holds no backtick, so it stays inside a code block; & < > are the presenter's to escape.
// Runes are aligned, which lines up except for wide ones. A long text is cut to the
// neighbourhood of the trouble.
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

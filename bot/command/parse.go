package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads what was typed after the command's name, as Slack delivers it, escaped or
// not. Its error is always an [*Error].
func Parse(text string) (Order, error) {
	s := &splitter{text: clean(text)}
	if len(s.text) > MaxText {
		return Order{}, tooLong(append(s.text[:MaxText:MaxText], '…'), span{MaxText, MaxText + 1}, len(s.text), MaxText)
	}
	if err := refuse(s.text, span{0, len(s.text)}, unreadable); err != nil {
		return Order{}, err
	}
	read := reprovision
	ahead := *s
	if first, ok, err := ahead.next(); ok && err == nil && !first.pair && !first.quoted && !first.marked {
		if v := verbOf(first.text); v != nil {
			read, s = v.read, &ahead
		}
	}
	o, err := read(s)
	if err != nil {
		return Order{}, err
	}
	if n := utf8.RuneCountInString(o.written()); n > MaxText { // short forms and quotes grow
		return Order{}, tooLong(s.text, span{0, len(s.text)}, n, MaxText)
	}
	return o, nil
}

// reading is an order half read.
type reading struct {
	splitter
	order  Order
	seen   map[string]bool // keys that were set
	before word            // the word before the one in hand
}

// reprovision reads a machine and its options.
func reprovision(s *splitter) (Order, error) {
	r := reading{splitter: *s, order: Order{Verb: Reprovision}, seen: map[string]bool{}}
	for {
		w, ok, err := r.next()
		switch {
		case err != nil:
			return Order{}, err
		case !ok && r.order.PC == "":
			return Order{}, problem(r.text, w.span, NoMachine)
		case !ok:
			return r.order, nil
		case w.pair:
			err = r.option(w)
		default:
			err = r.machine(w)
		}
		if err != nil {
			return Order{}, err
		}
		r.before = w
	}
}

// machine takes a word as the machine.
func (r *reading) machine(w word) error {
	if err := refuse(r.text, w.span, invisible); err != nil {
		return err
	}
	if e := r.unquoted(w); e != nil {
		return e
	}
	if r.order.PC != "" && w.text != "" {
		return r.second(w)
	}
	var err error
	r.order.PC, err = machineOf(r.text, w)
	return err
}

// machineOf is the machine that a word names: an id in its usual dress, or a name.
func machineOf(text []rune, w word) (string, error) {
	pc := plain(w.text)
	switch {
	case pc == "":
		return "", problem(text, w.span, NoMachine)
	case strings.HasPrefix(pc, "@") || strings.Contains(pc, "@") && !strings.Contains(pc, " "):
		return "", problem(text, w.span, PersonNotMachine)
	}
	if id, ok := guid(pc); ok {
		return id, nil
	}
	return pc, nil
}

// unquoted explains a bare word that the value of the option before it has lost:
// account=standard user, or, once the machine is known, reason=disk broken. It is nil
// if the word is none.
func (r *reading) unquoted(w word) *Error {
	b := r.before
	if !b.pair || b.quoted || w.quoted {
		return nil
	}
	k := keyOf(string(r.text[b.key.at:b.key.end]))
	value, e := b.text+" "+w.text, problem(r.text, w.span, Unquoted)
	switch {
	case k.values == nil && r.order.PC != "":
		for more, ok, err := r.next(); ok && err == nil && !more.pair && !more.quoted; more, ok, err = r.next() {
			value += " " + more.text
			e.upTo(more.end)
		}
	case k.valueOf(value) == "":
		return nil
	}
	var nearest strings.Builder
	nearest.WriteString(k.name + "=")
	quoteTo(&nearest, value)
	e.Key, e.Nearest = k.name, nearest.String()
	return e
}

// second explains a word after the machine: an option without its "key=", or with
// another sign in it, or indeed a second machine.
func (r *reading) second(w word) error {
	e := problem(r.text, w.span, TwoMachines)
	name, value, _ := strings.Cut(w.text, ":")
	if k := keyOf(name); k != nil && value != "" && !w.quoted {
		e.Nearest = k.name + "=" + value
	}
	for _, k := range keys {
		if v := k.valueOf(w.text); v != "" {
			e.Nearest = k.name + "=" + v
		}
	}
	return e
}

// option takes key=value.
func (r *reading) option(w word) error {
	typed := string(r.text[w.key.at:w.key.end])
	k := keyOf(typed)
	if k == nil {
		at := w.key
		if typed == "" {
			at.end++ // a lone "="
		} else if err := refuse(r.text, at, invisible); err != nil {
			return err
		}
		e := problem(r.text, at, UnknownKey)
		e.Want, e.Nearest = keyNames(), nearestKey(typed, w.text)
		return e
	}
	wrong := func(at span, p Problem) *Error {
		e := problem(r.text, at, p)
		e.Key, e.Want = k.name, k.valueNames()
		return e
	}
	if r.seen[k.name] {
		return wrong(w.key, KeyTwice)
	}
	r.seen[k.name] = true
	if w.text == "" {
		return wrong(w.span, NoValue)
	}
	if k.values == nil {
		if err := fits(r.text, w.value, k.name, w.text); err != nil {
			return err
		}
		k.set(&r.order, w.text)
		return nil
	}
	if err := refuse(r.text, w.span, invisible); err != nil {
		return err
	}
	v := k.valueOf(w.text)
	switch {
	case fold(w.text) == sentinel:
		return wrong(w.value, Sentinel)
	case v == "":
		e := wrong(w.value, UnknownValue)
		e.Nearest = k.nearestValue(w.text)
		if next, ok, err := r.next(); ok && err == nil && !next.pair && k.valueOf(w.text+next.text) != "" {
			e.upTo(next.end) // os=windows 11
			e.Nearest = k.valueOf(w.text + next.text)
		}
		return e
	}
	k.set(&r.order, v)
	return nil
}

// fits refuses a free text that is too long.
func fits(text []rune, at span, key, value string) error {
	n := utf8.RuneCountInString(value)
	if n <= MaxReason {
		return nil
	}
	e := tooLong(text, at, n, MaxReason)
	e.Key = key
	return e
}

// unreadable runes have no place anywhere: controls, line breaks, what was not UTF-8,
// and formatting such as the marks that reverse a text's direction. The two joiners
// are letters' business in some scripts and in emoji, fit for a reason.
func unreadable(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar ||
		unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// invisible runes make one name look like another.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' // a braille cell without dots
}

// refuse points at the first rune of a part that is not to be there.
func refuse(text []rune, part span, bad func(rune) bool) error {
	for i := part.at; i < part.end; i++ {
		if r := text[i]; bad(r) {
			e := problem(text, span{i, i + 1}, Control)
			e.Got = fmt.Sprintf("%U", r)
			return e
		}
	}
	return nil
}

package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads what was typed after the command's name, as Slack delivers it, escaped or not.
// Its error is always an [*Error].
func Parse(text string) (Order, error) {
	s := &splitter{}
	s.text, s.people = clean(text)
	if len(s.text) > MaxText {
		return Order{}, tooLong(append(s.text[:MaxText:MaxText], '…'), span{MaxText, MaxText + 1}, len(s.text), MaxText)
	}
	if err := refuse(s.text, span{0, len(s.text)}, unreadable); err != nil {
		return Order{}, err
	}
	o, err := parseLine(s)
	if err != nil {
		return Order{}, err
	}
	if n := utf8.RuneCountInString(o.written()); n > MaxText { // written out, short forms and quotes are longer
		return Order{}, tooLong(s.text, span{0, len(s.text)}, n, MaxText)
	}
	return o, nil
}

// parseLine reads a clean text: a verb with its arguments, or else a machine. For what is nearly
// a verb it asks back.
func parseLine(s *splitter) (Order, error) {
	ahead := *s
	first, ok, err := ahead.next()
	switch {
	case !ok || err != nil || first.pair || first.quoted && !first.marked:
		return reprovision(s)
	case !first.marked:
		if v := verbOf(first.text); v != nil {
			return v.read(&ahead)
		}
	}
	if h := hintOf(first.text); s.guess && h != nil && (h.own() || h.problem == Filler) {
		return parseLine(&ahead)
	}
	if id, ok := sureID(first.text); ok && ahead.done() {
		return Order{Verb: Status, Request: id}, nil
	}
	if err := question(s, first, ahead); err != nil {
		return Order{}, err
	}
	return reprovision(s)
}

// reading is an order partly read.
type reading struct {
	splitter
	order  Order
	seen   map[string]bool // keys already set
	before word            // the word before the current one
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
			r.order.Verb = Form
			return r.order, nil
		case !ok:
			return r.order, nil
		case w.pair:
			err = r.option(w)
		case !r.says(w):
			continue
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
	if id, ok := r.people[w.span]; ok {
		r.order.PC, r.order.Person = w.text, id
		return nil
	}
	var err error
	r.order.PC, err = machineOf(r.text, w)
	return err
}

// unquoted explains a bare word that belongs to the value of the option before it:
// account=standard user or, once the machine is known, reason=disk broken. It returns nil
// for any other word.
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

// second explains a word after the machine: an option in another style, a word without
// meaning, or really a second machine.
func (r *reading) second(w word) error {
	if e := r.style(w); e != nil {
		return e
	}
	h := hintOf(w.text)
	if !w.quoted && (h != nil && h.problem == Filler || strings.HasPrefix(plain(w.text), "-")) {
		e := problem(r.text, w.span, Filler)
		e.without(r.text, w.span)
		return e
	}
	return problem(r.text, w.span, TwoMachines)
}

// style explains an option without its "=" or with another sign in its place; nil for any
// other word.
func (r *reading) style(w word) *Error {
	of := func(at span, k *key, value string) *Error {
		e := problem(r.text, at, Style)
		e.Key, e.Want = k.name, k.valueNames()
		switch {
		case k.values != nil && value != "":
			e.Nearest = k.name + "=" + k.valueOf(value)
		case value != "":
			e.Nearest = k.name + "=" + freeText(value)
		}
		return e
	}
	for _, k := range keys {
		if k.valueOf(w.text) == "" {
			continue
		}
		at := w.span
		if b := r.before; !b.pair && !b.quoted && flagOf(b.text) != nil && flagOf(b.text).name == k.name {
			at.at = b.at
		}
		if flagOf(w.text) == nil { // "windows" is also a key
			return of(at, &k, w.text)
		}
	}
	name, value, _ := strings.Cut(w.text, ":")
	k := flagOf(name)
	switch {
	case w.quoted || k == nil:
		return nil
	case value == "":
		value, w.end = r.valueBehind(k, w.end)
	case k.values != nil && k.valueOf(value) == "":
		value = ""
	}
	return of(w.span, k, value)
}

// flagOf is the key of an option in another program's style: --os, -os, /os, os:.
func flagOf(typed string) *key { return keyOf(strings.Trim(plain(typed), "-/:")) }

// valueBehind is the value that follows an option without a "=": one or two words, or all
// words for free text. Without a value it is empty and end is unchanged.
func (r *reading) valueBehind(k *key, end int) (value string, _ int) {
	ahead := r.splitter
	for n := 0; n < 2 || k.values == nil; n++ {
		w, ok, err := ahead.next()
		if !ok || err != nil || w.pair || w.text == "" {
			break
		}
		value = strings.TrimSpace(value + " " + w.text)
		if k.values == nil {
			end = w.end
			if w.quoted {
				break
			}
			continue
		}
		if k.valueOf(value) != "" {
			return value, w.end
		}
	}
	if k.values != nil {
		value = ""
	}
	return value, end
}

// freeText is a free-text value as it has to be typed.
func freeText(value string) string {
	if !strings.ContainsAny(value, " =") && bare(value) {
		return value
	}
	var b strings.Builder
	quoteTo(&b, value)
	return b.String()
}

// option reads key=value.
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
		if k := flagOf(typed); k != nil && k.valueOf(w.text) != "" {
			e := problem(r.text, w.span, Style)
			e.Key, e.Want, e.Nearest = k.name, k.valueNames(), k.name+"="+k.valueOf(w.text)
			return e
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

// unreadable runes are allowed nowhere: controls, line breaks, what was not UTF-8, and
// formatting characters such as those that reverse a text's direction. The two joiners are
// part of spelling in some scripts and in emoji, so a reason may have them.
func unreadable(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar ||
		unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// invisible runes make one name look like another.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' // a braille cell without dots
}

// refuse points at the first rune of a part that is not allowed there.
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

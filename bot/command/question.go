package command

import (
	"cmp"
	"errors"
	"strings"
	"unicode/utf8"
)

// question asks back about a command whose first word is nearly a verb: at once, so that
// nobody believes it was carried out and no machine of that name is looked up. It is nil if
// the command may well be about a machine: with an option, or with words after it that a
// question does not explain. rest is what follows the first word.
func question(s *splitter, first word, rest splitter) error {
	h := hintOf(first.text)
	if h == nil {
		return nil
	}
	if err := refuse(s.text, first.span, invisible); err != nil {
		return err
	}
	if s.guess {
		return h.guess(s, first, rest)
	}
	if h.own() {
		return h.ask(s, first, rest, "")
	}
	if id := h.id; id != "" {
		if act := actBehind(rest); act != nil {
			return act.ask(s, first, rest, id) // R-7K3F cancel
		}
		if _, ok := requestBehind(rest, true); ok {
			return h.ask(s, first, rest, id)
		}
		return nil
	}
	if id, ok := requestBehind(rest, h.problem == "" && verbOf(string(h.verb)).of); ok {
		return h.ask(s, first, rest, id)
	}
	_, err := reprovision(s)
	var e *Error
	if errors.As(err, &e) && (e.Problem == TwoMachines || e.Problem == Filler) {
		return h.explain(s, first, rest)
	}
	return nil
}

// requestBehind is the id of a request if s holds nothing else, or "" if s is empty; filler
// words count as nothing. It reports false if there is anything else. If sure is set, a word
// that merely could be an id counts as something else.
func requestBehind(s splitter, sure bool) (id string, _ bool) {
	for !s.done() {
		w, _, err := s.next()
		if err != nil || w.pair {
			return "", false
		}
		if h := hintOf(w.text); h != nil && h.problem == Filler {
			continue
		}
		as := requestID
		if sure {
			as = sureID
		}
		next, ok := as(w.text)
		if !ok || id != "" {
			return "", false
		}
		id = next
	}
	return id, true
}

// actBehind is the hint for the verb, or near-verb, that follows a request's id.
func actBehind(s splitter) *hint {
	w, ok, err := s.next()
	if !ok || err != nil || w.pair || w.quoted && !w.marked || !s.done() {
		return nil
	}
	if h := hintOf(w.text); h != nil && h.request != "" && h.id == "" {
		return h
	}
	return nil
}

// ask suggests the verb, alone or with a request.
func (h *hint) ask(s *splitter, first word, rest splitter, id string) *Error {
	e := problem(s.text, first.span, h.problem)
	if e.Problem == "" {
		e.Problem = NearVerb
	}
	switch {
	case rest.done():
		e.callable(first.text)
		if h.own() {
			e.Problem = NoMachine
		}
	case h.own() || h.problem == Filler:
		e.behind(rest)
		return e
	}
	if h.verb != "" {
		e.suggest(h.verb, string(h.verb))
	}
	if id != "" && h.request != "" {
		e.suggest(h.request, Order{Verb: h.request, Request: id}.written())
	}
	return e
}

// guess is what to say about a verb, or near-verb, after a word that is to be left out.
func (h *hint) guess(s *splitter, first word, rest splitter) *Error {
	e := problem(s.text, first.span, NearVerb)
	id, ok := requestBehind(rest, true)
	id = cmp.Or(id, h.id)
	switch {
	case !ok || h.problem != "":
	case id == "":
		e.suggest(h.verb, string(h.verb))
	case h.request != "":
		e.suggest(h.request, Order{Verb: h.request, Request: id}.written())
	}
	return e
}

// explain suggests the verb with the words that follow it, which are not a valid order as
// they are; or the verb alone if those words cannot belong to it and may be a machine's
// name.
func (h *hint) explain(s *splitter, first word, rest splitter) *Error {
	ahead := rest
	if w, ok, err := ahead.next(); ok && err == nil && !w.pair && h.request != "" {
		if id, ok := sureID(w.text); ok { // deny R-7K3F because ...
			return h.ask(s, first, rest, id)
		}
	}
	e := h.ask(s, first, rest, "")
	if h.own() || h.problem == Filler {
		return e
	}
	for _, name := range []Verb{h.verb, h.request} {
		v, behind := verbOf(string(name)), rest
		if name == "" || !v.of && !h.slip { // "stop CPC-ada" is no freeze because of CPC-ada
			continue
		}
		if o, err := v.read(&behind); err == nil {
			e.suggest(o.Verb, o.written())
			break
		}
	}
	if name, ok := bareName(*s); ok && !h.slip {
		e.callable(name)
	}
	return e
}

// bareName is a text as the name with spaces that it may be; false if it has an option or
// quotes.
func bareName(s splitter) (string, bool) {
	var words []string
	for !s.done() {
		w, _, err := s.next()
		if err != nil || w.pair || w.quoted || refuse(s.text, w.span, invisible) != nil {
			return "", false
		}
		words = append(words, w.text)
	}
	return strings.Join(words, " "), true
}

// suggest sets the command that was probably meant.
func (e *Error) suggest(v Verb, text string) {
	if utf8.RuneCountInString(text) <= MaxText {
		e.Verb, e.Nearest = v, text
	}
}

// callable sets how to name the machine of that name.
func (e *Error) callable(name string) {
	if text := (Order{PC: plain(name)}).quoted(); utf8.RuneCountInString(text) <= MaxText {
		e.Machine = text
	}
}

// behind suggests the command that follows the part that is wrong.
func (e *Error) behind(rest splitter) {
	rest.guess = true
	o, err := parseLine(&rest)
	var more *Error
	switch {
	case err == nil:
		e.suggest(o.Verb, o.written())
	case errors.As(err, &more) && more.Problem == NoMachine:
		e.Problem = NoMachine
	case more != nil && more.Problem == NearVerb && more.Verb != "":
		e.suggest(more.Verb, more.Nearest)
	}
}

// without suggests the command without a part of it.
func (e *Error) without(text []rune, part span) {
	e.behind(splitter{text: append(text[:part.at:part.at], text[part.end:]...)})
}

// says reports whether a word has meaning; only while guessing can it be a filler.
func (s *splitter) says(w word) bool {
	if !s.guess || w.quoted {
		return true
	}
	h := hintOf(w.text)
	return h == nil || h.problem != Filler
}

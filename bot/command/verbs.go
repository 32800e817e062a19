package command

import (
	"regexp"
	"slices"
	"strings"
)

// verb is a word that stands where a machine could. A row here is a verb in the grammar.
type verb struct {
	name Verb
	also []string                      // other words for it, in lower case
	rest func(*splitter, *Order) error // reads what follows, to the end of the text
	of   bool                          // a machine may follow; one that is called like a verb goes in quotes
}

var verbs = []verb{
	// Whoever asks for help gets it, whatever else they typed.
	{name: Help, also: []string{"--help", "-help", "-h", "?"}, rest: anything},
	{name: Status, rest: requestOrMachine, of: true},
	{name: List, rest: nothing},
	{name: History, rest: machineOrNothing, of: true},
	{name: Cancel, rest: request},
	{name: Freeze, rest: why},
	{name: Unfreeze, rest: nothing},
}

// verbOf finds the verb that a bare word is; nil if it is none.
func verbOf(w string) *verb {
	w = strings.ToLower(plain(w))
	for i, v := range verbs {
		if w == string(v.name) || slices.Contains(v.also, w) {
			return &verbs[i]
		}
	}
	return nil
}

func (v *verb) read(s *splitter) (Order, error) {
	o, ahead := Order{Verb: v.name}, *s
	if w, ok, err := ahead.next(); v.of && ok && err == nil && !w.pair && !w.quoted && verbOf(w.text) != nil {
		e := problem(s.text, w.span, Excess)
		e.Nearest = `"` + plain(w.text) + `"`
		return o, e
	}
	err := v.rest(s, &o)
	return o, err
}

func anything(*splitter, *Order) error { return nil }

func nothing(s *splitter, _ *Order) error {
	if s.done() {
		return nil
	}
	return problem(s.text, span{s.at, len(s.text)}, Excess)
}

// requestOrMachine reads the id of a request, a machine, or nothing. What could be either
// is a request; in quotes it is a machine, unless it begins with R-.
func requestOrMachine(s *splitter, o *Order) error {
	ahead := *s
	w, ok, err := ahead.next()
	if err != nil || !ok || w.pair {
		return machineOrNothing(s, o)
	}
	id, ok := requestID(w.text)
	if ok && (!w.quoted || strings.HasPrefix(strings.ToUpper(plain(w.text)), "R-")) {
		o.Request = id
		return nothing(&ahead, o)
	}
	return machineOrNothing(s, o)
}

// machineOrNothing reads a machine, or nothing.
func machineOrNothing(s *splitter, o *Order) error {
	if s.done() {
		return nil
	}
	w, _, err := s.next()
	switch {
	case err != nil:
		return err
	case w.pair:
		return problem(s.text, w.span, Excess)
	}
	if err := refuse(s.text, w.span, invisible); err != nil {
		return err
	}
	if o.PC, err = machineOf(s.text, w); err != nil || s.done() {
		return err
	}
	second, _, err := s.next()
	switch {
	case err != nil:
		return err
	case second.pair:
		return problem(s.text, span{second.at, len(s.text)}, Excess)
	}
	return problem(s.text, second.span, TwoMachines)
}

// request reads the id of a request, and nothing behind it.
func request(s *splitter, o *Order) error {
	w, ok, err := s.next()
	switch {
	case err != nil:
		return err
	case w.pair:
		return problem(s.text, w.span, Excess)
	case !ok || w.text == "":
		return problem(s.text, w.span, NoRequest)
	}
	if err := refuse(s.text, w.span, invisible); err != nil {
		return err
	}
	if o.Request, ok = requestID(w.text); !ok {
		return problem(s.text, w.span, NotARequest)
	}
	return nothing(s, o)
}

// requestForm has the ledger's letters, which leave out 0 O 1 I L U. It spells out both
// cases because folding would let letters of other alphabets in.
var requestForm = regexp.MustCompile(`^(?:[Rr]-)?([2-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{4,12})$`)

// requestID gives an id its canonical form, R-7K3F.
func requestID(typed string) (string, bool) {
	m := requestForm.FindStringSubmatch(plain(typed))
	if m == nil {
		return "", false
	}
	return "R-" + strings.ToUpper(m[1]), true
}

// why reads the rest of the line as the reason. Quotes around the whole of it are no
// part of it, all others are: whoever has to stop the bot is not held up by an apostrophe.
func why(s *splitter, o *Order) error {
	if s.done() {
		return nil
	}
	rest, ahead := span{s.at, len(s.text)}, *s
	w, _, _ := ahead.next() // not quoted, if its quote is never closed
	o.Reason = string(s.text[rest.at:rest.end])
	switch {
	case w.pair && keyOf(string(s.text[w.key.at:w.key.end])) != nil:
		return problem(s.text, w.key, Excess)
	case w.quoted && w.span == rest:
		o.Reason = w.text
	}
	return fits(s.text, rest, "reason", o.Reason)
}

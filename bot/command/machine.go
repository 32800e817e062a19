package command

import "strings"

// Machine reads a machine that stands alone, as in a form: an id in its usual form, a name or a user
// principal name, with or without quotes. Its error is always an [*Error].
func Machine(typed string) (string, error) {
	text, _ := clean(typed)
	all := span{0, len(text)}
	for _, what := range []func(rune) bool{unreadable, invisible} {
		if err := refuse(text, all, what); err != nil {
			return "", err
		}
	}
	if len(text) > MaxText {
		return "", tooLong(text, all, len(text), MaxText)
	}
	w := word{span: all, text: string(text)}
	if s := (splitter{text: text}); len(text) > 0 && quoteKind(text[0]) != 0 {
		if quoted, _, err := s.next(); err == nil && s.done() {
			w = quoted
		}
	}
	return machineOf(text, w)
}

// machineOf is the machine that a word names: an id in its usual form, a name, or the user principal
// name of its user. A bare @ada is refused: it may be anybody, where a mention is one person.
func machineOf(text []rune, w word) (string, error) {
	pc := plain(w.text)
	switch {
	case pc == "":
		return "", problem(text, w.span, NoMachine)
	case strings.HasPrefix(pc, "@"):
		return "", problem(text, w.span, BarePerson)
	}
	if id, ok := guid(pc); ok {
		return id, nil
	}
	return pc, nil
}

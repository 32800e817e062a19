package command

import "strings"

// span is a part of the text, in runes.
type span struct{ at, end int }

// word is one machine, verb, or key=value.
type word struct {
	span
	pair   bool
	key    span   // what comes before "=", if pair
	value  span   // with its quotes
	text   string // the value, or the whole word, without quotes and the marks around it
	quoted bool
	marked bool // in marks, or in backticks, which are both quotes and marks
}

// splitter cuts a clean text into words.
type splitter struct {
	text []rune
	at   int

	people map[span]string // mentions of people, and their Slack user ids

	guess bool // parsing a guess of what was meant: leave filler words out and do not ask back
}

// next cuts one word off. It reports false at the end of the text.
func (s *splitter) next() (word, bool, error) {
	done := s.done()
	w := word{span: span{s.at, s.at}}
	if done {
		return w, false, nil
	}
	if kind := quoteKind(s.text[s.at]); kind != 0 {
		err := s.quoted(&w)
		w.marked = kind == '`'
		return w, true, err
	}
	s.bare(&w, " =")
	if !s.equals() {
		w.unmark()
		return w, true, nil
	}
	w.pair, w.key = true, w.value
	s.skip()
	s.at++ // "="
	glued := s.at
	s.skip()
	switch spaced := s.at > glued; {
	case s.at < len(s.text) && quoteKind(s.text[s.at]) != 0:
		err := s.quoted(&w)
		return w, true, err
	case !spaced:
		s.bare(&w, " ")
	default:
		s.bare(&w, " =")
		if s.equals() { // that was the next key, so this one has no value
			s.at = glued
			s.bare(&w, " ")
		}
	}
	s.unmarkPair(&w)
	return w, true, nil
}

// unmark takes the marks off a bare word, and then its quotes.
func (w *word) unmark() {
	inner := unmarked(w.text)
	if inner == w.text {
		return
	}
	w.text, w.marked = inner, true
	if s := (splitter{text: []rune(inner)}); quoteKind(s.text[0]) != 0 {
		quoted := word{}
		if err := s.quoted(&quoted); err == nil && s.done() {
			w.text, w.quoted = quoted.text, true
		}
	}
}

// unmarkPair takes the marks off a bare key=value as a whole, but not those of *key*=*value*.
func (s *splitter) unmarkPair(w *word) {
	for w.key.end-w.key.at > 1 && w.value.end-w.value.at > 1 && s.text[w.key.at] == s.text[w.value.end-1] &&
		s.text[w.key.at] != s.text[w.key.end-1] && strings.ContainsRune(marks, s.text[w.key.at]) {
		w.key.at++
		w.value.end--
		w.text = string(s.text[w.value.at:w.value.end])
	}
}

// done skips spaces and reports whether nothing is left.
func (s *splitter) done() bool {
	s.skip()
	return s.at == len(s.text)
}

func (s *splitter) skip() {
	for s.at < len(s.text) && s.text[s.at] == ' ' {
		s.at++
	}
}

// equals reports whether "=" comes next, perhaps after spaces.
func (s *splitter) equals() bool {
	ahead := *s
	ahead.skip()
	return ahead.at < len(s.text) && s.text[ahead.at] == '='
}

// bare reads a value without quotes, up to one of the runes in stop.
func (s *splitter) bare(w *word, stop string) {
	at := s.at
	for s.at < len(s.text) && !strings.ContainsRune(stop, s.text[s.at]) {
		s.at++
	}
	w.value, w.end, w.quoted = span{at, s.at}, s.at, false
	w.text = string(s.text[at:s.at])
}

// quoted reads a value in quotes. The closing quote is one of the opening's kind that is
// followed by a space or the end, so an apostrophe does not close it; a doubled quote is one
// quote in the value.
func (s *splitter) quoted(w *word) error {
	open := s.at
	kind := quoteKind(s.text[open])
	var value []rune
	for s.at++; s.at < len(s.text); s.at++ {
		r := s.text[s.at]
		if quoteKind(r) == kind {
			rest := s.text[s.at+1:]
			switch {
			case len(rest) == 0 || rest[0] == ' ':
				s.at++
				w.value, w.end, w.quoted = span{open, s.at}, s.at, true
				w.text = strings.TrimSpace(string(value))
				return nil
			case rest[0] == r:
				s.at++
			case kind == '"':
				return problem(s.text, span{s.at, s.at + 1}, Glued)
			}
		}
		value = append(value, r)
	}
	return problem(s.text, span{open, len(s.text)}, Unclosed)
}

// quoteKind is the kind of quote that r can open or close: double, single, or the backtick
// of names copied from code; 0 for any other rune. Fonts and languages disagree on which
// typographic quote opens, so all of a kind are equal.
func quoteKind(r rune) rune {
	switch r {
	case '"', '“', '”', '„', '‟', '«', '»':
		return '"'
	case '\'', '‘', '’', '‚', '‛':
		return '\''
	case '`':
		return '`'
	}
	return 0
}

package blockkit

import (
	"html/template"
	"strings"
)

// markup is HTML as it is written. Tags and the names of attributes are constants of this package;
// everything else goes through text or the value of an attribute, which escape it.
type markup struct {
	html      strings.Builder
	wordsOnly bool // leaves out tags and escapes: what is written is text
}

func (m *markup) String() string { return m.html.String() }

// open writes a start tag. attrs are names and values in turn; an empty value leaves the attribute
// out.
func (m *markup) open(tag string, attrs ...string) {
	if m.wordsOnly {
		return
	}
	m.html.WriteString("<" + tag)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			m.html.WriteString(" " + attrs[i] + `="` + template.HTMLEscapeString(attrs[i+1]) + `"`)
		}
	}
	m.html.WriteString(">")
}

func (m *markup) end(tag string) {
	if !m.wordsOnly {
		m.html.WriteString("</" + tag + ">")
	}
}

func (m *markup) text(s string) {
	if !m.wordsOnly {
		s = template.HTMLEscapeString(s)
	}
	m.html.WriteString(s)
}

// element writes an element that holds only text.
func (m *markup) element(tag, class, text string) {
	m.open(tag, "class", class)
	m.text(text)
	m.end(tag)
}

// notice says in the drawing what is missing from it.
func (m *markup) notice(text string) { m.element("span", "bk-notice", text) }

// address returns url if a link may lead there, and "" otherwise.
func address(url string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:"} {
		if len(url) > len(scheme) && strings.EqualFold(url[:len(scheme)], scheme) {
			return url
		}
	}
	return ""
}

// object is a JSON object. Its methods return the zero value where a field is missing or of another
// type.
type object map[string]any

func (o object) str(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) flag(name string) bool {
	b, _ := o[name].(bool)
	return b
}

func (o object) object(name string) object {
	m, _ := o[name].(map[string]any)
	return m
}

// list returns the objects of a list. What is no object becomes an empty one.
func (o object) list(name string) []object {
	all, _ := o[name].([]any)
	list := make([]object, len(all))
	for i, one := range all {
		list[i], _ = one.(map[string]any)
	}
	return list
}

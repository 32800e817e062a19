package graph

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// A machine from Graph is decoded field by field: a field that cannot be read (of another
// type than documented, or a date in an unknown format) is empty, and the others are kept.
// One malformed machine must not hide the whole fleet.

// lenient is a value that is empty if its JSON is not of the expected type.
type lenient[T any] struct{ v T }

func (l *lenient[T]) UnmarshalJSON(b []byte) error {
	l.v = *new(T)
	if s, ok := any(&l.v).(*string); ok && literal(b) {
		*s = string(b[1 : len(b)-1])
		return nil
	}
	if json.Unmarshal(b, &l.v) != nil {
		l.v = *new(T)
	}
	return nil
}

// text is a lenient string.
type text = lenient[string]

// literal reports whether JSON, known to be valid, is a string that means what is between its
// quotes, as most of what Graph sends of a machine is: it need not be decoded again.
func literal(b []byte) bool {
	if len(b) < 2 || b[0] != '"' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// moment is a time on the wire. A time without a zone is UTC. What cannot be read is zero,
// and so is anything before oldest: some services write "none" as 0001-01-01.
type moment struct{ time.Time }

const oldest = 2000 // year; our choice: Windows 365 came in 2021

func (m *moment) UnmarshalJSON(b []byte) error {
	*m = moment{}
	var s text
	if _ = s.UnmarshalJSON(b); s.v == "" {
		return nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05"} { // both accept fractional seconds
		if at, err := time.Parse(form, s.v); err == nil && at.Year() >= oldest {
			m.Time = at.UTC()
			return nil
		}
	}
	return nil
}

// day is a date on the wire, at midnight UTC; what cannot be read is zero, as for moment.
type day struct{ time.Time }

func (d *day) UnmarshalJSON(b []byte) error {
	var m moment
	_ = m.UnmarshalJSON(b) // some services write a time where a date is documented
	d.Time = m.Truncate(24 * time.Hour)
	var s string
	if json.Unmarshal(b, &s) == nil {
		if at, err := time.Parse(time.DateOnly, s); err == nil && at.Year() >= oldest {
			d.Time = at
		}
	}
	return nil
}

// identity returns "" for each of the ways in which Graph says that there is no id: null,
// "" and all zeros.
func identity(s string) string {
	if s == "00000000-0000-0000-0000-000000000000" {
		return ""
	}
	return s
}

// spelled returns s in the spelling of the known value that it equals, ignoring case; an
// unknown value is returned unchanged.
func spelled[S ~string](s S, known ...S) S {
	for _, k := range known {
		if strings.EqualFold(string(s), string(k)) {
			return k
		}
	}
	return s
}

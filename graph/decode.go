package graph

import (
	"encoding/json"
	"strings"
	"time"
)

// What Graph sends of a machine is read field by field: one that cannot be read (another
// type than documented, a form of date that nobody knows) is empty, and the others stand.
// An odd machine must not hide a whole fleet.

// lenient is a value that is empty where the JSON is not what it should be.
type lenient[T any] struct{ v T }

func (l *lenient[T]) UnmarshalJSON(b []byte) error {
	var v T
	if json.Unmarshal(b, &v) != nil {
		v = *new(T)
	}
	l.v = v
	return nil
}

// text is a lenient string.
type text = lenient[string]

// moment is a time on the wire. One without a zone is UTC; what cannot be read, and what
// lies before there were Cloud PCs (0001-01-01 is a way to write "none"), is zero.
type moment struct{ time.Time }

const oldest = 2000 // years

func (m *moment) UnmarshalJSON(b []byte) error {
	*m = moment{}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05"} { // both take fractions too
		if at, err := time.Parse(form, s); err == nil && at.Year() >= oldest {
			m.Time = at.UTC()
			return nil
		}
	}
	return nil
}

// identity is empty where Graph says in one of its ways that there is none: null, "" and zeros.
func identity(s string) string {
	if s == "00000000-0000-0000-0000-000000000000" {
		return ""
	}
	return s
}

// spelled is s as one of the known spells it, without regard to case; what is unknown
// stays as it is.
func spelled[S ~string](s S, known ...S) S {
	for _, k := range known {
		if strings.EqualFold(string(s), string(k)) {
			return k
		}
	}
	return s
}

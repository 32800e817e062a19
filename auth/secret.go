package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is something that whoever has it can act with: a token, the address of a database
// with its password in it, a response_url. It prints REDACTED in every verb of fmt, in slog and
// in encoding/json, also where it is an unexported field of something that is printed as a whole.
// Only [Secret.Reveal] gives the value away, and is for the call that sends it.
//
// The value is held by a function and not as a string, for fmt calls no methods on unexported
// fields, nor behind a verb that it does not know, as %p: there it looks into a value by
// reflection, and so do packages that compare and print values in tests. None can look into a
// function. That two secrets cannot be compared by == is the price of it. The zero value is
// a secret that is not set.
type Secret struct{ reveal func() string }

const redacted = "REDACTED"

// NewSecret keeps a value to itself; "" is the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{func() string { return value }}
}

// Reveal is the value; "" where none is set.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether no value is set.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Format is how fmt prints a Secret, whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (Secret) String() string       { return redacted }
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the value, so that what was written is not what can be read again. Its error is nil.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the value from an environment or from JSON. Its error is nil.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a value that lets its holder act: a token, a database address with its password, a
// response_url. It prints REDACTED with every verb of fmt, in slog and in encoding/json, even as an
// unexported field of a value that is printed as a whole. Only [Secret.Reveal] returns the value,
// for the call that sends it.
//
// The value is held by a function rather than a string, because fmt calls no methods on unexported
// fields, nor for a verb that it does not know, such as %p: there it reads the value by reflection,
// and so do packages that compare and print values in tests. Reflection cannot look into a
// function. The price is that two secrets cannot be compared with ==. The zero value is a secret
// that is not set.
type Secret struct{ reveal func() string }

const redacted = "REDACTED"

// NewSecret wraps a value; "" gives the zero Secret.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{func() string { return value }}
}

// Reveal returns the value; "" if none is set.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether no value is set.
func (s Secret) IsZero() bool { return s.reveal == nil }

// Format writes REDACTED for every verb of fmt.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

func (Secret) String() string       { return redacted }
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the value, so a marshalled Secret cannot be read back. Its error is nil.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText sets the value, as from the environment or from JSON. Its error is nil.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

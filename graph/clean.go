package graph

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	jwt    = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*`)
	bearer = regexp.MustCompile(`(?i)\bbearer\s+[A-Za-z0-9._~+/=-]{8,}`)
)

// clean makes text from the wire fit for one line of a log: at most n runes, no control or
// bidirectional characters, no token, and none of the secrets.
func clean(s string, n int, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "REDACTED")
		}
	}
	s = jwt.ReplaceAllString(s, "REDACTED")
	s = bearer.ReplaceAllString(s, "REDACTED")
	s = strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(s, " "))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > n {
		s = string(runes[:n-1]) + "…"
	}
	return s
}

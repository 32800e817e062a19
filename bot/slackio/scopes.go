package slackio

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"cloudpc-bot/bot/causes"
)

// Scope is an OAuth scope of the app, and what the bot needs it for.
type Scope struct{ Name, For string }

const reinstall = "print the app's manifest with cloudpc-bot manifest, paste it at https://api.slack.com/apps > App Manifest, and reinstall the app; the token stays the same"

// scopes tracks which scopes the bot's token has been granted. Every Web API answer, including a refusal,
// lists them in the header X-OAuth-Scopes. If the header is absent, for instance because a proxy strips
// it, the scopes are unknown; that does not mean that there are none.
type scopes struct {
	mu     sync.Mutex
	latest string          // the header of the latest answer that had one
	told   map[string]bool // missing scopes that have been logged
}

// noteScopes reads the granted scopes from an answer's header and logs each missing scope once.
func (s *Client) noteScopes(h http.Header) {
	list := h.Get("X-OAuth-Scopes")
	s.scopes.mu.Lock()
	defer s.scopes.mu.Unlock()
	if list == "" || list == s.scopes.latest {
		return
	}
	s.scopes.latest = list
	has := splitScopes(list)
	for _, scope := range s.Scopes {
		if slices.Contains(has, scope.Name) {
			delete(s.scopes.told, scope.Name) // granted since then; if it is revoked later, that is logged again
		} else if s.scopes.first(scope.Name) {
			s.Log.Error("Slack has not granted a scope that the bot needs", "scope", scope.Name, "for", scope.For, "cure", reinstall)
		}
	}
}

// lacks returns the error for a call that Slack refused because a scope is missing. It logs each scope
// once.
func (s *Client) lacks(method, needed string) error {
	s.scopes.mu.Lock()
	defer s.scopes.mu.Unlock()
	about := needed
	if about == "" {
		about = method
	}
	if s.scopes.first(about) {
		s.Log.Error("Slack refused a call because a scope is missing", "method", method, "scope", needed, "cure", reinstall)
	}
	return &causes.MissingScopeError{Op: method, Needed: needed}
}

// Missing returns the scopes that the bot needs and Slack has not granted, as far as its latest answer says.
func (s *Client) Missing() (scopes []Scope) {
	for _, scope := range s.Scopes {
		if s.scopes.withhold(scope.Name) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// withhold reports whether the scope is known not to be granted.
func (s *scopes) withhold(scope string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest != "" && !slices.Contains(splitScopes(s.latest), scope)
}

// splitScopes returns the scopes in the header.
func splitScopes(header string) []string {
	return strings.FieldsFunc(header, func(c rune) bool { return c == ',' || c == ' ' })
}

// first reports whether this is the first time that the scope is found missing, and notes it. mu is
// locked.
func (s *scopes) first(scope string) bool {
	if s.told[scope] {
		return false
	}
	if s.told == nil {
		s.told = map[string]bool{}
	}
	s.told[scope] = true
	return true
}

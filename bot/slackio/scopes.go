package slackio

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"cloudpc-bot/bot/causes"
)

// Scope is a permission of the app in Slack, and what the bot cannot do without it.
type Scope struct{ Name, For string }

const reinstall = "print the app's manifest with cloudpc-bot manifest, paste it at https://api.slack.com/apps > App Manifest, and reinstall the app; the token stays the same"

// scopes is what Slack says the bot's token may do. Every answer of the Web API says it in a
// header, X-OAuth-Scopes. Where it is absent, as behind a proxy that strips it, nothing is
// known: that is not a token without scopes.
type scopes struct {
	mu    sync.Mutex
	heard string          // the header of the newest answer that had one
	told  map[string]bool // scopes whose lack was logged
}

// granted reads what an answer says the bot's token may do, and logs what is lacking, each
// scope once.
func (s *Client) granted(h http.Header) {
	list := h.Get("X-OAuth-Scopes")
	s.scopes.mu.Lock()
	defer s.scopes.mu.Unlock()
	if list == "" || list == s.scopes.heard {
		return
	}
	s.scopes.heard = list
	has := strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
	for _, scope := range s.Scopes {
		if slices.Contains(has, scope.Name) {
			delete(s.scopes.told, scope.Name) // granted since; if it is taken away again, that is news
		} else if s.scopes.first(scope.Name) {
			s.Log.Error("Slack has not granted a scope that the bot needs", "scope", scope.Name, "for", scope.For, "cure", reinstall)
		}
	}
}

// lacks is the error of a call that Slack refused for want of a scope. It is logged once for
// each scope.
func (s *Client) lacks(method, needed string) error {
	s.scopes.mu.Lock()
	defer s.scopes.mu.Unlock()
	about := needed
	if about == "" {
		about = method
	}
	if s.scopes.first(about) {
		s.Log.Error("Slack refused a call for want of a scope", "method", method, "scope", needed, "cure", reinstall)
	}
	return &causes.MissingScopeError{Op: method, Needed: needed}
}

// first reports whether the lack of a scope is told for the first time. mu is locked.
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

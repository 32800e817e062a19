package graph

import (
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
)

const claims = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`

// challenged answers as Graph does when Entra has taken a token back.
func challenged(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="", error="insufficient_claims", claims="`+
		base64.StdEncoding.EncodeToString([]byte(claims))+`"`)
	w.Header().Set("request-id", "7f3c0000-0000-4000-8000-000000000000")
	w.WriteHeader(http.StatusUnauthorized)
}

func plain401(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Bearer realm=""`)
	w.Header().Set("request-id", "7f3c0000-0000-4000-8000-000000000000")
	w.WriteHeader(http.StatusUnauthorized)
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestChallengeIsAnsweredOnce(t *testing.T) {
	second := func(n int) error {
		if n > 1 {
			return errors.New("no more")
		}
		return nil
	}
	for _, row := range []struct {
		name    string
		answer  http.HandlerFunc
		fails   func(int) error
		arrives int
		tokens  int
		outcome Outcome
		is      error
	}{
		{"then accepted", inTurn(challenged, says(204, "")), nil, 2, 2, Acted, nil},
		{"then refused", inTurn(challenged, says(409, "")), nil, 2, 2, Refused, ErrConflict},
		{"then lost", inTurn(challenged, hangUp), nil, 2, 2, Unknown, ErrUnknownOutcome},
		{"then a 503", inTurn(challenged, says(503, "")), nil, 2, 2, Unknown, ErrUnknownOutcome},
		{"and again", challenged, nil, 2, 2, Refused, ErrUnauthorized},
		{"and there is no other token", challenged, second, 1, 2, NotActed, ErrNoToken},
		{"with claims that cannot be read", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_claims", claims="%%"`)
			w.Header().Set("request-id", "7f3c0000-0000-4000-8000-000000000000")
			w.WriteHeader(http.StatusUnauthorized)
		}, nil, 1, 1, Refused, ErrUnauthorized},
		{"that is none", plain401, nil, 1, 1, Refused, ErrUnauthorized},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := serve(t, false, row.answer)
			cred := &entra{fails: row.fails}
			err := s.client(t, func(c *Config) { c.Credential = cred }).Reprovision(t.Context(), pcID, Build{OS: "windows11"})
			if got := OutcomeOf(err); got != row.outcome || !errors.Is(err, row.is) {
				t.Errorf("%v, want %v: %v", got, row.outcome, err)
			}
			seen := s.arrivals()
			if len(seen) != row.arrives || len(cred.asked) != row.tokens {
				t.Fatalf("%d arrived and %d tokens were asked for, want %d and %d", len(seen), len(cred.asked), row.arrives, row.tokens)
			}
			if o := cred.asked[0]; !o.EnableCAE || len(o.Scopes) != 1 || o.Scopes[0] != s.URL+"/.default" {
				t.Errorf("asked for a token with %+v", o)
			}
			if row.tokens > 1 && cred.asked[1].Claims != claims {
				t.Errorf("asked for the second token with %+v", cred.asked[1])
			}
			if row.arrives > 1 && (seen[1].body != seen[0].body || seen[1].header.Get("client-request-id") != seen[0].header.Get("client-request-id")) {
				t.Errorf("the second request differs: %+v, %+v", seen[0], seen[1])
			}
		})
	}
}

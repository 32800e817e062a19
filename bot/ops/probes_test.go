package ops

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReadyNamesThePartThatIsNot(t *testing.T) {
	well := func(context.Context) error { return nil }
	ill := func(context.Context) error { return errors.New("no socket is open") }
	for _, row := range []struct {
		path    string
		waiting map[string]error
		parts   map[string]Check // nil = it is starting
		code    int
		text    string
	}{
		{"/healthz", nil, map[string]Check{"slack": ill}, 200, "ok"},
		{"/readyz", nil, map[string]Check{"ledger": well, "slack": well}, 200, "ok"},
		{"/readyz", nil, map[string]Check{"ledger": well, "slack": ill}, 503, "slack: no socket is open"},
		{"/elsewhere", nil, nil, 404, "not found"},
		{"/healthz", map[string]error{"Slack": errors.New("auth.test answered 503")}, nil, 200, "ok"},
		{"/readyz", nil, nil, 503, "starting"},
		{"/readyz", map[string]error{"Slack": nil}, nil, 503, "starting"},
		{"/readyz", map[string]error{"Slack": errors.New("auth.test answered 503"), "PostgreSQL": errors.New("it is starting")}, nil,
			503, "waiting for PostgreSQL: it is starting\nwaiting for Slack: auth.test answered 503\n"},
		{"/readyz", map[string]error{"Entra": errors.New("late")}, map[string]Check{"entra": well}, 200, "ok"},
	} {
		s, err := Probes("off", http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for service, why := range row.waiting {
			s.Waiting(service, why)
		}
		s.Ready(row.parts)
		w := httptest.NewRecorder()
		s.handler().ServeHTTP(w, httptest.NewRequest("GET", row.path, nil))
		if w.Code != row.code || !strings.Contains(w.Body.String(), row.text) {
			t.Errorf("%s: got %d %q, want %d %q", row.path, w.Code, w.Body, row.code, row.text)
		}
	}
}

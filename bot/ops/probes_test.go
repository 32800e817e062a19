package ops

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
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

// One service that hangs says nothing about the others.
func TestAPartThatHangsIsTheOnlyOneThatIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Probes("off", http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		released, asked := make(chan struct{}), atomic.Int32{}
		pass := func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return errors.New("the server did not answer")
			case <-time.After(2 * time.Second):
				return nil
			}
		}
		s.Ready(map[string]Check{
			"a": func(ctx context.Context) error { <-ctx.Done(); return errors.New("the server did not answer") },
			"b": func(context.Context) error { asked.Add(1); <-released; return nil }, // hears no deadline
			"c": pass, "d": pass,
		})
		probe := func(want string) {
			t.Helper()
			begun, w := time.Now(), httptest.NewRecorder()
			s.handler().ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
			if took := time.Since(begun); w.Body.String() != want || took > 4*time.Second {
				t.Errorf("after %v: %q, want %q", took, w.Body, want)
			}
		}
		probe("a: the server did not answer\nb: the check has not ended within 3s\n")
		probe("a: the server did not answer\nb: the check has not ended within 3s\n")
		if n := asked.Load(); n != 1 {
			t.Errorf("a check that hangs was begun %d times", n)
		}
		close(released)
		synctest.Wait()
		probe("a: the server did not answer\n")
	})
}

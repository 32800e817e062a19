package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"
)

// leaks looks for the token in everything that err and log could tell.
func leaks(t *testing.T, err error, log *logged) {
	t.Helper()
	texts := []string{log.String()}
	for e := err; e != nil && len(texts) < 3; e = errors.Unwrap(e) { // the third is somebody else's
		texts = append(texts, e.Error(), fmt.Sprintf("%+v %#q", e, e))
	}
	if e, ok := errors.AsType[*Error](err); ok {
		texts = append(texts, e.Message, e.Code, e.RequestID, e.CallID)
		if strings.ContainsAny(e.Error(), "\n\r\t\x00\x1b\u202e") || utf8.RuneCountInString(e.Error()) > 800 {
			t.Errorf("not a line for a log: %q", e.Error())
		}
	}
	for _, text := range texts {
		if strings.Contains(text, secret) || strings.Contains(text, "Bearer ey") {
			t.Errorf("tells the token: %s", text)
		}
	}
}

func TestNothingTellsTheToken(t *testing.T) {
	var log logged
	defer azlog.SetListener(nil)
	long := strings.Repeat("x", 1<<15)
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			given := r.Header.Get("Authorization")
			if status == 409 {
				w.Header().Set("request-id", given)
			}
			w.Header().Set("Location", "https://example.com/?t="+strings.TrimPrefix(given, "Bearer "))
			w.WriteHeader(status)
			body, _ := json.Marshal(map[string]any{"error": map[string]any{
				"code": given, "message": "\x1b[31m\u202e your " + given + " eyJhbGciOiJub25lIn0.eyJhIjoxfQ.sig\r\nlevel=ERROR " + long,
				"innerError": map[string]any{"code": given, "request-id": given},
			}})
			w.Write(body)
		}
	}
	for _, status := range []int{200, 302, 400, 401, 403, 404, 409, 429, 500, 503} {
		s := serve(t, false, echo(status))
		azlog.SetListener(func(_ azlog.Event, text string) { io.WriteString(&log, text) })
		if status == 409 {
			azlog.SetListener(nil) // azcore shows a request-id as it is
		}
		c := s.client(t, func(c *Config) { c.Log = log.logger() })
		leaks(t, c.Reprovision(t.Context(), pcID, Build{}), &log)
		if status >= 500 || status == 429 {
			continue // reads would wait and ask again
		}
		_, err := c.CloudPC(t.Context(), pcID)
		leaks(t, err, &log)
		_, err = c.Find(t.Context(), "x'; "+secret[:4])
		leaks(t, err, &log)
	}
	if !strings.Contains(log.String(), `"status":409`) || !strings.Contains(log.String(), "REDACTED") {
		t.Error("the log does not tell enough")
	}
}

func TestTheWireIsLogged(t *testing.T) {
	var log logged
	s := serve(t, false, says(409, `{"error":{"code":"Conflict"}}`))
	c := s.client(t, func(c *Config) { c.Log = log.logger() })
	c.Reprovision(WithCallID(t.Context(), "mine"), pcID, Build{})
	var line map[string]any
	if err := json.Unmarshal([]byte(log.String()), &line); err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	delete(line, "time")
	delete(line, "took")
	want := map[string]any{
		"level": "DEBUG", "msg": "graph answered", "op": "reprovision", "method": "POST", "status": 409.0, "proto": "HTTP/1.1",
		"host": strings.TrimPrefix(s.URL, "https://"), "path": "/v1.0/deviceManagement/virtualEndpoint/cloudPCs/" + pcID + "/reprovision",
		"client_request_id": "mine", "graph_request_id": "7f3c0000-0000-4000-8000-000000000000",
	}
	if fmt.Sprint(line) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", line, want)
	}
	c = s.client(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	before := log.String()
	c.Reprovision(t.Context(), pcID, Build{})
	if log.String() != before {
		t.Errorf("above Debug: %s", log.String()[len(before):])
	}
}

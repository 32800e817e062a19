package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	pcID   = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"
	secret = "the-token-that-nobody-may-see"
)

// service is a Graph that answers as a handler says and remembers what arrived.
type service struct {
	*httptest.Server
	mu   sync.Mutex
	seen []arrival
}

// arrival is one request, read to its end.
type arrival struct {
	method, path, query, body, proto, from string
	header                                 http.Header
	inBatch, resumed                       bool
}

func (s *service) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrival(nil), s.seen...)
}

// serve starts a service over TLS; with h2 it would rather speak HTTP/2.
func serve(t *testing.T, h2 bool, answer http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, arrival{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Proto, r.RemoteAddr, r.Header, false, r.TLS.DidResume})
		s.mu.Unlock()
		answer(w, r)
	}))
	s.EnableHTTP2 = h2
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// serveParts is serve for a handler that knows nothing of batches.
func serveParts(t *testing.T, answer http.HandlerFunc) *service {
	t.Helper()
	var s *service
	s = serve(t, true, func(w http.ResponseWriter, r *http.Request) { s.eachPart(answer)(w, r) })
	return s
}

// requests counts what arrived alone, batches included, and the parts of batches.
func (s *service) requests() (alone, parts int) {
	for _, a := range s.arrivals() {
		if a.inBatch {
			parts++
		} else {
			alone++
		}
	}
	return alone, parts
}

// client makes a client of s; change may be nil.
func (s *service) client(t *testing.T, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		URL: s.URL, Credential: &entra{}, Beta: true, Timeout: 10 * time.Second,
		Transport: s.Client().Transport.(*http.Transport),
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// entra is a credential that gives out one token, until fails says otherwise.
type entra struct {
	mu    sync.Mutex
	asked []policy.TokenRequestOptions
	fails func(n int) error // of the n-th request, from 1; nil = never
}

func (e *entra) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, o)
	if e.fails != nil {
		if err := e.fails(len(e.asked)); err != nil {
			return azcore.AccessToken{}, err
		}
	}
	return azcore.AccessToken{Token: secret, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// eachPart answers a batch by what h answers to each of its parts, in the opposite order, and any other
// request as h does. The parts arrive at the service like requests.
func (s *service) eachPart(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		version, isBatch := strings.CutSuffix(r.URL.Path, "/$batch")
		if !isBatch {
			h(w, r)
			return
		}
		var sent struct{ Requests []part }
		s.mu.Lock()
		_ = json.Unmarshal([]byte(s.seen[len(s.seen)-1].body), &sent)
		s.mu.Unlock()
		answers := []any{}
		for _, p := range slices.Backward(sent.Requests) {
			to, inner := httptest.NewRecorder(), httptest.NewRequest(p.Method, version+p.URL, nil)
			s.mu.Lock()
			s.seen = append(s.seen, arrival{method: p.Method, path: inner.URL.EscapedPath(), query: inner.URL.RawQuery, inBatch: true})
			s.mu.Unlock()
			h(to, inner)
			answers = append(answers, map[string]any{"id": p.ID, "status": to.Code, "body": json.RawMessage(cmp.Or(to.Body.String(), `""`))})
		}
		body, _ := json.Marshal(map[string]any{"responses": answers})
		says(200, string(body))(w, r)
	}
}

// says answers with a status and a JSON body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("request-id", "7f3c0000-0000-4000-8000-000000000000")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// inTurn gives each request the next answer; the last one stays.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		answer(w, r)
	}
}

// logged collects what is logged, at every level.
type logged struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Check reports what is wrong with one part of the bot; nil = nothing.
type Check = func(context.Context) error

// Server answers HTTP probes until it is closed. /healthz answers 200 while the process lives. /readyz
// answers 200 while every part is well, and 503 with a line for each that is not. Before Ready is
// called it answers 503 with what the start is waiting for. /metrics answers what Prometheus scrapes.
type Server struct {
	server  *http.Server // nil = probes are off
	metrics http.Handler

	mu      sync.Mutex       // guards what follows
	waiting map[string]error // what the start waits for, by service, and why
	parts   map[string]*part // by name; nil = the process is starting
}

// Close stops the server.
func (s *Server) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Waiting says that the start waits for a service, and why; nil = it no longer does.
func (s *Server) Waiting(service string, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if why == nil {
		delete(s.waiting, service)
		return
	}
	s.waiting[service] = why
}

// Ready says that the start is over, and which parts /readyz checks from now on. They are checked all at
// once, each for at most 3 s. nil = it is not over.
func (s *Server) Ready(checks map[string]Check) {
	var parts map[string]*part
	if checks != nil {
		parts = map[string]*part{}
	}
	for name, check := range checks {
		parts[name] = &part{check: check}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = parts
}

// Probes starts a Server that listens on addr, with a handler for /metrics; "off" = nowhere.
func Probes(addr string, metrics http.Handler, log *slog.Logger) (*Server, error) {
	s := &Server{metrics: metrics, waiting: map[string]error{}}
	if addr == "off" {
		return s, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HTTP_ADDR: %w; choose another address, or off", err)
	}
	log.Info("the bot answers probes", "address", l.Addr().String())
	s.server = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the bot no longer answers probes: its HTTP server failed", "error", err)
		}
	}()
	return s, nil
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if missing := s.missing(); missing != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, missing)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /metrics", s.metrics)
	return mux
}

// Parts checks every part of the bot at once, and says what is wrong with each; nil = nothing. Before the start is
// over these are the services that it waits for, and why.
func (s *Server) Parts() (parts map[string]error, started bool) {
	s.mu.Lock()
	parts, checks := maps.Clone(s.waiting), s.parts
	s.mu.Unlock()
	if checks == nil {
		return parts, false
	}
	parts = map[string]error{}
	var all sync.WaitGroup
	var mu sync.Mutex
	for name, check := range checks {
		all.Go(func() {
			err := check.ask()
			mu.Lock()
			defer mu.Unlock()
			parts[name] = err
		})
	}
	all.Wait()
	return parts, true
}

// missing has a line for each service that the start waits for, or for each part that is not well;
// empty = ready.
func (s *Server) missing() string {
	parts, started := s.Parts()
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		switch err := parts[name]; {
		case err == nil:
		case started:
			fmt.Fprintf(&text, "%s: %s\n", name, line(err))
		default:
			fmt.Fprintf(&text, "waiting for %s: %s\n", name, line(err))
		}
	}
	if !started && text.Len() == 0 {
		fmt.Fprintln(&text, "starting")
	}
	return text.String()
}

// line is an error in one line. Some errors have a line for each address that was tried.
func line(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

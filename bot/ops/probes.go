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

// Check reports what is wrong with one part; nil is well.
type Check = func(context.Context) error

// Server answers the probes until it is closed: /healthz while the process lives, /readyz
// while every part is well, naming those that are not. It is not ready before Ready, and
// tells until then what the process waits for.
type Server struct {
	server *http.Server // nil = it listens nowhere

	mu      sync.Mutex // guards what follows
	waiting map[string]error
	parts   map[string]Check // nil = the process is starting
}

// Close ends the server.
func (s *Server) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Waiting says that the start waits for a service, and why; nil is that it waits no more.
func (s *Server) Waiting(service string, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if why == nil {
		delete(s.waiting, service)
		return
	}
	s.waiting[service] = why
}

// Ready says that the start is over, and what there is to be well.
func (s *Server) Ready(parts map[string]Check) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = parts
}

// Probes listens on addr, "off" for nowhere.
func Probes(addr string, log *slog.Logger) (*Server, error) {
	s := &Server{waiting: map[string]error{}}
	if addr == "off" {
		return s, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HTTP_ADDR: %w; choose another address, or off", err)
	}
	log.Info("answering probes", "address", l.Addr().String())
	s.server = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("probes ended", "error", err)
		}
	}()
	return s, nil
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		if missing := s.missing(ctx); missing != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, missing)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}

// missing is a line for each thing that the process waits for, or that is not well.
func (s *Server) missing(ctx context.Context) string {
	s.mu.Lock()
	waiting, parts := maps.Clone(s.waiting), s.parts
	s.mu.Unlock()
	var text strings.Builder
	if parts == nil {
		for _, service := range slices.Sorted(maps.Keys(waiting)) {
			fmt.Fprintf(&text, "waiting for %s: %s\n", service, line(waiting[service]))
		}
		if text.Len() == 0 {
			fmt.Fprintln(&text, "starting")
		}
		return text.String()
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if err := parts[name](ctx); err != nil {
			fmt.Fprintf(&text, "%s: %s\n", name, line(err))
		}
	}
	return text.String()
}

// line is an error in one line: some of them have one for each address that was tried.
func line(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

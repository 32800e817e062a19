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
	"time"
)

// Check reports what is wrong with one part; nil is well.
type Check = func(context.Context) error

// Server answers the probes until it is closed.
type Server struct{ server *http.Server }

// Close ends the server.
func (s *Server) Close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// Probes listens on addr, "off" for nowhere: /healthz answers while the process lives,
// /readyz while every part is well, naming those that are not.
func Probes(addr string, parts map[string]Check, log *slog.Logger) (*Server, error) {
	if addr == "off" {
		return &Server{}, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HTTP_ADDR: %w; choose another address, or off", err)
	}
	s := &http.Server{Handler: handler(parts), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("probes ended", "error", err)
		}
	}()
	return &Server{s}, nil
}

func handler(parts map[string]Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
		defer cancel()
		ready, text := true, ""
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			if err := parts[name](ctx); err != nil {
				ready = false
				text += name + ": " + err.Error() + "\n"
			}
		}
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, text)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}

package graph

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// The process may be stopped at any point and go on after the deadline, when
// somebody else already counts the request as lost.
func TestNothingIsWrittenAfterTheDeadline(t *testing.T) {
	later := func() time.Time { return time.Now().Add(time.Hour) }
	for _, row := range []struct {
		name    string
		stops   func(stopped func()) *httptrace.ClientTrace
		outcome Outcome
	}{
		{"before the dial", func(stopped func()) *httptrace.ClientTrace {
			stopped()
			return &httptrace.ClientTrace{GetConn: func(string) { t.Error("it dials") }}
		}, NotActed},
		{"before TLS", func(stopped func()) *httptrace.ClientTrace {
			return &httptrace.ClientTrace{TLSHandshakeStart: stopped}
		}, NotActed},
		{"before the write", func(stopped func()) *httptrace.ClientTrace {
			return &httptrace.ClientTrace{WroteHeaders: stopped}
		}, Unknown}, // rightly: the proof would have to come from the same process
	} {
		t.Run(row.name, func(t *testing.T) {
			s := serve(t, false, says(204, ""))
			c := s.client(t, nil)
			var asleep atomic.Bool
			c.now = func() time.Time {
				if asleep.Load() {
					return later()
				}
				return time.Now()
			}
			ctx := httptrace.WithClientTrace(t.Context(), row.stops(func() { asleep.Store(true) }))
			err := c.Reprovision(ctx, pcID, Build{})
			if got := OutcomeOf(err); got != row.outcome || got == NotActed && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want %v: %v", got, row.outcome, err)
			}
			if n := len(s.arrivals()); n != 0 {
				t.Errorf("%d arrived", n)
			}
		})
	}
}

// azcore gives the context's error in place of an answer when both arrive.
func TestAnAnswerCountsThoughTheCallerLeft(t *testing.T) {
	for status, want := range map[int]Outcome{204: Acted, 409: Refused, 429: NotActed, 503: Unknown} {
		s := serve(t, false, says(status, ""))
		ctx, cancel := context.WithCancel(t.Context())
		leave := slog.New(slog.NewTextHandler(writer(func() { cancel() }), &slog.HandlerOptions{Level: slog.LevelDebug}))
		err := s.client(t, func(c *Config) { c.Log = leave }).Reprovision(ctx, pcID, Build{})
		if got := OutcomeOf(err); got != want || (err == nil) != (want == Acted) || ctx.Err() == nil {
			t.Errorf("%d: %v, want %v: %v", status, got, want, err)
		}
	}
}

// writer calls itself for every line.
type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }

func TestTheSoonerDeadlineCounts(t *testing.T) {
	s := serve(t, false, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	err := s.client(t, func(c *Config) { c.Timeout = time.Hour }).Reprovision(ctx, pcID, Build{})
	if !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != Unknown {
		t.Errorf("with the caller's deadline: %v", err)
	}
	err = s.client(t, func(c *Config) { c.Timeout = 200 * time.Millisecond }).Reprovision(t.Context(), pcID, Build{})
	if !errors.Is(err, context.DeadlineExceeded) || OutcomeOf(err) != Unknown {
		t.Errorf("with the client's own: %v", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
}

// Whenever a call is given up, NotActed has to be true: it is the word on which
// a machine is wiped again.
func TestNotActedNeverArrives(t *testing.T) {
	s := serve(t, false, says(204, ""))
	c := s.client(t, nil)
	outcomes := map[string]Outcome{}
	for i := range 60 {
		ctx, cancel := context.WithCancel(t.Context())
		stop := cancel
		if i%2 == 1 { // from another goroutine, at no moment in particular
			stop = func() { go cancel() }
		}
		trace := &httptrace.ClientTrace{}
		switch i % 5 {
		case 0:
			trace.GetConn = func(string) { stop() }
		case 1:
			trace.ConnectDone = func(string, string, error) { stop() }
		case 2:
			trace.TLSHandshakeDone = func(tls.ConnectionState, error) { stop() }
		case 3:
			trace.GotConn = func(httptrace.GotConnInfo) { stop() }
		case 4:
			trace.WroteHeaders = stop
		}
		id := strconv.Itoa(i)
		outcomes[id] = OutcomeOf(c.Reprovision(WithCallID(httptrace.WithClientTrace(ctx, trace), id), pcID, Build{}))
		cancel()
	}
	s.Close() // waits for what is still being answered
	for _, a := range s.arrivals() {
		if id := a.header.Get("client-request-id"); outcomes[id] == NotActed {
			t.Errorf("round %s arrived and is called NotActed", id)
		}
	}
}

func TestGivenUpMeansSilent(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	go io.Copy(io.Discard, there)
	a := &attempt{now: time.Now}
	a.state.Store(sealed)
	if n, err := (&guarded{here, a}).Write([]byte("POST")); n != 0 || err == nil {
		t.Errorf("wrote %d, %v", n, err)
	}
}

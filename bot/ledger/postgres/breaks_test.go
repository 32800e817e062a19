package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ledger/postgres"
)

// TestAConnectionThatBreaksWhileTheStoreOpensMayPass breaks it at each step on the way.
func TestAConnectionThatBreaksWhileTheStoreOpensMayPass(t *testing.T) {
	t.Parallel()
	address := ledgertest.Postgres(t)
	steps := 0
	for whole := false; !whole; steps++ {
		through, broken := breaking(t, address, steps)
		s, err := postgres.Open(t.Context(), through, postgres.Options{})
		switch whole = !broken(); {
		case err == nil:
			s.Close()
		case !errors.Is(err, postgres.ErrUnreachable):
			t.Errorf("broken after %d steps: %v", steps, err)
		}
	}
	if steps < 20 {
		t.Errorf("only %d steps were seen", steps)
	}
}

// breaking forwards to a server until a client has sent so many pieces, over all its
// connections; from then on every connection breaks.
func breaking(t *testing.T, address string, pieces int) (through string, broken func() bool) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var sent atomic.Int64
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				return
			}
			go func() {
				defer near.Close()
				_, _ = io.Copy(near, far)
			}()
			go func() {
				defer near.Close()
				defer far.Close()
				buf := make([]byte, 32<<10)
				for {
					n, err := near.Read(buf)
					if err != nil || sent.Add(1) > int64(pieces) {
						return
					}
					if _, err := far.Write(buf[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	u.Host = l.Addr().String()
	q := u.Query()
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return u.String(), func() bool { return sent.Load() > int64(pieces) }
}

// A write whose answer was lost after its commit has handed over a job to nobody: it is free when the lease
// has ended.
func TestALostHandoverEndsWithItsLease(t *testing.T) {
	t.Parallel()
	address := ledgertest.Postgres(t)
	through, lose := forgetful(t, address)
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	s, err := postgres.Open(t.Context(), through, postgres.Options{Now: func() time.Time { return noon.Add(time.Duration(passed.Load())) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pass := func(d time.Duration) { passed.Add(int64(d)) }
	ledgertest.LosesAHandover(t, s, pass, time.Minute, func(write func(context.Context) error) error {
		lose()
		return write(t.Context())
	})
}

// forgetful forwards to a server. After lose it breaks the next connection that commits, once the server
// has answered.
func forgetful(t *testing.T, address string) (through string, lose func()) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var armed atomic.Bool
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				return
			}
			var committing atomic.Bool
			pump := func(from, to net.Conn, forward func([]byte) bool) {
				defer near.Close()
				defer far.Close()
				buf := make([]byte, 32<<10)
				for {
					n, err := from.Read(buf)
					if err != nil || !forward(buf[:n]) {
						return
					}
					if _, err := to.Write(buf[:n]); err != nil {
						return
					}
				}
			}
			go pump(near, far, func(b []byte) bool {
				if bytes.Contains(b, []byte("commit\x00")) && armed.CompareAndSwap(true, false) {
					committing.Store(true)
				}
				return true
			})
			go pump(far, near, func([]byte) bool { return !committing.Load() })
		}
	}()
	u.Host = l.Addr().String()
	q := u.Query()
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return u.String(), func() { armed.Store(true) }
}

package postgres_test

import (
	"bytes"
	"context"
	"errors"
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
	var sent atomic.Int64
	through = forward(t, address, func() (there, back func([]byte) bool) {
		return func([]byte) bool { return sent.Add(1) <= int64(pieces) }, func([]byte) bool { return true }
	})
	return through, func() bool { return sent.Load() > int64(pieces) }
}

// forgetful forwards to a server. After lose it breaks the next connection that commits, once the server
// has answered.
func forgetful(t *testing.T, address string) (through string, lose func()) {
	var armed atomic.Bool
	through = forward(t, address, func() (there, back func([]byte) bool) {
		var committing atomic.Bool
		return func(b []byte) bool {
				if bytes.Contains(b, []byte("commit\x00")) && armed.CompareAndSwap(true, false) {
					committing.Store(true)
				}
				return true
			}, func([]byte) bool {
				return !committing.Load()
			}
	})
	return through, func() { armed.Store(true) }
}

// forward is the address of something between a client and a server. For each connection it asks pass for
// what decides on the pieces that go there and those that come back; the connection breaks at the first
// that may not pass.
func forward(t *testing.T, address string, pass func() (there, back func([]byte) bool)) (through string) {
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
	pump := func(from, to net.Conn, passes func([]byte) bool) {
		defer from.Close()
		defer to.Close()
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			if err != nil || !passes(buf[:n]) {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
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
			there, back := pass()
			go pump(near, far, there)
			go pump(far, near, back)
		}
	}()
	u.Host = l.Addr().String()
	q := u.Query()
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return u.String()
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

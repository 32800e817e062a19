package postgres_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

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

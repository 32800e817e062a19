package bot_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// wire is what lies between one replica and a service: it can be cut, and it can go silent.
type wire struct {
	listener net.Listener
	to       string                        // host:port of the service
	gate     sync.RWMutex                  // held while it is silent
	passing  atomic.Pointer[func([]byte)]  // looks at the first bytes of each connection before they go on
	losing   atomic.Pointer[chan struct{}] // the answer to the next COMMIT is lost, and this is closed

	mu    sync.Mutex // guards what follows
	cut   bool
	lines map[*line]bool
}

// line is one connection over a wire.
type line struct {
	near, far net.Conn
	lost      atomic.Pointer[chan struct{}] // what comes back next is lost, and this is closed
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, to: to, lines: map[*line]bool{}}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(near)
		}
	}()
	t.Cleanup(func() { l.Close(); w.sever(true) })
	return w
}

func (w *wire) address() string { return w.listener.Addr().String() }

// sever cuts the wire, or mends it.
func (w *wire) sever(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		w.reset()
	}
}

// reset breaks every connection, as a firewall that forgets them. The caller holds mu.
func (w *wire) reset() {
	for l := range w.lines {
		l.reset()
	}
}

func (w *wire) carry(near net.Conn) {
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		near.Close()
		return
	}
	l := &line{near: near, far: far}
	w.mu.Lock()
	cut := w.cut
	w.lines[l] = true
	w.mu.Unlock()
	if cut {
		l.reset()
	}
	there := make(chan struct{})
	go func() {
		defer close(there)
		w.pump(l, far, near)
	}()
	w.pump(l, near, far)
	<-there
	w.mu.Lock()
	delete(w.lines, l)
	w.mu.Unlock()
}

// pump carries bytes one way until there are no more.
func (w *wire) pump(l *line, to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for first := true; ; first = false {
		n, err := from.Read(buf)
		if n > 0 && from == l.near {
			w.look(l, buf[:n], first)
		}
		if lost := l.lost.Load(); n > 0 && from == l.far && lost != nil {
			l.reset()
			close(*lost)
			return
		}
		w.gate.RLock()
		if n > 0 {
			_, _ = to.Write(buf[:n])
		}
		w.gate.RUnlock()
		switch {
		case errors.Is(err, io.EOF):
			to.Close()
			from.Close()
			return
		case err != nil:
			l.reset()
			return
		}
	}
}

// look sees what the replica is about to send.
func (w *wire) look(l *line, b []byte, first bool) {
	if passing := w.passing.Load(); first && passing != nil {
		(*passing)(b)
	}
	if bytes.HasSuffix(b, []byte("commit\x00")) { // PostgreSQL's simple query
		if lost := w.losing.Swap(nil); lost != nil {
			l.lost.Store(lost)
		}
	}
}

// reset ends a connection without a goodbye.
func (l *line) reset() {
	for _, c := range []net.Conn{l.near, l.far} {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
}

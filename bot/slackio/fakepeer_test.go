package slackio

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// service is a socket that is being served.
type service chan struct{}

func served(c *socket, h handler) service {
	over := make(service)
	go func() { defer close(over); c.serve(h) }()
	return over
}

func (s service) over() bool {
	select {
	case <-s:
		return true
	default:
		return false
	}
}

// wait waits until the socket is closed, which is to take so long.
func (s service) wait(t *testing.T, want time.Duration) {
	t.Helper()
	at := time.Now()
	<-s
	if took := time.Since(at); took != want {
		t.Errorf("closed after %v, want %v", took, want)
	}
}

// peer is the far end of a socket, frame by frame and without a library.
type peer struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// bubble dials a peer in memory, on the bubble's time.
func bubble(t *testing.T) (*socket, *peer) {
	near, conn := net.Pipe()
	far := &peer{t, conn, bufio.NewReader(conn)}
	t.Cleanup(func() { conn.Close() })
	answer := func(body string) *http.Response {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
	}
	through := roundTrip(func(r *http.Request) (*http.Response, error) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/auth.test"):
			return answer(`{"ok":true,"team_id":"T0HOME"}`), nil
		case strings.HasSuffix(r.URL.Path, "/apps.connections.open"):
			return answer(`{"ok":true,"url":"wss://wss-primary.slack.test/link?` + ticket + `"}`), nil
		case r.URL.Host != "wss-primary.slack.test" || r.URL.Scheme != "https":
			return nil, errors.New("not here")
		}
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: near, Header: http.Header{
			"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Accept": {base64.StdEncoding.EncodeToString(sum[:])},
		}}, nil
	})
	s, err := Open(t.Context(), Config{APIURL: "https://slack.test/api/", HTTP: &http.Client{Transport: through}, Log: newLogs().logger()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, far
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// send sends a frame. It does not wait for anybody to read it.
func (p *peer) send(op byte, payload string) {
	frame := append(header(0x80|op, len(payload)), payload...)
	go func() { _, _ = p.conn.Write(frame) }()
	synctest.Wait() // keeps frames in order
}

// header is a frame's, without a mask.
func header(first byte, size int) []byte {
	switch {
	case size < 126:
		return []byte{first, byte(size)}
	case size < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{first, 126}, uint16(size))
	}
	return binary.BigEndian.AppendUint64([]byte{first, 127}, uint64(size))
}

// next is the next frame.
func (p *peer) next() (op byte, payload string) {
	p.t.Helper()
	h := make([]byte, 8)
	if _, err := io.ReadFull(p.in, h[:2]); err != nil {
		p.t.Errorf("no frame: %v", err)
		return 0, ""
	}
	if h[0]&0x80 == 0 || h[1]&0x80 == 0 {
		p.t.Errorf("a frame begins with %x", h[:2])
	}
	op, size := h[0]&0x0f, int(h[1]&0x7f)
	if size == 126 {
		_, _ = io.ReadFull(p.in, h[:2])
		size = int(binary.BigEndian.Uint16(h))
	}
	mask, body := make([]byte, 4), make([]byte, size)
	_, _ = io.ReadFull(p.in, mask)
	_, _ = io.ReadFull(p.in, body)
	for i := range body {
		body[i] ^= mask[i%4]
	}
	return op, string(body)
}

// goodbye takes in a close frame.
func (p *peer) goodbye() {
	p.t.Helper()
	if op, payload := p.next(); op != 0x8 || payload != "\x03\xe8" {
		p.t.Errorf("want a goodbye, got %#x %q", op, payload)
	}
}

package slackfake

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
)

// Slack drops acks that arrive in continuation frames, but a websocket library joins such frames without saying so. The
// types below therefore inspect the bytes before the library reads them.

// splitAt is the size in bytes of the pieces in which SplitEnvelopes sends envelopes.
const splitAt = 512

// frameSpy follows the frames of one connection. Only the goroutine that reads may use it.
type frameSpy struct {
	header  []byte // header bytes of the current frame, as far as they have arrived
	skip    uint64 // payload bytes of the current frame that have not arrived
	open    bool   // a message has begun but not ended
	pieces  bool   // the latest message came in more than one frame
	arrived []bool // for each complete message not yet asked about, whether it came in pieces
}

// fragmented reports whether the oldest message not yet asked about came in pieces.
func (f *frameSpy) fragmented() bool {
	first := f.arrived[0]
	f.arrived = f.arrived[1:]
	return first
}

func (f *frameSpy) see(b []byte) {
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, uint64(len(b)))
			f.skip -= n
			b = b[n:]
			continue
		}
		f.header, b = append(f.header, b[0]), b[1:]
		if size, ok := payloadSize(f.header); ok {
			f.frame(f.header[0])
			f.header, f.skip = f.header[:0], size
		}
	}
}

// payloadSize returns the payload size from a frame header (RFC 6455, section 5.2). It reports false until the whole
// header, including the mask, has arrived.
func payloadSize(h []byte) (uint64, bool) {
	if len(h) < 2 {
		return 0, false
	}
	size, need := uint64(h[1]&0x7f), 2
	switch size {
	case 126:
		need = 4
	case 127:
		need = 10
	}
	whole := need
	if h[1]&0x80 != 0 {
		whole += 4
	}
	if len(h) < whole {
		return 0, false
	}
	switch need {
	case 4:
		size = uint64(binary.BigEndian.Uint16(h[2:]))
	case 10:
		size = binary.BigEndian.Uint64(h[2:])
	}
	return size, true
}

func (f *frameSpy) frame(first byte) {
	final, control := first&0x80 != 0, first&0x08 != 0
	if control {
		return
	}
	f.pieces = f.open || !final
	f.open = !final
	if final {
		f.arrived = append(f.arrived, f.pieces)
	}
}

type spiedConn struct {
	net.Conn
	spy *frameSpy
}

func (c *spiedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.spy.see(b[:n])
	return n, err
}

// spyingWriter is a ResponseWriter whose hijacked connection is inspected by spy.
type spyingWriter struct {
	http.ResponseWriter
	spy *frameSpy
}

func (s spyingWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &spiedConn{conn, s.spy}, rw, nil
}

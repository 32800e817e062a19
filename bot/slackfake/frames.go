package slackfake

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
)

// Slack drops acks that arrive in continuation frames, but a websocket library puts such frames together without a
// word. So the bytes are looked at on their way in.

// splitAt is the length of the pieces when envelopes are sent split, in bytes.
const splitAt = 512

// frameSpy follows the frames of one connection. It is used by the goroutine that reads only.
type frameSpy struct {
	header  []byte // of the frame that is arriving, as far as it is here
	skip    uint64 // bytes of payload still to come
	open    bool   // a message has begun and not ended
	pieces  bool   // and came in more than one frame
	arrived []bool // messages that are complete, by whether they came in pieces
}

// fragmented tells whether the oldest message not yet asked about came in pieces.
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

// payloadSize is known once the whole header, mask included, is there.
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

// spyingWriter hands out a connection whose frames are looked at.
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

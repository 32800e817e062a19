package slackio

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// dial gets a fresh address from apps.connections.open and opens a socket to it, through the same
// transport and proxy as API calls. The socket is read until parent ends.
func (s *Client) dial(parent context.Context) (*socket, error) {
	ctx, cancel := context.WithTimeout(parent, dialTimeout)
	defer cancel()
	_, address, err := s.api().StartSocketModeContext(ctx)
	if err != nil {
		return nil, err
	}
	c := &socket{s: s, hand: make(chan struct{}, maxInFlight), leaving: make(chan struct{})}
	up := &upgrade{RoundTripper: s.sockets}
	c.conn, _, err = websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPClient: &http.Client{
			Transport:     up,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		OnPingReceived: func(context.Context, []byte) bool { return c.pinged() },
	})
	if err != nil {
		return nil, fmt.Errorf("dial: %w", withoutURL(err))
	}
	c.stream = up.stream
	c.conn.SetReadLimit(longestAnswer)
	c.onClose = s.socketCounts.opened()
	c.reading, c.end = context.WithCancel(parent)
	return c, nil
}

// upgrade is the transport of one websocket handshake. It puts a stream around the connection that
// results, and keeps it.
type upgrade struct {
	http.RoundTripper
	stream *stream
}

func (u *upgrade) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := u.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if conn, ok := resp.Body.(io.ReadWriteCloser); ok && resp.StatusCode == http.StatusSwitchingProtocols {
		u.stream = newStream(conn)
		resp.Body = u.stream
	}
	return resp, nil
}

// stream is the connection under a websocket. It hides the peer's close frame from coder/websocket,
// which would answer it and hang up within the same Read, so that acknowledgements not yet written
// would be lost. Instead, when a close frame begins, Read closes goodbye and then blocks until the
// peer hangs up.
type stream struct {
	io.ReadWriteCloser
	in      *bufio.Reader
	left    int64         // unread bytes of the current frame
	goodbye chan struct{} // closed when a close frame has arrived
	ended   func()        // closes goodbye
}

func newStream(conn io.ReadWriteCloser) *stream {
	s := &stream{ReadWriteCloser: conn, in: bufio.NewReader(conn), goodbye: make(chan struct{})}
	s.ended = sync.OnceFunc(func() { close(s.goodbye) })
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	if s.left == 0 {
		last, size, err := s.frame()
		if err != nil {
			return 0, err
		}
		if last {
			s.ended()
			if _, err := io.Copy(io.Discard, s.in); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		s.left = size
	}
	n, err := s.in.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	return n, err
}

// frame peeks at the header of the next frame (RFC 6455, section 5.2). It reports whether it is a
// close frame, and its size in bytes including the header.
func (s *stream) frame() (last bool, size int64, err error) {
	h, err := s.in.Peek(2)
	if err != nil {
		return false, 0, err
	}
	last = h[0]&0x0f == 0x8
	length, header := uint64(h[1]&0x7f), 2
	switch length {
	case 126:
		header += 2
	case 127:
		header += 8
	}
	if h[1]&0x80 != 0 { // masked; a server must not do that, and the library will report it
		header += 4
	}
	if h, err = s.in.Peek(header); err != nil {
		return false, 0, err
	}
	switch length {
	case 126:
		length = uint64(binary.BigEndian.Uint16(h[2:]))
	case 127:
		length = min(binary.BigEndian.Uint64(h[2:]), math.MaxInt64-14)
	}
	return last, int64(length) + int64(header), nil
}

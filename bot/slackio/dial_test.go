package slackio

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
)

// A server that offers HTTP/2 is asked for a socket in HTTP/1.1, as nothing else upgrades.
func TestSocketsAreNotAskedForInHTTP2(t *testing.T) {
	t.Parallel()
	hello := func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`))
		_, _, _ = conn.ReadMessage() // until it is left
	}
	var server *httptest.Server
	protocols := make(chan string, 100)
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/link":
			if conn, err := (&websocket.Upgrader{}).Upgrade(rw, r, nil); err != nil {
				t.Error(err)
			} else {
				defer conn.Close()
				hello(conn)
			}
		default:
			protocols <- r.Proto
			_ = json.NewEncoder(rw).Encode(map[string]any{"ok": true, "team_id": "T0HOME", "url": "wss" + strings.TrimPrefix(server.URL, "https") + "/link"})
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport := auth.Transport(roots)
	t.Cleanup(transport.CloseIdleConnections)
	w := &world{t: t, logs: newLogs()}
	var err error
	if w.Client, err = Open(t.Context(), Config{APIURL: server.URL + "/", HTTP: &http.Client{Transport: transport, Timeout: patience}, Log: w.logs.logger()}); err != nil {
		t.Fatal(err)
	}
	w.start(handler{})
	w.logs.await(t, "a socket to Slack is open", 2)
	if p := wait(t, "a call", protocols); p != "HTTP/2.0" {
		t.Errorf("calls are made in %s: this shows nothing", p)
	}
}

// The address of a socket is as good as a token, and goes to nobody Slack's server names.
func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	t.Cleanup(elsewhere.Close)
	w := openIll(t)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/?"+ticket, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	w.leads("ws" + strings.TrimPrefix(server.URL, "http") + "/?" + ticket)
	if _, err := w.dial(t.Context()); err == nil || strings.Contains(err.Error(), ticket) {
		t.Errorf("dial: %v", err)
	}
}

func TestPingsKeepASocketAndSilenceEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := bubble(t)
		far.send(0x1, `{"type":"hello"}`)
		began := served(c, handler{})
		for range 20 {
			time.Sleep(10 * time.Second)
			far.send(0x9, "Ping from applink-1")
			if op, payload := far.next(); op != 0xA || payload != "Ping from applink-1" {
				t.Errorf("the ping is answered with %#x %q", op, payload)
			}
		}
		far.send(0x9, "Ping from")
		far.next()
		at := time.Now()
		<-c.leaving
		if took := time.Since(at); took != silence {
			t.Errorf("left after %v of silence", took)
		}
		if began.over() {
			t.Error("closed without a goodbye")
		}
		far.goodbye()
		far.conn.Close()
		began.wait(t, time.Since(at)-silence)
	})
}

// Pings are no greeting.
func TestASocketWithoutAHelloIsLeftAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := bubble(t)
		began := served(c, handler{})
		at := time.Now()
		for range 3 {
			time.Sleep(3 * time.Second)
			far.send(0x9, "")
			far.next()
		}
		<-c.leaving
		if took := time.Since(at); took != helloTimeout {
			t.Errorf("left after %v", took)
		}
		far.goodbye()
		began.wait(t, closeTimeout) // it never hangs up
	})
}

// What was brought is acknowledged however the socket ends, and goodbye is said last.
func TestAcknowledgementsGoOutWhileTheSocketEnds(t *testing.T) {
	for name, row := range map[string]struct {
		end    func(c *socket, far *peer)
		hangUp bool // the peer does
	}{
		"a close frame":            {func(_ *socket, far *peer) { far.send(0x8, "\x03\xe8") }, true},
		"a close frame of no code": {func(_ *socket, far *peer) { far.send(0x8, "") }, false},
		"a close frame and more":   {func(_ *socket, far *peer) { far.send(0x8, "\x03\xe8"); far.send(0x1, envelope("e9")) }, true},
		"the bot is being stopped": {func(c *socket, _ *peer) { c.end() }, true},
		"it is stopped, and jams":  {func(c *socket, _ *peer) { c.end() }, false},
		"stopped amid pings":       {func(c *socket, far *peer) { c.end(); far.send(0x9, "a"); far.next(); far.send(0x9, "b"); far.next() }, true},
		"stopped amid envelopes": {func(c *socket, far *peer) {
			c.end()
			synctest.Wait()
			far.send(0x1, envelope("e8"))
			far.send(0x1, envelope("e9"))
		}, true},
		"nothing is heard any longer": {func(*socket, *peer) { time.Sleep(silence + time.Second) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, far := bubble(t)
				far.send(0x1, `{"type":"hello"}`)
				finish := make(chan struct{})
				began := served(c, handler{ask: func(intake.Ask) intake.Response { <-finish; return intake.Response{} }})
				far.send(0x1, envelope("e1"))
				far.send(0x1, envelope("e2"))
				synctest.Wait()
				row.end(c, far)
				synctest.Wait()
				if !c.left() || began.over() {
					t.Fatalf("left: %v, over: %v", c.left(), began.over())
				}
				time.Sleep(2 * time.Second) // of a handler's
				close(finish)
				acked := map[string]bool{}
				for range 2 {
					op, payload := far.next()
					acked[payload] = op == 0x1
				}
				if !acked[`{"envelope_id":"e1"}`] || !acked[`{"envelope_id":"e2"}`] {
					t.Errorf("acknowledged: %v", acked)
				}
				far.goodbye()
				synctest.Wait()
				if began.over() {
					t.Error("it hung up first")
				}
				if row.hangUp {
					far.conn.Close()
					began.wait(t, 0)
				} else {
					began.wait(t, closeTimeout)
				}
			})
		})
	}
}

// Nobody reads while so many are in hand; that is no silence of the peer's.
func TestAJamIsNotSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := bubble(t)
		far.send(0x1, `{"type":"hello"}`)
		finish := make(chan struct{})
		began := served(c, handler{ask: func(intake.Ask) intake.Response { <-finish; return intake.Response{} }})
		go func() { _, _ = io.Copy(io.Discard, far.in) }()
		for range maxInFlight + 2 {
			far.send(0x1, envelope("e1"))
		}
		time.Sleep(silence + time.Second)
		close(finish)
		synctest.Wait()
		if c.left() {
			t.Error("left")
		}
		far.conn.Close()
		<-began
	})
}

// A peer that takes nothing in is given three seconds for an acknowledgement, and no goodbye.
func TestAPeerThatReadsNothingIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := bubble(t)
		far.send(0x1, `{"type":"hello"}`)
		began := served(c, handler{ask: func(intake.Ask) intake.Response { return intake.Response{} }})
		at := time.Now()
		far.send(0x1, envelope("e1"))
		<-c.leaving
		if took := time.Since(at); took != ackTimeout {
			t.Errorf("left after %v", took)
		}
		began.wait(t, 0)
	})
}

// More than the library would take by itself, and still not everything.
func TestLongFramesAreReadUpToALimit(t *testing.T) {
	for size, read := range map[int]bool{100: true, 126: true, 40_000: true, 70_000: true, longestAnswer: true, longestAnswer + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			c, far := bubble(t)
			hello := `{"type":"hello"}`
			served(c, handler{})
			go func() { _, _ = io.Copy(io.Discard, far.conn) }()
			far.send(0x1, hello+strings.Repeat(" ", size-len(hello)))
			synctest.Wait()
			if c.greeted.Load() != read || c.left() == read {
				t.Errorf("%d bytes are read: %v, and the socket is left: %v", size, c.greeted.Load(), c.left())
			}
			far.conn.Close()
		})
	}
}

// However the bytes come, all pass that are in front of a close frame, and nothing else.
func TestAStreamEndsAtACloseFrame(t *testing.T) {
	frame := func(first byte, size int, mask bool) []byte {
		b := header(first, size)
		if mask {
			b[1] |= 0x80
			b = append(b, "mask"...)
		}
		return append(b, strings.Repeat("\x88", size)...)
	}
	want := slices.Concat(frame(0x81, 0, false), frame(0x01, 125, false), frame(0x89, 4, false), frame(0x80, 126, false), frame(0x8a, 0, true),
		frame(0x81, 1<<16-1, false), frame(0x82, 1<<16, true), frame(0x81, 100_000, false))
	all := slices.Concat(want, frame(0x88, 2, false), frame(0x81, 7, false))
	for name, how := range map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r }, "in halves": iotest.HalfReader, "one by one": iotest.OneByteReader, "with the end": iotest.DataErrReader,
	} {
		s := newStream(struct {
			io.Reader
			io.Writer
			io.Closer
		}{Reader: how(bytes.NewReader(all))})
		got, err := io.ReadAll(s)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes passed, want %d; %v", name, len(got), len(want), err)
		}
		<-s.goodbye
		if n, err := s.Read(make([]byte, 9)); n > 0 || err != io.EOF {
			t.Errorf("%s: behind the end there is %d, %v", name, n, err)
		}
	}
	s := newStream(struct {
		io.Reader
		io.Writer
		io.Closer
	}{Reader: strings.NewReader("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xffx")}) // longer than anything
	if got, err := io.ReadAll(s); err != nil || len(got) != 11 {
		t.Errorf("%q, %v", got, err)
	}
}

func envelope(id string) string {
	return `{"type":"slash_commands","envelope_id":"` + id + `","payload":{"user_id":"U0ADA","team_id":"T0HOME"}}`
}

func (c *socket) left() bool {
	select {
	case <-c.leaving:
		return true
	default:
		return false
	}
}

package graph

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// line is a server below HTTP: it hands every TLS connection to then.
type line struct {
	net.Listener
	posts atomic.Int32 // whole requests that were read
}

func listen(t *testing.T, then func(l *line, conn net.Conn)) *line {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{Listener: tcp}
	t.Cleanup(func() { tcp.Close() })
	go func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				then(l, conn)
			}()
		}
	}()
	return l
}

// talk does the TLS handshake and reads one request.
func (l *line) talk(conn net.Conn, cfg *tls.Config) net.Conn {
	c := tls.Server(conn, cfg)
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return nil
	}
	if _, err := io.ReadAll(r.Body); err != nil {
		return nil
	}
	l.posts.Add(1)
	return c
}

func reset(conn net.Conn) {
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func TestLostAnswers(t *testing.T) {
	pki := httptest.NewUnstartedServer(http.NotFoundHandler())
	pki.StartTLS()
	defer pki.Close()
	own := &tls.Config{Certificates: pki.TLS.Certificates}
	answers := func(text string) func(*line, net.Conn) {
		return func(l *line, conn net.Conn) {
			if c := l.talk(conn, own); c != nil {
				io.WriteString(c, text)
				reset(conn)
			}
		}
	}
	hangs := make(chan struct{})
	defer close(hangs)

	for _, row := range []struct {
		name    string
		server  func(l *line, conn net.Conn)
		arrives int32
		outcome Outcome
	}{
		{"hung up before TLS", func(_ *line, conn net.Conn) { reset(conn) }, 0, NotActed},
		{"no TLS", func(_ *line, conn net.Conn) { io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n") }, 0, NotActed},
		{"TLS with another's certificate", func(l *line, conn net.Conn) {
			l.talk(conn, stranger(t))
		}, 0, NotActed},
		{"TLS hangs", func(_ *line, _ net.Conn) { <-hangs }, 0, NotActed},
		{"reset while it was read", func(_ *line, conn net.Conn) {
			io.ReadFull(tls.Server(conn, own), make([]byte, 1))
			reset(conn)
		}, 0, Unknown},
		{"reset after it was read", func(l *line, conn net.Conn) {
			l.talk(conn, own)
			reset(conn)
		}, 1, Unknown},
		{"closed after it was read", func(l *line, conn net.Conn) { l.talk(conn, own).Close() }, 1, Unknown},
		{"hangs", func(l *line, conn net.Conn) { l.talk(conn, own); <-hangs }, 1, Unknown},
		{"half a status line", answers("HTTP/1.1 20"), 1, Unknown},
		{"a status line and no end", answers("HTTP/1.1 204 No Content\r\nrequest-id: x"), 1, Unknown},
		{"garbage", answers("\x00\x01 " + secret + "\r\n\r\n"), 1, Unknown},
		{"only a 100", answers("HTTP/1.1 100 Continue\r\n\r\n"), 1, Unknown},
		{"another protocol", answers("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), 1, Unknown},
		{"half a 200", answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"), 1, Unknown},
		{"half a 500", answers("HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\n{"), 1, Unknown},
		{"half a refusal", answers("HTTP/1.1 409 Conflict\r\nrequest-id: x\r\nContent-Length: 100\r\n\r\n{"), 1, Refused},
		{"half a refusal of nobody's", answers("HTTP/1.1 409 Conflict\r\nContent-Length: 100\r\n\r\n{"), 1, Unknown},
		{"half a 429", answers("HTTP/1.1 429 Slow\r\nrequest-id: x\r\nRetry-After: 7\r\nContent-Length: 100\r\n\r\n{"), 1, NotActed},
		{"a 204", answers("HTTP/1.1 204 No Content\r\n\r\n"), 1, Acted},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := listen(t, row.server)
			timeout := 10 * time.Second
			if strings.HasSuffix(row.name, "hangs") {
				timeout = time.Second
			}
			var log logged
			c, err := New(Config{
				URL: "https://" + l.Addr().String(), Credential: &entra{}, Log: log.logger(),
				Timeout: timeout, Transport: pki.Client().Transport.(*http.Transport),
			})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Reprovision(t.Context(), pcID, Build{})
			if got := OutcomeOf(err); got != row.outcome {
				t.Errorf("%v, want %v: %v", got, row.outcome, err)
			}
			if errors.Is(err, ErrUnknownOutcome) != (row.outcome == Unknown) {
				t.Errorf("%v: ErrUnknownOutcome does not fit", err)
			}
			if got := l.posts.Load(); got != row.arrives {
				t.Errorf("%d arrived, want %d", got, row.arrives)
			}
			leaks(t, err, &log)
		})
	}
}

// stranger has a certificate of an authority that nobody trusts.
func stranger(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c, err := New(Config{URL: "https://" + l.Addr().String(), Credential: &entra{}, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Reprovision(t.Context(), pcID, Build{}); OutcomeOf(err) != NotActed || errors.Is(err, ErrNoToken) {
		t.Errorf("%v: %v", OutcomeOf(err), err)
	}
}

func TestThroughAProxy(t *testing.T) {
	s := serve(t, true, says(204, ""))
	var refuse atomic.Bool
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse.Load() || r.Method != http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		out, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		in, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go func() { io.Copy(out, buf); out.Close() }()
		io.Copy(in, out)
		in.Close()
	}))
	defer proxy.Close()
	proxy.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	address, _ := url.Parse(proxy.URL)
	c := s.client(t, func(c *Config) {
		c.Transport = c.Transport.Clone()
		c.Transport.Proxy = http.ProxyURL(address)
	})
	if err := c.Reprovision(t.Context(), pcID, Build{}); err != nil {
		t.Error(err)
	}
	refuse.Store(true)
	if err := c.Reprovision(t.Context(), pcID, Build{}); OutcomeOf(err) != NotActed {
		t.Errorf("%v: %v", OutcomeOf(err), err)
	}
	if n := len(s.arrivals()); n != 1 {
		t.Errorf("%d arrived, want 1", n)
	}
}

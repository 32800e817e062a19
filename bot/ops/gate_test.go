package ops_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// gate stands before a service and lets nobody through until it is opened.
type gate struct {
	t      *testing.T
	target string // host:port
	greet  func(net.Conn)
	came   chan struct{} // closed when somebody has come

	mu    sync.Mutex // guards what follows
	ln    net.Listener
	addr  string
	open  bool
	stuck []net.Conn // that came before
}

// newGate makes a gate that does greet to whoever comes; nil refuses the connection.
func newGate(t *testing.T, target string, greet func(net.Conn)) *gate {
	t.Helper()
	g := &gate{t: t, target: target, greet: greet, came: make(chan struct{})}
	if greet == nil {
		g.addr = unusedAddress(t)
	} else {
		g.listen("127.0.0.1:0")
		g.addr = g.ln.Addr().String()
	}
	t.Cleanup(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.ln != nil {
			_ = g.ln.Close()
		}
		for _, c := range g.stuck {
			_ = c.Close()
		}
	})
	return g
}

// unusedAddress is one that nobody listens at. Its port is below those that systems give to
// whoever asks for any (from 32768 on), so that no other test gets it before it is listened at.
func unusedAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+mathrand.IntN(12000)))
		if ln, err := net.Listen("tcp", addr); err == nil {
			_ = ln.Close()
			return addr
		}
	}
	t.Fatal("no unused port from 20000 to 31999")
	return ""
}

func (g *gate) listen(addr string) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		g.t.Fatal(err)
	}
	g.ln = ln
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go g.serve(c)
		}
	}()
}

func (g *gate) serve(c net.Conn) {
	g.mu.Lock()
	open := g.open
	if g.stuck = append(g.stuck, c); len(g.stuck) == 1 && !open {
		close(g.came)
	}
	g.mu.Unlock()
	if !open {
		g.greet(c)
		return
	}
	up, err := net.Dial("tcp", g.target)
	if err != nil {
		_ = c.Close()
		return
	}
	go func() { _, _ = io.Copy(up, c); _ = up.Close() }()
	_, _ = io.Copy(c, up)
	_ = c.Close()
}

// heal opens the gate, once somebody has come, and hangs up on those who have.
func (g *gate) heal() {
	if g.greet != nil {
		<-g.came
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.stuck {
		_ = c.Close()
	}
	g.stuck, g.open = nil, true
	if g.greet == nil {
		g.listen(g.addr)
	}
}

// What a gate may do to whoever comes.
func hangUp(c net.Conn) { _ = c.Close() }

func hang(net.Conn) {} // until it is opened

func sayPostgres(code, message string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1024))
		fields := "SFATAL\x00VFATAL\x00C" + code + "\x00M" + message + "\x00\x00"
		_, _ = c.Write(append([]byte{'E', 0, 0, 0, byte(4 + len(fields))}, fields...))
		_ = c.Close()
	}
}

// behind puts a gate before the service that a variable of the world names.
func (w *world) behind(variable string, greet func(net.Conn)) (heal func()) {
	w.t.Helper()
	u, err := url.Parse(w.env[variable])
	if err != nil {
		w.t.Fatal(err)
	}
	g := newGate(w.t, u.Host, greet)
	u.Host = g.addr
	w.env[variable] = u.String()
	return g.heal
}

// untrusted puts a proxy before Slack whose certificate nobody knows, until it gets one that
// CA_CERTS has.
func (w *world) untrusted() (heal func()) {
	w.t.Helper()
	slack, err := url.Parse(w.slack.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		w.t.Fatal(err)
	}
	var mu sync.Mutex
	own := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: slack.Host})
	}})
	proxy.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		return own, nil
	}}
	proxy.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // that nobody trusts it is the point
	proxy.StartTLS()
	w.t.Cleanup(proxy.Close)
	roots, err := os.OpenFile(w.env["CA_CERTS"], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(pem.Encode(roots, &pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw}), roots.Close()); err != nil {
		w.t.Fatal(err)
	}
	w.env["SLACK_API_URL"] = proxy.URL + "/api/"
	return func() {
		mu.Lock()
		defer mu.Unlock()
		own = nil // the server's own
	}
}

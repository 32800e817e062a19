package bot_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/auth"
)

// The names of Slack, and of Entra and Graph, which nobody knows but the proxy.
const (
	slackHost = "slack.test"
	graphHost = "graph.test"
)

// schemes are those that net/http's transport knows.
var schemes = []string{"http", "https", "socks5", "socks5h"}

// visitor says who passes a proxy, with a password that an address cannot hold as it is.
func visitor() *url.Userinfo { return url.UserPassword("cloud pc", "p@ss:w/rd%#?é") }

// certified is a certificate for Slack and for a proxy, and the root that it is its own.
func certified(t *testing.T) (root []byte, certificate tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the network's"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{slackHost}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// TestTheProxiesOfTheseTestsAreStrict: one that let everybody through would prove nothing.
func TestTheProxiesOfTheseTestsAreStrict(t *testing.T) {
	t.Parallel()
	root, certificate := certified(t)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	for _, scheme := range schemes {
		for _, user := range []*url.Userinfo{nil, visitor()} {
			for name, wrong := range map[string]func(*url.URL) string{
				"password": func(u *url.URL) string { u.User = url.UserPassword("cloud pc", "guess"); return "https://" + slackHost },
				"nobody":   func(u *url.URL) string { u.User = nil; return "https://" + slackHost },
				"a host":   func(*url.URL) string { return "https://elsewhere.test" },
				"a number": func(*url.URL) string { return "https://127.0.0.2" },
			} {
				socks := strings.HasPrefix(scheme, "socks")
				if user == nil && (name == "nobody" || name == "password" && socks) { // SOCKS5 asks for none then
					continue
				}
				p := newProxy(t, scheme, user, certificate)
				u, err := url.Parse(p.address())
				if err != nil {
					t.Fatal(err)
				}
				to := wrong(u)
				transport := auth.Transport(roots)
				transport.Proxy = http.ProxyURL(u)
				resp, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Get(to)
				if err == nil {
					_ = resp.Body.Close()
				}
				p.stop()
				if passed, faults := p.seen(); err == nil || len(faults) != 1 || len(passed) > 0 {
					t.Errorf("%s for %v, wrong is %s: %v; passed: %v, faults: %q", scheme, user, name, err, passed, faults)
				}
			}
		}
	}
}

// proxy lets those pass who say who they are, to the two hosts that it alone knows. It is
// strict: whatever is not as it should be is a fault, and the end of the connection.
type proxy struct {
	net.Listener
	scheme string
	user   *url.Userinfo // nil = nobody says who they are
	stop   func()        // hangs up on everybody, and waits until that is done

	mu     sync.Mutex
	passed map[string]int // connections, by host
	faults []string
}

func newProxy(t *testing.T, scheme string, user *url.Userinfo, certificate tls.Certificate) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if scheme == "https" {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	p := &proxy{Listener: l, scheme: scheme, user: user, passed: map[string]int{}}
	var all sync.WaitGroup
	over := make(chan struct{})
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				ended := make(chan struct{})
				defer close(ended)
				go func() {
					select {
					case <-over:
					case <-ended:
					}
					_ = conn.Close()
				}()
				p.serve(conn)
			})
		}
	})
	p.stop = sync.OnceFunc(func() {
		close(over)
		_ = l.Close()
		all.Wait()
	})
	t.Cleanup(p.stop)
	return p
}

func (p *proxy) port() int { return p.Addr().(*net.TCPAddr).Port }

// address is the proxy's, as its users write it.
func (p *proxy) address() string {
	return (&url.URL{Scheme: p.scheme, User: p.user, Host: p.Addr().String()}).String()
}

// seen is what has passed so far, by host, and what was refused.
func (p *proxy) seen() (passed map[string]int, faults []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.passed), slices.Clone(p.faults)
}

// serve takes in one connection, and passes it on.
func (p *proxy) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	meet := p.connect
	if strings.HasPrefix(p.scheme, "socks") {
		meet = p.socks
	}
	to, err := meet(in, conn)
	var far net.Conn
	if err == nil {
		far, err = p.dial(to)
	}
	if err != nil {
		p.mu.Lock()
		p.faults = append(p.faults, err.Error())
		p.mu.Unlock()
		return
	}
	defer far.Close()
	if strings.HasPrefix(p.scheme, "socks") {
		_, err = conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0})
	} else {
		_, err = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	}
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(far, in)
		_ = far.Close()
	}()
	_, _ = io.Copy(conn, far)
}

// dial resolves a name, which no one else does.
func (p *proxy) dial(to string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	if host != slackHost && host != graphHost {
		return nil, fmt.Errorf("there is no host %s", host)
	}
	p.mu.Lock()
	p.passed[host]++
	p.mu.Unlock()
	return net.Dial("tcp", "127.0.0.1:"+port)
}

// connect is an HTTP proxy's beginning (RFC 9110, 9.3.6 and 11.7).
func (p *proxy) connect(in *bufio.Reader, out io.Writer) (to string, err error) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return "", err
	}
	refuse := func(status int, why string) (string, error) {
		fmt.Fprintf(out, "HTTP/1.1 %d %s\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status, http.StatusText(status))
		return "", errors.New(why)
	}
	want := ""
	if p.user != nil {
		password, _ := p.user.Password()
		want = "Basic " + base64.StdEncoding.EncodeToString([]byte(p.user.Username()+":"+password))
	}
	switch {
	case r.Header.Get("Proxy-Authorization") != want:
		return refuse(http.StatusProxyAuthRequired, "another name or password")
	case r.Method != http.MethodConnect:
		return refuse(http.StatusMethodNotAllowed, "not a CONNECT but "+r.Method)
	case r.RequestURI != r.Host:
		return refuse(http.StatusBadRequest, "two hosts in one CONNECT")
	}
	return r.Host, nil
}

// socks is a SOCKS5 proxy's beginning (RFC 1928), with a password by RFC 1929. It resolves
// names for whoever asks, and is asked to.
func (p *proxy) socks(in *bufio.Reader, out io.Writer) (to string, err error) {
	read := func(n byte) []byte {
		b := make([]byte, n)
		if err == nil {
			_, err = io.ReadFull(in, b)
		}
		return b
	}
	const none, byPassword, no = 0, 2, 0xff
	h := read(2)
	offered := read(h[1])
	method := byte(none)
	if p.user != nil {
		method = byPassword
	}
	if err != nil || h[0] != 5 || !bytes.Contains(offered, []byte{method}) {
		_, _ = out.Write([]byte{5, no})
		return "", fmt.Errorf("version %d with methods %v: %w", h[0], offered, err)
	}
	_, _ = out.Write([]byte{5, method})
	if method == byPassword {
		v := read(2)
		name := read(v[1])
		password := read(read(1)[0])
		want, _ := p.user.Password()
		if err != nil || v[0] != 1 || string(name) != p.user.Username() || string(password) != want {
			_, _ = out.Write([]byte{1, 1})
			return "", errors.New("another name or password")
		}
		_, _ = out.Write([]byte{1, 0})
	}
	ask := read(4)
	if err != nil || !bytes.Equal(ask, []byte{5, 1, 0, 3}) { // CONNECT to a name
		_, _ = out.Write([]byte{5, 8, 0, 1, 0, 0, 0, 0, 0, 0})
		return "", fmt.Errorf("asked for %v: %w", ask, err)
	}
	host := read(read(1)[0])
	port := binary.BigEndian.Uint16(read(2))
	return net.JoinHostPort(string(host), strconv.Itoa(int(port))), err
}

package auth

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Roots are the system's root certificates and those of pemFile, which is the
// value of CA_CERTS. Without a file they are nil, which for Go means the
// system's. Errors name the variable and tell nothing of the file's content.
func Roots(pemFile string) (*x509.CertPool, error) {
	if pemFile == "" {
		return nil, nil
	}
	rest, err := os.ReadFile(pemFile)
	if err != nil {
		return nil, fmt.Errorf("CA_CERTS: the file cannot be read: %w", withoutPath(err))
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("CA_CERTS: the system's own certificates cannot be read: %w", err)
	}
	n := 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		n++
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("CA_CERTS: certificate %d of the file is damaged", n)
		}
		roots.AddCert(cert)
	}
	if n == 0 {
		return nil, errors.New("CA_CERTS: the file holds no certificate; want PEM, -----BEGIN CERTIFICATE-----")
	}
	return roots, nil
}

// CheckProxies finds what is wrong with the proxies that the environment names. Go
// ignores a value that it cannot parse, and would call everybody directly. The error
// has a line for each variable, with the cure and never with the value.
func CheckProxies() error {
	var wrong []error
	for _, names := range [][2]string{{"http_proxy", "HTTP_PROXY"}, {"https_proxy", "HTTPS_PROXY"}} {
		for _, name := range names { // the first that is set counts, as in Go; ALL_PROXY Go does not read
			if value := os.Getenv(name); value != "" {
				if fault := checkProxy(value); fault != "" {
					wrong = append(wrong, errors.New(name+": "+fault))
				}
				break
			}
		}
	}
	return errors.Join(wrong...)
}

// checkProxy is what is wrong with the address of a proxy. Without a scheme it is http, as in Go.
func checkProxy(value string) string {
	const (
		encode = "percent-encode the user name and the password: one of them holds a character that an address cannot, as %25 for % and %2F for /"
		form   = "want the address of a proxy, as http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128"
	)
	scheme, rest, ok := strings.Cut(value, "://")
	switch {
	case !ok && (strings.Contains(value, ":/") || strings.Contains(value, "//")): // "http:/proxy" is a host of its own, to Go
		return form
	case !ok:
		value, scheme, rest = "http://"+value, "http", value
	}
	u, err := url.Parse(value)
	switch {
	case scheme == "":
		return form
	case err == nil && !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return "want http, https, socks5 or socks5h in front of ://"
	case err == nil && !strings.Contains(u.Path+u.RawQuery+u.Fragment, "@"):
		if port, err := strconv.Atoi(cmp.Or(u.Port(), "1")); err != nil || port < 1 || port > 65535 || u.Hostname() == "" {
			return form
		}
		return ""
	case strings.Contains(rest, "@"):
		return encode
	}
	return form
}

// direct keeps what is on this link out of the proxy's reach: the metadata service
// at 169.254.169.254 tells each machine its own managed identity, and a proxy would
// be told another's, or nothing. Loopback addresses Go leaves out by itself.
func direct(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(req *http.Request) (*url.URL, error) {
		if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && (ip.Unmap().IsLinkLocalUnicast() || ip.Unmap().IsLoopback()) {
			return nil, nil
		}
		return proxy(req)
	}
}

// Transport is the way to Slack, Entra and Graph: TLS 1.2 or later against
// roots (nil = the system's), through HTTPS_PROXY where it is set, but for
// addresses on this link. It gives up on a connection that is not made in 10 s
// and on one that died unnoticed; how long an answer may take is for the
// caller's context to say.
func Transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 direct(http.ProxyFromEnvironment),
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true, // a TLSClientConfig switches it off
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   48, // as many as work at once: who is one too many would be introduced anew each time
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// withoutPath is what the system says about a file, without its name.
func withoutPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

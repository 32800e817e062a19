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

// Roots returns the system's root certificates and those of pemFile, which is the value of
// CA_CERTS. Without a file the result is nil, which in Go means the system's. Errors name
// the variable and do not quote the file.
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

// CheckProxies reports what is wrong with the proxies that the environment names. Go ignores
// a value that it cannot parse and would connect directly. The error has a line for each
// variable, with the remedy and never with the value.
func CheckProxies() error {
	var wrong []error
	for _, names := range [][2]string{{"http_proxy", "HTTP_PROXY"}, {"https_proxy", "HTTPS_PROXY"}} {
		for _, name := range names { // the first one set counts, as in Go, which does not read ALL_PROXY
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

// checkProxy is what is wrong with the address of a proxy; "" = nothing. Without a scheme it
// is http, as in Go.
func checkProxy(value string) string {
	const (
		encode = "percent-encode the user name and the password: one of them has a character that is not allowed in an address, so write %25 for % and %2F for /"
		form   = "want the address of a proxy, such as http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128"
	)
	scheme, rest, ok := strings.Cut(value, "://")
	switch {
	case !ok && (strings.Contains(value, ":/") || strings.Contains(value, "//")): // Go takes "http:/proxy" for a host
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

// direct bypasses the proxy for link-local addresses: the metadata service at 169.254.169.254
// gives each machine its own managed identity, and through a proxy it would give the
// proxy's, or none. Go itself bypasses the proxy for loopback addresses.
func direct(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(req *http.Request) (*url.URL, error) {
		if ip, err := netip.ParseAddr(req.URL.Hostname()); err == nil && (ip.Unmap().IsLinkLocalUnicast() || ip.Unmap().IsLoopback()) {
			return nil, nil
		}
		return proxy(req)
	}
}

// Transport makes the transport to Slack, Entra and Graph: TLS 1.2 or later against roots
// (nil = the system's), through HTTPS_PROXY if it is set, except for link-local addresses. It
// gives up on a connection that is not made within 10 s and on one that died unnoticed; the
// caller's context limits how long an answer may take. Connections are kept for a while, and a new
// one resumes the TLS session of an earlier one to the same host, also through a copy of the transport.
func Transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 direct(http.ProxyFromEnvironment),
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(0)},
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true, // a TLSClientConfig would disable HTTP/2
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   48,              // as many as run at once: any beyond would need a new TLS handshake each time
		IdleConnTimeout:       3 * time.Minute, // longer than the 2 minutes between two looks at a machine (FOLLOW_INTERVAL)
		ExpectContinueTimeout: time.Second,
	}
}

// withoutPath is the system's error about a file without the file's name.
func withoutPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// ProxyFor is the host and port of the proxy through which [Transport] calls an address; "" = none.
func ProxyFor(u *url.URL) string {
	proxy, err := direct(http.ProxyFromEnvironment)(&http.Request{URL: u})
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

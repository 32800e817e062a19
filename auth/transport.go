package auth

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
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

// Transport is the way to Slack, Entra and Graph: TLS 1.2 or later against
// roots (nil = the system's), through HTTPS_PROXY where it is set. It gives up
// on a connection that is not made in 10 s and on one that died unnoticed; how
// long an answer may take is for the caller's context to say.
func Transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
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

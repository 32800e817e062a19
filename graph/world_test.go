package graph_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// world is a tenant, and what it knows the bot by; each part of that can be wrong.
type world struct {
	*graphfake.Tenant
	tenantID, clientID, secret, authority string
	roots                                 *x509.CertPool
}

func open(t testing.TB, cfg graphfake.Config) *world {
	t.Helper()
	tenant, err := graphfake.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(tenant.CertPEM())
	return &world{tenant, tenant.TenantID(), tenant.ClientID(), tenant.ClientSecret(), tenant.Authority(), roots}
}

// client is a client with azidentity's real credential.
func (w *world) client(t testing.TB, log *slog.Logger) *graph.Client {
	t.Helper()
	return w.tuned(t, func(c *graph.Config) { c.Log = log })
}

// tuned is such a client with other settings.
func (w *world) tuned(t testing.TB, change func(*graph.Config)) *graph.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	credential := func() (azcore.TokenCredential, error) {
		return azidentity.NewClientSecretCredential(w.tenantID, w.clientID, w.secret, &azidentity.ClientSecretCredentialOptions{
			DisableInstanceDiscovery: true,
			ClientOptions: azcore.ClientOptions{
				Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: w.authority},
				Transport: &http.Client{Transport: transport},
				Retry:     policy.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond},
			},
		})
	}
	cred, err := credential()
	if err != nil {
		t.Fatal(err)
	}
	cfg := graph.Config{URL: w.URL(), Credential: cred, Renew: credential, Beta: true, Timeout: 10 * time.Second, Transport: transport}
	change(&cfg)
	c, err := graph.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// kinds counts the calls that arrived, by kind.
func (w *world) kinds() map[string]int {
	n := map[string]int{}
	for _, c := range w.Calls() {
		n[c.Kind]++
	}
	return n
}

// sent counts the calls on the wire, without those to Entra.
func (w *world) sent() (n int) {
	for _, c := range w.Calls() {
		if !c.InBatch && c.Version != "" {
			n++
		}
	}
	return n
}

// clock is a clock that only a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

package graphfake_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

const admin = "/v1.0/deviceManagement/virtualEndpoint/cloudPCs"
const beta = "/beta/deviceManagement/virtualEndpoint/cloudPCs"

// client speaks to a tenant over real TLS, trusting its root and nothing else.
type client struct {
	t      *testing.T
	tenant *graphfake.Tenant
	http   *http.Client
	token  string
}

func open(t *testing.T, cfg graphfake.Config) *client {
	t.Helper()
	tenant, err := graphfake.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	return &client{t: t, tenant: tenant, http: trusting(tenant), token: tenant.AppToken(tenant.URL())}
}

func trusting(tenant *graphfake.Tenant) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(tenant.CertPEM())
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}
}

// as is the same client with another token.
func (c *client) as(token string) *client {
	other := *c
	other.token = token
	return &other
}

type got struct {
	status int
	header http.Header
	body   string
	proto  string
}

// json is the value at that path in the body; nil where there is none.
func (g got) json(path ...any) any {
	var v any
	_ = json.Unmarshal([]byte(g.body), &v)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func (g got) code() any { return g.json("error", "code") }

// try sends a request; headers come in pairs.
func (c *client) try(method, path, body string, headers ...string) (got, error) {
	c.t.Helper()
	if !strings.HasPrefix(path, "https://") {
		path = c.tenant.URL() + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return got{}, err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	return got{resp.StatusCode, resp.Header, string(all), resp.Proto}, err
}

func (c *client) do(method, path, body string, headers ...string) got {
	c.t.Helper()
	g, err := c.try(method, path, body, headers...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return g
}

func (c *client) get(path string, headers ...string) got {
	c.t.Helper()
	return c.do("GET", path, "", headers...)
}

// wipe posts the admin form with no options.
func (c *client) wipe(id string) got {
	c.t.Helper()
	return c.do("POST", admin+"/"+id+"/reprovision", "{}", "Content-Type", "application/json")
}

func (c *client) want(g got, status int) got {
	c.t.Helper()
	if g.status != status {
		c.t.Fatalf("status %d, want %d: %s", g.status, status, g.body)
	}
	return g
}

// wait waits for a condition of the tenant.
func (c *client) wait(condition func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := c.tenant.Wait(ctx, condition); err != nil {
		c.t.Fatal(err)
	}
}

func equal(t *testing.T, what string, is, want any) {
	t.Helper()
	if is != want {
		t.Errorf("%s: %v, want %v", what, is, want)
	}
}

// clock is a clock that only a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 123456789, time.UTC)} }

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

// request is a wipe that ends with ctx.
func request(c *client, ctx context.Context, id string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, "POST", c.tenant.URL()+admin+"/"+id+"/reprovision", strings.NewReader("{}"))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

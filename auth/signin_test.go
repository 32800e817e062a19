package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"cloudpc-bot/auth"
	"cloudpc-bot/graph/graphfake"
)

// signIn begins a sign-in at a tenant; page is what the person does with the code, nil = nothing.
func signIn(t *testing.T, cfg graphfake.Config, change func(*auth.SignInConfig), page *graphfake.Browser) (*graphfake.Tenant, *auth.SignIn, *[]auth.DeviceCode) {
	t.Helper()
	tenant, err := graphfake.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	t.Setenv("AZURE_AUTHORITY_HOST", tenant.Authority())
	c := auth.SignInConfig{
		Tenant: tenant.TenantID(), Client: tenant.PublicClientID(), Scope: tenant.URL() + "/CloudPC.ReadWrite.All",
		DisableInstanceDiscovery: true, Transport: trust(t, tenant),
	}
	if change != nil {
		change(&c)
	}
	shown := &[]auth.DeviceCode{}
	s, err := auth.NewSignIn(c, func(code auth.DeviceCode) error {
		*shown = append(*shown, code)
		if page != nil {
			return tenant.EnterCode(code.Code, *page)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tenant, s, shown
}

func TestAPersonSignsIn(t *testing.T) {
	tenant, s, shown := signIn(t, graphfake.Config{}, nil, &graphfake.Browser{UserID: "oid-dan", UPN: "dan@example.com"})
	scopes := policy.TokenRequestOptions{Scopes: []string{tenant.URL() + "/CloudPC.ReadWrite.All"}, EnableCAE: true}
	if _, err := s.Credential().GetToken(t.Context(), scopes); err == nil {
		t.Error("there is a token before anybody has signed in")
	}
	got, err := s.Wait(t.Context())
	want := auth.Account{ObjectID: "oid-dan", Tenant: tenant.TenantID(), Name: "dan@example.com"}
	if err != nil || got != want {
		t.Fatalf("%+v %v, want %+v", got, err, want)
	}
	if len(*shown) != 1 || (*shown)[0].URL != "https://microsoft.com/devicelogin" || time.Until((*shown)[0].Until) < 14*time.Minute {
		t.Errorf("shown: %+v", *shown)
	}
	if _, err := s.Credential().GetToken(t.Context(), scopes); err != nil {
		t.Error(err)
	}
	if n := len(tenant.DeviceCodes()); n != 1 {
		t.Errorf("%d codes were asked for", n)
	}
}

func TestAGuestIsKnown(t *testing.T) {
	_, s, _ := signIn(t, graphfake.Config{}, nil, &graphfake.Browser{UserID: "oid", UPN: "eve_away.example#EXT#@example.com", HomeTenant: "99999999-0000-4000-8000-000000000000"})
	if got, err := s.Wait(t.Context()); err != nil || !got.Guest {
		t.Errorf("%+v %v", got, err)
	}
}

// azidentity hides why a sign-in failed; a person has to be told.
func TestWhyNobodySignedIn(t *testing.T) {
	page := &graphfake.Browser{UserID: "oid", UPN: "dan@example.com"}
	expired := time.Now()
	for name, row := range map[string]struct {
		cfg    graphfake.Config
		change func(*auth.SignInConfig)
		page   *graphfake.Browser
		fault  graphfake.Fault // of the token endpoint
		why    auth.SignInFailure
		number int
	}{
		"declined":   {page: &graphfake.Browser{Declines: true}, why: auth.SignInDeclined, number: 70017},
		"not public": {cfg: graphfake.Config{NotPublic: true}, page: page, why: auth.SignInNotPublic, number: 7000218},
		"no consent": {cfg: graphfake.Config{NoConsent: true}, page: page, why: auth.SignInNoConsent, number: 65001},
		"blocked": {cfg: graphfake.Config{}, page: page, change: nil, fault: graphfake.Fault{Status: 400, Code: "access_denied",
			Message: "AADSTS53003: Access has been blocked by Conditional Access policies."}, why: auth.SignInBlocked, number: 53003},
		"the app is disabled": {cfg: graphfake.Config{NoPublicClient: true}, why: auth.SignInWrongApp, number: 700016},
		"another tenant":      {change: func(c *auth.SignInConfig) { c.Tenant = "00000000-0000-4000-8000-000000000000" }, why: auth.SignInWrongApp, number: 90002},
		"unavailable":         {fault: graphfake.Fault{Status: 503}, why: auth.SignInUnknown, number: 90033},
		"another app":         {change: func(c *auth.SignInConfig) { c.Client = "00000000-0000-4000-8000-000000000000" }, why: auth.SignInWrongApp, number: 700016},
		"another scope":       {change: func(c *auth.SignInConfig) { c.Scope += "X" }, why: auth.SignInWrongApp, number: 70011},
		"expired": {cfg: graphfake.Config{Now: func() time.Time { // each look at the clock is minutes later
			expired = expired.Add(10 * time.Minute)
			return expired
		}}, why: auth.SignInExpired, number: 70019},
	} {
		t.Run(name, func(t *testing.T) {
			tenant, s, _ := signIn(t, row.cfg, row.change, row.page)
			if row.fault.Status != 0 {
				tenant.Fail(graphfake.Match{Kind: graphfake.Token}, row.fault)
			}
			_, err := s.Wait(t.Context())
			failed, ok := errors.AsType[*auth.SignInError](err)
			if !ok || failed.Why != row.why || failed.Number != row.number {
				t.Fatalf("%v, want %s AADSTS%d", err, row.why, row.number)
			}
			tellsNothing(t, tenant, err)
		})
	}
}

// tellsNothing looks for the tenant's secrets in an error and in all that it wraps.
func tellsNothing(t *testing.T, tenant *graphfake.Tenant, err error) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		for _, secret := range tenant.Secrets() {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", e, e, e), secret) {
				t.Errorf("the error holds a secret: %v", e)
			}
		}
		if strings.ContainsAny(e.Error(), "\n\r\x1b") {
			t.Errorf("not a line for a log: %q", e.Error())
		}
	}
}

// between is a transport that may change what Entra answers.
type between struct {
	http.RoundTripper
	change func(path string, resp *http.Response, err error) (*http.Response, error)
}

func (b between) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	return b.change(r.URL.Path, resp, err)
}

// closing is a body that tells when it has been read and closed.
type closing struct {
	io.Reader
	closed func()
}

func (c closing) Close() error {
	c.closed()
	return nil
}

// rewritten is an answer with another body.
func rewritten(resp *http.Response, change func(string) string) *http.Response {
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	text := change(string(body))
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	resp.Header.Del("Content-Length")
	return resp
}

// What is no answer of Entra's is not known, whatever it looks like, and nothing of it is told but what the network says.
func TestASignInWithoutAnAnswer(t *testing.T) {
	slow := errors.New("context deadline exceeded (Client.Timeout exceeded\r\nwhile awaiting headers)")
	at := func(end string, change func(*http.Response, error) (*http.Response, error)) func(string, *http.Response, error) (*http.Response, error) {
		return func(path string, resp *http.Response, err error) (*http.Response, error) {
			if strings.HasSuffix(path, end) && err == nil {
				return change(resp, err)
			}
			return resp, err
		}
	}
	for name, row := range map[string]struct {
		change func(string, *http.Response, error) (*http.Response, error)
		fault  graphfake.Fault
		match  string
		says   string
		tokens int // how often the token endpoint is asked; 0 = does not matter
	}{
		"a time-out is no code that has expired": {change: at("/token", func(resp *http.Response, _ error) (*http.Response, error) {
			_ = resp.Body.Close()
			return nil, slow
		}), says: "auth: sign-in: unknown: ", tokens: 3},
		"tokens that cannot be read": {change: at("/token", func(resp *http.Response, _ error) (*http.Response, error) {
			return rewritten(resp, func(body string) string { return body[:len(body)-1] }), nil
		}), says: "auth: sign-in: unknown: an answer of 200 that cannot be read", tokens: 1},
		"a word that is not Entra's": {change: at("/token", func(resp *http.Response, _ error) (*http.Response, error) {
			resp.StatusCode = 400
			return rewritten(resp, func(string) string { return `{"error":"\u001b[31m\nlevel=ERROR"}` }), nil
		}), says: "auth: sign-in: unknown: an answer of 400", tokens: 1},
		"a proxy's page":   {fault: graphfake.Fault{Status: 403, Foreign: true}, match: graphfake.Token, says: "auth: sign-in: unknown: an answer of 403", tokens: 1},
		"a redirect":       {fault: graphfake.Fault{Redirect: "self"}, match: graphfake.Token, says: "auth: sign-in: unknown: an answer of 307 that cannot be read", tokens: 1},
		"a lost beginning": {fault: graphfake.Fault{DropAfter: true}, match: graphfake.BeginDeviceCode, says: "auth: sign-in: unknown: "},
	} {
		t.Run(name, func(t *testing.T) {
			page := &graphfake.Browser{UserID: "oid", UPN: "dan@example.com"}
			tenant, s, _ := signIn(t, graphfake.Config{}, func(c *auth.SignInConfig) {
				if row.change != nil {
					c.Transport = between{c.Transport, row.change}
				}
			}, page)
			if row.match != "" {
				tenant.Fail(graphfake.Match{Kind: row.match}, row.fault)
			}
			_, err := s.Wait(t.Context())
			if failed, ok := errors.AsType[*auth.SignInError](err); !ok || failed.Why != auth.SignInUnknown || !strings.HasPrefix(err.Error(), row.says) {
				t.Errorf("%v", err)
			}
			tellsNothing(t, tenant, err)
			asked := 0
			for _, c := range tenant.Calls() {
				if c.Kind == graphfake.Token {
					asked++
				}
			}
			if n := len(tenant.DeviceCodes()); n != 1 || row.tokens != 0 && asked != row.tokens {
				t.Errorf("%d codes, %d requests for a token", n, asked)
			}
		})
	}
}

// A code lives as long as Entra says.
func TestACodeExpiresWhenEntraSays(t *testing.T) {
	_, s, shown := signIn(t, graphfake.Config{}, func(c *auth.SignInConfig) {
		c.Transport = between{c.Transport, func(path string, resp *http.Response, err error) (*http.Response, error) {
			if err != nil || !strings.HasSuffix(path, "/devicecode") {
				return resp, err
			}
			return rewritten(resp, func(body string) string { return strings.Replace(body, `"expires_in":900`, `"expires_in":1`, 1) }), nil
		}}
	}, nil)
	begun := time.Now()
	_, err := s.Wait(t.Context())
	if failed, ok := errors.AsType[*auth.SignInError](err); !ok || failed.Why != auth.SignInExpired || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if len(*shown) != 1 || (*shown)[0].Until.Sub(begun) > 5*time.Second {
		t.Errorf("%+v", *shown)
	}
}

// The end of the caller's context is told as such, also where the code had as little time left.
func TestTheContextEndsBeforeTheCode(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, s, _ := signIn(t, graphfake.Config{}, nil, nil)
	if _, err := s.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// A sign-in has one code, and nobody is shown it who has given up by then.
func TestASignInHasOneCode(t *testing.T) {
	tenant, s, shown := signIn(t, graphfake.Config{}, nil, &graphfake.Browser{UserID: "oid", UPN: "dan@example.com"})
	if _, err := s.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(t.Context()); err == nil {
		t.Error("it begins twice")
	}
	if len(tenant.DeviceCodes()) != 1 || len(*shown) != 1 {
		t.Errorf("%d codes, %d shown", len(tenant.DeviceCodes()), len(*shown))
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("the person gave up")
	_, s, shown = signIn(t, graphfake.Config{}, func(c *auth.SignInConfig) {
		c.Transport = between{c.Transport, func(path string, resp *http.Response, err error) (*http.Response, error) {
			if err == nil && strings.HasSuffix(path, "/devicecode") {
				resp.Body = closing{resp.Body, func() { cancel(gaveUp) }} // the answer is whole by then
			}
			return resp, err
		}}
	}, nil)
	if _, err := s.Wait(ctx); !errors.Is(err, gaveUp) || len(*shown) != 0 {
		t.Errorf("%v, %d shown", err, len(*shown))
	}
}

func TestASignInIsOfOneTenantAndOneApp(t *testing.T) {
	whole := auth.SignInConfig{Tenant: "t", Client: "c", Scope: "https://graph.microsoft.com/CloudPC.ReadWrite.All"}
	if _, err := auth.NewSignIn(whole, nil); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*auth.SignInConfig){
		"no tenant":  func(c *auth.SignInConfig) { c.Tenant = "" },
		"any tenant": func(c *auth.SignInConfig) { c.Tenant = "organizations" },
		"anybody":    func(c *auth.SignInConfig) { c.Tenant = "Common" },
		"no client":  func(c *auth.SignInConfig) { c.Client = "" },
		"no scope":   func(c *auth.SignInConfig) { c.Scope = "" },
	} {
		c := whole
		change(&c)
		if _, err := auth.NewSignIn(c, nil); err == nil {
			t.Error(name)
		}
	}
}

// A sign-in is given up by its context, and the error says so.
func TestASignInIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("the person gave up")
	tenant, s, _ := signIn(t, graphfake.Config{}, nil, &graphfake.Browser{Blocked: true})
	go func() {
		_ = tenant.Wait(ctx, func() bool { codes := tenant.DeviceCodes(); return len(codes) == 1 && codes[0].Polls > 1 })
		cancel(gaveUp)
	}()
	if _, err := s.Wait(ctx); !errors.Is(err, gaveUp) {
		t.Errorf("%v", err)
	}
}

func TestACodeThatCannotBeShown(t *testing.T) {
	tenant, _, _ := signIn(t, graphfake.Config{}, nil, nil)
	silent := fmt.Errorf("Slack did not take it: %w", context.DeadlineExceeded)
	s, err := auth.NewSignIn(auth.SignInConfig{
		Tenant: tenant.TenantID(), Client: tenant.PublicClientID(), Scope: tenant.URL() + "/CloudPC.ReadWrite.All",
		DisableInstanceDiscovery: true, Transport: trust(t, tenant),
	}, func(auth.DeviceCode) error { return silent })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(t.Context()); !errors.Is(err, silent) {
		t.Errorf("%v", err)
	}
	if codes := tenant.DeviceCodes(); len(codes) != 1 || codes[0].Polls != 0 {
		t.Errorf("%+v", codes)
	}
}

// trust is a transport that trusts a tenant's root.
func trust(t *testing.T, tenant *graphfake.Tenant) http.RoundTripper {
	t.Helper()
	roots, err := auth.Roots(file(t, tenant.CertPEM()))
	if err != nil {
		t.Fatal(err)
	}
	transport := auth.Transport(roots)
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

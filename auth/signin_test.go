package auth_test

import (
	"context"
	"errors"
	"fmt"
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
		why    auth.SignInFailure
		number int
	}{
		"declined":      {page: &graphfake.Browser{Declines: true}, why: auth.SignInDeclined, number: 70017},
		"not public":    {cfg: graphfake.Config{NotPublic: true}, page: page, why: auth.SignInNotPublic, number: 7000218},
		"no consent":    {cfg: graphfake.Config{NoConsent: true}, page: page, why: auth.SignInNoConsent, number: 65001},
		"another app":   {change: func(c *auth.SignInConfig) { c.Client = "00000000-0000-4000-8000-000000000000" }, why: auth.SignInWrongApp, number: 700016},
		"another scope": {change: func(c *auth.SignInConfig) { c.Scope += "X" }, why: auth.SignInWrongApp, number: 70011},
		"expired": {cfg: graphfake.Config{Now: func() time.Time { // each look at the clock is minutes later
			expired = expired.Add(10 * time.Minute)
			return expired
		}}, why: auth.SignInExpired, number: 70019},
	} {
		t.Run(name, func(t *testing.T) {
			tenant, s, _ := signIn(t, row.cfg, row.change, row.page)
			_, err := s.Wait(t.Context())
			failed, ok := errors.AsType[*auth.SignInError](err)
			if !ok || failed.Why != row.why || failed.Number != row.number {
				t.Fatalf("%v, want %s AADSTS%d", err, row.why, row.number)
			}
			for _, secret := range tenant.Secrets() {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds a secret: %v", err)
				}
			}
		})
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

package graphfake_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/graph/graphfake"
)

func credential(t *testing.T, tenant *graphfake.Tenant, secret string) azcore.TokenCredential {
	t.Helper()
	t.Setenv("AZURE_AUTHORITY_HOST", tenant.Authority())
	cred, err := azidentity.NewClientSecretCredential(tenant.TenantID(), tenant.ClientID(), secret,
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions:            azcore.ClientOptions{Transport: trusting(tenant), Retry: policy.RetryOptions{MaxRetries: -1}},
			DisableInstanceDiscovery: true,
		})
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

func TestAzidentityGetsATokenThatGraphTakes(t *testing.T) {
	c := open(t, graphfake.Config{})
	cred := credential(t, c.tenant, c.tenant.ClientSecret())
	token, err := cred.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{c.tenant.URL() + "/.default"}, EnableCAE: true})
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.ExpiresOn); left < 50*time.Minute || left > time.Hour {
		t.Errorf("token lives %v", left)
	}
	c.want(c.as(token.Token).get(admin), 200)
}

func TestAzidentityIsToldWhatIsWrong(t *testing.T) {
	c := open(t, graphfake.Config{})
	for _, test := range []struct{ secret, scope, code string }{
		{"wrong", c.tenant.URL() + "/.default", "AADSTS7000215"},
		{c.tenant.ClientSecret(), "https://graph.microsoft.com/.default", "AADSTS500011"},
	} {
		_, err := credential(t, c.tenant, test.secret).GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{test.scope}})
		var failed *azidentity.AuthenticationFailedError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), test.code) {
			t.Errorf("scope %s: %v, want %s", test.scope, err, test.code)
		}
	}
}

func TestAChallengeIsAnsweredByTheRealPipeline(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	cred := credential(t, c.tenant, c.tenant.ClientSecret())
	pipeline := runtime.NewPipeline("test", "v0.0.0", runtime.PipelineOptions{
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(cred, []string{c.tenant.URL() + "/.default"}, nil)},
	}, &policy.ClientOptions{Transport: trusting(c.tenant), Retry: policy.RetryOptions{MaxRetries: -1}})
	post := func() int {
		r, err := runtime.NewRequest(context.Background(), "POST", c.tenant.URL()+admin+"/"+pc.ID+"/reprovision")
		if err != nil {
			t.Fatal(err)
		}
		if err := runtime.MarshalAsJSON(r, map[string]string{}); err != nil {
			t.Fatal(err)
		}
		resp, err := pipeline.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	c.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{CAE: true})
	equal(t, "status", post(), 204)
	posts := c.tenant.Posts()
	if len(posts) != 2 || posts[0].Acted || posts[0].Status != 401 || !posts[1].Acted {
		t.Fatalf("posts: %+v", posts)
	}
	equal(t, "token of the first", posts[0].Token, "app")
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 1)
	tokens := 0
	for _, call := range c.tenant.Calls() {
		if call.Kind == graphfake.Token {
			tokens++
		}
	}
	equal(t, "visits to Entra", tokens, 2)
}

func TestEntraIsStrict(t *testing.T) {
	c := open(t, graphfake.Config{})
	good := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.tenant.ClientID()},
		"client_secret": {c.tenant.ClientSecret()}, "scope": {c.tenant.URL() + "/.default"},
	}
	path := "/" + c.tenant.TenantID() + "/oauth2/v2.0/token"
	post := func(path, name, value, kind string) got {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		if name != "" {
			form.Set(name, value)
		}
		return c.do("POST", path, form.Encode(), "Content-Type", kind, "client-request-id", "c-1")
	}
	const urlencoded = "application/x-www-form-urlencoded"
	g := c.want(post(path, "", "", urlencoded), 200)
	equal(t, "token_type", g.json("token_type"), "Bearer")
	equal(t, "expires_in", g.json("expires_in"), 3600.0)

	for _, test := range []struct {
		path, name, value, kind string
		status                  int
		code                    string
		number                  float64
	}{
		{path, "client_secret", "x", urlencoded, 401, "invalid_client", 7000215},
		{path, "client_secret", "", urlencoded, 401, "invalid_client", 7000218},
		{path, "client_id", "x", urlencoded, 400, "unauthorized_client", 700016},
		{path, "scope", c.tenant.URL(), urlencoded, 400, "invalid_scope", 1002012},
		{path, "scope", c.tenant.URL() + "/CloudPC.ReadWrite.All", urlencoded, 400, "invalid_scope", 1002012},
		{path, "scope", c.tenant.URL() + "//.default", urlencoded, 400, "invalid_resource", 500011},
		{path, "scope", "https://graph.microsoft.com/.default", urlencoded, 400, "invalid_resource", 500011},
		{path, "scope", "", urlencoded, 400, "invalid_request", 900144},
		{path, "grant_type", "password", urlencoded, 400, "unsupported_grant_type", 70003},
		{path, "", "", "application/json", 400, "invalid_request", 900144},
		{"/contoso/oauth2/v2.0/token", "", "", urlencoded, 400, "invalid_request", 90002},
	} {
		g := post(test.path, test.name, test.value, test.kind)
		if g.status != test.status || g.json("error") != test.code || g.json("error_codes", 0) != test.number || g.json("correlation_id") != "c-1" {
			t.Errorf("%+v: %d %s", test, g.status, g.body)
		}
	}
	c.want(c.get(path), 405)
	c.want(c.get("/"+c.tenant.TenantID()+"/other"), 404)
	c.want(c.get("/common/v2.0/.well-known/openid-configuration"), 400)

	c.tenant.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Times: 1, Status: 503, RetryAfter: time.Second})
	g = c.want(post(path, "", "", urlencoded), 503)
	equal(t, "error", g.json("error"), "temporarily_unavailable")
	equal(t, "Retry-After", g.header.Get("Retry-After"), "1")
	c.want(post(path, "", "", urlencoded), 200)
}

func TestAStrangerIsRefusedByTLS(t *testing.T) {
	c := open(t, graphfake.Config{})
	c.http = &http.Client{}
	if _, err := c.try("GET", admin, ""); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a client without the root: %v", err)
	}
}

func TestOnlyAGoodTokenOpens(t *testing.T) {
	clock := newClock()
	c := open(t, graphfake.Config{Now: clock.now, TokenLife: time.Minute})
	old := c.token
	for name, token := range map[string]string{
		"none": "", "nonsense": "nonsense", "of another audience": c.tenant.AppToken("https://graph.microsoft.com"),
		"cut": strings.TrimSuffix(old, old[len(old)-1:]),
	} {
		g := c.as(token).get(admin)
		if g.status != 401 || g.code() != "InvalidAuthenticationToken" || !strings.HasPrefix(g.header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("token %s: %d %s", name, g.status, g.body)
		}
	}
	c.want(c.get(admin), 200)
	clock.move(time.Minute)
	if g := c.want(c.get(admin), 401); strings.Contains(g.header.Get("WWW-Authenticate"), "insufficient_claims") {
		t.Error("an expired token is challenged as a revoked one")
	}
	c.token = c.tenant.AppToken(c.tenant.URL())
	c.want(c.get(admin), 200)
	c.tenant.RevokeTokens()
	if g := c.want(c.get(admin), 401); !strings.Contains(g.header.Get("WWW-Authenticate"), `error="insufficient_claims", claims="`) {
		t.Errorf("challenge: %s", g.header.Get("WWW-Authenticate"))
	}
}

func TestRolesSayWhatAnAppMayDo(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	last := 200
	for _, test := range []struct {
		roles               []string
		read, results, post int
	}{
		{[]string{}, 403, 403, 403},
		{[]string{"User.Read.All"}, 403, 403, 403},
		{[]string{"CloudPC.Read.All"}, 200, 403, 403},
		{nil, 200, 200, 204},
	} {
		c.tenant.Tune(func(cfg *graphfake.Config) { cfg.Roles = test.roles })
		before := c.get(admin).status
		c.token = c.tenant.AppToken(c.tenant.URL())
		if before != last {
			t.Errorf("%v: a token issued before says %d", test.roles, before)
		}
		last = test.read
		g := c.get(admin)
		if g.status != test.read || g.status == 403 && g.code() != "Forbidden" {
			t.Errorf("%v reads: %d %s", test.roles, g.status, g.body)
		}
		equal(t, "one", c.get(beta+"/"+pc.ID).status, test.read)
		equal(t, "results", c.get(beta+"/"+pc.ID+"/retrieveCloudPcRemoteActionResults").status, test.results)
		equal(t, "post", c.wipe(pc.ID).status, test.post)
	}
}

func TestClaimsOfATokenCanBeOthers(t *testing.T) {
	c := open(t, graphfake.Config{Claims: map[string]any{"tid": "72f988bf-86f1-41af-91ab-2d7cd011db47"}})
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(c.token, ".")[1])
	if err != nil || !strings.Contains(string(payload), `"tid":"72f988bf-86f1-41af-91ab-2d7cd011db47"`) {
		t.Errorf("%s, %v", payload, err)
	}
}

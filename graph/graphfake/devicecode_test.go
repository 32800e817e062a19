package graphfake_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/graph/graphfake"
)

// Microsoft's own library signs a person in, and the token is theirs: it reaches their machines and nobody else's.
func TestAzidentitySignsAPersonIn(t *testing.T) {
	c := open(t, graphfake.Config{})
	t.Setenv("AZURE_AUTHORITY_HOST", c.tenant.Authority())
	mine := c.tenant.Add(graphfake.CloudPC{UserPrincipalName: "dan@example.com", UserID: "oid-dan"})
	theirs := c.tenant.Add(graphfake.CloudPC{UserPrincipalName: "eva@example.com", UserID: "oid-eva"})
	cred, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: trusting(c.tenant), Retry: policy.RetryOptions{MaxRetries: -1}},
		TenantID:      c.tenant.TenantID(), ClientID: c.tenant.PublicClientID(),
		DisableInstanceDiscovery: true, DisableAutomaticAuthentication: true,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			return c.tenant.EnterCode(m.UserCode, graphfake.Browser{UserID: "oid-dan", UPN: "dan@example.com"})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	scopes := policy.TokenRequestOptions{Scopes: []string{c.tenant.URL() + "/CloudPC.ReadWrite.All"}, EnableCAE: true}
	if _, err := cred.GetToken(t.Context(), scopes); err == nil {
		t.Error("there is a token before anybody has signed in")
	}
	record, err := cred.Authenticate(t.Context(), &scopes)
	if err != nil {
		t.Fatal(err)
	}
	if record.Username != "dan@example.com" || record.HomeAccountID != "oid-dan."+c.tenant.TenantID() || record.TenantID != c.tenant.TenantID() {
		t.Errorf("who signed in: %+v", record)
	}
	token, err := cred.GetToken(t.Context(), scopes)
	if err != nil {
		t.Fatal(err)
	}
	dan := c.as(token.Token)
	if list := dan.get("/v1.0/me/cloudPCs"); !strings.Contains(list.body, mine.ID) || strings.Contains(list.body, theirs.ID) {
		t.Errorf("his machines: %s", list.body)
	}
	c.want(dan.do("POST", "/v1.0/me/cloudPCs/"+mine.ID+"/reprovision", "", "Content-Type", "application/json"), 204)
	if got := dan.do("POST", "/v1.0/me/cloudPCs/"+theirs.ID+"/reprovision", "", "Content-Type", "application/json"); got.status < 400 {
		t.Errorf("somebody else's: %d", got.status)
	}
	if codes := c.tenant.DeviceCodes(); len(codes) != 1 || codes[0].State != "redeemed" || !strings.Contains(codes[0].Scope, "/CloudPC.ReadWrite.All") {
		t.Errorf("%+v", codes)
	}
}

// Each way in which a sign-in does not come about has Entra's own word, on the wire.
func TestASignInThatDoesNotComeAbout(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		cfg    graphfake.Config
		client string // "" = the public client
		scope  string
		secret string
		page   *graphfake.Browser
		wait   time.Duration
		begin  string // the error at the beginning; "" = there is none
		poll   string
	}{
		"nobody types it":            {poll: "authorization_pending AADSTS70016"},
		"it is declined":             {page: &graphfake.Browser{Declines: true}, poll: "authorization_declined AADSTS70017"},
		"it expires":                 {wait: 15 * time.Minute, poll: "expired_token AADSTS70019"},
		"the browser is stopped":     {page: &graphfake.Browser{Blocked: true}, poll: "authorization_pending AADSTS70016"},
		"the app is not public":      {cfg: graphfake.Config{NotPublic: true}, page: &graphfake.Browser{UserID: "oid", UPN: "dan@example.com"}, poll: "invalid_client AADSTS7000218"},
		"nobody has consented":       {cfg: graphfake.Config{NoConsent: true}, page: &graphfake.Browser{UserID: "oid", UPN: "dan@example.com"}, poll: "invalid_grant AADSTS65001"},
		"another app":                {client: "00000000-0000-4000-8000-000000000000", begin: "unauthorized_client AADSTS700016"},
		"no scope of Graph's":        {scope: "openid profile", begin: "invalid_scope AADSTS70011"},
		"a scope that nobody knows":  {scope: "{graph}/Everything.All", begin: "invalid_scope AADSTS70011"},
		"another resource":           {scope: "https://management.azure.com/.default", begin: "invalid_resource AADSTS500011"},
		"a secret, which it has not": {secret: "s3cret", begin: "invalid_client AADSTS700025"},
	} {
		t.Run(name, func(t *testing.T) {
			clock := now
			row.cfg.Now = func() time.Time { return clock }
			c := open(t, row.cfg)
			c.token = ""
			form := func(path string, values ...string) got {
				t.Helper()
				body := ""
				for i := 0; i < len(values); i += 2 {
					if values[i+1] != "" {
						body += "&" + values[i] + "=" + values[i+1]
					}
				}
				got, err := c.try(http.MethodPost, "/"+c.tenant.TenantID()+"/oauth2/v2.0/"+path, body[1:], "Content-Type", "application/x-www-form-urlencoded")
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			said := func(g got, want string) {
				t.Helper()
				word, number, _ := strings.Cut(want, " ")
				if g.json("error") != word || !strings.Contains(g.body, number) {
					t.Errorf("%d %s, want %s", g.status, g.body, want)
				}
			}
			client, scope := c.tenant.PublicClientID(), c.tenant.URL()+"/CloudPC.ReadWrite.All"
			if row.client != "" {
				client = row.client
			}
			if row.scope != "" {
				scope = strings.ReplaceAll(row.scope, "{graph}", c.tenant.URL())
			}
			begun := form("devicecode", "client_id", client, "scope", scope, "client_secret", row.secret)
			if row.begin != "" {
				said(begun, row.begin)
				return
			}
			code, _ := begun.json("device_code").(string)
			user, _ := begun.json("user_code").(string)
			if begun.json("expires_in") != 900.0 || begun.json("interval") != 5.0 || begun.json("verification_uri") != "https://microsoft.com/devicelogin" || len(user) != 9 {
				t.Fatalf("%d %s", begun.status, begun.body)
			}
			if row.page != nil {
				if err := c.tenant.EnterCode(user, *row.page); err != nil {
					t.Fatal(err)
				}
				if c.tenant.EnterCode(user, *row.page) == nil {
					t.Error("a code is good twice")
				}
			}
			clock = clock.Add(row.wait)
			for _, grant := range []string{"device_code", "urn:ietf:params:oauth:grant-type:device_code"} {
				said(form("token", "grant_type", grant, "client_id", client, "device_code", code), row.poll)
			}
		})
	}
}

// A device code is good once, and a client that asks too often is told so.
func TestADeviceCodeIsGoodOnce(t *testing.T) {
	c := open(t, graphfake.Config{SlowDown: true})
	c.token = ""
	post := func(path, body string) got {
		t.Helper()
		got, err := c.try(http.MethodPost, "/"+c.tenant.TenantID()+"/oauth2/v2.0/"+path, body+"&client_id="+c.tenant.PublicClientID(), "Content-Type", "application/x-www-form-urlencoded")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	begun := post("devicecode", "scope="+c.tenant.URL()+"/CloudPC.Read.All")
	poll := "grant_type=device_code&device_code=" + begun.json("device_code").(string)
	for _, want := range []string{"authorization_pending", "slow_down"} {
		if got := post("token", poll); got.json("error") != want {
			t.Errorf("%s, want %s", got.body, want)
		}
	}
	if err := c.tenant.EnterCode("WRONG", graphfake.Browser{}); err == nil {
		t.Error("a wrong code is taken")
	}
	if err := c.tenant.EnterCode(c.tenant.DeviceCodes()[0].UserCode, graphfake.Browser{UserID: "oid", UPN: "dan@example.com"}); err != nil {
		t.Fatal(err)
	}
	c.tenant.Tune(func(cfg *graphfake.Config) { cfg.SlowDown = false })
	if got := post("token", poll); got.status != 200 || got.json("id_token") == nil || got.json("client_info") == nil {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := post("token", poll); got.json("error") != "invalid_grant" {
		t.Errorf("a second time: %s", got.body)
	}
	for _, s := range c.tenant.Secrets() {
		if strings.Contains(poll, s) {
			return
		}
	}
	t.Error("the device code is not among the secrets")
}

package graphfake_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

// entra posts a form to Entra; values come in pairs.
func (c *client) entra(path string, values ...string) got {
	c.t.Helper()
	body := ""
	for i := 0; i+1 < len(values); i += 2 {
		body += "&" + values[i] + "=" + values[i+1]
	}
	return c.as("").do(http.MethodPost, "/"+c.tenant.TenantID()+"/oauth2/v2.0/"+path, strings.TrimPrefix(body, "&"), "Content-Type", "application/x-www-form-urlencoded")
}

// signsIn is what Entra answers to a person who has entered their code, with a scope of Graph's.
func (c *client) signsIn(scope string, who graphfake.Browser) got {
	c.t.Helper()
	id := c.tenant.PublicClientID()
	begun := c.want(c.entra("devicecode", "client_id", id, "scope", c.tenant.URL()+"/"+scope+" offline_access"), 200)
	if err := c.tenant.EnterCode(begun.json("user_code").(string), who); err != nil {
		c.t.Fatal(err)
	}
	return c.want(c.entra("token", "grant_type", "device_code", "client_id", id, "device_code", begun.json("device_code").(string)), 200)
}

var dan = graphfake.Browser{UserID: "oid-dan", UPN: "dan@example.com"}

func TestARefreshTokenRenewsAPersonsToken(t *testing.T) {
	clock := newClock()
	c := open(t, graphfake.Config{Now: clock.now, TokenLife: time.Minute})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-dan", UserID: dan.UserID})
	first := c.signsIn("CloudPC.ReadWrite.All", dan)
	clock.move(time.Minute)
	c.want(c.as(first.json("access_token").(string)).get("/v1.0/me/cloudPCs"), 401)

	scope := c.tenant.URL() + "/CloudPC.ReadWrite.All"
	token := first.json("refresh_token").(string)
	refreshed := func(values ...string) got {
		t.Helper()
		return c.entra("token", append([]string{"grant_type", "refresh_token", "scope", scope, "client_id", c.tenant.PublicClientID(), "refresh_token", token}, values...)...)
	}
	second := c.want(refreshed(), 200)
	if second.json("refresh_token") == first.json("refresh_token") || second.json("access_token") == first.json("access_token") || second.json("id_token") == nil {
		t.Errorf("%s", second.body)
	}
	if list := c.want(c.as(second.json("access_token").(string)).get("/v1.0/me/cloudPCs"), 200); !slices.Equal(names(list), []string{"CPC-dan"}) {
		t.Errorf("%s", list.body)
	}
	c.want(refreshed(), 200) // Entra does not revoke the one before
	token = second.json("refresh_token").(string)
	c.want(refreshed(), 200)
	for _, g := range []got{first, second} {
		if secrets := c.tenant.Secrets(); !slices.Contains(secrets, g.json("refresh_token").(string)) {
			t.Error("a refresh token is not among the secrets")
		}
	}

	said := func(name string, g got, want string) {
		t.Helper()
		word, number, _ := strings.Cut(want, " ")
		if g.status < 400 || g.json("error") != word || !strings.Contains(g.body, number) {
			t.Errorf("%s: %d %s, want %s", name, g.status, g.body, want)
		}
	}
	said("a secret", refreshed("client_secret", c.tenant.ClientSecret()), "invalid_client AADSTS700025")
	for name, row := range map[string]struct {
		change func(*graphfake.Config)
		want   string
	}{
		"a sign-in is wanted":  {func(cfg *graphfake.Config) { cfg.MustSignIn = true }, "interaction_required AADSTS50076"},
		"no consent any more":  {func(cfg *graphfake.Config) { cfg.NoConsent = true }, "invalid_grant AADSTS65001"},
		"public no more":       {func(cfg *graphfake.Config) { cfg.NotPublic = true }, "invalid_client AADSTS7000218"},
		"the app is forgotten": {func(cfg *graphfake.Config) { cfg.NoPublicClient = true }, "unauthorized_client AADSTS700016"},
	} {
		c.tenant.Tune(row.change)
		said(name, refreshed(), row.want)
		c.tenant.Tune(func(cfg *graphfake.Config) {
			cfg.MustSignIn, cfg.NoConsent, cfg.NotPublic, cfg.NoPublicClient = false, false, false, false
		})
		c.want(refreshed(), 200)
	}
	scope = c.tenant.URL() + "/.default"
	said("another scope", refreshed(), "invalid_scope AADSTS70011")
	scope = c.tenant.URL() + "/CloudPC.ReadWrite.All"
	c.tenant.RevokeTokens()
	said("revoked", refreshed(), "invalid_grant AADSTS50173")
	token = "nonsense"
	said("unknown", refreshed(), "invalid_grant AADSTS70000")
	said("the application's id", c.entra("token", "grant_type", "refresh_token", "scope", scope, "client_id", c.tenant.ClientID(), "refresh_token", "x"), "unauthorized_client AADSTS700016")
	said("no token", c.entra("token", "grant_type", "refresh_token", "scope", scope, "client_id", c.tenant.PublicClientID()), "invalid_request AADSTS900144")
}

// A switch counts for a sign-in that is under way.
func TestASignInMeetsWhatIsChangedMeanwhile(t *testing.T) {
	for want, change := range map[string]func(*graphfake.Config){
		"AADSTS7000218": func(cfg *graphfake.Config) { cfg.NotPublic = true },
		"AADSTS65001":   func(cfg *graphfake.Config) { cfg.NoConsent = true },
		"AADSTS700016":  func(cfg *graphfake.Config) { cfg.NoPublicClient = true },
	} {
		c := open(t, graphfake.Config{})
		id := c.tenant.PublicClientID()
		begun := c.want(c.entra("devicecode", "client_id", id, "scope", c.tenant.URL()+"/CloudPC.ReadWrite.All"), 200)
		if err := c.tenant.EnterCode(begun.json("user_code").(string), dan); err != nil {
			t.Fatal(err)
		}
		poll := func() got {
			return c.entra("token", "grant_type", "device_code", "client_id", id, "device_code", begun.json("device_code").(string))
		}
		c.tenant.Tune(change)
		if g := poll(); g.status < 400 || !strings.Contains(g.body, want) {
			t.Errorf("%d %s, want %s", g.status, g.body, want)
		}
		begins := c.entra("devicecode", "client_id", id, "scope", c.tenant.URL()+"/CloudPC.ReadWrite.All")
		if refused := begins.status >= 400; refused != (want == "AADSTS700016") {
			t.Errorf("%s: a new sign-in begins with %d", want, begins.status)
		}
		c.tenant.Tune(func(cfg *graphfake.Config) { cfg.NotPublic, cfg.NoConsent, cfg.NoPublicClient = false, false, false })
		c.want(poll(), 200)
	}
}

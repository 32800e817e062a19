package graph_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
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

// bot is what a tenant knows the bot by; each part can be wrong.
type bot struct {
	tenant, app, secret, authority string
	roots                          *x509.CertPool
}

func open(t *testing.T, cfg graphfake.Config) (*graphfake.Tenant, bot) {
	t.Helper()
	tenant, err := graphfake.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(tenant.CertPEM())
	return tenant, bot{tenant.TenantID(), tenant.ClientID(), tenant.ClientSecret(), tenant.Authority(), roots}
}

// client is a client with azidentity's real credential.
func (b bot) client(t *testing.T, url string, log *slog.Logger) *graph.Client {
	t.Helper()
	return b.tuned(t, url, func(c *graph.Config) { c.Log = log })
}

// tuned is such a client with other settings.
func (b bot) tuned(t *testing.T, url string, change func(*graph.Config)) *graph.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: b.roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	credential := func() (azcore.TokenCredential, error) {
		return azidentity.NewClientSecretCredential(b.tenant, b.app, b.secret, &azidentity.ClientSecretCredentialOptions{
			DisableInstanceDiscovery: true,
			ClientOptions: azcore.ClientOptions{
				Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: b.authority},
				Transport: &http.Client{Transport: transport},
				Retry:     policy.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond},
			},
		})
	}
	cred, err := credential()
	if err != nil {
		t.Fatal(err)
	}
	cfg := graph.Config{URL: url, Credential: cred, Renew: credential, Beta: true, Timeout: 10 * time.Second, Transport: transport}
	change(&cfg)
	c, err := graph.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
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

// kinds counts the calls that arrived, by kind.
func kinds(tenant *graphfake.Tenant) map[string]int {
	n := map[string]int{}
	for _, c := range tenant.Calls() {
		n[c.Kind]++
	}
	return n
}

func TestReprovisionFromNameToReady(t *testing.T) {
	tenant, bot := open(t, graphfake.Config{Lag: -1, Build: -1, HTTP2: true})
	tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ben"})
	added := tenant.Add(graphfake.CloudPC{DisplayName: "O'Hara's PC"})
	c, ctx := bot.client(t, tenant.URL(), nil), t.Context()
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}

	found, err := c.ByName(ctx, "o'hara's pc")
	if err != nil || len(found) != 1 || found[0].ID != added.ID {
		t.Fatalf("%v, %+v", err, found)
	}
	before, err := c.CloudPC(ctx, added.ID)
	if err != nil || !before.Beta || !before.Status.AllowsReprovision() {
		t.Fatalf("%v, %+v", err, before)
	}
	if err := c.Reprovision(graph.WithCallID(ctx, "the-call"), added.ID, graph.Build{OS: "windows11", Account: "standardUser"}); err != nil {
		t.Fatal(err)
	}
	during, err := c.CloudPC(ctx, added.ID)
	if err != nil || !during.Status.Passes() {
		t.Errorf("%v, %+v", err, during)
	}
	if !during.LastAction.UnderWay() || during.LastAction.State.Ended() {
		t.Errorf("%+v", during.LastAction)
	}
	if err := c.Reprovision(ctx, added.ID, graph.Build{}); !errors.Is(err, graph.ErrConflict) || graph.OutcomeOf(err) != graph.Refused {
		t.Errorf("a second one: %v", err)
	}
	tenant.Finish(added.ID, "provisioned")
	after, err := c.CloudPC(ctx, added.ID)
	if err != nil || !after.Status.Ready() || !after.Provisioned.After(before.Provisioned) || after.ManagedDeviceID == before.ManagedDeviceID {
		t.Errorf("%v, %+v", err, after)
	}
	posts := tenant.Posts()
	if len(posts) != 2 || posts[0].ClientRequestID != "the-call" || string(posts[0].Body) != `{"osVersion":"windows11","userAccountType":"standardUser"}` ||
		string(posts[1].Body) != `{}` || tenant.Wipes(added.ID) != 1 {
		t.Errorf("%+v", posts)
	}
	if _, err := c.CloudPC(ctx, "11111111-1111-4111-8111-111111111111"); !errors.Is(err, graph.ErrNotFound) {
		t.Error(err)
	}
}

func TestAPolicyTellsWhatTheNextBuildTakes(t *testing.T) {
	tenant, bot := open(t, graphfake.Config{Lag: -1, Build: -1, Roles: []string{"CloudPC.Read.All"}})
	added := tenant.Add(graphfake.CloudPC{})
	c, ctx := bot.client(t, tenant.URL(), nil), t.Context()
	before, err := c.Policy(ctx, added.ProvisioningPolicyID)
	if err != nil || before.Image != added.ImageDisplayName || before.ImageID == "" || before.Region != "westeurope" || before.Join != "azureADJoin" {
		t.Fatalf("%v, %+v", err, before)
	}
	tenant.SetPolicy(before.ID, func(p *graphfake.Policy) {
		p.ImageDisplayName, p.ImageID = "Kiosk", "k1"
		p.Joins = []graphfake.Join{{Type: "azureADJoin", RegionName: "norwayeast", RegionGroup: "norway"}}
	})
	after, err := c.Policy(ctx, before.ID)
	if err != nil || after.Image != "Kiosk" || after.ImageID != "k1" || after.Region != "norwayeast (norway)" || after.Join != before.Join {
		t.Errorf("%v, %+v", err, after)
	}
	image := func() string {
		pc, err := c.CloudPC(ctx, added.ID)
		if err != nil || pc.PolicyID != before.ID || pc.PolicyName != before.Name {
			t.Errorf("%v, %+v", err, pc)
		}
		return pc.Image
	}
	if got := image(); got != before.Image {
		t.Errorf("the edit reached a machine that stands: %s", got)
	}
	tenant.Elsewhere(added.ID)
	tenant.Finish(added.ID, "provisioned")
	if got := image(); got != after.Image {
		t.Errorf("built with %s", got)
	}
	if _, err := c.Policy(ctx, "11111111-1111-4111-8111-111111111111"); !errors.Is(err, graph.ErrNotFound) {
		t.Error(err)
	}
	tenant.Tune(func(cfg *graphfake.Config) { cfg.Roles = []string{} })
	c = bot.client(t, tenant.URL(), nil) // with a token that is issued now
	if _, err := c.Policy(ctx, before.ID); !errors.Is(err, graph.ErrForbidden) || !strings.Contains(err.Error(), "CloudPC.Read.All with admin consent") {
		t.Error(err)
	}
}

func TestOutcomeIsTrueOfTheTenant(t *testing.T) {
	for _, row := range []struct {
		name    string
		fault   graphfake.Fault
		outcome graph.Outcome
		wipes   int
		posts   int
	}{
		{"well", graphfake.Fault{}, graph.Acted, 1, 1},
		{"the token was taken back", graphfake.Fault{CAE: true}, graph.Acted, 1, 2},
		{"throttled", graphfake.Fault{Status: 429, RetryAfter: time.Minute}, graph.NotActed, 0, 1},
		{"overloaded, nothing done", graphfake.Fault{Status: 503}, graph.Unknown, 0, 1},
		{"overloaded, and done", graphfake.Fault{ActThenStatus: 503}, graph.Unknown, 1, 1},
		{"timed out behind the gateway, and done", graphfake.Fault{ActThenStatus: 504}, graph.Unknown, 1, 1},
		{"answer lost", graphfake.Fault{DropAfter: true}, graph.Unknown, 1, 1},
		{"question lost", graphfake.Fault{DropBefore: true}, graph.Unknown, 0, 1},
		{"an empty 200", graphfake.Fault{EmptyBody200: true}, graph.Unknown, 1, 1},
		{"some gateway's page", graphfake.Fault{Garbage: true}, graph.Unknown, 1, 1},
		{"redirected to itself", graphfake.Fault{Redirect: "self"}, graph.Unknown, 0, 1},
		{"forbidden", graphfake.Fault{Status: 403}, graph.Refused, 0, 1},
	} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprint(row.name, " h2=", h2), func(t *testing.T) {
				tenant, bot := open(t, graphfake.Config{Lag: -1, Build: -1, HTTP2: h2})
				pc := tenant.Add(graphfake.CloudPC{})
				row.fault.Times = 1
				tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, row.fault)
				err := bot.client(t, tenant.URL(), nil).Reprovision(t.Context(), pc.ID, graph.Build{})
				if got := graph.OutcomeOf(err); got != row.outcome {
					t.Errorf("%v, want %v: %v", got, row.outcome, err)
				}
				if posts, wipes := len(tenant.Posts()), tenant.Wipes(pc.ID); posts != row.posts || wipes != row.wipes {
					t.Errorf("%d posts and %d wipes, want %d and %d", posts, wipes, row.posts, row.wipes)
				}
			})
		}
	}
}

func TestHangsToTheDeadlineAndMayHaveActed(t *testing.T) {
	tenant, bot := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := tenant.Add(graphfake.CloudPC{})
	tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{HangAfter: true})
	c := bot.client(t, tenant.URL(), nil)
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil { // has its token
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := c.Reprovision(ctx, pc.ID, graph.Build{})
	if !errors.Is(err, graph.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) || tenant.Wipes(pc.ID) != 1 {
		t.Errorf("%v, %d wipes", err, tenant.Wipes(pc.ID))
	}
}

func TestEntraSaysNo(t *testing.T) {
	for _, row := range []struct {
		name     string
		wrong    func(*bot, *graphfake.Tenant)
		rejected bool
		code     string
		says     string
	}{
		{"wrong secret", func(b *bot, _ *graphfake.Tenant) { b.secret = "a-secret-of-another-app" }, true, "AADSTS7000215", "AZURE_CLIENT_SECRET"},
		{"no such app", func(b *bot, _ *graphfake.Tenant) { b.app = "22222222-2222-4222-8222-222222222222" }, true, "AADSTS700016", "AZURE_CLIENT_ID"},
		{"no such tenant", func(b *bot, _ *graphfake.Tenant) { b.tenant = "22222222-2222-4222-8222-222222222222" }, true, "AADSTS90002", "AZURE_TENANT_ID"},
		{"expired secret", func(_ *bot, t *graphfake.Tenant) {
			t.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 401, Code: "invalid_client", Message: "AADSTS7000222: The provided client secret keys are expired."})
		}, true, "AADSTS7000222", "expired"},
		{"transient", func(_ *bot, t *graphfake.Tenant) {
			t.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 400, Code: "temporarily_unavailable"})
		}, false, "AADSTS90033", "temporarily_unavailable"},
		{"overloaded", func(_ *bot, t *graphfake.Tenant) {
			t.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 503})
		}, false, "AADSTS90033", "temporarily_unavailable"},
		{"throttled", func(_ *bot, t *graphfake.Tenant) {
			t.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 429})
		}, false, "AADSTS90033", "temporarily_unavailable"},
		{"hangs up", func(_ *bot, t *graphfake.Tenant) {
			t.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{DropBefore: true})
		}, false, "", "no token"},
		{"some gateway's page", func(_ *bot, t *graphfake.Tenant) {
			t.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Garbage: true})
		}, false, "", "no token"},
		{"nobody there", func(b *bot, _ *graphfake.Tenant) { b.authority = "https://127.0.0.1:1/" }, false, "", "connection refused"},
		{"not trusted", func(b *bot, _ *graphfake.Tenant) { b.roots = x509.NewCertPool() }, false, "", "x509: certificate signed by unknown authority"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tenant, bot := open(t, graphfake.Config{})
			pc := tenant.Add(graphfake.CloudPC{})
			row.wrong(&bot, tenant)
			var log bytes.Buffer
			c := bot.client(t, tenant.URL(), slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			err := c.Reprovision(t.Context(), pc.ID, graph.Build{})
			e, ok := errors.AsType[*graph.Error](err)
			if !ok || !errors.Is(err, graph.ErrNoToken) || errors.Is(err, graph.ErrRejected) != row.rejected || e.Outcome != graph.NotActed || e.Code != row.code {
				t.Errorf("%+v", e)
			}
			if !strings.Contains(err.Error(), row.says) || strings.ContainsAny(err.Error(), "\n{") {
				t.Errorf("does not say %q: %v", row.says, err)
			}
			for _, secret := range append(tenant.Secrets(), bot.secret) {
				if strings.Contains(err.Error()+log.String(), secret) {
					t.Errorf("tells a secret: %v, %s", err, log.String())
				}
			}
			if _, err := c.CloudPC(t.Context(), pc.ID); errors.Is(err, graph.ErrRejected) != row.rejected || errors.Is(err, graph.ErrUnknownOutcome) {
				t.Errorf("a read: %v", err)
			}
			if err := c.SignIn(t.Context()); !errors.Is(err, graph.ErrNoToken) || errors.Is(err, graph.ErrRejected) != row.rejected {
				t.Errorf("sign-in: %v", err)
			}
			if len(tenant.Posts()) != 0 {
				t.Error("something was posted")
			}
		})
	}
}

func TestAMissingPermissionIsNamed(t *testing.T) {
	tenant, bot := open(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}})
	pc := tenant.Add(graphfake.CloudPC{})
	c := bot.client(t, tenant.URL(), nil)
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Error(err)
	}
	err := c.Reprovision(t.Context(), pc.ID, graph.Build{})
	if !errors.Is(err, graph.ErrForbidden) || graph.OutcomeOf(err) != graph.Refused || !strings.Contains(err.Error(), "CloudPC.ReadWrite.All with admin consent") {
		t.Error(err)
	}
}

type personal string

func (p personal) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(p), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func TestPeopleReprovisionTheirOwn(t *testing.T) {
	tenant, bot := open(t, graphfake.Config{Lag: -1, Build: 0})
	const ada = "33333333-3333-4333-8333-333333333333"
	mine := tenant.Add(graphfake.CloudPC{UserID: ada, UserPrincipalName: "ada@example.com"})
	also := tenant.Add(graphfake.CloudPC{UserID: ada, UserPrincipalName: "ada@example.com"})
	other := tenant.Add(graphfake.CloudPC{})
	c, err := graph.New(graph.Config{URL: tenant.URL(), Credential: personal(tenant.Delegated(ada, "ada@example.com")),
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: bot.roots}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ReprovisionMine(t.Context(), mine.ID); err != nil {
		t.Error(err)
	}
	if err := c.ReprovisionOf(t.Context(), ada, also.ID); err != nil {
		t.Error(err)
	}
	if err := c.ReprovisionMine(t.Context(), other.ID); graph.OutcomeOf(err) != graph.Refused {
		t.Error(err)
	}
	if tenant.Wipes(mine.ID) != 1 || tenant.Wipes(also.ID) != 1 || tenant.Wipes(other.ID) != 0 {
		t.Errorf("%+v", tenant.Posts())
	}
}

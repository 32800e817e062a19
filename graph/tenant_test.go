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
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

func TestReprovisionFromNameToReady(t *testing.T) {
	w := open(t, graphfake.Config{Lag: -1, Build: -1, HTTP2: true})
	w.Add(graphfake.CloudPC{DisplayName: "CPC-ben"})
	added := w.Add(graphfake.CloudPC{DisplayName: "O'Hara's PC"})
	c, ctx := w.client(t, nil), t.Context()
	if err := c.SignIn(ctx); err != nil {
		t.Fatal(err)
	}

	found, err := c.Find(ctx, "o'hara's pc")
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
	w.Finish(added.ID, "provisioned")
	after, err := c.CloudPC(ctx, added.ID)
	if err != nil || !after.Status.Ready() || !after.Provisioned.After(before.Provisioned) || after.ManagedDeviceID == before.ManagedDeviceID {
		t.Errorf("%v, %+v", err, after)
	}
	posts := w.Posts()
	if len(posts) != 2 || posts[0].ClientRequestID != "the-call" || string(posts[0].Body) != `{"osVersion":"windows11","userAccountType":"standardUser"}` ||
		string(posts[1].Body) != `{}` || w.Wipes(added.ID) != 1 {
		t.Errorf("%+v", posts)
	}
	if _, err := c.CloudPC(ctx, "11111111-1111-4111-8111-111111111111"); !errors.Is(err, graph.ErrNotFound) {
		t.Error(err)
	}
}

func TestAPolicyTellsWhatTheNextBuildTakes(t *testing.T) {
	w := open(t, graphfake.Config{Lag: -1, Build: -1, Roles: []string{"CloudPC.Read.All"}})
	added := w.Add(graphfake.CloudPC{})
	c, ctx := w.client(t, nil), t.Context()
	before, err := c.Policy(ctx, added.ProvisioningPolicyID)
	if err != nil || before.Image != added.ImageDisplayName || before.ImageID == "" || before.Region != "westeurope" || before.Join != "azureADJoin" {
		t.Fatalf("%v, %+v", err, before)
	}
	w.SetPolicy(before.ID, func(p *graphfake.Policy) {
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
	w.Elsewhere(added.ID)
	w.Finish(added.ID, "provisioned")
	if got := image(); got != after.Image {
		t.Errorf("built with %s", got)
	}
	if _, err := c.Policy(ctx, "11111111-1111-4111-8111-111111111111"); !errors.Is(err, graph.ErrNotFound) {
		t.Error(err)
	}
	w.Tune(func(cfg *graphfake.Config) { cfg.Roles = []string{} })
	c = w.client(t, nil) // with a token that is issued now
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
				w := open(t, graphfake.Config{Lag: -1, Build: -1, HTTP2: h2})
				pc := w.Add(graphfake.CloudPC{})
				row.fault.Times = 1
				w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, row.fault)
				err := w.client(t, nil).Reprovision(t.Context(), pc.ID, graph.Build{})
				if got := graph.OutcomeOf(err); got != row.outcome {
					t.Errorf("%v, want %v: %v", got, row.outcome, err)
				}
				if posts, wipes := len(w.Posts()), w.Wipes(pc.ID); posts != row.posts || wipes != row.wipes {
					t.Errorf("%d posts and %d wipes, want %d and %d", posts, wipes, row.posts, row.wipes)
				}
			})
		}
	}
}

func TestHangsToTheDeadlineAndMayHaveActed(t *testing.T) {
	w := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := w.Add(graphfake.CloudPC{})
	w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{HangAfter: true})
	c := w.client(t, nil)
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil { // has its token
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := c.Reprovision(ctx, pc.ID, graph.Build{})
	if !errors.Is(err, graph.ErrUnknownOutcome) || !errors.Is(err, context.DeadlineExceeded) || w.Wipes(pc.ID) != 1 {
		t.Errorf("%v, %d wipes", err, w.Wipes(pc.ID))
	}
}

func TestEntraSaysNo(t *testing.T) {
	for _, row := range []struct {
		name     string
		wrong    func(*world)
		rejected bool
		code     string
		says     string
	}{
		{"wrong secret", func(w *world) { w.secret = "a-secret-of-another-app" }, true, "AADSTS7000215", "AZURE_CLIENT_SECRET"},
		{"no such app", func(w *world) { w.clientID = "22222222-2222-4222-8222-222222222222" }, true, "AADSTS700016", "AZURE_CLIENT_ID"},
		{"no such tenant", func(w *world) { w.tenantID = "22222222-2222-4222-8222-222222222222" }, true, "AADSTS90002", "AZURE_TENANT_ID"},
		{"expired secret", func(w *world) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 401, Code: "invalid_client", Message: "AADSTS7000222: The provided client secret keys are expired."})
		}, true, "AADSTS7000222", "expired"},
		{"transient", func(w *world) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 400, Code: "temporarily_unavailable"})
		}, false, "AADSTS90033", "temporarily_unavailable"},
		{"overloaded", func(w *world) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 503})
		}, false, "AADSTS90033", "temporarily_unavailable"},
		{"throttled", func(w *world) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 429})
		}, false, "AADSTS90033", "temporarily_unavailable"},
		{"hangs up", func(w *world) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{DropBefore: true})
		}, false, "", "no token"},
		{"some gateway's page", func(w *world) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Garbage: true})
		}, false, "", "no token"},
		{"nobody there", func(w *world) { w.authority = "https://127.0.0.1:1/" }, false, "", "connection refused"},
		{"not trusted", func(w *world) { w.roots = x509.NewCertPool() }, false, "", "x509: certificate signed by unknown authority"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := open(t, graphfake.Config{})
			pc := w.Add(graphfake.CloudPC{})
			row.wrong(w)
			var log bytes.Buffer
			c := w.client(t, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			err := c.Reprovision(t.Context(), pc.ID, graph.Build{})
			e, ok := errors.AsType[*graph.Error](err)
			if !ok || !errors.Is(err, graph.ErrNoToken) || errors.Is(err, graph.ErrRejected) != row.rejected || e.Outcome != graph.NotActed || e.Code != row.code {
				t.Errorf("%+v", e)
			}
			if !strings.Contains(err.Error(), row.says) || strings.ContainsAny(err.Error(), "\n{") {
				t.Errorf("does not say %q: %v", row.says, err)
			}
			for _, secret := range append(w.Secrets(), w.secret) {
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
			if len(w.Posts()) != 0 {
				t.Error("something was posted")
			}
		})
	}
}

func TestAMissingPermissionIsNamed(t *testing.T) {
	w := open(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}})
	pc := w.Add(graphfake.CloudPC{})
	c := w.client(t, nil)
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
	w := open(t, graphfake.Config{Lag: -1, Build: 0})
	const ada = "33333333-3333-4333-8333-333333333333"
	mine := w.Add(graphfake.CloudPC{UserID: ada, UserPrincipalName: "ada@example.com"})
	also := w.Add(graphfake.CloudPC{UserID: ada, UserPrincipalName: "ada@example.com"})
	other := w.Add(graphfake.CloudPC{})
	c, err := graph.New(graph.Config{URL: w.URL(), Credential: personal(w.Delegated(ada, "ada@example.com")),
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.roots}}})
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
	if w.Wipes(mine.ID) != 1 || w.Wipes(also.ID) != 1 || w.Wipes(other.ID) != 0 {
		t.Errorf("%+v", w.Posts())
	}
}

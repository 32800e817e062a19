package graph_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"

	"cloudpc-bot/auth"
	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

const danID, danUPN = "33333333-3333-4333-8333-333333333333", "dan@example.com"

var dan = graphfake.Browser{UserID: danID, UPN: danUPN}

// told is everything that is logged and every error, by the client and by Microsoft's libraries.
type told struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *told) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

// err notes an error in every form in which it may be printed, with all that it wraps.
func (l *told) err(err error) error {
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(l, "%v\n%+v\n%#v\n", e, e, e)
	}
	return err
}

// signedIn is a client of somebody who has signed in, and what was told meanwhile.
func (w *world) signedIn(t *testing.T, who graphfake.Browser) (*graph.Client, auth.Account, *told) {
	t.Helper()
	l := &told{}
	azlog.SetListener(func(_ azlog.Event, text string) { fmt.Fprintln(l, text) })
	t.Setenv("AZURE_AUTHORITY_HOST", w.Authority())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.roots}, ForceAttemptHTTP2: true}
	scope := w.URL() + "/" + graph.ReadWrite
	s, err := auth.NewSignIn(auth.SignInConfig{
		Tenant: w.TenantID(), Client: w.PublicClientID(), Scope: scope, DisableInstanceDiscovery: true, Transport: transport,
	}, func(code auth.DeviceCode) error { return w.EnterCode(code.Code, who) })
	if err != nil {
		t.Fatal(err)
	}
	account, err := s.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := graph.New(graph.Config{
		URL: w.URL(), Credential: s.Credential(), Scopes: []string{scope}, Transport: transport, Timeout: 10 * time.Second,
		Log: slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		azlog.SetListener(nil)
		transport.CloseIdleConnections()
		if wrong := w.MisusedTokens(); len(wrong) != 0 {
			t.Errorf("tokens were sent where they do not belong: %+v", wrong)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, secret := range w.Secrets() {
			if strings.Contains(l.String(), secret) {
				t.Errorf("a secret is told:\n%s", l.String())
			}
		}
	})
	return c, account, l
}

// grants counts the requests for tokens, by grant.
func (w *world) grants() map[string]int {
	n := map[string]int{}
	for _, c := range w.Calls() {
		if c.Kind == graphfake.Token {
			n[c.Grant]++
		}
	}
	return n
}

func TestSelfServiceFromTheCodeToThePost(t *testing.T) {
	for form, post := range map[string]func(*graph.Client, string) error{
		graphfake.Me:    func(c *graph.Client, id string) error { return c.ReprovisionMine(t.Context(), id) },
		graphfake.Users: func(c *graph.Client, id string) error { return c.ReprovisionOf(t.Context(), danID, id) },
	} {
		t.Run(form, func(t *testing.T) {
			w := open(t, graphfake.Config{Lag: -1, Build: -1, PageSize: 2})
			var want []graph.Own
			for i := range 5 {
				pc := w.Add(graphfake.CloudPC{DisplayName: fmt.Sprint("CPC-dan-", i), UserID: danID, UserPrincipalName: danUPN})
				want = append(want, graph.Own{ID: pc.ID, Name: pc.DisplayName})
				w.Add(graphfake.CloudPC{UserID: "oid-eva", UserPrincipalName: "eva@example.com"})
			}
			c, account, l := w.signedIn(t, dan)
			if account != (auth.Account{ObjectID: danID, Tenant: w.TenantID(), Name: danUPN}) {
				t.Errorf("%+v", account)
			}
			mine, err := c.Mine(t.Context())
			if err != nil || !slices.Equal(mine, want) {
				t.Fatalf("%v, %v", mine, err)
			}
			a, err := c.Access(t.Context())
			if left := time.Until(a.Until); err != nil || !a.Known || !a.Person || a.Lacks() || a.ObjectID != account.ObjectID || a.Tenant != account.Tenant ||
				a.App != w.PublicClientID() || left < 59*time.Minute || left > time.Hour {
				t.Errorf("%+v, %v", a, err)
			}
			chosen := mine[3].ID
			if err := post(c, chosen); err != nil {
				t.Fatal(err)
			}
			posts := w.Posts()
			if len(posts) != 1 {
				t.Fatalf("%d posts", len(posts))
			}
			if p := posts[0]; p.Form != form || p.Version != "v1.0" || p.PC != chosen || len(p.Body) != 0 || p.ContentType != "application/json" ||
				p.Token != "delegated" || p.Person != danID || p.Scope != graph.ReadWrite || !p.Acted || p.Status != http.StatusNoContent {
				t.Errorf("%+v", p)
			}
			if log := l.String(); !strings.Contains(log, `"op":"reprovision own"`) || !strings.Contains(log, `"op":"list own"`) || !strings.Contains(log, "acquired a token") {
				t.Errorf("the log tells too little: %s", log)
			}
			if w.Wipes(chosen) != 1 || len(w.AuditEvents()) != 1 {
				t.Errorf("%d wipes, audit log %+v", w.Wipes(chosen), w.AuditEvents())
			}
			kinds, lists := w.kinds(), 0
			for _, call := range w.Calls() {
				switch {
				case call.Version != "" && (call.Bearer != "delegated" || call.Person != danID):
					t.Errorf("another's token: %+v", call)
				case call.Version == "" && call.App != "" && call.App != w.PublicClientID():
					t.Errorf("another app: %+v", call)
				case call.Kind == graphfake.List && call.Path == "/v1.0/me/cloudPCs":
					lists++
				}
			}
			if kinds[graphfake.BeginDeviceCode] != 1 || lists != 3 || kinds[graphfake.List] != 3 || w.grants()["refresh_token"] != 0 || w.grants()["client_credentials"] != 0 || len(w.DeviceCodes()) != 1 {
				t.Errorf("%v %v", kinds, w.grants())
			}
		})
	}
}

// Entra renews a token that nearly ends without asking anybody. A Cloud PC that is challenged for its token is too.
func TestAPersonsTokenIsRenewedSilently(t *testing.T) {
	for name, row := range map[string]struct {
		life  time.Duration
		fault graphfake.Fault
	}{
		"it nearly ends":   {life: time.Minute}, // MSAL renews what ends within five minutes
		"it is challenged": {life: time.Hour, fault: graphfake.Fault{CAE: true}},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, graphfake.Config{Lag: -1, Build: -1, TokenLife: row.life})
			pc := w.Add(graphfake.CloudPC{UserID: danID})
			c, _, _ := w.signedIn(t, dan)
			before, err := c.Access(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if row.fault.CAE {
				w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, row.fault)
			} else {
				w.Tune(func(cfg *graphfake.Config) { cfg.TokenLife = time.Hour })
			}
			if err := c.ReprovisionMine(t.Context(), pc.ID); err != nil {
				t.Fatal(err)
			}
			after, err := c.Access(t.Context())
			if err != nil || !after.Until.After(before.Until) || after.ObjectID != danID {
				t.Errorf("from %+v to %+v, %v", before, after, err)
			}
			if w.grants()["refresh_token"] == 0 || len(w.DeviceCodes()) != 1 || w.Wipes(pc.ID) != 1 {
				t.Errorf("%v, %d codes, %d wipes", w.grants(), len(w.DeviceCodes()), w.Wipes(pc.ID))
			}
		})
	}
}

// Where Entra renews the token no more, the caller is told so, and nothing begins a new sign-in.
func TestASignInThatEntraEnds(t *testing.T) {
	for name, row := range map[string]struct {
		ends  func(*world)
		life  time.Duration
		posts int // that arrive: a token that Graph refuses has been sent
	}{
		"sessions are revoked":               {(*world).RevokeTokens, time.Hour, 1},
		"revoked, and the token nearly ends": {(*world).RevokeTokens, time.Minute, 0},
		"Conditional Access has changed":     {func(w *world) { w.Tune(func(cfg *graphfake.Config) { cfg.MustSignIn = true }) }, time.Minute, 0},
		"the consent is withdrawn":           {func(w *world) { w.Tune(func(cfg *graphfake.Config) { cfg.NoConsent = true }) }, time.Minute, 0},
		"the app is disabled":                {func(w *world) { w.Tune(func(cfg *graphfake.Config) { cfg.NoPublicClient = true }) }, time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, graphfake.Config{Lag: -1, Build: -1, TokenLife: row.life})
			pc := w.Add(graphfake.CloudPC{UserID: danID})
			c, _, l := w.signedIn(t, dan)
			row.ends(w)
			for range 2 {
				_, list := c.Mine(t.Context())
				_, access := c.Access(t.Context())
				if row.life > time.Minute {
					access = graph.ErrSignInOver // it does not ask Graph
				}
				for op, err := range map[string]error{"list": list, "access": access, "reprovision": c.ReprovisionMine(t.Context(), pc.ID)} {
					if l.err(err); !errors.Is(err, graph.ErrSignInOver) || op != "access" && (!errors.Is(err, graph.ErrNoToken) || errors.Is(err, graph.ErrRejected)) {
						t.Errorf("%s: %v", op, err)
					}
					if op == "reprovision" && graph.OutcomeOf(err) != graph.NotActed {
						t.Errorf("%v", graph.OutcomeOf(err))
					}
				}
			}
			if kinds := w.kinds(); kinds[graphfake.BeginDeviceCode] != 1 || len(w.Posts()) != 2*row.posts || w.Wipes(pc.ID) != 0 {
				t.Errorf("%v, %d wipes", kinds, w.Wipes(pc.ID))
			}
		})
	}
}

// An outage of Entra's passes: nobody has to sign in again.
func TestAnOutageDoesNotEndASignIn(t *testing.T) {
	for name, fault := range map[string]graphfake.Fault{
		"throttled":          {Status: 429},
		"a proxy forbids":    {Status: 403, Foreign: true},
		"somebody redirects": {Redirect: "https://example.com/", Status: 302},
		"garbage":            {Garbage: true},
		"cut off":            {DropBefore: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, graphfake.Config{Lag: -1, Build: -1, TokenLife: time.Minute})
			pc := w.Add(graphfake.CloudPC{UserID: danID})
			c, _, l := w.signedIn(t, dan)
			w.Fail(graphfake.Match{Kind: graphfake.Token}, fault)
			err := l.err(c.ReprovisionMine(t.Context(), pc.ID))
			if errors.Is(err, graph.ErrSignInOver) || !errors.Is(err, graph.ErrNoToken) || graph.OutcomeOf(err) != graph.NotActed {
				t.Errorf("%v", err)
			}
			w.Heal()
			if err := c.ReprovisionMine(t.Context(), pc.ID); err != nil || len(w.Posts()) != 1 || len(w.DeviceCodes()) != 1 {
				t.Errorf("afterwards: %v, %d posts, %d codes", err, len(w.Posts()), len(w.DeviceCodes()))
			}
		})
	}
}

// Two people who have signed in at once have a client each, and neither reaches what is the other's.
func TestPeopleAreToldApart(t *testing.T) {
	w := open(t, graphfake.Config{Lag: -1, Build: -1})
	eva := graphfake.Browser{UserID: "44444444-4444-4444-8444-444444444444", UPN: "eva@example.com"}
	of := map[string]graphfake.CloudPC{}
	clients := map[string]*graph.Client{}
	for _, who := range []graphfake.Browser{dan, eva} {
		of[who.UserID] = w.Add(graphfake.CloudPC{UserID: who.UserID, UserPrincipalName: who.UPN})
		clients[who.UserID], _, _ = w.signedIn(t, who)
	}
	for id, c := range clients {
		mine, err := c.Mine(t.Context())
		if err != nil || len(mine) != 1 || mine[0].ID != of[id].ID {
			t.Errorf("%v, %v", mine, err)
		}
		other := danID
		if id == danID {
			other = eva.UserID
		}
		for _, err := range []error{
			c.ReprovisionMine(t.Context(), of[other].ID), c.ReprovisionOf(t.Context(), id, of[other].ID), c.ReprovisionOf(t.Context(), other, of[other].ID),
		} {
			if graph.OutcomeOf(err) != graph.Refused {
				t.Errorf("%v", err)
			}
		}
		if a, err := c.Access(t.Context()); err != nil || a.ObjectID != id {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if w.Wipes(of[danID].ID) != 0 || w.Wipes(of[eva.UserID].ID) != 0 {
		t.Errorf("%+v", w.Posts())
	}
}

// The tenant's switch is a 403, in words that name it.
func TestAPersonWhoMayNotReset(t *testing.T) {
	w := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := w.Add(graphfake.CloudPC{UserID: danID, NoSelfService: true})
	c, _, l := w.signedIn(t, dan)
	err := l.err(c.ReprovisionMine(t.Context(), pc.ID))
	if !errors.Is(err, graph.ErrForbidden) || graph.OutcomeOf(err) != graph.Refused || !strings.Contains(err.Error(), "Enable users to reset") || !strings.Contains(err.Error(), "consent") {
		t.Errorf("%v", err)
	}
}

package graph_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// renewing is a tenant, and a client that counts how often its credential is made anew.
func renewing(t *testing.T, cfg graphfake.Config, change func(*graph.Config)) (*graphfake.Tenant, *graph.Client, *clock, *atomic.Int32) {
	t.Helper()
	clock, made := newClock(), new(atomic.Int32)
	cfg.Now, cfg.Lag, cfg.Build, cfg.TokenLife = clock.now, -1, -1, 24*time.Hour
	tenant, bot := open(t, cfg)
	c := bot.tuned(t, tenant.URL(), func(c *graph.Config) {
		c.Now = clock.now
		renew := c.Renew
		c.Renew = func() (azcore.TokenCredential, error) {
			made.Add(1)
			return renew()
		}
		if change != nil {
			change(c)
		}
	})
	return tenant, c, clock, made
}

func TestATokenThatGraphRefusesIsReplaced(t *testing.T) {
	tenant, c, _, made := renewing(t, graphfake.Config{}, nil)
	pc := tenant.Add(graphfake.CloudPC{})
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Fatal(err)
	}
	tenant.Distrust(0) // a plain 401, until the token expires
	if _, err := c.CloudPC(t.Context(), pc.ID); !errors.Is(err, graph.ErrUnauthorized) {
		t.Fatal(err)
	}
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Errorf("the next call: %v", err)
	}
	if n := kinds(tenant)[graphfake.Token]; n != 2 || made.Load() != 1 {
		t.Errorf("%d tokens, %d credentials", n, made.Load())
	}
}

func TestThePostGoesOnceAndTheNextOneHasAnotherToken(t *testing.T) {
	tenant, c, _, _ := renewing(t, graphfake.Config{}, nil)
	pc := tenant.Add(graphfake.CloudPC{})
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	tenant.Distrust(0)
	if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); !errors.Is(err, graph.ErrUnauthorized) || graph.OutcomeOf(err) != graph.Refused || len(tenant.Posts()) != 1 {
		t.Errorf("%v after %d posts", err, len(tenant.Posts()))
	}
	if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); err != nil || len(tenant.Posts()) != 2 || tenant.Wipes(pc.ID) != 1 {
		t.Errorf("%v after %d posts", err, len(tenant.Posts()))
	}
}

func TestAConsentIsNoticedAtTheNextCall(t *testing.T) {
	for name, read := range map[string]func(*graph.Client, []string) error{
		"alone":   func(c *graph.Client, ids []string) error { _, err := c.CloudPC(t.Context(), ids[0]); return err },
		"several": func(c *graph.Client, ids []string) error { return c.CloudPCs(t.Context(), ids)[1].Err },
		"by name": func(c *graph.Client, ids []string) error { _, err := c.ByName(t.Context(), "CPC-1"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			tenant, c, clock, made := renewing(t, graphfake.Config{Roles: []string{}}, nil)
			ids := []string{tenant.Add(graphfake.CloudPC{DisplayName: "CPC-1"}).ID, tenant.Add(graphfake.CloudPC{}).ID}
			if err := read(c, ids); !errors.Is(err, graph.ErrForbidden) {
				t.Fatal(err)
			}
			if name == "by name" { // its filters and its list are calls of their own: it has tried
				clock.move(5 * time.Minute)
			}
			tenant.Tune(func(cfg *graphfake.Config) { cfg.Roles = []string{"CloudPC.Read.All"} })
			if err := read(c, ids); err != nil {
				t.Errorf("after the consent: %v", err)
			}
			if err := c.Reprovision(t.Context(), ids[0], graph.Build{}); !errors.Is(err, graph.ErrForbidden) {
				t.Error(err)
			}
			tenant.Tune(func(cfg *graphfake.Config) { cfg.Roles = nil })
			before := made.Load()
			if err := c.Reprovision(t.Context(), ids[0], graph.Build{}); !errors.Is(err, graph.ErrForbidden) || made.Load() != before {
				t.Errorf("within five minutes: %v, %d credentials", err, made.Load())
			}
			clock.move(5 * time.Minute)
			if err := c.Reprovision(t.Context(), ids[0], graph.Build{}); err != nil || len(tenant.Posts()) != 3 {
				t.Errorf("after five: %v, %d posts", err, len(tenant.Posts()))
			}
		})
	}
}

func TestEntraIsNotAskedForEver(t *testing.T) {
	tenant, c, clock, made := renewing(t, graphfake.Config{Roles: []string{}}, nil)
	pc := tenant.Add(graphfake.CloudPC{})
	var callers sync.WaitGroup
	for range 30 {
		callers.Go(func() {
			for range 4 {
				_, _ = c.CloudPC(t.Context(), pc.ID)
			}
		})
	}
	callers.Wait()
	if n := kinds(tenant)[graphfake.Token]; n != 2 || made.Load() != 1 {
		t.Errorf("%d tokens, %d credentials for 120 refusals", n, made.Load())
	}
	clock.move(5 * time.Minute)
	for range 4 {
		_, _ = c.CloudPC(t.Context(), pc.ID)
	}
	if made.Load() != 2 {
		t.Errorf("%d credentials after five minutes", made.Load())
	}
}

func TestWhatANewTokenDoesNotCureFetchesNone(t *testing.T) {
	for name, fault := range map[string]graphfake.Fault{
		"a proxy forbids it":    {Status: 403, Foreign: true},
		"the token is revoked":  {CAE: true},
		"the machine is gone":   {Status: 404},
		"throttled":             {Status: 429},
		"an outage":             {Status: 503},
		"something unreadable":  {Garbage: true},
		"the service conflicts": {Status: 409},
	} {
		tenant, c, _, made := renewing(t, graphfake.Config{}, nil)
		pc := tenant.Add(graphfake.CloudPC{})
		tenant.Fail(graphfake.Match{Kind: graphfake.Get}, fault)
		_, _ = c.CloudPC(t.Context(), pc.ID)
		tenant.Heal()
		if _, err := c.CloudPC(t.Context(), pc.ID); err != nil || made.Load() != 0 {
			t.Errorf("%s: %v, %d credentials", name, err, made.Load())
		}
	}
}

func TestWithoutANewTokenTheOldOneGoesOn(t *testing.T) {
	for name, fails := range map[string]func(*graphfake.Tenant, *graph.Config){
		"Entra is away": func(tenant *graphfake.Tenant, _ *graph.Config) {
			tenant.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 503, RetryAfter: time.Hour})
		},
		"no credential": func(_ *graphfake.Tenant, c *graph.Config) {
			c.Renew = func() (azcore.TokenCredential, error) { return nil, errors.New("AZURE_CLIENT_ID is missing") }
		},
		"no way to one": func(_ *graphfake.Tenant, c *graph.Config) { c.Renew = nil },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			var settings *graph.Config
			tenant, c, _, _ := renewing(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}}, func(c *graph.Config) {
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
				if name != "Entra is away" {
					fails(nil, c)
				}
				settings = c
			})
			pc := tenant.Add(graphfake.CloudPC{})
			if err := c.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			if name == "Entra is away" {
				fails(tenant, settings)
			}
			if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); !errors.Is(err, graph.ErrForbidden) {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
					t.Errorf("it reads no more: %v", err)
				}
			}
			if told := strings.Count(log.String(), "no new token from Entra"); told != 1 && settings.Renew != nil {
				t.Errorf("told %d times: %s", told, log.String())
			}
		})
	}
}

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

// renewing is a world, and a client that counts how often its credential is made anew.
func renewing(t *testing.T, cfg graphfake.Config, change func(*graph.Config)) (*world, *graph.Client, *clock, *atomic.Int32) {
	t.Helper()
	clock, made := newClock(), new(atomic.Int32)
	cfg.Now, cfg.Lag, cfg.Build, cfg.TokenLife = clock.now, -1, -1, 24*time.Hour
	w := open(t, cfg)
	c := w.tuned(t, func(c *graph.Config) {
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
	return w, c, clock, made
}

func TestATokenThatGraphRefusesIsReplaced(t *testing.T) {
	w, c, _, made := renewing(t, graphfake.Config{}, nil)
	pc := w.Add(graphfake.CloudPC{})
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Fatal(err)
	}
	w.Distrust(0) // a plain 401, until the token expires
	if _, err := c.CloudPC(t.Context(), pc.ID); !errors.Is(err, graph.ErrUnauthorized) {
		t.Fatal(err)
	}
	if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
		t.Errorf("the next call: %v", err)
	}
	if n := w.kinds()[graphfake.Token]; n != 2 || made.Load() != 1 {
		t.Errorf("%d tokens, %d credentials", n, made.Load())
	}
}

func TestThePostGoesOnceAndTheNextOneHasAnotherToken(t *testing.T) {
	w, c, _, _ := renewing(t, graphfake.Config{}, nil)
	pc := w.Add(graphfake.CloudPC{})
	if err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Distrust(0)
	if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); !errors.Is(err, graph.ErrUnauthorized) || graph.OutcomeOf(err) != graph.Refused || len(w.Posts()) != 1 {
		t.Errorf("%v after %d posts", err, len(w.Posts()))
	}
	if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); err != nil || len(w.Posts()) != 2 || w.Wipes(pc.ID) != 1 {
		t.Errorf("%v after %d posts", err, len(w.Posts()))
	}
}

func TestAConsentIsNoticedAtTheNextCall(t *testing.T) {
	for name, read := range map[string]func(*graph.Client, []string) error{
		"alone":   func(c *graph.Client, ids []string) error { _, err := c.CloudPC(t.Context(), ids[0]); return err },
		"several": func(c *graph.Client, ids []string) error { return c.CloudPCs(t.Context(), ids)[1].Err },
		"by name": func(c *graph.Client, ids []string) error { _, err := c.Find(t.Context(), "CPC-1"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w, c, clock, made := renewing(t, graphfake.Config{Roles: []string{}}, nil)
			ids := []string{w.Add(graphfake.CloudPC{DisplayName: "CPC-1"}).ID, w.Add(graphfake.CloudPC{}).ID}
			if err := read(c, ids); !errors.Is(err, graph.ErrForbidden) {
				t.Fatal(err)
			}
			if name == "by name" { // its filters and its list are calls of their own: it has tried
				clock.move(5 * time.Minute)
			}
			w.Tune(func(cfg *graphfake.Config) { cfg.Roles = []string{"CloudPC.Read.All"} })
			if err := read(c, ids); err != nil {
				t.Errorf("after the consent: %v", err)
			}
			if err := c.Reprovision(t.Context(), ids[0], graph.Build{}); !errors.Is(err, graph.ErrForbidden) {
				t.Error(err)
			}
			w.Tune(func(cfg *graphfake.Config) { cfg.Roles = nil })
			before := made.Load()
			if err := c.Reprovision(t.Context(), ids[0], graph.Build{}); !errors.Is(err, graph.ErrForbidden) || made.Load() != before {
				t.Errorf("within five minutes: %v, %d credentials", err, made.Load())
			}
			clock.move(5 * time.Minute)
			if err := c.Reprovision(t.Context(), ids[0], graph.Build{}); err != nil || len(w.Posts()) != 3 {
				t.Errorf("after five: %v, %d posts", err, len(w.Posts()))
			}
		})
	}
}

func TestEntraIsNotAskedForEver(t *testing.T) {
	w, c, clock, made := renewing(t, graphfake.Config{Roles: []string{}}, nil)
	pc := w.Add(graphfake.CloudPC{})
	var callers sync.WaitGroup
	for range 30 {
		callers.Go(func() {
			for range 4 {
				_, _ = c.CloudPC(t.Context(), pc.ID)
			}
		})
	}
	callers.Wait()
	if n := w.kinds()[graphfake.Token]; n != 2 || made.Load() != 1 {
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
		w, c, _, made := renewing(t, graphfake.Config{}, nil)
		pc := w.Add(graphfake.CloudPC{})
		w.Fail(graphfake.Match{Kind: graphfake.Get}, fault)
		_, _ = c.CloudPC(t.Context(), pc.ID)
		w.Heal()
		if _, err := c.CloudPC(t.Context(), pc.ID); err != nil || made.Load() != 0 {
			t.Errorf("%s: %v, %d credentials", name, err, made.Load())
		}
	}
}

func TestWithoutANewTokenTheOldOneGoesOn(t *testing.T) {
	for name, fails := range map[string]func(*world, *graph.Config){
		"Entra is away": func(w *world, _ *graph.Config) {
			w.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 503, RetryAfter: time.Hour})
		},
		"no credential": func(_ *world, c *graph.Config) {
			c.Renew = func() (azcore.TokenCredential, error) { return nil, errors.New("AZURE_CLIENT_ID is missing") }
		},
		"no way to one": func(_ *world, c *graph.Config) { c.Renew = nil },
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			var settings *graph.Config
			w, c, _, _ := renewing(t, graphfake.Config{Roles: []string{"CloudPC.Read.All"}}, func(c *graph.Config) {
				c.Log = slog.New(slog.NewTextHandler(&log, nil))
				if name != "Entra is away" {
					fails(nil, c)
				}
				settings = c
			})
			pc := w.Add(graphfake.CloudPC{})
			if err := c.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			if name == "Entra is away" {
				fails(w, settings)
			}
			if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); !errors.Is(err, graph.ErrForbidden) {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := c.CloudPC(t.Context(), pc.ID); err != nil {
					t.Errorf("it reads no more: %v", err)
				}
			}
			if told := strings.Count(log.String(), "Entra gave no new token"); told != 1 && settings.Renew != nil {
				t.Errorf("told %d times: %s", told, log.String())
			}
		})
	}
}

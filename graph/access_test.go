package graph_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

func TestATokenSaysWhatItMayDo(t *testing.T) {
	for _, row := range []struct {
		cfg     graphfake.Config
		lacks   bool
		broader []string
		person  bool
	}{
		{graphfake.Config{}, false, nil, false},
		{graphfake.Config{Roles: []string{"CloudPC.Read.All", "Directory.ReadWrite.All", graph.ReadWrite}}, false, []string{"Directory.ReadWrite.All"}, false},
		{graphfake.Config{Roles: []string{"CloudPC.Read.All"}}, true, nil, false},
		{graphfake.Config{Roles: []string{}}, true, nil, false},
		{graphfake.Config{Claims: map[string]any{"roles": nil, "scp": "openid " + graph.ReadWrite}}, false, []string{"openid"}, true},
	} {
		w := open(t, row.cfg)
		a, err := w.client(t, nil).Access(t.Context())
		if err != nil || !a.Known || a.Tenant != w.tenantID || a.App != w.clientID || !slices.Equal(a.Audiences, []string{w.URL()}) {
			t.Errorf("%+v, %v", a, err)
		}
		if a.Lacks() != row.lacks || !slices.Equal(a.Broader(), row.broader) || a.Person != row.person {
			t.Errorf("%+v: lacks %v, broader %v, person %v", row.cfg, a.Lacks(), a.Broader(), a.Person)
		}
	}
}

// TestATokenEndsWhetherOrNotItCanBeRead: tokens for Graph are opaque to clients.
func TestATokenEndsWhetherOrNotItCanBeRead(t *testing.T) {
	w := open(t, graphfake.Config{})
	for name, row := range map[string]struct {
		token string
		known bool
		of    string
	}{"readable": {w.Delegated("oid-dan", "dan@example.com"), true, "oid-dan"}, "opaque": {"EwBwA8l6BAAUO9chh8cJscQLmU+LSWpbnr0vmwwAAQ", false, ""}} {
		a, err := w.tuned(t, func(c *graph.Config) { c.Credential = personal(row.token) }).Access(t.Context())
		if left := time.Until(a.Until); err != nil || a.Known != row.known || a.ObjectID != row.of || left < 59*time.Minute || left > time.Hour {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// TestAnAdminConsentShowsInTheNextToken: it is fetched although nobody has called Graph in between.
func TestAnAdminConsentShowsInTheNextToken(t *testing.T) {
	w := open(t, graphfake.Config{Roles: []string{}})
	c := w.client(t, nil)
	if a, err := c.Access(t.Context()); err != nil || !a.Lacks() {
		t.Fatalf("%+v, %v", a, err)
	}
	w.Tune(func(c *graphfake.Config) { c.Roles = nil })
	if a, err := c.Access(t.Context()); err != nil || a.Lacks() {
		t.Errorf("after the consent: %+v, %v", a, err)
	}
	if n := w.kinds()[graphfake.Token]; n != 2 {
		t.Errorf("%d tokens", n)
	}
}

func TestReachTellsWhetherGraphAnswers(t *testing.T) {
	ahead := func() time.Time { return time.Now().Add(time.Hour) }
	for _, beta := range []bool{false, true} {
		w := open(t, graphfake.Config{Now: ahead})
		c := w.client(t, nil)
		if _, known := c.Skew(); known {
			t.Error("a skew before the first answer")
		}
		if some, err := c.Reach(t.Context(), beta); some || err != nil {
			t.Errorf("nothing there: %v, %v", some, err)
		}
		w.Add(graphfake.CloudPC{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"})
		if some, err := c.Reach(t.Context(), beta); !some || err != nil {
			t.Errorf("one there: %v, %v", some, err)
		}
		if off, known := c.Skew(); !known || off < 59*time.Minute || off > 61*time.Minute {
			t.Errorf("skew %v, %v", off, known)
		}
		w.Tune(func(c *graphfake.Config) { c.Roles = []string{} })
		if _, err := w.client(t, nil).Reach(t.Context(), beta); !errors.Is(err, graph.ErrForbidden) {
			t.Errorf("without the role: %v", err)
		}
	}
}

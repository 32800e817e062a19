package graphfake_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

var (
	onPost = graphfake.Match{Kind: graphfake.Reprovision}
	onGet  = graphfake.Match{Kind: graphfake.Get}
)

// tryWipe is a wipe that may end without an answer.
func (c *client) tryWipe(id string) (got, error) {
	c.t.Helper()
	return c.try("POST", admin+"/"+id+"/reprovision", "{}", "Content-Type", "application/json")
}

func TestBothLies(t *testing.T) {
	for name, test := range map[string]struct {
		fault  graphfake.Fault
		wiped  int
		status int // 0: no answer
	}{
		"refused":             {graphfake.Fault{Status: 500}, 0, 500},
		"throttled":           {graphfake.Fault{Status: 429}, 0, 429},
		"reset before":        {graphfake.Fault{DropBefore: true}, 0, 0},
		"reset after":         {graphfake.Fault{DropAfter: true}, 1, 0},
		"acted and 504":       {graphfake.Fault{ActThenStatus: 504}, 1, 504},
		"acted and 500":       {graphfake.Fault{ActThenStatus: 500}, 1, 500},
		"empty 200":           {graphfake.Fault{EmptyBody200: true}, 1, 200},
		"garbage":             {graphfake.Fault{Garbage: true}, 1, 200},
		"garbage and no deed": {graphfake.Fault{Garbage: true, Status: 502}, 0, 502},
		"slow":                {graphfake.Fault{Delay: time.Millisecond, DelayAfter: time.Millisecond}, 1, 204},
	} {
		for _, http2 := range []bool{false, true} {
			c := open(t, graphfake.Config{Build: -1, HTTP2: http2})
			pc := c.tenant.Add(graphfake.CloudPC{})
			warm := c.want(c.get(admin), 200) // the connection is a used one, as in life
			equal(t, "protocol", warm.proto, map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"}[http2])
			c.tenant.Fail(onPost, test.fault)
			g, err := c.tryWipe(pc.ID)
			if (err != nil) != (test.status == 0) || g.status != test.status {
				t.Errorf("%s: %d, %v", name, g.status, err)
			}
			if err != nil && !http2 && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%s: not a reset: %v", name, err)
			}
			if test.status != 0 {
				c.wait(func() bool { return c.tenant.Posts()[0].Answered })
			}
			p := c.tenant.Posts()
			if len(p) != 1 || !p[0].Arrived || p[0].Acted != (test.wiped == 1) || p[0].Answered != (test.status != 0) || p[0].Status != test.status {
				t.Errorf("%s: %+v", name, p)
			}
			equal(t, name, c.tenant.Wipes(pc.ID), test.wiped)
		}
	}
}

func TestErrorsInEveryStyle(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	read := func(f graphfake.Fault) got {
		f.Times = 1
		c.tenant.Fail(onGet, f)
		return c.want(c.get(admin+"/"+pc.ID, "client-request-id", "c-1"), f.Status)
	}
	g := read(graphfake.Fault{Status: 403, Code: "X", Message: "y"})
	equal(t, "code", g.code(), "X")
	equal(t, "message", g.json("error", "message"), "y")
	equal(t, "client-request-id", g.json("error", "innerError", "client-request-id"), "c-1")
	equal(t, "request-id", g.json("error", "innerError", "request-id"), g.header.Get("request-id"))
	for style, code := range map[graphfake.Style]string{graphfake.Nested: "UnknownError", graphfake.Nameless: ""} {
		g = read(graphfake.Fault{Status: 403, Code: "PermissionScopeNotGranted", Message: "no", Style: style})
		equal(t, "code", g.code(), code)
		var inner map[string]string
		if err := json.Unmarshal([]byte(g.json("error", "message").(string)), &inner); err != nil || inner["errorCode"] != "PermissionScopeNotGranted" {
			t.Errorf("inside message: %v %v", inner, err)
		}
	}
	equal(t, "no Retry-After", read(graphfake.Fault{Status: 429}).header.Get("Retry-After"), "")
	equal(t, "Retry-After", read(graphfake.Fault{Status: 429, RetryAfter: 1100 * time.Millisecond}).header.Get("Retry-After"), "2")
	equal(t, "challenge", read(graphfake.Fault{Status: 401}).header.Get("WWW-Authenticate") != "", true)
}

func TestRedirects(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Fail(onPost, graphfake.Fault{Redirect: "self", Times: 1})
	c.tenant.Fail(onPost, graphfake.Fault{Redirect: "https://elsewhere.example/", Status: 302, Times: 1})
	g := c.want(c.wipe(pc.ID), 307)
	equal(t, "Location", g.header.Get("Location"), c.tenant.URL()+admin+"/"+pc.ID+"/reprovision")
	g = c.want(c.wipe(pc.ID), 302)
	equal(t, "Location", g.header.Get("Location"), "https://elsewhere.example/")
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 0)
	c.want(c.wipe(pc.ID), 204)
}

func TestAHangEndsWithTheClient(t *testing.T) {
	for _, after := range []bool{false, true} {
		c := open(t, graphfake.Config{Build: -1})
		pc := c.tenant.Add(graphfake.CloudPC{})
		c.tenant.Fail(onPost, graphfake.Fault{Hang: !after, HangAfter: after})
		c.http.Timeout = 50 * time.Millisecond
		if g, err := c.tryWipe(pc.ID); err == nil {
			t.Fatalf("answered: %d", g.status)
		}
		c.wait(func() bool { p := c.tenant.Posts(); return len(p) == 1 && p[0].Acted == after })
		equal(t, "answered", c.tenant.Posts()[0].Answered, false)
	}
}

func TestADelayedDeedIsDoneThoughNobodyWaits(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.want(c.get(admin), 200) // the connection stands: the short timeout is the POST's alone
	c.tenant.Fail(onPost, graphfake.Fault{Delay: 500 * time.Millisecond})
	c.http.Timeout = 100 * time.Millisecond
	if _, err := c.tryWipe(pc.ID); err == nil {
		t.Fatal("answered")
	}
	c.wait(func() bool { return c.tenant.Wipes(pc.ID) == 1 })
}

func TestFaultsQueueMatchAndHeal(t *testing.T) {
	c := open(t, graphfake.Config{})
	a, b := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-a"}), c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-b"})
	c.tenant.Fail(graphfake.Match{Kind: "get", PC: a.ID}, graphfake.Fault{Status: 500, Times: 2})
	c.tenant.Fail(graphfake.Match{Kind: "any", PC: "cpc-A", Version: "v1.0"}, graphfake.Fault{Status: 503})
	for _, want := range []int{500, 500, 503, 503} {
		c.want(c.get(admin+"/"+a.ID), want)
	}
	c.want(c.get(beta+"/"+a.ID), 200)
	c.want(c.get(admin+"/"+b.ID), 200)
	c.want(c.get(admin), 200)
	c.tenant.Heal()
	c.want(c.get(admin+"/"+a.ID), 200)
	c.tenant.Fail(graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: 502})
	c.want(c.get(admin), 502)
	c.want(c.as("").get("/"+c.tenant.TenantID()+"/v2.0/.well-known/openid-configuration"), 200)
}

func TestANextLinkMayLeadAstray(t *testing.T) {
	c := open(t, graphfake.Config{PageSize: 1})
	c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Fail(graphfake.Match{Kind: graphfake.List}, graphfake.Fault{NextLink: "https://evil.example/next", Times: 1})
	equal(t, "nextLink", c.get(admin).json("@odata.nextLink"), "https://evil.example/next")
	if c.get(admin).json("@odata.nextLink") == "https://evil.example/next" {
		t.Error("the fault outlives its times")
	}
}

func TestTheOptionsMayBeIgnored(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Fail(onPost, graphfake.Fault{IgnoreBody: true})
	c.want(c.do("POST", admin+"/"+pc.ID+"/reprovision", `{"osVersion":"windows10"}`, "Content-Type", "application/json"), 204)
	c.tenant.Finish(pc.ID, "provisioned")
	equal(t, "os", c.tenant.PC(pc.ID).OSVersion, "windows11")
}

func TestTricksGoByName(t *testing.T) {
	want := map[string]struct {
		status, wipes int // of the first POST; status 0: no answer
		ends          string
	}{
		"CPC-lost-answer": {0, 1, "provisioned"},
		"CPC-lost-order":  {0, 0, "provisioned"},
		"CPC-hangs":       {0, 0, "provisioned"},
		"CPC-gateway":     {504, 1, "provisioned"},
		"CPC-unavailable": {503, 0, "provisioned"},
		"CPC-conflict":    {409, 0, "provisioned"},
		"CPC-throttled":   {429, 0, "provisioned"},
		"CPC-fails-late":  {204, 1, "failed"},
		"CPC-warnings":    {204, 1, "provisionedWithWarnings"},
		"CPC-stuck":       {204, 1, "provisioning"},
		"CPC-flip-flop":   {204, 1, "provisioned"},
	}
	for name, tells := range graphfake.Tricks() {
		test, known := want[name]
		if !known || tells == "" {
			t.Errorf("no test for %s", name)
			continue
		}
		clock := newClock()
		c := open(t, graphfake.Config{Now: clock.now, TokenLife: 24 * time.Hour})
		c.http.Timeout = 5 * time.Second
		if name == "CPC-hangs" {
			c.http.Timeout = 50 * time.Millisecond
		}
		pc := c.tenant.Add(graphfake.CloudPC{DisplayName: strings.ToUpper(name)})
		g, err := c.tryWipe(pc.ID)
		if g.status != test.status || (err != nil) != (test.status == 0) {
			t.Errorf("%s: %d %v", name, g.status, err)
		}
		equal(t, name, c.tenant.Wipes(pc.ID), test.wipes)
		clock.move(time.Hour)
		equal(t, name, c.tenant.PC(pc.ID).Status, test.ends)
		if name == "CPC-throttled" {
			equal(t, "Retry-After", g.header.Get("Retry-After"), "2")
			c.want(c.wipe(pc.ID), 429)
			c.want(c.wipe(pc.ID), 204)
		}
	}
	equal(t, "tricks", len(graphfake.Tricks()), len(want))
}

func TestAClientThatLeavesInMidBodyIsLogged(t *testing.T) {
	c := open(t, graphfake.Config{Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	body, feed := io.Pipe()
	go func() {
		_, _ = io.WriteString(feed, `{"osVersion":`)
		feed.CloseWithError(errors.New("power cut"))
	}()
	r, err := http.NewRequest("POST", c.tenant.URL()+admin+"/"+pc.ID+"/reprovision", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if resp, err := c.http.Do(r); err == nil {
		resp.Body.Close()
		t.Fatal("answered")
	}
	c.wait(func() bool { return len(c.tenant.Posts()) == 1 })
	if p := c.tenant.Posts()[0]; p.Arrived || p.Acted {
		t.Errorf("post: %+v", p)
	}
}

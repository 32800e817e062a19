package graphfake_test

import (
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

func TestReprovisionIsAcceptedInItsThreeForms(t *testing.T) {
	for _, test := range []struct{ form, path, body string }{
		{"admin", "/deviceManagement/virtualEndpoint/cloudPCs/ID", `{}`},
		{"admin", "/devicemanagement/virtualendpoint/cloudpcs/ID", `{"osVersion":null}`},
		{"admin", "/deviceManagement/virtualEndpoint/cloudPCs/ID", `{"osVersion":"windows10","userAccountType":"administrator"}`},
		{"me", "/me/cloudPCs/ID", ""},
		{"users", "/users/USER/cloudPCs/ID", ""},
		{"users", "/users/ben@contoso.example/cloudPCs/ID", ""},
	} {
		for _, version := range []string{"/v1.0", "/beta"} {
			c := open(t, graphfake.Config{Lag: -1, Build: -1})
			pc := c.tenant.Add(graphfake.CloudPC{UserPrincipalName: "ben@contoso.example"})
			path := version + strings.NewReplacer("ID", pc.ID, "USER", pc.UserID).Replace(test.path) + "/reprovision"
			token, kind := "app", "application/json; charset=utf-8"
			if test.form != "admin" {
				token, kind = "delegated", "application/json"
				c.token = c.tenant.Delegated(pc.UserID, pc.UserPrincipalName)
			}
			g := c.want(c.do("POST", path, test.body, "Content-Type", kind, "client-request-id", "c-1"), 204)
			if g.body != "" || g.header.Get("request-id") == "" || g.header.Get("client-request-id") != "c-1" ||
				g.header.Get("Date") == "" || !strings.Contains(g.header.Get("x-ms-ags-diagnostic"), "ServerInfo") {
				t.Errorf("answer: %q %v", g.body, g.header)
			}
			c.wait(func() bool { return c.tenant.Posts()[0].Answered })
			p := c.tenant.Posts()[0]
			if p.Form != test.form || p.PC != pc.ID || p.Path != path || string(p.Body) != test.body || p.ContentType != kind ||
				p.ClientRequestID != "c-1" || p.Token != token || p.Audience != c.tenant.URL() || p.Scope != "CloudPC.ReadWrite.All" ||
				"/"+p.Version != version || !p.Arrived || !p.Acted || p.Status != 204 {
				t.Errorf("post: %+v", p)
			}
			equal(t, "wipes", c.tenant.Wipes(pc.ID), 1)
		}
	}
}

func TestABadPostChangesNothing(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{UserPrincipalName: "ben@contoso.example"})
	off := c.tenant.Add(graphfake.CloudPC{UserID: pc.UserID, NoSelfService: true})
	others := c.tenant.Add(graphfake.CloudPC{})
	app, person := c.token, c.tenant.Delegated(pc.UserID, pc.UserPrincipalName)
	root := c.tenant.AdminDelegated(others.UserID, "root@contoso.example")
	const kind = "application/json"
	for _, test := range []struct {
		name, token, path, kind, body string
		status                        int
	}{
		{"empty body", app, admin + "/" + pc.ID, kind, "", 400},
		{"no content type", app, admin + "/" + pc.ID, "", "{}", 400},
		{"another content type", app, admin + "/" + pc.ID, "text/plain", "{}", 400},
		{"sentinel", app, admin + "/" + pc.ID, kind, `{"osVersion":"unknownFutureValue"}`, 400},
		{"sentinel", app, admin + "/" + pc.ID, kind, `{"userAccountType":"unknownFutureValue"}`, 400},
		{"empty member", app, admin + "/" + pc.ID, kind, `{"osVersion":""}`, 400},
		{"member in another case", app, admin + "/" + pc.ID, kind, `{"osVersion":"Windows11"}`, 400},
		{"name in another case", app, admin + "/" + pc.ID, kind, `{"OsVersion":"windows11"}`, 400},
		{"unknown name", app, admin + "/" + pc.ID, kind, `{"reason":"x"}`, 400},
		{"swapped", app, admin + "/" + pc.ID, kind, `{"osVersion":"administrator"}`, 400},
		{"number", app, admin + "/" + pc.ID, kind, `{"osVersion":11}`, 400},
		{"object in it", app, admin + "/" + pc.ID, kind, `{"osVersion":{}}`, 400},
		{"twice", app, admin + "/" + pc.ID, kind, `{"osVersion":"windows11","osVersion":"windows11"}`, 400},
		{"garbage behind", app, admin + "/" + pc.ID, kind, `{} {}`, 400},
		{"cut off", app, admin + "/" + pc.ID, kind, `{"osVersion":"windows11"`, 400},
		{"array", app, admin + "/" + pc.ID, kind, `[]`, 400},
		{"null", app, admin + "/" + pc.ID, kind, `null`, 400},
		{"query", app, admin + "/" + pc.ID, kind, `{}`, 400},
		{"no GUID", app, admin + "/CPC-ada", kind, `{}`, 400},
		{"unknown", app, admin + "/" + c.tenant.TenantID(), kind, `{}`, 404},
		{"device id", app, admin + "/" + pc.ManagedDeviceID, kind, `{}`, 404},
		{"no token", "", admin + "/" + pc.ID, kind, `{}`, 401},
		{"person on admin form", person, admin + "/" + pc.ID, kind, `{}`, 403},
		{"app as me", app, "/v1.0/me/cloudPCs/" + pc.ID, kind, "", 403},
		{"app as user", app, "/v1.0/users/" + pc.UserID + "/cloudPCs/" + pc.ID, kind, "", 403},
		{"body as me", person, "/v1.0/me/cloudPCs/" + pc.ID, kind, "{}", 400},
		{"body as user", person, "/v1.0/users/" + pc.UserID + "/cloudPCs/" + pc.ID, kind, "{}", 400},
		{"somebody else's", person, "/v1.0/me/cloudPCs/" + others.ID, kind, "", 404},
		{"as somebody else", person, "/v1.0/users/" + others.UserID + "/cloudPCs/" + others.ID, kind, "", 403},
		{"administrator as somebody else", root, "/v1.0/users/" + pc.UserID + "/cloudPCs/" + pc.ID, kind, "", 403},
		{"not enabled", person, "/v1.0/me/cloudPCs/" + off.ID, kind, "", 403},
		{"no content type as me", person, "/v1.0/me/cloudPCs/" + pc.ID, "", "", 400},
		{"no content type as user", person, "/v1.0/users/" + pc.UserID + "/cloudPCs/" + pc.ID, "", "", 400},
		{"another content type as me", person, "/v1.0/me/cloudPCs/" + pc.ID, "text/plain", "", 400},
	} {
		path := test.path + "/reprovision"
		if test.name == "query" {
			path += "?force=true"
		}
		g := c.as(test.token).do("POST", path, test.body, "Content-Type", test.kind)
		if g.status != test.status {
			t.Errorf("%s: %d %s, want %d", test.name, g.status, g.body, test.status)
		}
		for _, detail := range []string{"date", "request-id", "client-request-id"} {
			if g.json("error", "innerError", detail) == nil {
				t.Errorf("%s: no %s in %s", test.name, detail, g.body)
			}
		}
		if posts := c.tenant.Posts(); posts[len(posts)-1].Acted || posts[len(posts)-1].Status != test.status {
			t.Errorf("%s: %+v", test.name, posts[len(posts)-1])
		}
	}
	for _, p := range c.tenant.PCs() {
		equal(t, "wipes", c.tenant.Wipes(p.ID), 0)
		equal(t, "status", p.Status, "provisioned")
	}
	c.want(c.as(root).wipe(others.ID), 204)
}

func TestTheStateDecides(t *testing.T) {
	c := open(t, graphfake.Config{Lag: time.Hour, Build: -1})
	for status, want := range map[string]int{
		"provisioned": 204, "failed": 204, "provisionedWithWarnings": 204,
		"provisioning": 409, "inGracePeriod": 409, "deprovisioning": 409, "resizing": 409, "restoring": 409,
		"notProvisioned": 409, "pendingProvision": 409, "movingRegion": 409, "unheardOf": 409,
	} {
		pc := c.tenant.Add(graphfake.CloudPC{Status: status})
		g := c.wipe(pc.ID)
		if g.status != want || want == 409 && g.code() != "Conflict" {
			t.Errorf("%s: %d %s", status, g.status, g.body)
		}
	}
}

func TestASecondPostWhileOneRunsIsAConflict(t *testing.T) {
	c := open(t, graphfake.Config{Lag: time.Hour, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.want(c.wipe(pc.ID), 204)
	equal(t, "what reads show", c.tenant.PC(pc.ID).Status, "provisioned")
	c.want(c.wipe(pc.ID), 409) // in the lag
	c.tenant.Advance(pc.ID)
	c.want(c.wipe(pc.ID), 409) // in the build
	c.tenant.Finish(pc.ID, "provisioned")
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 1)
	c.want(c.wipe(pc.ID), 204) // and after it the fresh machine is gone
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 2)
}

func TestMethodsAndPathsThatAreNotThere(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{"GET", admin + "/" + pc.ID + "/reprovision", 405},
		{"PUT", admin + "/" + pc.ID + "/reprovision", 405},
		{"POST", admin, 405},
		{"DELETE", admin + "/" + pc.ID, 405},
		{"POST", beta + "/" + pc.ID + "/retrieveCloudPcRemoteActionResults", 405},
		{"GET", admin + "/" + pc.ID + "/retrieveCloudPcRemoteActionResults", 405}, // beta only
		{"POST", admin + "/" + pc.ID + "/reprovisioning", 400},
		{"POST", admin + "/" + pc.ID + "/reprovision/", 400},
		{"POST", "/v1.0/cloudPCs/" + pc.ID + "/reprovision", 400},
		{"GET", "/v1.0/me", 400},
		{"GET", "/v2.0/me/cloudPCs", 404},
	} {
		if g := c.do(test.method, test.path, ""); g.status != test.status {
			t.Errorf("%s %s: %d %s, want %d", test.method, test.path, g.status, g.body, test.status)
		}
	}
	equal(t, "posts", len(c.tenant.Posts()), 0)
}

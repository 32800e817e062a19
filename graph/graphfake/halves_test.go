package graphfake_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

func TestAFilterMayBeHonouredInPart(t *testing.T) {
	const (
		across = "displayName eq 'CPC-ada' or managedDeviceName eq 'CPC-ada'"
		within = "displayName eq 'CPC-ada' or displayName eq 'CPC-ben'"
		both   = "displayName eq 'CPC-ada' and managedDeviceName eq 'x'"
	)
	for name, row := range map[string]struct {
		cfg    graphfake.Config
		clause string
		want   []string
	}{
		"or between two properties":     {graphfake.Config{}, across, []string{"CPC-ada"}},
		"the whole of it":               {graphfake.Config{WholeOr: true}, across, []string{"CPC-ada", "CPC-ben"}},
		"or over one property":          {graphfake.Config{}, within, []string{"CPC-ada", "CPC-ben"}},
		"the first alone":               {graphfake.Config{FirstOnly: true, WholeOr: true}, within, []string{"CPC-ada"}},
		"the first alone of and":        {graphfake.Config{FirstOnly: true}, both, []string{"CPC-ada"}},
		"and":                           {graphfake.Config{}, both, nil},
		"in another case":               {graphfake.Config{}, "displayName eq 'cpc-ADA'", []string{"CPC-ada"}},
		"in another case, which counts": {graphfake.Config{ExactCase: true}, "displayName eq 'cpc-ADA'", nil},
		"what the index does not have":  {graphfake.Config{}, "displayName eq 'CPC-carl'", nil},
	} {
		c := open(t, row.cfg)
		c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ada"})
		c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ben", ManagedDeviceName: "CPC-ada"})
		c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-carl", Unfiltered: true})
		if got := names(c.want(c.get(beta+"?$filter="+url.QueryEscape(row.clause)), 200)); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
		equal(t, "unfiltered", len(names(c.get(beta))), 3)
	}
}

func TestAFaultMayBefallFilteredListsAlone(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ada"})
	c.tenant.Fail(graphfake.Match{Filter: graphfake.Filtered}, graphfake.Fault{Status: 501})
	filter := "?$filter=" + url.QueryEscape("displayName eq 'CPC-ada'")
	c.want(c.get(admin+filter), 501)
	c.want(c.get(admin), 200)
	c.want(c.get(admin+"/"+pc.ID), 200)
	c.tenant.Heal()
	c.tenant.Fail(graphfake.Match{Kind: graphfake.List, Filter: graphfake.Unfiltered}, graphfake.Fault{Status: 403})
	c.want(c.get(admin+filter), 200)
	c.want(c.get(admin), 403)
}

func TestAnythingMayStandInAProperty(t *testing.T) {
	c := open(t, graphfake.Config{})
	a := c.tenant.Add(graphfake.CloudPC{Raw: map[string]json.RawMessage{"displayName": json.RawMessage("7"), "status": json.RawMessage(`"odd"`)}})
	b := c.tenant.Add(graphfake.CloudPC{Raw: map[string]json.RawMessage{"": json.RawMessage(`"a machine"`)}})
	equal(t, "name", c.get(admin+"/"+a.ID).json("displayName"), 7.0)
	equal(t, "status in v1.0", c.get(admin+"/"+a.ID).json("status"), nil)
	equal(t, "status in beta", c.get(beta+"/"+a.ID).json("status"), "odd")
	equal(t, "whole", c.get(beta).json("value", 1), "a machine")
	equal(t, "whole, alone", c.get(beta+"/"+b.ID).body, `"a machine"`)
	p := c.tenant.AddPolicy(graphfake.Policy{Raw: map[string]json.RawMessage{"imageId": json.RawMessage("[]")}})
	equal(t, "policy", c.get(policies+p.ID).body != "", true)
	if _, list := c.get(policies + p.ID).json("imageId").([]any); !list {
		t.Error("the policy's raw property is not there")
	}
}

func TestNoIDMayBeZeros(t *testing.T) {
	const zero = "00000000-0000-0000-0000-000000000000"
	c := open(t, graphfake.Config{Lag: -1, Build: -1, ZeroGUIDs: true})
	pc := c.tenant.Add(graphfake.CloudPC{})
	business := c.tenant.Add(graphfake.CloudPC{ServicePlanType: "business"})
	waits := c.tenant.Add(graphfake.CloudPC{Status: "notProvisioned"})
	for _, id := range []string{pc.ID, business.ID} {
		c.want(c.wipe(id), 204)
	}
	equal(t, "Intune", c.get(admin+"/"+pc.ID).json("managedDeviceId"), zero)
	equal(t, "Entra", c.get(admin+"/"+pc.ID).json("aadDeviceId"), zero)
	equal(t, "name", c.get(admin+"/"+pc.ID).json("managedDeviceName"), nil)
	equal(t, "not in Intune", c.get(admin+"/"+business.ID).json("managedDeviceId"), nil)
	equal(t, "never built", c.get(admin+"/"+waits.ID).json("aadDeviceId"), zero)
	c.tenant.Finish(pc.ID, "provisioned")
	if id := c.get(admin + "/" + pc.ID).json("managedDeviceId"); id == zero || id == nil {
		t.Errorf("ready with %v", id)
	}
}

func TestBetaMayLackProperties(t *testing.T) {
	c := open(t, graphfake.Config{NotInBeta: []string{"groupDetail"}})
	pc := c.tenant.Add(graphfake.CloudPC{GroupName: "Front desk", ProvisioningType: "sharedByEntraGroup"})
	c.want(c.get(beta+"/"+pc.ID+"?$select=id,groupDetail"), 400)
	c.want(c.get(beta+"/"+pc.ID+"?$select=id,status"), 200)
	c.tenant.Tune(func(cfg *graphfake.Config) { cfg.NotInBeta = nil })
	equal(t, "group", c.get(beta+"/"+pc.ID+"?$select=groupDetail").json("groupDetail", "groupDisplayName"), "Front desk")
	c.want(c.get(admin+"/"+pc.ID+"?$select=id,groupDetail"), 400)
}

func TestARowHasAMindOfItsOwn(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	row := func() any { return c.get(beta+"/"+pc.ID).json("lastRemoteActionResult", "actionState") }
	c.tenant.Fail(onPost, graphfake.Fault{RowLags: true, BuildOS: "windows10", BuildAccount: "administrator"})
	c.want(c.wipe(pc.ID), 204)
	equal(t, "at first", row(), "active")
	c.tenant.Row(pc.ID, "Failed")
	equal(t, "said", row(), "Failed")
	equal(t, "and the build goes on", c.tenant.PC(pc.ID).Status, "provisioning")
	c.tenant.Row(pc.ID, "active")
	c.tenant.Finish(pc.ID, "provisioned")
	equal(t, "lags", row(), "active")
	equal(t, "os", c.tenant.PC(pc.ID).OSVersion, "windows10")
	equal(t, "account", c.tenant.PC(pc.ID).UserAccountType, "administrator")
	other := c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Row(other.ID, "pending")
	equal(t, "made", len(c.tenant.PC(other.ID).Actions), 1)
}

func TestATokenMayBeRefusedWithoutAReason(t *testing.T) {
	clock := newClock()
	c := open(t, graphfake.Config{Now: clock.now})
	c.tenant.Distrust(90 * time.Second)
	g := c.want(c.get(admin), 401)
	if h := g.header.Get("WWW-Authenticate"); h == "" || strings.Contains(h, "claims") {
		t.Errorf("challenge: %s", h)
	}
	c.want(c.as(c.tenant.AppToken(c.tenant.URL())).get(admin), 200)
	clock.move(90 * time.Second)
	c.want(c.get(admin), 200)
	c.tenant.Distrust(0)
	clock.move(30 * time.Minute)
	c.want(c.get(admin), 401)
}

func TestSomethingBetweenMayAnswer(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	for _, status := range []int{200, 401, 403, 404, 429, 503} {
		c.tenant.Fail(onGet, graphfake.Fault{Status: status, Foreign: true, RetryAfterText: "95.249", Times: 1})
		g := c.want(c.get(admin+"/"+pc.ID), status)
		if g.header.Get("request-id") != "" || g.header.Get("Content-Type") != "text/html; charset=utf-8" || g.header.Get("Retry-After") != "95.249" {
			t.Errorf("%d: %v", status, g.header)
		}
	}
	c.tenant.Fail(onGet, graphfake.Fault{Undiscovered: true, Times: 1})
	g := c.want(c.get(admin+"/"+pc.ID), 404)
	equal(t, "message", g.json("error", "message"), "Resource could not be discovered.")
	equal(t, "request-id", g.header.Get("request-id") != "", true)
	c.tenant.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 502, Foreign: true, Times: 1})
	g = c.want(c.do("POST", "/"+c.tenant.TenantID()+"/oauth2/v2.0/token", ""), 502)
	equal(t, "of Entra", g.header.Get("X-Ms-Request-Id"), "")
	c.tenant.Fail(onGet, graphfake.Fault{Status: 404, Foreign: true, Times: 1})
	g = c.want(c.do("POST", "/v1.0/$batch", batchOf(getPart("1", "/deviceManagement/virtualEndpoint/cloudPCs/"+pc.ID)), "Content-Type", "application/json"), 200)
	equal(t, "part", g.json("responses", 0, "headers", "Content-Type"), "text/html; charset=utf-8")
	equal(t, "part's id", g.json("responses", 0, "headers", "Request-Id"), nil)
}

package graphfake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

const policies = "/v1.0/deviceManagement/virtualEndpoint/provisioningPolicies/"

func TestAPolicyIsReadAsItIs(t *testing.T) {
	c := open(t, graphfake.Config{})
	const prefer = "include-unknown-enum-members"
	p := c.tenant.AddPolicy(graphfake.Policy{DisplayName: "Kiosk", ImageDisplayName: "Kiosk 3", ProvisioningType: "sharedByUser", Joins: []graphfake.Join{
		{Type: "hybridAzureADJoin", ConnectionID: "c1"}, {Type: "azureADJoin", RegionName: "norwayeast", RegionGroup: "norway"},
	}})
	g := c.want(c.get(policies+strings.ToUpper(p.ID)), 200)
	equal(t, "id", g.json("id"), p.ID)
	equal(t, "name", g.json("displayName"), "Kiosk")
	equal(t, "image", g.json("imageDisplayName"), "Kiosk 3")
	equal(t, "image id", g.json("imageId"), p.ImageID)
	equal(t, "image type", g.json("imageType"), "custom")
	equal(t, "kind", g.json("provisioningType"), "unknownFutureValue")
	equal(t, "join", g.json("domainJoinConfigurations", 0, "domainJoinType"), "hybridAzureADJoin")
	equal(t, "connection", g.json("domainJoinConfigurations", 0, "onPremisesConnectionId"), "c1")
	equal(t, "no region", g.json("domainJoinConfigurations", 0, "regionName"), nil)
	equal(t, "region", g.json("domainJoinConfigurations", 1, "regionName"), "norwayeast")
	equal(t, "group", g.json("domainJoinConfigurations", 1, "regionGroup"), "unknownFutureValue")
	if strings.Contains(g.body, "assignments") || strings.Contains(g.body, "lastModifiedDateTime") {
		t.Errorf("shows too much: %s", g.body)
	}
	g = c.want(c.get(policies+p.ID, "Prefer", prefer), 200)
	equal(t, "group", g.json("domainJoinConfigurations", 1, "regionGroup"), "norway")
	equal(t, "kind in v1.0", g.json("provisioningType"), "unknownFutureValue")
	g = c.want(c.get(strings.Replace(policies, "v1.0", "beta", 1)+p.ID, "Prefer", prefer), 200)
	equal(t, "kind in beta", g.json("provisioningType"), "sharedByUser")

	call := c.tenant.Calls()[0]
	equal(t, "logged kind", call.Kind, graphfake.GetPolicy)
	equal(t, "logged policy", call.Policy, strings.ToUpper(p.ID))
	equal(t, "logged machine", call.PC, "")
	usual := c.tenant.AddPolicy(graphfake.Policy{})
	equal(t, "usual type", usual.ImageType, "gallery")
	equal(t, "usual region", usual.Joins[0].RegionName, "westeurope")
}

func TestReadingAPolicyIsStrict(t *testing.T) {
	c := open(t, graphfake.Config{})
	p := c.tenant.AddPolicy(graphfake.Policy{})
	at := policies + p.ID
	g := c.want(c.get(at+"?$select=imageId,%20domainJoinConfigurations"), 200)
	equal(t, "image id", g.json("imageId"), p.ImageID)
	equal(t, "name", g.json("displayName"), nil)
	if !strings.Contains(g.body, "#deviceManagement/virtualEndpoint/provisioningPolicies(") {
		t.Errorf("context: %s", g.body)
	}
	for _, bad := range []string{
		"$select=", "$select=id,", "$select=ImageId", "$select=nonsense", "$select=status", "$select=lastModifiedDateTime", "$select=domainJoinConfiguration",
		"$select=id&$select=imageId", "$filter=id%20eq%20%27x%27", "$top=1", "$expand=x", "select=id",
	} {
		if g := c.get(at + "?" + bad); g.status != 400 || g.code() != "BadRequest" {
			t.Errorf("%s: %d", bad, g.status)
		}
	}
	c.want(c.get(admin+"?$select=imageId"), 400) // of policies alone
	c.want(c.get(strings.Replace(at, "v1.0", "beta", 1)+"?$select=lastModifiedDateTime"), 200)
	equal(t, "unknown", c.want(c.get(policies+"11111111-1111-4111-8111-111111111111"), 404).code(), "ResourceNotFound")
	equal(t, "allowed", c.want(c.do("PATCH", at, "{}", "Content-Type", "application/json"), 405).header.Get("Allow"), "GET")
	c.want(c.get(at+"/assignments"), 400)
	c.want(c.as("").get(at), 401)
	c.want(c.as(c.tenant.Delegated("u", "ada@contoso.example")).get(at), 403)
	root := c.as(c.tenant.AdminDelegated("u", "ada@contoso.example"))
	root.want(root.get(at), 200)
	with := func(role string) {
		c.tenant.Tune(func(cfg *graphfake.Config) { cfg.Roles = []string{role} })
		c.token = c.tenant.AppToken(c.tenant.URL())
	}
	with("CloudPC.Read.All")
	c.want(c.get(at), 200)
	with("User.Read.All")
	equal(t, "no role", c.want(c.get(at), 403).code(), "Forbidden")
}

func TestFaultsBefallPolicies(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	at := policies + pc.ProvisioningPolicyID
	for _, match := range []graphfake.Match{{Kind: graphfake.GetPolicy}, {Kind: "graph"}, {Kind: "any"}, {}, {Kind: "graph", Version: "v1.0"}} {
		c.tenant.Fail(match, graphfake.Fault{Status: 503, Times: 1})
		c.want(c.get(at), 503)
		c.want(c.get(at), 200)
	}
	for _, match := range []graphfake.Match{{Kind: graphfake.Get}, {Kind: "graph", PC: pc.ID}, {Version: "beta"}} {
		c.tenant.Fail(match, graphfake.Fault{Status: 503})
		c.want(c.get(at), 200)
		c.tenant.Heal()
	}
	c.tenant.Fail(graphfake.Match{Kind: graphfake.GetPolicy}, graphfake.Fault{DropBefore: true})
	c.want(c.get(admin+"/"+pc.ID), 200)
	if g, err := c.try("GET", at, ""); err == nil {
		t.Errorf("answered %d", g.status)
	}
}

func TestEveryMachineHasItsPolicy(t *testing.T) {
	c := open(t, graphfake.Config{})
	p := c.tenant.AddPolicy(graphfake.Policy{DisplayName: "Kiosk", ImageDisplayName: "Kiosk 3", ProvisioningType: "sharedByUser"})
	pc := c.tenant.Add(graphfake.CloudPC{ProvisioningPolicyID: p.ID})
	equal(t, "policy", pc.ProvisioningPolicyName, "Kiosk")
	equal(t, "image", pc.ImageDisplayName, "Kiosk 3")
	equal(t, "kind", pc.ProvisioningType, "sharedByUser")
	old := c.tenant.Add(graphfake.CloudPC{ProvisioningPolicyID: p.ID, ImageDisplayName: "Kiosk 2"})
	equal(t, "older image", old.ImageDisplayName, "Kiosk 2")

	own := c.tenant.Add(graphfake.CloudPC{ProvisioningPolicyName: "Standard", ImageDisplayName: "Mine", DeviceRegionName: "eastus"})
	g := c.want(c.get(policies+own.ProvisioningPolicyID), 200)
	equal(t, "name", g.json("displayName"), "Standard")
	equal(t, "image", g.json("imageDisplayName"), "Mine")
	equal(t, "region", g.json("domainJoinConfigurations", 0, "regionName"), "eastus")
	wired := c.tenant.Add(graphfake.CloudPC{OnPremisesConnectionName: "Corp"})
	g = c.want(c.get(policies+wired.ProvisioningPolicyID), 200)
	equal(t, "region", g.json("domainJoinConfigurations", 0, "regionName"), nil)
	equal(t, "has a connection", g.json("domainJoinConfigurations", 0, "onPremisesConnectionId") != nil, true)

	c.tenant.Set(pc.ID, func(p *graphfake.CloudPC) { p.ProvisioningPolicyID, p.ProvisioningPolicyName = "Sales", "Sales" })
	equal(t, "made by Set", c.want(c.get(policies+"Sales"), 200).json("displayName"), "Sales")
	for _, wrong := range []func(){
		func() { c.tenant.AddPolicy(graphfake.Policy{ID: strings.ToUpper(p.ID)}) },
		func() { c.tenant.AddPolicy(graphfake.Policy{ID: own.ProvisioningPolicyID}) },
		func() { c.tenant.SetPolicy("nobody's", func(*graphfake.Policy) {}) },
	} {
		func() {
			defer func() { equal(t, "panics", recover() != nil, true) }()
			wrong()
		}()
	}
}

func TestAPolicyReachesMachinesOnlyByABuild(t *testing.T) {
	clock := newClock()
	c := open(t, graphfake.Config{Now: clock.now, Lag: time.Minute, Build: 30 * time.Minute})
	policy := c.tenant.AddPolicy(graphfake.Policy{ImageDisplayName: "first"})
	pc := c.tenant.Add(graphfake.CloudPC{ProvisioningPolicyID: policy.ID})
	other := c.tenant.Add(graphfake.CloudPC{ProvisioningPolicyID: policy.ID})
	now := func(name string) {
		c.tenant.SetPolicy(policy.ID, func(p *graphfake.Policy) { p.ImageDisplayName = name })
	}
	shows := func(what, want string) {
		t.Helper()
		equal(t, what, c.want(c.get(admin+"/"+pc.ID), 200).json("imageDisplayName"), want)
	}

	before := c.get(beta + "/" + pc.ID).body
	now("second")
	equal(t, "a machine that stands", c.get(beta+"/"+pc.ID).body, before)
	c.want(c.wipe(pc.ID), 204)
	now("third")
	shows("in the lag", "first")
	clock.move(time.Minute)
	now("fourth")
	shows("while it is built", "first")
	clock.move(30 * time.Minute)
	shows("when it is built", "third")
	equal(t, "the policy", c.get(policies+policy.ID).json("imageDisplayName"), "fourth")
	equal(t, "its sister", c.tenant.PC(other.ID).ImageDisplayName, "first")

	c.want(c.wipe(pc.ID), 204)
	c.tenant.Finish(pc.ID, "failed")
	shows("after a failure", "third")
	c.want(c.wipe(pc.ID), 204)
	c.tenant.Finish(pc.ID, "provisionedWithWarnings")
	shows("with warnings", "fourth")

	joins := []graphfake.Join{{Type: "azureADJoin"}}
	kept := c.tenant.AddPolicy(graphfake.Policy{Joins: joins})
	joins[0].Type = "changed by its owner"
	kept.Joins[0].RegionName = "changed by another"
	got := c.get(policies + kept.ID)
	equal(t, "its joins are its own", slices.Equal([]any{got.json("domainJoinConfigurations", 0, "domainJoinType"),
		got.json("domainJoinConfigurations", 0, "regionName")}, []any{"azureADJoin", nil}), true)
}

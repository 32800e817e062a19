package graphfake_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/graph/graphfake"
)

func names(g got) []string {
	var all []string
	rows, _ := g.json("value").([]any)
	for i := range rows {
		all = append(all, fmt.Sprint(g.json("value", i, "displayName")))
	}
	return all
}

func TestV1KnowsNoStatus(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	one, all := c.want(c.get(admin+"/"+pc.ID), 200), c.want(c.get(admin), 200)
	for _, absent := range []string{
		"status", "statusDetail", "lastRemoteActionResult", "osVersion", "userAccountType", "powerState",
		"productType", "provisionedDateTime", "servicePlanType",
	} {
		if strings.Contains(one.body, `"`+absent+`"`) || strings.Contains(all.body, `"`+absent+`"`) {
			t.Errorf("v1.0 shows %s", absent)
		}
		c.want(c.get(admin+"/"+pc.ID+"?$select=id,"+absent), 400)
		c.want(c.get(admin+"?$select=id,"+absent), 400)
		c.want(c.get(beta+"/"+pc.ID+"?$select=id,"+absent), 200)
	}
	equal(t, "id", one.json("id"), pc.ID)
	equal(t, "empty text", one.json("onPremisesConnectionName"), nil)
	for _, header := range []string{"request-id", "client-request-id", "Date", "x-ms-ags-diagnostic"} {
		if one.header.Get(header) == "" {
			t.Errorf("no %s", header)
		}
	}
}

func TestSelectNarrows(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ada"})
	g := c.want(c.get(beta+"/"+pc.ID+"?$select=displayName,status"), 200)
	equal(t, "name", g.json("displayName"), "CPC-ada")
	equal(t, "status", g.json("status"), "provisioned")
	equal(t, "id", g.json("id"), nil)
	for _, bad := range []string{"$select=", "$select=DisplayName", "$select=nonsense", "$select=id&$select=status", "$filter=id%20eq%20%27x%27", "$top=1", "$expand=x", "select=id"} {
		if g := c.get(beta + "/" + pc.ID + "?" + bad); g.status != 400 {
			t.Errorf("%s: %d", bad, g.status)
		}
	}
	c.want(c.get(admin+"/CPC-ada"), 400)
	c.want(c.get(admin+"/"+pc.ManagedDeviceID), 404)
}

func TestFilterFinds(t *testing.T) {
	c := open(t, graphfake.Config{WholeOr: true})
	ada := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ada", UserPrincipalName: "ada+x@contoso.example"})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "O'Hara's & co", UserPrincipalName: "o'hara@contoso.example", Status: "failed"})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ben", UserPrincipalName: "ben@contoso.example"})
	for _, test := range []struct {
		root, clause string
		want         []string
	}{
		{admin, "displayName eq 'CPC-ada'", []string{"CPC-ada"}},
		{admin, "displayName eq 'cpc-ADA'", []string{"CPC-ada"}},
		{admin, "displayName eq 'CPC'", nil},
		{admin, "displayName eq 'O''Hara''s & co'", []string{"O'Hara's & co"}},
		{admin, "userPrincipalName eq 'ada+x@contoso.example'", []string{"CPC-ada"}},
		{admin, "managedDeviceName eq '" + ada.ManagedDeviceName + "'", []string{"CPC-ada"}},
		{admin, "displayName eq 'CPC-ada' or managedDeviceName eq 'x' or userPrincipalName eq 'ben@contoso.example'", []string{"CPC-ada", "CPC-ben"}},
		{admin, "displayName ne 'CPC-ada' and (displayName eq 'CPC-ada' or displayName eq 'CPC-ben')", []string{"CPC-ben"}},
		{beta, "id eq '" + ada.ID + "'", []string{"CPC-ada"}},
		{beta, "status eq 'failed' or status eq 'x'", []string{"O'Hara's & co"}},
	} {
		g := c.get(test.root + "?$filter=" + url.QueryEscape(test.clause))
		if g.status != 200 || !slices.Equal(names(g), test.want) {
			t.Errorf("%s: %d %q, want %q", test.clause, g.status, names(g), test.want)
		}
	}
	for _, clause := range []string{
		"", "displayName", "displayName eq", "displayName eq CPC-ada", `displayName eq "CPC-ada"`, "displayName eq 'CPC-ada",
		"displayName eq 'O'Hara'", "displayname eq 'CPC-ada'", "displayName EQ 'x'", "startswith(displayName,'CPC')",
		"displayName eq 'x' or", "displayName eq 'x' displayName eq 'y'", "(displayName eq 'x'", "displayName eq 'x')",
		"id eq '" + ada.ID + "'", "status eq 'failed'", "displayName gt 'x'", "displayName eq '", "nonsense eq 'x'",
	} {
		if g := c.get(admin + "?$filter=" + url.QueryEscape(clause)); g.status != 400 || g.code() != "BadRequest" {
			t.Errorf("%s: %d", clause, g.status)
		}
	}
	c.tenant.Tune(func(cfg *graphfake.Config) { cfg.FilterV1 = []string{} })
	c.want(c.get(admin+"?$filter="+url.QueryEscape("displayName eq 'CPC-ada'")), 400)
	for _, bad := range []string{"$orderby=displayName", "$skip=1", "$search=x", "$expand=x", "$top=0", "$top=x", "$top=-1", "$count=yes", "$skiptoken=x", "x=1", "$top=1;2"} {
		c.want(c.get(admin+"?"+bad), 400)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	c := open(t, graphfake.Config{PageSize: 2})
	var want []string
	for i := range 7 {
		name := fmt.Sprintf("CPC-%d", i)
		c.tenant.Add(graphfake.CloudPC{DisplayName: name, UserPrincipalName: []string{"ada@contoso.example", "o'hara@contoso.example"}[i%2]})
		want = append(want, name)
	}
	walk := func(path string, change func()) (all []string, pages int) {
		for path != "" {
			g := c.want(c.get(path), 200)
			if all, pages = append(all, names(g)...), pages+1; pages > 20 {
				t.Fatal("the pages never end")
			}
			path, _ = g.json("@odata.nextLink").(string)
			if path != "" && !strings.HasPrefix(path, c.tenant.URL()+"/v1.0/") {
				t.Fatalf("nextLink %s", path)
			}
			if change != nil {
				change()
				change = nil
			}
		}
		return all, pages
	}
	if all, pages := walk(admin, nil); !slices.Equal(all, want) || pages != 4 {
		t.Errorf("all: %q in %d pages", all, pages)
	}
	clause := "?$select=displayName&$filter=" + url.QueryEscape("userPrincipalName eq 'o''hara@contoso.example'")
	if all, pages := walk(admin+clause, nil); !slices.Equal(all, []string{"CPC-1", "CPC-3", "CPC-5"}) || pages != 2 {
		t.Errorf("filtered: %q in %d pages", all, pages)
	}
	if all, pages := walk(admin+"?$top=1", nil); !slices.Equal(all, want) || pages != 7 {
		t.Errorf("top: %q in %d pages", all, pages)
	}
	equal(t, "count", c.get(admin+"?$count=true").json("@odata.count"), 7.0)
	equal(t, "count with top", c.get(admin+"?$top=1").json("@odata.count"), 7.0)
	equal(t, "no count", c.get(admin).json("@odata.count"), nil)
	gone := c.tenant.PCs()[0].ID
	if all, _ := walk(admin, func() { c.tenant.Remove(gone) }); !slices.Equal(all, want) {
		t.Errorf("a removal between pages shifts them: %q", all)
	}
}

func TestLateMembersNeedPrefer(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{Status: "preparing", ProvisioningType: "sharedByEntraGroup"})
	const prefer = "include-unknown-enum-members"
	g := c.get(beta + "/" + pc.ID)
	equal(t, "status", g.json("status"), "unknownFutureValue")
	equal(t, "kind", g.json("provisioningType"), "unknownFutureValue")
	g = c.get(beta+"/"+pc.ID, "Prefer", prefer)
	equal(t, "status", g.json("status"), "preparing")
	equal(t, "kind", g.json("provisioningType"), "sharedByEntraGroup")
	equal(t, "applied", g.header.Get("Preference-Applied"), prefer)
	equal(t, "v1.0", c.get(admin+"/"+pc.ID, "Prefer", prefer).json("provisioningType"), "unknownFutureValue")
	equal(t, "filter", len(names(c.get(beta+"?$filter="+url.QueryEscape("status eq 'preparing'")))), 1)
	calls := c.tenant.Calls()
	equal(t, "logged", calls[1].Prefer, prefer)
}

func TestPeopleSeeTheirOwn(t *testing.T) {
	c := open(t, graphfake.Config{})
	ada := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ada", UserPrincipalName: "ada@contoso.example"})
	ben := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ben", UserPrincipalName: "ben@contoso.example"})
	person := c.as(c.tenant.Delegated(ada.UserID, ada.UserPrincipalName))
	for _, path := range []string{"/v1.0/me/cloudPCs", "/beta/users/" + ada.UserID + "/cloudPCs", "/v1.0/users/ADA@contoso.example/cloudPCs"} {
		g := person.want(person.get(path), 200)
		if !slices.Equal(names(g), []string{"CPC-ada"}) {
			t.Errorf("%s: %s", path, g.body)
		}
		equal(t, "plan type", g.json("value", 0, "servicePlanType"), "enterprise")
		equal(t, "user", g.json("value", 0, "userPrincipalName"), nil)
		person.want(person.get(path+"?$filter="+url.QueryEscape("displayName eq 'CPC-ada'")), 400)
		person.want(person.get(path+"?$select=displayName"), 200)
		person.want(person.get(path+"/"+ada.ID), 200)
		person.want(person.get(path+"/"+ben.ID), 404)
		c.want(c.get(path), 403) // an app
	}
	person.want(person.get("/v1.0/users/"+ben.UserID+"/cloudPCs"), 403)
	person.want(person.get(admin), 403)
	root := c.as(c.tenant.AdminDelegated(ben.UserID, ben.UserPrincipalName))
	root.want(root.get(admin), 200)
}

func TestActionResultsAndCapabilities(t *testing.T) {
	c := open(t, graphfake.Config{})
	fresh := c.tenant.Add(graphfake.CloudPC{})
	grace := c.tenant.Add(graphfake.CloudPC{Status: "inGracePeriod"})
	g := c.want(c.get(beta+"/"+fresh.ID+"/retrieveCloudPCRemoteActionResults"), 200)
	if !strings.Contains(g.body, `"value":[]`) {
		t.Errorf("no rows: %s", g.body)
	}
	capability := func(id string) any {
		g := c.want(c.get(beta+"/"+id+"/getSupportedCloudPcRemoteActions"), 200)
		for i := range g.json("value").([]any) {
			if g.json("value", i, "actionName") == "Reprovision" {
				return g.json("value", i, "actionCapability")
			}
		}
		return nil
	}
	equal(t, "fresh", capability(fresh.ID), "enabled")
	equal(t, "in grace", capability(grace.ID), "disabled")
}

// Behind a proxy that changes nothing, the next page is at the proxy too, as graph.microsoft.com names
// itself in its links.
func TestTheNextPageIsWhereTheClientCalled(t *testing.T) {
	c := open(t, graphfake.Config{PageSize: 1})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-1"})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-2"})
	for _, batched := range []bool{false, true} {
		r, _ := http.NewRequest("GET", c.tenant.URL()+admin, nil)
		if batched {
			r, _ = http.NewRequest("POST", c.tenant.URL()+"/v1.0/$batch", strings.NewReader(`{"requests":[{"id":"1","method":"GET","url":"/deviceManagement/virtualEndpoint/cloudPCs"}]}`))
			r.Header.Set("Content-Type", "application/json")
		}
		r.Host = "proxy.example"
		r.Header.Set("Authorization", "Bearer "+c.token)
		resp, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if resp.Body.Close(); err != nil || !strings.Contains(string(body), `"@odata.nextLink":"https://proxy.example/v1.0/`) {
			t.Errorf("batched %v: %v %s", batched, err, body)
		}
	}
}

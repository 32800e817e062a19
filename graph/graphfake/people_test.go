package graphfake_test

import (
	"maps"
	"slices"
	"testing"

	"cloudpc-bot/graph/graphfake"
)

// learn.microsoft.com/graph/api/user-list-cloudpcs has ten properties in v1.0.
func TestPeopleSeeTenProperties(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{UserID: dan.UserID, UserPrincipalName: dan.UPN})
	of := []string{"aadDeviceId", "displayName", "gracePeriodEndDateTime", "id", "imageDisplayName", "lastModifiedDateTime",
		"provisioningType", "servicePlanId", "servicePlanName", "servicePlanType"}
	g := c.want(c.as(c.tenant.Delegated(dan.UserID, dan.UPN)).get("/v1.0/me/cloudPCs"), 200)
	machine, _ := g.json("value", 0).(map[string]any)
	if has := slices.Sorted(maps.Keys(machine)); !slices.Equal(has, of) || machine["id"] != pc.ID {
		t.Errorf("%v", has)
	}
}

func TestPeoplesListsHavePages(t *testing.T) {
	c := open(t, graphfake.Config{PageSize: 2})
	for _, pc := range []graphfake.CloudPC{
		{DisplayName: "1", UserID: "oid-dan"}, {DisplayName: "a", UserID: "oid-eva"}, {DisplayName: "2", UserID: "oid-dan"},
		{DisplayName: "3", UserID: "OID-DAN"}, {DisplayName: "b", UserID: "oid-eva"}, {DisplayName: "4", UserID: "oid-dan"}, {DisplayName: "5", UserID: "oid-dan"},
	} {
		c.tenant.Add(pc)
	}
	for person, want := range map[string][]string{"oid-dan": {"1", "2", "3", "4", "5"}, "oid-eva": {"a", "b"}, "oid-ida": nil} {
		as := c.as(c.tenant.Delegated(person, person+"@example.com"))
		var all []string
		pages := 0
		for next := "/v1.0/me/cloudPCs"; next != ""; pages++ {
			g := as.want(as.get(next), 200)
			if all = append(all, names(g)...); len(names(g)) > 2 {
				t.Errorf("a page of %d", len(names(g)))
			}
			next, _ = g.json("@odata.nextLink").(string)
		}
		if !slices.Equal(all, want) || pages != max(1, (len(want)+1)/2) {
			t.Errorf("%s: %v on %d pages", person, all, pages)
		}
	}
}

// A token may do what the person has signed in for.
func TestScopesSayWhatAPersonMayDo(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{UserID: dan.UserID})
	for _, row := range []struct {
		scope string
		post  int
	}{{"CloudPC.Read.All", 403}, {"CloudPC.ReadWrite.All", 204}} {
		as := c.as(c.signsIn(row.scope, dan).json("access_token").(string))
		as.want(as.get("/v1.0/me/cloudPCs"), 200)
		as.want(as.do("POST", "/v1.0/me/cloudPCs/"+pc.ID+"/reprovision", "", "Content-Type", "application/json"), row.post)
		posts := c.tenant.Posts()
		if p := posts[len(posts)-1]; p.Scope != row.scope || p.Person != dan.UserID || p.Token != "delegated" {
			t.Errorf("%+v", p)
		}
	}
	if e := c.tenant.AuditEvents()[0]; e.Actor.App != c.tenant.PublicClientID() || e.Actor.User != dan.UPN {
		t.Errorf("the audit log names %+v", e.Actor)
	}
}

// The log tells each call's token, and finds the ones that do not belong where they were sent.
func TestTheLogTellsWhoseTokenACallCarried(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{UserID: dan.UserID})
	person := c.as(c.signsIn("CloudPC.ReadWrite.All", dan).json("access_token").(string))
	const own = "/v1.0/me/cloudPCs"
	c.get(admin)
	person.get(own)
	person.get("/v1.0/users/" + dan.UserID + "/cloudPCs")
	person.do("POST", own+"/"+pc.ID+"/reprovision", "", "Content-Type", "application/json")
	c.as("nonsense").get(own)
	c.as("").get(own)
	if wrong := c.tenant.MisusedTokens(); len(wrong) != 0 {
		t.Errorf("%+v", wrong)
	}
	type seen struct{ kind, bearer, person, app, grant string }
	var log []seen
	for _, call := range c.tenant.Calls() {
		log = append(log, seen{call.Kind, call.Bearer, call.Person, call.App, call.Grant})
	}
	want := []seen{
		{"devicecode", "", "", c.tenant.PublicClientID(), ""}, {"token", "", "", c.tenant.PublicClientID(), "device_code"},
		{"list", "app", "", "", ""}, {"list", "delegated", "oid-dan", "", ""}, {"list", "delegated", "oid-dan", "", ""},
		{"post", "delegated", "oid-dan", "", ""}, {"list", "", "", "", ""}, {"list", "", "", "", ""},
	}
	if !slices.Equal(log, want) {
		t.Errorf("got  %v\nwant %v", log, want)
	}

	c.tenant.RevokeTokens() // a token that is not good any more is the person's all the same
	for i, send := range []func(){
		func() { c.get(own) },
		func() { c.get("/v1.0/users/" + dan.UserID + "/cloudPCs/" + pc.ID) },
		func() { person.get(admin) },
		func() { person.get(own + "/" + pc.ID) },
		func() { person.get(beta + "/" + pc.ID) },
		func() { person.do("POST", admin+"/"+pc.ID+"/reprovision", "{}", "Content-Type", "application/json") },
	} {
		send()
		if wrong := c.tenant.MisusedTokens(); len(wrong) != i+1 {
			t.Errorf("%d calls are told after %d", len(wrong), i+1)
		}
	}
	if root := c.as(c.tenant.AdminDelegated("oid-root", "root@example.com")); root.get(admin).status != 200 || len(c.tenant.MisusedTokens()) != 6 {
		t.Error("an administrator's token is told of")
	}
}

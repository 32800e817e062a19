package graphfake_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

const virtual = "/beta/deviceManagement/virtualEndpoint/"

func report(id string) string {
	return virtual + "reports/getRealTimeRemoteConnectionStatus(cloudPcId='" + id + "')"
}

func TestTheUsageReportHasOneRowOrNone(t *testing.T) {
	clock := newClock() // 2026-11-23 09:00
	c := open(t, graphfake.Config{Now: clock.now, TokenLife: 1e6 * time.Hour, Lag: -1, Build: -1})
	last := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)
	used := c.tenant.Add(graphfake.CloudPC{SignedIn: true, ManagedDeviceName: "CPC-ada"})
	idle := c.tenant.Add(graphfake.CloudPC{LastSignIn: last})
	never := c.tenant.Add(graphfake.CloudPC{NeverSignedIn: true})

	g := c.want(c.get(report(used.ID)), 200)
	equal(t, "media type", g.header.Get("Content-Type"), "application/octet-stream")
	equal(t, "schema", fmt.Sprint(g.json("Schema", 3)), "map[Column:DaysSinceLastSignIn PropertyType:Int64]")
	equal(t, "used", fmt.Sprint(g.json("TotalRowCount"), g.json("Values")), fmt.Sprintf("1 [[CPC-ada %s SignedIn 0 2026-11-23T09:00:00]]", used.ID))
	g = c.want(c.get(report(idle.ID)), 200)
	equal(t, "idle", fmt.Sprint(g.json("Values", 0)), fmt.Sprintf("[%s %s NotSignedIn 3 2026-11-20T08:30:00]", idle.ManagedDeviceName, idle.ID))
	g = c.want(c.get(report(never.ID)), 200)
	equal(t, "never", fmt.Sprint(g.json("TotalRowCount"), g.json("Values")), "0 []")
	c.tenant.Tune(func(cfg *graphfake.Config) { cfg.ReportColumns = []string{"SignInStatus", "nonsense", "CloudPcId"} })
	equal(t, "reordered", fmt.Sprint(c.get(report(idle.ID)).json("Values", 0)), fmt.Sprintf("[NotSignedIn %s]", idle.ID))

	c.want(c.wipe(used.ID), 204) // nobody uses a machine that is gone
	equal(t, "during the build", c.get(report(used.ID)).json("Values", 0, 0), "NotSignedIn")
	call := c.tenant.Calls()[0]
	equal(t, "logged", call.Kind+call.PC, graphfake.GetUsage+used.ID)
}

func TestTheUsageReportIsStrict(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.want(c.get(virtual+"reports/getrealtimeremoteconnectionstatus(cloudPcId=%27"+pc.ID+"%27)"), 200)
	for path, want := range map[string]int{
		report("11111111-1111-4111-8111-111111111111"): 404, report("CPC-ada"): 400, report(pc.ID) + "?$top=1": 400, report(pc.ID) + "/x": 400,
		virtual + "reports/getRealTimeRemoteConnectionStatus": 400, virtual + "reports/getRealTimeRemoteConnectionStatus(id='" + pc.ID + "')": 400,
		"/v1.0" + report(pc.ID)[len("/beta"):]: 400,
	} {
		if g := c.get(path); g.status != want {
			t.Errorf("%s: %d", path, g.status)
		}
	}
	c.want(c.do("POST", report(pc.ID), "{}"), 405)
	c.want(c.as("").get(report(pc.ID)), 401)
	c.want(c.as(c.tenant.Delegated(pc.UserID, pc.UserPrincipalName)).get(report(pc.ID)), 403)
}

func TestConnectionAndLastSignInAreBetas(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{Connectivity: "inUse", LastSignIn: time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)})
	at := "/" + pc.ID + "?$select=connectivityResult,lastLoginResult"
	c.want(c.get(admin+at), 400)
	equal(t, "without Prefer", c.get(beta+at).json("connectivityResult", "status"), "unknownFutureValue")
	g := c.get(beta+at, "Prefer", "include-unknown-enum-members")
	equal(t, "status", g.json("connectivityResult", "status"), "inUse")
	equal(t, "last sign-in", g.json("lastLoginResult", "time"), "2026-11-20T08:30:00Z")
	c.want(c.wipe(pc.ID), 204)
	equal(t, "during the build", c.get(beta+at).json("connectivityResult"), nil)
	c.tenant.Finish(pc.ID, "provisioned")
	equal(t, "afterwards", c.get(beta+at).json("connectivityResult", "status"), "available")
	never := c.tenant.Add(graphfake.CloudPC{NeverSignedIn: true})
	equal(t, "never", c.get(beta+"/"+never.ID).json("lastLoginResult"), nil)
}

func TestImagesExistWhilePoliciesNameThem(t *testing.T) {
	c := open(t, graphfake.Config{})
	gallery, custom := c.tenant.AddPolicy(graphfake.Policy{}).ImageID, c.tenant.AddPolicy(graphfake.Policy{ImageDisplayName: "Ours"}).ImageID
	const v1 = "/v1.0/deviceManagement/virtualEndpoint/"
	equal(t, "gallery", c.want(c.get(v1+"galleryImages/"+gallery), 200).json("status"), "supported")
	g := c.want(c.get(v1+"deviceImages/"+custom), 200)
	equal(t, "custom", fmt.Sprintf("%v %v %v", g.json("status"), g.json("osStatus"), g.json("displayName")), "ready supported Ours")
	c.tenant.SetImage(graphfake.Image{ID: gallery, Status: "notSupported", EndDate: time.Date(2026, 4, 14, 0, 0, 0, 0, time.UTC)})
	g = c.want(c.get(virtual+"galleryImages/"+gallery), 200)
	equal(t, "set", fmt.Sprintf("%v %v %v", g.json("status"), g.json("endDate"), g.json("expirationDate")), "notSupported 2026-04-14 <nil>")
	equal(t, "logged", c.tenant.Calls()[0].Kind+c.tenant.Calls()[0].Image, graphfake.GetImage+gallery)
	c.want(c.get(v1+"deviceImages/"+gallery), 404)
	c.want(c.get(v1+"galleryImages/"+gallery+"?$select=id"), 400)
	c.want(c.do("DELETE", v1+"galleryImages/"+gallery, ""), 405)
	c.want(c.as("").get(v1+"galleryImages/"+gallery), 401)
	c.tenant.RemoveImage(gallery)
	equal(t, "removed", c.want(c.get(v1+"galleryImages/"+gallery), 404).code(), "ResourceNotFound")
	c.want(c.get(v1+"deviceImages/11111111-1111-4111-8111-111111111111"), 404)
}

func TestAFilterMayBeIgnored(t *testing.T) {
	c := open(t, graphfake.Config{Unheeded: []string{"userPrincipalName"}})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ada", UserPrincipalName: "ada#EXT#@contoso.example"})
	c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-ben", UserPrincipalName: "ben@contoso.example"})
	find := func(clause string) []string {
		return names(c.want(c.get(beta+"?$filter="+url.QueryEscape(clause)), 200))
	}
	all, ada := []string{"CPC-ada", "CPC-ben"}, []string{"CPC-ada"}
	if got := find("userPrincipalName eq 'nobody'"); !slices.Equal(got, all) {
		t.Errorf("%q", got)
	}
	if got := find("displayName eq 'CPC-ada' and userPrincipalName eq 'nobody'"); !slices.Equal(got, ada) {
		t.Errorf("%q", got)
	}
	c.tenant.Tune(func(cfg *graphfake.Config) { cfg.Unheeded = nil })
	for _, clause := range []string{"userPrincipalName eq 'ADA#ext#@contoso.example'", "managedDeviceId eq '" + c.tenant.PCs()[0].ManagedDeviceID + "'", "aadDeviceId eq '" + c.tenant.PCs()[0].AADDeviceID + "'"} {
		if got := find(clause); !slices.Equal(got, ada) {
			t.Errorf("%s: %q", clause, got)
		}
	}
}

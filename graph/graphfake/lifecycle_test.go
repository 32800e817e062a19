package graphfake_test

import (
	"testing"
	"time"

	"cloudpc-bot/graph/graphfake"
)

func TestALagHidesTheRun(t *testing.T) {
	clock := newClock()
	c := open(t, graphfake.Config{Now: clock.now, Lag: 7 * time.Minute, Build: 40 * time.Minute})
	before := clock.now().Add(-24 * time.Hour)
	pc := c.tenant.Add(graphfake.CloudPC{Actions: []graphfake.Action{
		{Name: "Reprovision", State: "done", Start: before, Updated: before},
		{Name: "Restart", State: "done", Start: before.Add(time.Hour), Updated: before.Add(time.Hour)},
	}})
	look := func() got { return c.want(c.get(beta+"/"+pc.ID), 200) }
	row := func() any {
		g := c.want(c.get(beta+"/"+pc.ID+"/retrieveCloudPcRemoteActionResults"), 200)
		rows, _ := g.json("value").([]any)
		for i := range rows {
			if g.json("value", i, "actionName") == "Reprovision" {
				return rows[i]
			}
		}
		return nil
	}
	state := func() any { return row().(map[string]any)["actionState"] }
	started := func() any { return row().(map[string]any)["startDateTime"] }

	posted := clock.now()
	clock.move(time.Second)
	first, oldRow := look().body, started()
	clock.move(-time.Second)
	c.want(c.wipe(pc.ID), 204)
	clock.move(7*time.Minute - 1)
	equal(t, "picture in the lag", look().body, first)
	equal(t, "row in the lag", started(), oldRow)

	clock.move(1)
	g := look()
	equal(t, "status", g.json("status"), "provisioning")
	equal(t, "device", g.json("managedDeviceId"), nil)
	equal(t, "entra device", g.json("aadDeviceId"), nil)
	equal(t, "last action", g.json("lastRemoteActionResult", "actionName"), "Reprovision")
	equal(t, "last state", g.json("lastRemoteActionResult", "actionState"), "active")
	equal(t, "start", started(), posted.Truncate(100).Format(time.RFC3339Nano))

	clock.move(40*time.Minute - 1)
	equal(t, "state before the end", state(), "active")
	clock.move(1)
	g = look()
	equal(t, "status", g.json("status"), "provisioned")
	equal(t, "id", g.json("id"), pc.ID)
	equal(t, "provisioned", g.json("provisionedDateTime"), posted.Add(47*time.Minute).Truncate(100).Format(time.RFC3339Nano))
	equal(t, "state", state(), "done")
	equal(t, "start", started(), posted.Truncate(100).Format(time.RFC3339Nano))
	for name, old := range map[string]string{
		"managedDeviceId": pc.ManagedDeviceID, "aadDeviceId": pc.AADDeviceID, "managedDeviceName": pc.ManagedDeviceName,
	} {
		if now := g.json(name); now == old || now == nil {
			t.Errorf("%s: %v, was %v", name, now, old)
		}
	}
}

func TestABuildRunsByItself(t *testing.T) {
	c := open(t, graphfake.Config{Lag: 20 * time.Millisecond, Build: 20 * time.Millisecond})
	pc := c.tenant.Add(graphfake.CloudPC{OSVersion: "windows11"})
	c.want(c.do("POST", admin+"/"+pc.ID+"/reprovision", `{"osVersion":"windows10","userAccountType":"administrator"}`, "Content-Type", "application/json"), 204)
	c.wait(func() bool { return c.tenant.PC(pc.ID).Status == "provisioning" })
	c.wait(func() bool { return c.tenant.PC(pc.ID).Status == "provisioned" })
	p := c.tenant.PC(pc.ID)
	equal(t, "os", p.OSVersion, "windows10")
	equal(t, "account", p.UserAccountType, "administrator")
	if p.ManagedDeviceID == pc.ManagedDeviceID || !p.ProvisionedDateTime.After(pc.ProvisionedDateTime) {
		t.Errorf("machine is not new: %+v", p)
	}
}

func TestABuildEndsWithAnyReport(t *testing.T) {
	for _, code := range append(graphfake.Reports(), "newCode") {
		c := open(t, graphfake.Config{Lag: -1, Build: -1})
		pc := c.tenant.Add(graphfake.CloudPC{})
		c.want(c.wipe(pc.ID), 204)
		c.tenant.FinishAs(pc.ID, "failed", graphfake.Report(code))
		g := c.get(beta + "/" + pc.ID)
		equal(t, "code", g.json("statusDetail", "code"), code)
		equal(t, "has a message", g.json("statusDetail", "message") != nil, code != "newCode")
		equal(t, "code of the row", g.json("lastRemoteActionResult", "statusDetail", "code"), code)
	}
}

func TestARunThatIsGivenUpErasesNothing(t *testing.T) {
	c := open(t, graphfake.Config{Lag: time.Hour, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.want(c.wipe(pc.ID), 204)
	c.tenant.GiveUp(pc.ID, graphfake.Report("licenseNotFound"))
	g := c.get(beta + "/" + pc.ID)
	equal(t, "status", g.json("status"), "provisioned")
	equal(t, "device", g.json("managedDeviceId"), pc.ManagedDeviceID)
	equal(t, "row", g.json("lastRemoteActionResult", "actionState"), "failed")
	equal(t, "its code", g.json("lastRemoteActionResult", "statusDetail", "code"), "licenseNotFound")
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 0)
	c.want(c.wipe(pc.ID), 204) // it is free for another one
	c.tenant.Advance(pc.ID)
	c.tenant.GiveUp(pc.ID, graphfake.Report("licenseNotFound")) // too late
	equal(t, "status", c.tenant.PC(pc.ID).Status, "provisioning")
}

func TestFinishDecidesHowAManualBuildEnds(t *testing.T) {
	for status, want := range map[string]string{"provisioned": "done", "provisionedWithWarnings": "done", "failed": "failed"} {
		c := open(t, graphfake.Config{Lag: -1, Build: -1})
		pc := c.tenant.Add(graphfake.CloudPC{})
		c.want(c.wipe(pc.ID), 204)
		equal(t, "status", c.tenant.PC(pc.ID).Status, "provisioning")
		c.tenant.Finish(pc.ID, status)
		g := c.get(beta + "/" + pc.ID)
		equal(t, "status", g.json("status"), status)
		equal(t, "row", g.json("lastRemoteActionResult", "actionState"), want)
		equal(t, "has a device", g.json("managedDeviceId") != nil, status != "failed")
		equal(t, "has a detail", g.json("statusDetail", "code") != nil, status != "provisioned")
		equal(t, "is new", c.tenant.PC(pc.ID).ProvisionedDateTime.After(pc.ProvisionedDateTime), status != "failed")
	}
}

func TestFinishEndsALagToo(t *testing.T) {
	c := open(t, graphfake.Config{Lag: time.Hour, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.want(c.wipe(pc.ID), 204)
	c.tenant.Finish(pc.ID, "provisioned")
	p := c.tenant.PC(pc.ID)
	if len(p.Actions) != 1 || p.Actions[0].State != "done" || p.ManagedDeviceID == pc.ManagedDeviceID {
		t.Errorf("after Finish: %+v", p)
	}
}

func TestAPoweredOffMachineWaits(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{ProductType: "frontline", PowerState: "poweredOff"})
	c.want(c.wipe(pc.ID), 204)
	g := c.get(beta + "/" + pc.ID)
	equal(t, "status", g.json("status"), "provisioned")
	equal(t, "row", g.json("lastRemoteActionResult", "actionState"), "pending")
	c.tenant.Set(pc.ID, func(p *graphfake.CloudPC) { p.PowerState = "running" })
	g = c.get(beta + "/" + pc.ID)
	equal(t, "status", g.json("status"), "provisioning")
	equal(t, "row", g.json("lastRemoteActionResult", "actionState"), "active")
}

func TestStatusMayFlipInMidBuild(t *testing.T) {
	clock := newClock()
	c := open(t, graphfake.Config{Now: clock.now, Lag: -1, Build: 30 * time.Minute})
	pc := c.tenant.Add(graphfake.CloudPC{DisplayName: "CPC-flip-flop"})
	c.want(c.wipe(pc.ID), 204)
	for _, want := range []string{"provisioning", "provisioned", "provisioning", "provisioned"} {
		g := c.get(beta + "/" + pc.ID)
		equal(t, "status", g.json("status"), want)
		equal(t, "status in the list", c.get(beta).json("value", 0, "status"), want)
		equal(t, "tenant's word", c.tenant.PC(pc.ID).Status, want)
		clock.move(10 * time.Minute)
	}
	equal(t, "row", c.get(beta+"/"+pc.ID).json("lastRemoteActionResult", "actionState"), "done")
}

func TestARunFromElsewhereIsNoPost(t *testing.T) {
	c := open(t, graphfake.Config{Lag: -1, Build: -1})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Elsewhere(pc.ID)
	equal(t, "status", c.tenant.PC(pc.ID).Status, "provisioning")
	equal(t, "wipes", c.tenant.Wipes(pc.ID), 0)
	equal(t, "posts", len(c.tenant.Posts()), 0)
	c.want(c.wipe(pc.ID), 409)
}

func TestDriftAndRemoval(t *testing.T) {
	c := open(t, graphfake.Config{})
	pc := c.tenant.Add(graphfake.CloudPC{})
	c.tenant.Set(pc.ID, func(p *graphfake.CloudPC) {
		p.UserPrincipalName, p.ProvisioningPolicyName = "eve@contoso.example", "Kiosk"
	})
	g := c.get(admin + "/" + pc.ID)
	equal(t, "user", g.json("userPrincipalName"), "eve@contoso.example")
	equal(t, "policy", g.json("provisioningPolicyName"), "Kiosk")
	if g.json("lastModifiedDateTime") == nil || !c.tenant.PC(pc.ID).LastModifiedDateTime.After(pc.LastModifiedDateTime) {
		t.Error("lastModifiedDateTime did not move")
	}
	c.tenant.Remove(pc.ID)
	c.want(c.get(admin+"/"+pc.ID), 404)
}

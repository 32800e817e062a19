package bot_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph/graphfake"
)

// afterTheApproval is what may change of a machine between approval and call, by the field of
// [ledger.Target] that shows it. What an approval is bound to stops it, and the thread says what was
// and what is; anything else does not.
var afterTheApproval = map[string]struct {
	pc     func(*graphfake.CloudPC)
	policy func(*graphfake.Policy)
	stops  string // what the thread says of it; "" = the machine is erased
}{
	"User":            {pc: func(pc *graphfake.CloudPC) { pc.UserPrincipalName = "fay@example.com" }, stops: "user: dan@example.com → fay@example.com"},
	"Image":           {pc: func(pc *graphfake.CloudPC) { pc.ImageDisplayName = "Windows 7" }, stops: "image: Windows 11 Enterprise 24H2 → Windows 7"},
	"Connection":      {pc: func(pc *graphfake.CloudPC) { pc.OnPremisesConnectionName = "Berlin" }, stops: "network: none → Berlin"},
	"NewImage":        {policy: func(p *graphfake.Policy) { p.ImageDisplayName = "Windows 7" }, stops: "policy's image: Windows 11 Enterprise 24H2"},
	"Region":          {policy: func(p *graphfake.Policy) { p.Joins[0].RegionName = "brazilsouth" }, stops: "policy's region: westeurope"},
	"Join":            {policy: func(p *graphfake.Policy) { p.Joins[0].Type = "hybridAzureADJoin" }, stops: "policy's join: azureADJoin → hybridAzureADJoin"},
	"PlanID":          {pc: func(pc *graphfake.CloudPC) { pc.ServicePlanID = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd" }, stops: "plan: Cloud PC Enterprise"},
	"ManagedDeviceID": {pc: func(pc *graphfake.CloudPC) { pc.ManagedDeviceID = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd" }, stops: "→ 4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"},
	"AADDeviceID":     {pc: func(pc *graphfake.CloudPC) { pc.AADDeviceID = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd" }, stops: "→ 4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"},
	"Provisioned":     {pc: func(pc *graphfake.CloudPC) { pc.ProvisionedDateTime = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }, stops: "→ 2026-11-01T00:00:00Z"},
	"PolicyID":        {stops: "policy: Standard"}, // below: the machine comes under another policy

	"Name":       {pc: func(pc *graphfake.CloudPC) { pc.DisplayName = "CPC-renamed" }},
	"DeviceName": {pc: func(pc *graphfake.CloudPC) { pc.ManagedDeviceName = "CPC-renamed" }},
	"Policy":     {pc: func(pc *graphfake.CloudPC) { pc.ProvisioningPolicyName = "Renamed" }},
	"Plan":       {pc: func(pc *graphfake.CloudPC) { pc.ServicePlanName = "Renamed" }},
	"Status":     {pc: func(pc *graphfake.CloudPC) { pc.Status = "failed" }},
	"LastAction": {pc: func(pc *graphfake.CloudPC) {
		pc.Actions = []graphfake.Action{{Name: "Restart", State: "done", Start: time.Now()}}
	}},
	"Group":   {pc: func(pc *graphfake.CloudPC) { pc.GroupName = "Night shift" }},
	"Power":   {pc: func(pc *graphfake.CloudPC) { pc.PowerState = "running" }},
	"OS":      {pc: func(pc *graphfake.CloudPC) { pc.OSVersion = "windows10" }},
	"Account": {pc: func(pc *graphfake.CloudPC) { pc.UserAccountType = "administrator" }},
	"Shared":  {pc: func(pc *graphfake.CloudPC) { pc.ProvisioningType = "sharedByUser" }},
}

func TestWhatAnApprovalIsBoundTo(t *testing.T) {
	fields := reflect.TypeFor[ledger.Target]()
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		_, ok := afterTheApproval[name]
		if name == "ID" { // addresses the machine: another one is another machine
			continue
		}
		if !ok {
			t.Errorf("nothing says whether an approval is bound to Target.%s", name)
			continue
		}
		for _, beta := range []string{"true", "false"} {
			if beta == "false" && onlyBeta[name] {
				continue
			}
			t.Run(name+", beta "+beta, func(t *testing.T) { boundTo(t, name, beta) })
		}
	}
}

// onlyBeta are the fields that v1.0 does not show.
var onlyBeta = map[string]bool{"Provisioned": true, "Status": true, "LastAction": true, "Group": true, "Power": true, "OS": true, "Account": true}

// boundTo changes a field between approval and call.
func boundTo(t *testing.T, name, beta string) {
	row := afterTheApproval[name]
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w := newWorld(ctx, t, "sqlite")
	w.says(
		"set APPROVALS=1", "set GRAPH_BETA="+beta, "ada types /reprovision freeze", "ada types /reprovision CPC-ada", "card Needs … approval",
		"ben presses Approve", "card Approved…and waiting:",
	)
	id := w.machine("CPC-ada")
	var policy string
	w.tenant.Set(id, func(pc *graphfake.CloudPC) { policy = pc.ProvisioningPolicyID })
	switch {
	case name == "PolicyID":
		other := w.tenant.AddPolicy(graphfake.Policy{DisplayName: "Other", ImageDisplayName: "Windows 11 Enterprise 24H2"})
		w.tenant.Set(id, func(pc *graphfake.CloudPC) {
			pc.ProvisioningPolicyID, pc.ProvisioningPolicyName = other.ID, other.DisplayName
		})
	case row.pc != nil:
		w.tenant.Set(id, row.pc)
	default:
		w.tenant.SetPolicy(policy, row.policy)
	}
	w.says("ada types /reprovision unfreeze", "time passes 5 minutes")
	if row.stops == "" {
		w.says("graph saw POST …000000000001/reprovision {}", "graph saw nothing more")
		return
	}
	w.says("card Stopped before anything was erased", "graph saw nothing more")
	if err := w.say("thread later " + row.stops); err != nil {
		t.Fatalf("the thread does not say %q\n%s", row.stops, w.picture())
	}
	if strings.Count(w.picture(), "POST /") > 0 {
		t.Error("a POST has left")
	}
}

// says plays lines of a script.
func (w *world) says(lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		if err := w.say(line); err != nil {
			w.t.Fatalf("%s\n\t%v\n%s", line, err, w.picture())
		}
	}
}

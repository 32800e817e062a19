package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// raw is what stands on the wire in place of some properties.
func raw(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

func TestAFieldThatCannotBeReadIsEmpty(t *testing.T) {
	for _, odd := range []string{`""`, `null`, `7`, `true`, `[]`, `{}`, `"23.11.2026 12:00"`, `"2026-11-23"`, `"0001-01-01T00:00:00Z"`, `[{"code":1}]`} {
		w := open(t, graphfake.Config{})
		c := w.client(t, nil)
		pc := w.Add(graphfake.CloudPC{DisplayName: "X", Raw: raw("provisionedDateTime", odd,
			"gracePeriodEndDateTime", odd, "statusDetail", odd, "lastRemoteActionResult", odd, "groupDetail", odd, "connectivityResult", odd, "lastLoginResult", odd)})
		if !strings.HasPrefix(odd, `"2`) && odd != `"0001-01-01T00:00:00Z"` {
			w.Set(pc.ID, func(p *graphfake.CloudPC) {
				for _, name := range []string{"status", "managedDeviceId", "aadDeviceId", "imageDisplayName", "provisioningPolicyId", "powerState", "osVersion"} {
					p.Raw[name] = json.RawMessage(odd)
				}
			})
		}
		other := w.Add(graphfake.CloudPC{DisplayName: "Y"})
		got, err := c.CloudPC(t.Context(), pc.ID)
		if err != nil || got.Name != "X" || !got.Provisioned.IsZero() || !got.GraceEnd.IsZero() ||
			got.StatusDetail != (graph.Detail{}) || got.LastAction != (graph.RemoteAction{}) || got.GroupName != "" ||
			got.Connectivity != "" || !got.LastSignIn.IsZero() || !got.Beta {
			t.Errorf("%s: %v, %+v", odd, err, got)
		}
		for i, r := range c.CloudPCs(t.Context(), []string{pc.ID, other.ID}) {
			if r.Err != nil || r.CloudPC.Name != []string{"X", "Y"}[i] {
				t.Errorf("%s: batch: %v, %+v", odd, r.Err, r.CloudPC)
			}
		}
	}
}

func TestATimeWithoutAZoneIsUTC(t *testing.T) {
	for wire, want := range map[string]time.Time{
		`"2026-11-23T12:00:00"`:           time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		`"2026-11-23T12:00:00.1234567"`:   time.Date(2026, 11, 23, 12, 0, 0, 123456700, time.UTC),
		`"2026-11-23T12:00:00+08:00"`:     time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC),
		`"2026-11-23T12:00:00.1234567Z"`:  time.Date(2026, 11, 23, 12, 0, 0, 123456700, time.UTC),
		`"0001-01-01T00:00:00"`:           {},
		`"0001-01-01T00:00:00.0000000Z"`:  {},
		`"2026-11-23T12:00:00 in Berlin"`: {},
	} {
		w := open(t, graphfake.Config{})
		pc := w.Add(graphfake.CloudPC{Raw: raw("provisionedDateTime", wire)})
		got, err := w.client(t, nil).CloudPC(t.Context(), pc.ID)
		if err != nil || !got.Provisioned.Equal(want) {
			t.Errorf("%s: %v, %v", wire, err, got.Provisioned)
		}
	}
}

func TestAnOddMachineHidesItselfAlone(t *testing.T) {
	for _, odd := range []string{`7`, `"a machine"`, `null`, `[]`, `true`, `{}`, `{"id":7,"displayName":[]}`} {
		w := open(t, graphfake.Config{})
		c := w.client(t, nil)
		hidden := w.Add(graphfake.CloudPC{DisplayName: "Y", Raw: raw("", odd)})
		pc := w.Add(graphfake.CloudPC{DisplayName: "X"})
		if found, err := c.Find(t.Context(), "X"); err != nil || len(found) != 1 || found[0].ID != pc.ID {
			t.Errorf("%s: %v, %+v", odd, err, found)
		}
		got := c.CloudPCs(t.Context(), []string{hidden.ID, pc.ID})
		if got[0].Err == nil || got[1].Err != nil || got[1].CloudPC.ID != pc.ID {
			t.Errorf("%s: %v, %v", odd, got[0].Err, got[1].Err)
		}
		if _, err := c.CloudPC(t.Context(), hidden.ID); err == nil || errors.Is(err, graph.ErrNotFound) {
			t.Errorf("%s: %v", odd, err)
		}
	}
}

func TestAPolicyIsReadWholeOrNotAtAll(t *testing.T) {
	for _, field := range []string{"imageId", "imageType", "imageDisplayName", "displayName", "domainJoinConfigurations"} {
		w := open(t, graphfake.Config{})
		p := w.AddPolicy(graphfake.Policy{Raw: raw(field, "7")})
		if got, err := w.client(t, nil).Policy(t.Context(), p.ID); err == nil || errors.Is(err, graph.ErrNotFound) {
			t.Errorf("%s: %+v", field, got)
		}
	}
	w := open(t, graphfake.Config{})
	p := w.AddPolicy(graphfake.Policy{Raw: raw("imageId", `"00000000-0000-0000-0000-000000000000"`,
		"domainJoinConfigurations", `[{"domainJoinType":"azureADJoin","onPremisesConnectionId":"00000000-0000-0000-0000-000000000000","regionName":"westeurope"}]`)})
	got, err := w.client(t, nil).Policy(t.Context(), p.ID)
	if err != nil || got.ImageID != "" || got.Join != "azureADJoin" {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestZerosAreNoIdentity(t *testing.T) {
	for _, withBeta := range []bool{true, false} {
		w := open(t, graphfake.Config{Lag: -1, Build: -1, ZeroGUIDs: true})
		c := w.tuned(t, func(c *graph.Config) { c.Beta = withBeta })
		const zero = `"00000000-0000-0000-0000-000000000000"`
		pc := w.Add(graphfake.CloudPC{Raw: raw("provisioningPolicyId", zero, "servicePlanId", zero)})
		if err := c.Reprovision(t.Context(), pc.ID, graph.Build{}); err != nil {
			t.Fatal(err)
		}
		got, err := c.CloudPC(t.Context(), pc.ID)
		if err != nil || got.ManagedDeviceID+got.AADDeviceID+got.PolicyID+got.PlanID != "" {
			t.Errorf("%v, %+v", err, got)
		}
		w.Finish(pc.ID, "provisioned")
		if got, err := c.CloudPC(t.Context(), pc.ID); err != nil || got.ManagedDeviceID == "" || got.AADDeviceID == "" {
			t.Errorf("%v, %+v", err, got)
		}
	}
}

func TestSpellingsAreGraphsToChoose(t *testing.T) {
	w := open(t, graphfake.Config{})
	pc := w.Add(graphfake.CloudPC{Status: "Provisioned", PowerState: "PoweredOff", ProvisioningType: "SharedByEntraGroup",
		OSVersion: "Windows11", UserAccountType: "StandardUser", GroupName: "Front desk"})
	odd := w.Add(graphfake.CloudPC{Status: "SomethingNew", ProvisioningType: "Borrowed", ServicePlanType: "business"})
	c := w.client(t, nil)
	for spelling, under := range map[string]bool{"Active": true, "PENDING": true, "active": true, "Done": false, "none": false, "Odd": false} {
		w.Row(pc.ID, spelling)
		got, err := c.CloudPC(t.Context(), strings.ToUpper(pc.ID))
		if err != nil || got.Status != graph.Provisioned || got.PowerState != "poweredOff" || got.ProvisioningType != "sharedByEntraGroup" || !got.Shared() ||
			got.OSVersion != "windows11" || got.UserAccountType != "standardUser" || got.GroupName != "Front desk" {
			t.Errorf("%v, %+v", err, got)
		}
		if a := got.LastAction; a.UnderWay() != under || !strings.EqualFold(string(a.State), spelling) || spelling != "Odd" && string(a.State) != strings.ToLower(spelling) {
			t.Errorf("%s: %+v", spelling, a)
		}
	}
	got, err := c.CloudPC(t.Context(), odd.ID)
	if err != nil || got.Status != "SomethingNew" || got.ProvisioningType != "Borrowed" || got.Shared() || got.ManagedDeviceID != "" || got.AADDeviceID == "" {
		t.Errorf("%v, %+v", err, got)
	}
	for kind, shared := range map[string]bool{"shared": true, "sharedByEntraGroup": true, "sharedByUser": false, "dedicated": false, "reserve": false, "": false} {
		if (graph.CloudPC{ProvisioningType: kind}).Shared() != shared {
			t.Errorf("%q: shared is not %v", kind, shared)
		}
	}
	if (graph.RemoteAction{Name: "Reboot", State: graph.ActionActive}).UnderWay() {
		t.Error("a reboot is no reprovision under way")
	}
}

func TestTheStatusIsNotLostForAGroup(t *testing.T) {
	w, c, clock := resting(t, nil)
	pc := w.Add(graphfake.CloudPC{GroupName: "Front desk"})
	other := w.Add(graphfake.CloudPC{GroupName: "Front desk"})
	w.Tune(func(cfg *graphfake.Config) { cfg.NotInBeta = []string{"groupDetail"} })
	read := func(calls int, group string) {
		t.Helper()
		before := w.kinds()[graphfake.Get]
		got, err := c.CloudPC(t.Context(), pc.ID)
		if err != nil || !got.Beta || got.Status != graph.Provisioned || got.GroupName != group {
			t.Errorf("%v, %+v", err, got)
		}
		if n := w.kinds()[graphfake.Get] - before; n != calls {
			t.Errorf("%d calls", n)
		}
	}
	for _, r := range c.CloudPCs(t.Context(), []string{pc.ID, other.ID}) {
		if r.Err != nil || !r.CloudPC.Beta || r.CloudPC.Status != graph.Provisioned {
			t.Errorf("%v, %+v", r.Err, r.CloudPC)
		}
	}
	read(1, "") // remembered for a while
	clock.move(6 * time.Minute)
	read(2, "")
	w.Tune(func(cfg *graphfake.Config) { cfg.NotInBeta = nil })
	clock.move(6 * time.Minute)
	read(1, "Front desk")
}

func TestWhatIsNotGraphsWordProvesNothing(t *testing.T) {
	kinds := []error{graph.ErrInvalid, graph.ErrForbidden, graph.ErrNotFound, graph.ErrConflict}
	for _, status := range []int{400, 403, 404, 409, 410} {
		w := open(t, graphfake.Config{})
		c := w.client(t, nil)
		a, b := w.Add(graphfake.CloudPC{DisplayName: "X"}), w.Add(graphfake.CloudPC{})
		w.Fail(graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: status, Foreign: true})
		_, read := c.CloudPC(t.Context(), a.ID)
		_, policy := c.Policy(t.Context(), a.ProvisioningPolicyID)
		_, found := c.Find(t.Context(), "X")
		whole := c.CloudPCs(t.Context(), []string{a.ID, b.ID})[0].Err
		post := c.Reprovision(t.Context(), a.ID, graph.Build{})
		w.Heal()
		w.Fail(graphfake.Match{Kind: graphfake.Get, PC: a.ID}, graphfake.Fault{Status: status, Foreign: true})
		parts := c.CloudPCs(t.Context(), []string{a.ID, b.ID})
		if parts[1].Err != nil {
			t.Errorf("%d: the other part: %v", status, parts[1].Err)
		}
		for name, err := range map[string]error{"read": read, "policy": policy, "find": found, "batch": whole, "part": parts[0].Err, "post": post} {
			e, ok := errors.AsType[*graph.Error](err)
			if !ok || !e.Foreign || e.Status != status || !strings.Contains(err.Error(), "instead of Microsoft Graph") || strings.Contains(err.Error(), "consent") {
				t.Errorf("%d, %s: %v", status, name, err)
			}
			for _, kind := range kinds {
				if errors.Is(err, kind) {
					t.Errorf("%d, %s: %v is %v", status, name, err, kind)
				}
			}
			if want := map[bool]graph.Outcome{true: graph.Unknown, false: graph.NotActed}[name == "post"]; graph.OutcomeOf(err) != want {
				t.Errorf("%d, %s: %v", status, name, graph.OutcomeOf(err))
			}
		}
		if n := len(w.Posts()); n != 1 {
			t.Errorf("%d posts", n)
		}
	}
}

func TestBothVersionsHaveToSayThatAMachineIsGone(t *testing.T) {
	gone, proxy, lost := graphfake.Fault{Status: 404}, graphfake.Fault{Status: 404, Foreign: true}, graphfake.Fault{Undiscovered: true}
	for name, row := range map[string]struct {
		beta, v1 graphfake.Fault
		found    bool
		notFound bool
		lost     bool
	}{
		"both":              {gone, gone, false, true, false},
		"beta alone":        {gone, graphfake.Fault{}, true, false, false},
		"then a proxy":      {gone, proxy, false, false, false},
		"a proxy first":     {proxy, gone, false, false, false},
		"lost everywhere":   {lost, lost, false, false, true},
		"then lost":         {gone, lost, false, false, true},
		"lost in beta only": {lost, gone, false, false, true},
	} {
		w := open(t, graphfake.Config{})
		pc := w.Add(graphfake.CloudPC{})
		for version, fault := range map[string]graphfake.Fault{"beta": row.beta, "v1.0": row.v1} {
			if fault != (graphfake.Fault{}) {
				w.Fail(graphfake.Match{Kind: graphfake.Get, Version: version}, fault)
			}
		}
		_, err := w.client(t, nil).CloudPC(t.Context(), pc.ID)
		if (err == nil) != row.found || errors.Is(err, graph.ErrNotFound) != row.notFound || errors.Is(err, graph.ErrUndiscovered) != row.lost {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyGraphsOwnWordIsProof(t *testing.T) {
	for name, row := range map[string]struct {
		fault   graphfake.Fault
		outcome graph.Outcome
	}{
		"Graph throttles":           {graphfake.Fault{Status: 429}, graph.NotActed},
		"a proxy throttles":         {graphfake.Fault{Status: 429, Foreign: true, RetryAfter: time.Minute}, graph.Unknown},
		"Graph refuses":             {graphfake.Fault{Status: 403}, graph.Refused},
		"a proxy refuses":           {graphfake.Fault{Status: 403, Foreign: true}, graph.Unknown},
		"a proxy wants a password":  {graphfake.Fault{Status: 401, Foreign: true}, graph.Unknown},
		"Graph has lost itself":     {graphfake.Fault{Undiscovered: true}, graph.Unknown},
		"Graph does not know it":    {graphfake.Fault{Status: 404}, graph.Refused},
		"the deed, then a proxy":    {graphfake.Fault{ActThenStatus: 403, Foreign: true}, graph.Unknown},
		"the deed, then a 429 page": {graphfake.Fault{ActThenStatus: 429, Foreign: true}, graph.Unknown},
	} {
		w := open(t, graphfake.Config{Lag: -1, Build: -1})
		pc := w.Add(graphfake.CloudPC{})
		w.Fail(graphfake.Match{Kind: graphfake.Reprovision}, row.fault)
		err := w.client(t, nil).Reprovision(t.Context(), pc.ID, graph.Build{})
		if graph.OutcomeOf(err) != row.outcome || len(w.Posts()) != 1 {
			t.Errorf("%s: %v: %v", name, graph.OutcomeOf(err), err)
		}
		if errors.Is(err, graph.ErrThrottled) != (row.fault.Status == http.StatusTooManyRequests || row.fault.ActThenStatus == http.StatusTooManyRequests) {
			t.Errorf("%s: %v", name, fmt.Sprint(err))
		}
	}
}

package ledger

import (
	"slices"
	"strings"
	"time"
)

// Target is a Cloud PC as it was seen once. It is addressed by ID and nothing else;
// the names are for the eyes.
type Target struct {
	ID              string // Graph's cloudPC.id
	Name            string
	DeviceName      string
	User            string // user principal name
	PolicyID        string
	Policy          string
	Image           string
	Connection      string
	NewImage        string // what the policy installs now, name and id
	Region          string // of the policy
	Join            string // of the policy
	PlanID          string
	Plan            string
	ManagedDeviceID string
	AADDeviceID     string
	Provisioned     time.Time // beta only
	Status          string    // beta only; approvals are not bound to it
	LastAction      time.Time // start of its last remote action; beta only, approvals are not bound to it

	// What follows is for the eyes; approvals are not bound to it.
	Shared  bool   // nobody's own; beta and v1.0
	Group   string // who shares it; beta only
	Power   string // running, poweredOff; beta only, frontline only
	OS      string // as it was built: windows10, windows11; beta only
	Account string // likewise: standardUser, administrator; beta only
}

// Change is one difference between what was shown and what is there now.
type Change struct{ What, Before, After string }

// Diff lists what an approval of t is bound to and u no longer agrees with. Names, ids and
// the rest are compared without case: Graph's own answers differ in it. A provisioning date
// that only one of the two knows is no difference: v1.0 has none.
func (t Target) Diff(u Target) []Change {
	var out []Change
	add := func(what, before, after string) {
		if before, after = identified(before), identified(after); !same(before, after) {
			out = append(out, Change{what, before, after})
		}
	}
	add("id", t.ID, u.ID)
	add("user", t.User, u.User)
	if !same(identified(t.PolicyID), identified(u.PolicyID)) {
		add("policy", t.Policy+" ("+t.PolicyID+")", u.Policy+" ("+u.PolicyID+")")
	}
	add("image", t.Image, u.Image)
	add("policy's image", t.NewImage, u.NewImage)
	add("policy's region", t.Region, u.Region)
	add("policy's join", t.Join, u.Join)
	add("network", t.Connection, u.Connection)
	if !same(identified(t.PlanID), identified(u.PlanID)) {
		add("plan", t.Plan+" ("+t.PlanID+")", u.Plan+" ("+u.PlanID+")")
	}
	add("Intune device", t.ManagedDeviceID, u.ManagedDeviceID)
	add("Entra device", t.AADDeviceID, u.AADDeviceID)
	if !t.Provisioned.IsZero() && !u.Provisioned.IsZero() && !t.Provisioned.Equal(u.Provisioned) {
		add("last provisioned", t.Provisioned.Format(time.RFC3339), u.Provisioned.Format(time.RFC3339))
	}
	return out
}

// same compares what Graph may write in another case the next time.
func same(a, b string) bool { return strings.EqualFold(a, b) }

// noIdentity is how Graph writes that there is none, besides null and "".
const noIdentity = "00000000-0000-0000-0000-000000000000"

// Identity is a device's id, empty where id is one of the ways to write that there is none.
func Identity(id string) string {
	if id == noIdentity {
		return ""
	}
	return id
}

// identified is a text with ids in it, without those that are none: rows of earlier versions have
// them, alone, behind a name, or in brackets.
func identified(text string) string {
	if !strings.Contains(text, noIdentity) {
		return text
	}
	return strings.TrimSpace(strings.NewReplacer(" ("+noIdentity+")", "", " "+noIdentity, "", noIdentity, "").Replace(text))
}

// AsOf is t with what u saw later of what approvals are not bound to, and what a run is told by:
// its state, its last action, and when it was provisioned.
func (t Target) AsOf(u Target) Target {
	t.Status, t.LastAction, t.Power = u.Status, u.LastAction, u.Power
	if !u.Provisioned.IsZero() {
		t.Provisioned = u.Provisioned
	}
	return t
}

// Names are what the machine of a request is found by, in lower case: its id and every
// name that it bore before and after, or what was typed where it was never found. A
// name's place among them does not change while the request goes on, once there is a
// machine.
func (r *Request) Names() []string {
	all := []string{r.Target.ID, r.Target.Name, r.Target.DeviceName, r.Result.ID, r.Result.Name, r.Result.DeviceName}
	if r.Target.ID == "" {
		all = []string{r.Order.PC}
	}
	var names []string
	for _, n := range all {
		if n = strings.ToLower(storable(n)); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

package ledger

import (
	"slices"
	"strings"
	"time"
)

// Target is what Graph said about a Cloud PC at one time. Only ID addresses it; names are for
// display. It is a copy, so that the ledger need not know Graph. Fields marked "beta only" are
// empty if Graph was read through v1.0 (learn.microsoft.com/graph/api/resources/cloudpc).
type Target struct {
	ID              string    // Graph's cloudPC.id
	Name            string    // display name; people can change it
	DeviceName      string    // Windows computer name; changes with every reprovision
	User            string    // user principal name; empty if the machine is shared
	PolicyID        string    // of the provisioning policy
	Policy          string    // its name
	Image           string    // what is installed
	Connection      string    // Azure network connection; empty = Microsoft's network
	NewImage        string    // what the policy installs now, name and id
	Region          string    // of the policy
	Join            string    // of the policy
	PlanID          string    // of the service plan
	Plan            string    // its name
	ManagedDeviceID string    // Intune's; a new one with every reprovision
	AADDeviceID     string    // Entra's; a new one with every reprovision
	Provisioned     time.Time // beta only
	Status          string    // beta only; approvals are not bound to it
	LastAction      time.Time // start of its last remote action; beta only, approvals are not bound to it

	// The rest is for display; approvals are not bound to it.
	Shared  bool   // it belongs to no single person; beta and v1.0
	Group   string // name of the group that shares it; beta only
	Power   string // running, poweredOff; beta only, frontline only
	OS      string // what it was built with: windows10, windows11; beta only
	Account string // what it was built with: standardUser, administrator; beta only
}

// Change is one difference between the target that was shown and the target now.
type Change struct{ What, Before, After string }

// Diff lists the differences between t, which an approval is bound to, and u. Texts and ids are
// compared without regard to case, because Graph's own answers vary in it. A provisioning date
// that only one of the two has is no difference, because v1.0 has none.
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

// same compares texts whose case Graph may change from one answer to the next.
func same(a, b string) bool { return strings.EqualFold(a, b) }

// noIdentity is how Graph writes a missing device id, besides null and "".
const noIdentity = "00000000-0000-0000-0000-000000000000"

// Identity returns a device id, or "" if id is the all-zero GUID that stands for none.
func Identity(id string) string {
	if id == noIdentity {
		return ""
	}
	return id
}

// identified removes all-zero ids from a text. Rows written by earlier versions contain them: as
// the whole text, after a name, or in brackets.
func identified(text string) string {
	if !strings.Contains(text, noIdentity) {
		return text
	}
	return strings.TrimSpace(strings.NewReplacer(" ("+noIdentity+")", "", " "+noIdentity, "", noIdentity, "").Replace(text))
}

// AsOf returns t with the fields by which a run is recognised later taken from u, a newer reading:
// status, power state, last action and, if u has one, the provisioning date. Everything else stays
// as it was shown to the approvers.
func (t Target) AsOf(u Target) Target {
	t.Status, t.LastAction, t.Power = u.Status, u.LastAction, u.Power
	if !u.Provisioned.IsZero() {
		t.Provisioned = u.Provisioned
	}
	return t
}

// Names are the names, in lower case, by which a request's machine can be found: its id and its
// names before and after the run, or what the requester typed if no machine was found. Once there
// is a machine, later names are only added at the end.
func (r *Request) Names() []string {
	all := []string{r.Target.ID, r.Target.Name, r.Target.DeviceName, r.Target.User, r.Result.ID, r.Result.Name, r.Result.DeviceName}
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

// texts are what an event keeps of the machine beside the chain, where it can be erased.
func (t Target) texts() map[string]string {
	return map[string]string{TextName: t.Name, TextDevice: t.DeviceName, TextUser: t.User}
}

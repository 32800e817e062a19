package graphfake

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// CloudPC is one machine as Graph shows it. Fields that are empty when it is added get a
// plausible value; an empty text is null on the wire.
type CloudPC struct {
	ID                string // GUID; unchanged by a reprovision
	DisplayName       string // see [Tricks]
	ManagedDeviceName string // Windows computer name; new after a reprovision
	ManagedDeviceID   string // Intune's device id; new after a reprovision
	AADDeviceID       string // Entra's device id; new after a reprovision

	UserPrincipalName, UserID string // the owner; UserID is compared with the tokens of people
	NoSelfService             bool   // the user settings forbid the /me and /users forms

	ProvisioningPolicyID, ProvisioningPolicyName string
	ServicePlanID, ServicePlanName               string
	ServicePlanType                              string // enterprise, business
	ProductType                                  string // enterprise, frontline, …
	ProvisioningType                             string // dedicated, sharedByUser, …
	ImageDisplayName, OnPremisesConnectionName   string
	DeviceRegionName                             string
	OSVersion, UserAccountType                   string
	GroupID, GroupName                           string // the group that shares the machine; beta's groupDetail

	Status                                    string // beta's status, including those that need the Prefer header
	StatusDetail                              StatusDetail
	PowerState                                string // frontline only; poweredOff delays a reprovision
	ProvisionedDateTime, LastModifiedDateTime time.Time
	GracePeriodEndDateTime                    time.Time

	Connectivity  string    // status of beta's connectivityResult, including those that need the Prefer header
	LastSignIn    time.Time // of its user; beta's lastLoginResult and the usage report
	SignedIn      bool      // somebody uses it now, says the usage report
	NeverSignedIn bool      // nobody ever has: no lastLoginResult, and no row in the usage report

	// Actions is the most recent remote action of each kind. A Reprovision put here looks
	// like one from an earlier run.
	Actions []Action

	// Raw replaces properties on the wire by arbitrary JSON, by property name, in every
	// version that has the property; the empty name replaces the whole machine.
	Raw map[string]json.RawMessage

	// Unfiltered makes $filter miss the machine, as if the service had it but its index did
	// not.
	Unfiltered bool
}

// StatusDetail explains the status of a machine or an action; without a code it is null.
type StatusDetail struct {
	Code, Message string
	Info          []Info
}

// Info is one pair of additionalInformation.
type Info struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Action is one row of the remote action results.
type Action struct {
	Name            string // Reprovision, Restart, …
	State           string // pending, active, done, failed, canceled, …
	Start, Updated  time.Time
	ManagedDeviceID string
	Detail          StatusDetail
}

func (p CloudPC) clone() CloudPC {
	p.Actions, p.Raw = slices.Clone(p.Actions), maps.Clone(p.Raw)
	return p
}

func (p *CloudPC) fill(now time.Time) {
	set := func(s *string, value string) { *s = cmp.Or(*s, value) }
	set(&p.ID, guid())
	set(&p.UserPrincipalName, "ada@contoso.example")
	set(&p.UserID, guid())
	set(&p.DisplayName, "CPC-"+p.ID[:5])
	set(&p.ProvisioningPolicyID, guid())
	set(&p.ProvisioningPolicyName, "Engineering")
	set(&p.ServicePlanID, guid())
	set(&p.ServicePlanName, "Cloud PC Enterprise 2vCPU/8GB/128GB")
	set(&p.ServicePlanType, "enterprise")
	set(&p.ProductType, "enterprise")
	set(&p.ProvisioningType, "dedicated")
	set(&p.ImageDisplayName, usualImage)
	set(&p.DeviceRegionName, "westeurope")
	set(&p.OSVersion, "windows11")
	set(&p.UserAccountType, "standardUser")
	set(&p.Status, "provisioned")
	if p.GroupName != "" {
		set(&p.GroupID, guid())
	}
	if p.ProvisionedDateTime.IsZero() && p.exists() {
		p.ProvisionedDateTime = now.AddDate(0, 0, -90)
	}
	if p.LastModifiedDateTime.IsZero() {
		p.LastModifiedDateTime = now.AddDate(0, 0, -90)
	}
	if !p.exists() {
		return
	}
	set(&p.Connectivity, "available")
	if p.LastSignIn.IsZero() && !p.NeverSignedIn {
		p.LastSignIn = now.Add(-26 * time.Hour)
	}
	set(&p.AADDeviceID, guid())
	if p.ServicePlanType != "business" { // Business machines are not in Intune
		set(&p.ManagedDeviceID, guid())
		set(&p.ManagedDeviceName, p.windowsName())
	}
}

// exists reports whether there is a machine, and not only a licence.
func (p *CloudPC) exists() bool {
	return !slices.Contains([]string{"notProvisioned", "provisioning", "pendingProvision"}, p.Status)
}

// noGUID is one way in which Graph may say that there is no id.
const noGUID = "00000000-0000-0000-0000-000000000000"

// lose clears the identity of a machine that is being deleted or is not built yet.
func (p *CloudPC) lose(zero bool) {
	p.AADDeviceID, p.ManagedDeviceID, p.ManagedDeviceName = "", "", ""
	p.Connectivity, p.SignedIn = "", false
	if zero {
		p.AADDeviceID = noGUID
		if p.ServicePlanType != "business" {
			p.ManagedDeviceID = noGUID
		}
	}
}

// renew gives the machine the identity of a newly built one.
func (p *CloudPC) renew(at time.Time) {
	p.AADDeviceID, p.ProvisionedDateTime, p.Connectivity = guid(), at, "available"
	if p.ServicePlanType != "business" {
		p.ManagedDeviceID, p.ManagedDeviceName = guid(), p.windowsName()
	}
}

// windowsName is a computer name like those Windows 365 gives: at most 15 characters.
func (p *CloudPC) windowsName() string {
	user, _, _ := strings.Cut(p.UserPrincipalName, "@")
	user = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(user))
	return "CPC-" + user[:min(5, len(user))] + "-" + strings.ToUpper(guid()[:5])
}

// note records an action in place of the last one of its kind.
func (p *CloudPC) note(a Action) {
	same := func(b Action) bool { return strings.EqualFold(a.Name, b.Name) }
	p.Actions = append(slices.DeleteFunc(slices.Clone(p.Actions), same), a)
}

// last is the most recent action, if there is one.
func (p *CloudPC) last() (Action, bool) {
	if len(p.Actions) == 0 {
		return Action{}, false
	}
	return slices.MaxFunc(p.Actions, func(a, b Action) int { return a.Start.Compare(b.Start) }), true
}

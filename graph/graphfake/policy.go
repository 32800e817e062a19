package graphfake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Policy is a provisioning policy: what machines are built from at the time they are built.
// Changes to it do not reach existing machines. Fields that are empty when it is added get
// a plausible value; an empty text is null on the wire.
type Policy struct {
	ID               string
	DisplayName      string
	ImageID          string // publisher_offer_sku, or the GUID of a custom image
	ImageDisplayName string
	ImageType        string // gallery, custom
	ProvisioningType string // as in [CloudPC]
	Joins            []Join // domainJoinConfigurations, by priority

	Raw map[string]json.RawMessage // as in [CloudPC]
}

// Join is one way in which machines join Entra and a network: through a network connection,
// or in a region of Microsoft's network.
type Join struct {
	Type         string // azureADJoin, hybridAzureADJoin
	ConnectionID string // onPremisesConnectionId
	RegionName   string
	RegionGroup  string // including those that need the Prefer header
}

// The gallery image used if none is named.
const (
	usualImage   = "Windows 11 Enterprise + Microsoft 365 Apps 25H2"
	usualImageID = "microsoftwindowsdesktop_windows-ent-cpc_win11-25h2-ent-cpc-m365"
)

func (p Policy) clone() Policy {
	p.Joins, p.Raw = slices.Clone(p.Joins), maps.Clone(p.Raw)
	return p
}

func (p *Policy) fill() {
	set := func(s *string, value string) { *s = cmp.Or(*s, value) }
	set(&p.ID, guid())
	set(&p.DisplayName, "Engineering")
	set(&p.ImageDisplayName, usualImage)
	if p.ImageDisplayName == usualImage {
		set(&p.ImageID, usualImageID)
	}
	set(&p.ImageID, guid())
	if isGUID(p.ImageID) {
		set(&p.ImageType, "custom")
	}
	set(&p.ImageType, "gallery")
	set(&p.ProvisioningType, "dedicated")
	if p.Joins == nil {
		p.Joins = []Join{{Type: "azureADJoin", RegionName: "westeurope", RegionGroup: "europeUnion"}}
	}
}

// AddPolicy adds a policy and returns it with its gaps filled. A Cloud PC added later with
// its id takes name, provisioning type and image from it. An id that is already taken, even
// by a policy made for a Cloud PC, panics.
func (t *Tenant) AddPolicy(p Policy) Policy {
	t.mu.Lock()
	defer t.mu.Unlock()
	p = p.clone()
	p.fill()
	if t.policy(p.ID) != nil {
		panic(fmt.Sprintf("graphfake: AddPolicy: id %q is taken", p.ID))
	}
	t.policies[strings.ToLower(p.ID)] = &p
	t.tell()
	return p.clone()
}

// SetPolicy edits a policy while the tenant runs. No existing machine changes, not even one
// that is being built; the next build uses the edit. The function must not call the tenant.
// An unknown id panics.
func (t *Tenant) SetPolicy(id string, change func(*Policy)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle() // a build that was due uses the policy before the edit
	p := t.policy(id)
	if p == nil {
		panic(fmt.Sprintf("graphfake: no policy %q", id))
	}
	change(p)
	t.tell()
}

// policy finds a policy; nil = there is none.
func (t *Tenant) policy(id string) *Policy { return t.policies[strings.ToLower(id)] }

// follow fills the gaps of a new machine from its policy.
func (t *Tenant) follow(m *CloudPC) {
	if p := t.policy(m.ProvisioningPolicyID); p != nil {
		m.ProvisioningPolicyName = cmp.Or(m.ProvisioningPolicyName, p.DisplayName)
		m.ProvisioningType = cmp.Or(m.ProvisioningType, p.ProvisioningType)
		m.ImageDisplayName = cmp.Or(m.ImageDisplayName, p.ImageDisplayName)
	}
}

// cover makes the policy that a machine names, if it does not exist: one that the machine
// could have been built from.
func (t *Tenant) cover(m CloudPC) {
	if m.ProvisioningPolicyID == "" || t.policy(m.ProvisioningPolicyID) != nil {
		return
	}
	join := Join{Type: "azureADJoin", RegionName: m.DeviceRegionName}
	if m.OnPremisesConnectionName != "" {
		join = Join{Type: "azureADJoin", ConnectionID: guid()}
	}
	p := Policy{
		ID: m.ProvisioningPolicyID, DisplayName: m.ProvisioningPolicyName, ImageDisplayName: m.ImageDisplayName,
		ProvisioningType: m.ProvisioningType, Joins: []Join{join},
	}
	p.fill()
	t.policies[strings.ToLower(p.ID)] = &p
}

// readPolicy answers with one policy.
func (t *Tenant) readPolicy(c *call) *reply {
	if rep := t.authorize(c, false); rep != nil {
		return rep
	}
	q, rep := t.query(c, "$select")
	if rep != nil {
		return rep
	}
	p := t.policy(c.Policy)
	if p == nil {
		return t.refuse(c, http.StatusNotFound, "ResourceNotFound", fmt.Sprintf("Provisioning policy '%s' was not found.", c.Policy))
	}
	entity := narrow(p.properties(c.Version, c.prefers()), q["$select"])
	entity["@odata.context"] = t.context(c, q["$select"], "/$entity")
	return answer(http.StatusOK, entity)
}

// properties is the policy as JSON in that version, without assignments, which Graph returns
// only with $expand.
func (p *Policy) properties(version string, prefer bool) map[string]any {
	joins := make([]any, 0, len(p.Joins))
	for _, j := range p.Joins {
		joins = append(joins, map[string]any{
			"domainJoinType": text(j.Type), "onPremisesConnectionId": text(j.ConnectionID),
			"regionName": text(j.RegionName), "regionGroup": known(j.RegionGroup, lateGroups, prefer),
		})
	}
	all := map[string]any{
		"id":                       p.ID,
		"displayName":              text(p.DisplayName),
		"domainJoinConfigurations": joins,
		"enableSingleSignOn":       true,
		"gracePeriodInHours":       7 * 24,
		"imageDisplayName":         text(p.ImageDisplayName),
		"imageId":                  text(p.ImageID),
		"imageType":                text(p.ImageType),
		"localAdminEnabled":        false,
		"provisioningType":         known(p.ProvisioningType, lateKinds, prefer && version == beta),
	}
	for _, name := range mutePolicy {
		all[name] = nil
	}
	if version == beta {
		all["managedBy"], all["scopeIds"] = "windows365", []string{"0"}
		for _, name := range mutePolicyBeta {
			all[name] = nil
		}
	}
	for name, raw := range p.Raw {
		if _, has := all[name]; has {
			all[name] = raw
		}
	}
	return all
}

// Properties that real policies have and this tenant never fills.
var (
	mutePolicy = []string{
		"alternateResourceUrl", "autopatch", "cloudPcGroupDisplayName", "cloudPcNamingTemplate", "description",
		"microsoftManagedDesktop", "windowsSetting",
	}
	mutePolicyBeta = []string{
		"autopilotConfiguration", "createdBy", "createdDateTime", "lastModifiedBy", "lastModifiedDateTime",
		"snapshotResetMode", "userExperienceType", "userSettingsPersistenceConfiguration", "windowsSettings",
	}
)

// lateGroups are region groups that a client sees only with the Prefer header.
var lateGroups = []string{"norway", "switzerland", "southKorea"}

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

// Policy is a provisioning policy: what its machines are built from when they are
// built. Nothing that is changed in it reaches a machine that stands. What is
// empty when it is added gets a sensible value; an empty text is null on the wire.
type Policy struct {
	ID               string
	DisplayName      string
	ImageID          string // publisher_offer_sku, or the GUID of a custom one
	ImageDisplayName string
	ImageType        string // gallery, custom
	ProvisioningType string // as of a [CloudPC]
	Joins            []Join // domainJoinConfigurations, by priority

	Raw map[string]json.RawMessage // as of a [CloudPC]
}

// Join is one way in which machines join Entra and a network: by a connection, or
// in a region that Microsoft's network has.
type Join struct {
	Type         string // azureADJoin, hybridAzureADJoin
	ConnectionID string // onPremisesConnectionId
	RegionName   string
	RegionGroup  string // also the ones that need Prefer
}

// The image of the gallery that is taken where none is named.
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

// AddPolicy puts a policy into the tenant and returns it with its gaps filled. A
// Cloud PC added later with its id takes name, kind and image from it. An id that is
// there already, be it made for a Cloud PC, panics.
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

// SetPolicy edits a policy under way. No machine changes by it, not even one that is
// just being built; the next build takes it up. The function must not call the
// tenant. An unknown id panics.
func (t *Tenant) SetPolicy(id string, change func(*Policy)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle() // a build that was due has begun from what the policy said before
	p := t.policy(id)
	if p == nil {
		panic(fmt.Sprintf("graphfake: no policy %q", id))
	}
	change(p)
	t.tell()
}

// policy looks for a policy; nil = there is none.
func (t *Tenant) policy(id string) *Policy { return t.policies[strings.ToLower(id)] }

// follow takes from the policy of a new machine what the machine leaves open.
func (t *Tenant) follow(m *CloudPC) {
	if p := t.policy(m.ProvisioningPolicyID); p != nil {
		m.ProvisioningPolicyName = cmp.Or(m.ProvisioningPolicyName, p.DisplayName)
		m.ProvisioningType = cmp.Or(m.ProvisioningType, p.ProvisioningType)
		m.ImageDisplayName = cmp.Or(m.ImageDisplayName, p.ImageDisplayName)
	}
}

// cover makes the policy that a machine names, where there is none: one from which
// the machine could have been built as it is.
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

// readPolicy answers for one policy.
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

// properties is the policy as JSON has it in that version, but for assignments,
// which have to be asked for.
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

// Properties of a policy that exist and that this tenant never fills.
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

// lateGroups are region groups that older clients do not know.
var lateGroups = []string{"norway", "switzerland", "southKorea"}

package graphfake

import (
	"slices"
	"time"
)

// properties is the machine as JSON in that version. Enum members that were added later
// need Prefer: include-unknown-enum-members, else they read unknownFutureValue.
func (p *CloudPC) properties(version string, prefer bool) map[string]any {
	all := make(map[string]any, 48)
	all["id"] = p.ID
	all["aadDeviceId"] = text(p.AADDeviceID)
	all["displayName"] = text(p.DisplayName)
	all["gracePeriodEndDateTime"] = stamp(p.GracePeriodEndDateTime)
	all["imageDisplayName"] = text(p.ImageDisplayName)
	all["lastModifiedDateTime"] = stamp(p.LastModifiedDateTime)
	all["managedDeviceId"] = text(p.ManagedDeviceID)
	all["managedDeviceName"] = text(p.ManagedDeviceName)
	all["onPremisesConnectionName"] = text(p.OnPremisesConnectionName)
	all["provisioningPolicyId"] = text(p.ProvisioningPolicyID)
	all["provisioningPolicyName"] = text(p.ProvisioningPolicyName)
	all["provisioningType"] = known(p.ProvisioningType, lateKinds, prefer && version == beta)
	all["servicePlanId"] = text(p.ServicePlanID)
	all["servicePlanName"] = text(p.ServicePlanName)
	all["userPrincipalName"] = text(p.UserPrincipalName)
	if version != beta {
		p.overwrite(all)
		return all
	}
	all["status"] = known(p.Status, lateStatuses, prefer)
	all["statusDetail"] = p.StatusDetail.json()
	all["statusDetails"] = p.StatusDetail.json() // deprecated since 2024-08-31, still returned
	all["lastRemoteActionResult"] = nil
	if a, ok := p.last(); ok {
		all["lastRemoteActionResult"] = a.json(p.ID)
	}
	all["provisionedDateTime"] = stamp(p.ProvisionedDateTime)
	all["osVersion"] = text(p.OSVersion)
	all["userAccountType"] = text(p.UserAccountType)
	all["productType"] = text(p.ProductType)
	all["servicePlanType"] = text(p.ServicePlanType)
	all["powerState"] = text(p.PowerState)
	all["deviceRegionName"] = text(p.DeviceRegionName)
	all["scopeIds"] = []string{"0"}
	for _, name := range mute {
		all[name] = nil
	}
	if p.Connectivity != "" {
		all["connectivityResult"] = map[string]any{"status": known(p.Connectivity, lateLinks, prefer),
			"updatedDateTime": stamp(p.LastModifiedDateTime), "failedHealthCheckItems": []string{}}
	}
	if !p.NeverSignedIn && !p.LastSignIn.IsZero() {
		all["lastLoginResult"] = map[string]any{"time": stamp(p.LastSignIn)}
	}
	if p.GroupName != "" {
		all["groupDetail"] = map[string]any{"groupId": text(p.GroupID), "groupDisplayName": p.GroupName}
	}
	p.overwrite(all)
	return all
}

// overwrite replaces properties by their raw JSON.
func (p *CloudPC) overwrite(all map[string]any) {
	for name, raw := range p.Raw {
		if _, has := all[name]; has {
			all[name] = raw
		}
	}
}

// mute are beta properties that real machines have and this tenant does not fill, or not always.
var mute = []string{
	"allotmentDisplayName", "connectionSetting", "connectivityResult", "disasterRecoveryCapability",
	"diskEncryptionState", "frontlineCloudPcAvailability", "groupDetail", "isDisasterRecoveryActive",
	"lastLoginResult", "partnerAgentInstallResults", "sharedDeviceDetail", "userDetail", "userExperienceType",
}

// own are the properties that GET /me/cloudPCs returns; beta adds those in the last line
// (learn.microsoft.com/graph/api/user-list-cloudpcs).
var own = []string{
	"id", "displayName", "imageDisplayName", "servicePlanId", "servicePlanName", "servicePlanType",
	"lastModifiedDateTime", "aadDeviceId", "gracePeriodEndDateTime", "provisioningType",
	"status", "statusDetail", "statusDetails",
}

// Enum members that a client sees only with the Prefer header.
var (
	lateKinds    = []string{"sharedByUser", "sharedByEntraGroup", "reserve"}
	lateLinks    = []string{"inUse", "underServiceMaintenance"}
	lateStatuses = []string{
		"movingRegion", "resizePendingLicense", "updatingSingleSignOn", "modifyingSingleSignOn",
		"refreshPolicyConfiguration", "preparing", "failoverInProgress", "failbackInProgress",
	}
)

func known(member string, late []string, prefer bool) any {
	if !prefer && slices.Contains(late, member) {
		return "unknownFutureValue"
	}
	return text(member)
}

func (d StatusDetail) json() any {
	if d.Code == "" {
		return nil
	}
	info := d.Info
	if info == nil {
		info = []Info{}
	}
	return map[string]any{"code": d.Code, "message": text(d.Message), "additionalInformation": info}
}

func (a Action) json(pc string) map[string]any {
	return map[string]any{
		"actionName": a.Name, "actionState": a.State, "cloudPcId": pc, "managedDeviceId": text(a.ManagedDeviceID),
		"startDateTime": stamp(a.Start), "lastUpdatedDateTime": stamp(a.Updated), "statusDetail": a.Detail.json(),
	}
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// stamp formats a DateTimeOffset: UTC, in steps of 100 ns.
func stamp(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Truncate(100 * time.Nanosecond).Format(time.RFC3339Nano)
}

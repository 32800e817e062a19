package graphfake

import (
	"maps"
	"slices"
)

// reports are the codes that a build may end with and what the service writes beside them, which is a
// sentence ready for people. Codes are those of
// learn.microsoft.com/power-automate/desktop-flows/troubleshoot ("Hosted machine provisioning errors"),
// with which Graph's own example agrees (learn.microsoft.com/graph/api/virtualendpoint-list-cloudpcs);
// the messages are ours, in its manner. Of warnings no code is documented but imageNotSupportedWarning,
// and the others are invented.
var reports = map[string]string{
	"intuneEnrollFailed": "MEM enrollment of this Cloud PC can’t be completed. Check MEM policy settings and retry.",

	"intuneEnroll_NetworkConnectivityIssue":            "Intune enrollment failed due to DNS or network connectivity issues.",
	"intuneEnroll_MdmDiscoveryUrlMisconfigured":        "The MDM discovery URLs aren't configured correctly.",
	"intuneEnroll_BlockedByEnrollmentRestriction":      "An Intune enrollment restriction exists for this user or tenant.",
	"intuneEnroll_BlockedByGroupPolicyOrConfigMgr":     "A group policy or ConfigMgr is blocking Intune enrollment.",
	"intuneEnroll_InvalidIntuneSubscriptionOrLicense":  "The user or device is unlicensed, or uses an expired license.",
	"intuneEnroll_DelayedEffectivenessOfIntuneLicense": "The Intune license isn't available.",
	"intuneEnroll_TenantUnderAccountMove":              "Intune tenant maintenance.",

	"joinDomainFailed":                               "Check Active Directory domain credentials of the on-premises network connection, then retry.",
	"domainJoin_AccountNameOrPasswordIncorrect":      "The domain account name or password is incorrect.",
	"domainJoin_AccountLockedOut":                    "The domain account is currently locked out.",
	"domainJoin_AccountDisabled":                     "The domain account is currently disabled.",
	"domainJoin_AccountQuotaExceeded":                "The domain account has exceeded its number of computer accounts.",
	"domainJoin_DomainNotExistOrCouldNotBeContacted": "The domain either doesn't exist or couldn't be contacted.",
	"domainJoin_NetworkConnectivityIssue":            "The domain network location can't be reached.",
	"domainJoin_AlreadyCloudDomainJoined":            "The custom image is already domain joined.",

	"imageNotSupportTPM":       "The selected image isn't ready to be used on UEFI-enabled Cloud PCs.",
	"imageDiskSizeOverMatch":   "The selected image is larger than the Cloud PC disk.",
	"CpuOrRamNotFitImageOS":    "The hardware doesn't meet the minimum Windows 11 requirements.",
	"imageNotSupportedFail":    "The selected image is out of Windows support lifecycle and can't be used.",
	"imageNotSupportedWarning": "The selected image is out of Windows support lifecycle and may not receive updates.",

	"noEnoughIpAddress":                      "The specified subnet doesn’t have adequate IP addresses available.",
	"canaryCheckUnpass":                      "Canary check didn’t pass. Check the canary validation status.",
	"requestDisallowedByPolicy":              "Workspace creation wasn't allowed by a policy.",
	"CreateNic_ArmAuthorizationFailed":       "Windows 365 doesn't have sufficient Azure permissions.",
	"CreateNic_ResourceGroupNotFound":        "The selected Azure resource group is invalid or not found.",
	"CreateNic_ReadOnlyDisabledSubscription": "The Azure subscription provided is disabled.",

	"licenseNotFound":              "The user no longer has the required license.",
	"userNotFound":                 "The user doesn’t exist.",
	"AzureADUser_ResourceNotFound": "The user account wasn't found.",
	"userNotAvailableInLocalAD":    "The user doesn't exist in the on-premises Active Directory.",

	"endpointCheckFailed":          "A required URL couldn't be contacted.",
	"scriptDownloadFailed":         "A required URL couldn't be contacted.",
	"cmdAgentMSIDownloadFailed":    "A required URL couldn't be contacted.",
	"rdAgentPackageDownloadFailed": "A required WVD URL couldn't be contacted.",
	"internalError":                "A service error was encountered. Contact customer support.",
	"internalServerError":          "There was an internal server error.",

	"windowsResetError":        "The built-in Windows reset option wasn’t disabled.",
	"diskAllocationError":      "The full OS storage wasn’t allocated.",
	"timeZoneRedirectionError": "Time zone redirection wasn’t configured.",
}

// Reports are the codes that [Report] knows a message for, sorted.
func Reports() []string { return slices.Sorted(maps.Keys(reports)) }

// Report is how the service explains a build that ended with code; an unknown code has no message.
func Report(code string) StatusDetail {
	return StatusDetail{Code: code, Message: reports[code], Info: []Info{{"retriable", "true"}, {"failedAction", "Provision"}}}
}

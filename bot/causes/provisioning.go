package causes

import (
	"slices"
	"strings"
	"unicode"
)

// Reported is a row about a build that did not end as it should: a provisioning that failed, or that
// ended with a warning. It says it of a machine, so What can follow "CPC-ada was erased and is not ready:".
type Reported struct {
	Cause
	Says []string // phrases that show it where Graph has no documented code for it, lower-case; see [spoken]. A single word says too little: what is reset may be a password
	Wait string   // if Retry is Passes: when, behind "Request it again"
	Page string   // Microsoft's page about it
}

// ProvisioningPage is Microsoft's page about provisionings that fail.
const ProvisioningPage = errorPage

const (
	learn     = "https://learn.microsoft.com/"
	errorPage = learn + "windows-365/enterprise/provisioning-errors"
	network   = learn + "windows-365/enterprise/requirements-network"
	ofNetwork = learn + "windows-365/enterprise/edit-azure-network-connection"
	imagePage = learn + "windows-365/enterprise/device-images"
	enrolPage = learn + "mem/intune/enrollment/windows-enroll"
	licences  = learn + "mem/intune/fundamentals/licenses"
)

const (
	noEnrolment = "Intune did not enrol the new machine"
	noDomain    = "the new machine could not join the Active Directory domain"
	noCard      = "Azure did not allow the machine's network card"
	blocked     = "Check that firewall and proxy let through every address that Windows 365 needs."
)

// provisioning lists the codes with which a provisioning fails. A code that ends in * is a family: it
// stands for every code that begins like it. Codes, causes and cures are Microsoft's
// (learn.microsoft.com/power-automate/desktop-flows/troubleshoot, "Hosted machine provisioning errors",
// whose codes are those in Graph's statusDetail, and learn.microsoft.com/windows-365/enterprise/provisioning-errors,
// which names no codes).
var provisioning = []Reported{
	{Cause{"intuneEnrollFailed", noEnrolment,
		"Check that Intune allows Windows enrolment for the machine's user, and that the machine's network reaches Intune.", Fixed}, nil, "", errorPage + "#intune-enrollment-failed"},
	{Cause{"intuneEnroll_NetworkConnectivityIssue", "the new machine did not reach Intune",
		"Check that its network's DNS servers know Intune's addresses, and that the firewall lets them through.", Fixed}, nil, "", network},
	{Cause{"intuneEnroll_MdmDiscoveryUrlMisconfigured", noEnrolment + ", because the tenant's MDM discovery URL is wrong",
		"Restore Intune's default MDM URLs in the Entra admin center (Mobility).", Fixed}, nil, "", enrolPage},
	{Cause{"intuneEnroll_BlockedByEnrollmentRestriction", "an enrolment restriction in Intune blocks the new machine",
		"Allow Windows enrolment for the machine's user in Intune's enrolment restrictions.", Fixed}, nil, "", errorPage + "#intune-enrollment-failed"},
	{Cause{"intuneEnroll_BlockedByGroupPolicyOrConfigMgr", "a group policy or Configuration Manager blocks the enrolment in Intune",
		"Exclude the Cloud PCs' OU from that policy, and from Configuration Manager's client push installation.", Fixed}, nil, "", enrolPage},
	{Cause{"intuneEnroll_InvalidIntuneSubscriptionOrLicense", "the machine's user has no valid Intune licence",
		"Assign a licence, and check that the tenant's Intune subscription has not expired.", Passes}, nil, "a while after that", licences},
	{Cause{"intuneEnroll_DelayedEffectivenessOfIntuneLicense", "the Intune licence of the machine's user is not in effect yet",
		"Check that the licence is assigned, and give it time to take effect.", Passes}, nil, "in a while", licences + "-assign"},
	{Cause{"intuneEnroll_TenantUnderAccountMove", "Microsoft is moving the tenant's Intune, and nothing is enrolled until that is over",
		"Ask Microsoft's support when the move ends.", Useless}, nil, "", errorPage},
	{Cause{"intuneEnroll*", noEnrolment,
		"Check enrolment restrictions and licences in Intune, and that the machine's network reaches Intune.", Fixed}, nil, "", errorPage + "#intune-enrollment-failed"},

	{Cause{"joinDomainFailed", noDomain,
		"Check the domain, OU and account in the Azure network connection, and that its network reaches a domain controller.", Fixed}, nil, "", errorPage},
	{Cause{"domainJoin_AccountNameOrPasswordIncorrect", noDomain + ", because the name or password of the account for that is wrong",
		"Correct the account in the Azure network connection.", Fixed}, nil, "", ofNetwork},
	{Cause{"domainJoin_AccountLockedOut", noDomain + ", because the account for that is locked",
		"Unlock the account in Active Directory.", Fixed}, nil, "", ofNetwork},
	{Cause{"domainJoin_AccountDisabled", noDomain + ", because the account for that is disabled",
		"Enable the account in Active Directory.", Fixed}, nil, "", ofNetwork},
	{Cause{"domainJoin_AccountQuotaExceeded", noDomain + ", because the account for that has joined as many machines as it may",
		"Raise its limit in Active Directory, or enter another account in the Azure network connection.", Fixed}, nil, "",
		learn + "troubleshoot/windows-server/identity/default-workstation-numbers-join-domain"},
	{Cause{"domainJoin_DomainNotExistOrCouldNotBeContacted", "the Active Directory domain does not exist, or did not answer",
		"Check the domain's name in the Azure network connection, and that its network reaches a domain controller.", Fixed}, nil, "", ofNetwork},
	{Cause{"domainJoin_NetworkConnectivityIssue", "the new machine did not reach the Active Directory domain",
		"Check that its network's DNS servers know the domain, and that the firewall lets it through.", Fixed}, nil, "", network},
	{Cause{"domainJoin_AlreadyCloudDomainJoined", "the custom image already belongs to a domain",
		"Remove the image from the domain, run Sysprep, and upload it again, or choose another in the provisioning policy.", Fixed}, nil, "",
		learn + "windows-hardware/manufacture/desktop/sysprep--system-preparation--overview"},
	{Cause{"domainJoin*", noDomain,
		"Check the Azure network connection, and the account that joins machines to the domain.", Fixed}, nil, "", errorPage},
	{Cause{"hybridJoin", "the Microsoft Entra hybrid join did not finish within 90 minutes",
		"Check that Entra Connect synchronises the machines' OU every 30 minutes.", Fixed},
		[]string{"hybrid join", "hybrid joined", "hybrid aad join", "hybrid azure ad join", "hybrid entra join", "hybrid entra id join", "hybrid domain join"}, "", errorPage},
	{Cause{"serviceConnectionPoint", "the new machine did not find its Microsoft Entra tenant",
		"Check that Entra Connect has set a service connection point for the machine's forest.", Fixed}, []string{"service connection point"}, "", errorPage},

	{Cause{"imageNotSupportTPM", "the custom image is not of generation 2, which Cloud PCs need",
		"Choose a generation 2 image in the provisioning policy.", Fixed}, nil, "", imagePage},
	{Cause{"imageDiskSizeOverMatch", "the image is larger than the machine's disk",
		"Choose a smaller image in the provisioning policy, or assign a licence with a larger disk.", Fixed}, nil, "", imagePage},
	{Cause{"CpuOrRamNotFitImageOS", "the machine's plan is too small for Windows 11",
		"Assign a licence for a larger machine, or choose another image in the provisioning policy.", Fixed}, nil, "", imagePage},
	{Cause{"imageNotSupportedFail", "the Windows image is out of support, and cannot be used any more",
		"Choose a supported image in the provisioning policy.", Fixed}, nil, "", imagePage},

	{Cause{"noEnoughIpAddress", "the subnet has no free IP address",
		"Enlarge the subnet, or wait: addresses that failed builds took are released within hours.", Passes}, nil, "after that, or in a few hours", errorPage},
	{Cause{"canaryCheckUnpass", "the Azure network connection of the provisioning policy is unhealthy",
		"Repair what its health check reports in Intune (Azure network connection); the check runs every 6 hours.", Fixed}, nil, "", errorPage},
	{Cause{"requestDisallowedByPolicy", "an Azure Policy does not allow the machine's network card",
		"Exempt Windows 365 from it; the Azure portal shows under Policy which one it is.", Fixed}, nil, "", learn + "azure/governance/policy/overview"},
	{Cause{"CreateNic_ArmAuthorizationFailed", "Windows 365 lacks permissions in the Azure subscription",
		"Give it its roles again on the subscription, resource group and network of the Azure network connection.", Fixed}, nil, "", ofNetwork},
	{Cause{"CreateNic_ResourceGroupNotFound", "the resource group of the Azure network connection is gone",
		"Choose another resource group in the Azure network connection.", Fixed}, nil, "", ofNetwork},
	{Cause{"CreateNic_ReadOnlyDisabledSubscription", "the subscription of the Azure network connection is disabled",
		"Reactivate the subscription in Azure.", Fixed}, nil, "", learn + "azure/cost-management-billing/manage/subscription-disabled"},
	{Cause{"CreateNic*", noCard,
		"Check the subscription, roles and policies behind the Azure network connection.", Fixed}, nil, "", errorPage},

	{Cause{"licenseNotFound", "the machine's user no longer has a Windows 365 licence",
		"Assign a licence.", Fixed}, nil, "", errorPage},
	{Cause{"userNotFound", "the machine's user no longer exists",
		"Restore the user, with a licence and a provisioning policy.", Fixed}, nil, "", errorPage},
	{Cause{"AzureADUser_ResourceNotFound", "the machine's user no longer exists in Microsoft Entra ID",
		"Restore the user, with a licence and a provisioning policy.", Fixed}, nil, "", errorPage},
	{Cause{"userNotAvailableInLocalAD", "the machine's user is not in the on-premises Active Directory",
		"Check that the user exists there under the same user name, and that Entra Connect synchronises it.", Fixed}, nil, "", errorPage},
	{Cause{"provisioningPolicyNotFound", "the provisioning policy was deleted meanwhile",
		"Assign a provisioning policy to the machine's user.", Fixed}, []string{"provisioning policy not found"}, "", errorPage},

	{Cause{"endpointCheckFailed", "an address that Windows 365 needs was not reached", blocked, Once}, nil, "", network},
	{Cause{"scriptDownloadFailed", "a script that Windows 365 needs could not be downloaded", blocked, Once}, nil, "", network},
	{Cause{"cmdAgentMSIDownloadFailed", "the agent of Windows 365 could not be downloaded", blocked, Once}, nil, "", network},
	{Cause{"rdAgentPackageDownloadFailed", "the remote desktop agent could not be downloaded", blocked, Once}, nil, "", network},
	{Cause{"internalError", "Windows 365 reports an internal fault", "There is nothing to repair in the tenant.", Once}, nil, "", errorPage},
	{Cause{"internalServerError", "Windows 365 reports an internal fault", "There is nothing to repair in the tenant.", Once}, nil, "", errorPage},
}

const erasesAgain = "Microsoft's remedy is another reprovision, which would erase the machine again."

// warnings lists what may be missing on a machine that is ready all the same. Microsoft documents one
// code for them; the others are known by their words (learn.microsoft.com/windows-365/enterprise/provisioning-errors).
// Microsoft advises to provision again for most of them: Do names first what spares the machine. What is a
// clause that can stand for itself.
var warnings = []Reported{
	{Cause{"windowsReset", "Windows' own reset was not disabled, and would break the machine",
		"Tell its user not to reset this PC in Windows' Settings. " + erasesAgain, Useless},
		[]string{"windows reset", "pc reset", "reset this pc", "disable reset", "reset not disabled", "reset was not disabled", "reset is not disabled", "reset could not be disabled"}, "", errorPage},
	{Cause{"diskAllocation", "its disk does not have the full size of its licence",
		"Check whether its user needs the rest. " + erasesAgain, Useless},
		[]string{"disk allocation", "disk size", "disk space", "disk extension", "disk not extended", "disk was not extended", "disk could not be extended", "extend the disk", "full size", "os storage"}, "", errorPage},
	{Cause{"localAdministrator", "its user was not made a local administrator",
		"Assign a user setting in Intune that enables local admin.", Useless}, []string{"local admin", "local administrator"}, "",
		learn + "windows-365/enterprise/assign-users-as-local-admin"},
	{Cause{"teamsOptimization", "Microsoft Teams is not set up for a remote machine",
		"Teams can be used, though calls may be slow. " + erasesAgain, Useless},
		[]string{"teams optimization", "teams optimisation", "optimize teams", "optimise teams", "optimization for teams", "optimizations for teams", "optimized for teams", "teams is not optimized", "teams was not optimized"}, "", errorPage},
	{Cause{"startMenuPowerIcons", "the start menu shows Shut down and Restart",
		"Hide them with an Intune policy (HideShutDown, HideRestart). A machine that its user shut down is started in Windows App.", Useless},
		[]string{"power icon", "power button", "start menu power", "shut down and restart", "shut down icon", "shut down button", "hide shut down"}, "", errorPage},
	{Cause{"timeZoneRedirection", "it shows UTC instead of its user's local time",
		"Allow time zone redirection in a group policy.", Useless}, []string{"time zone", "timezone"}, "", errorPage},
	{Cause{"highRiskPorts", "inbound ports that are at high risk were not closed",
		"Close them with a firewall policy in Intune.", Useless}, []string{"high risk port", "high risk inbound port", "risky port", "risky inbound port"}, "", errorPage},
	{Cause{"singleSignOn", "single sign-on was not set up, so its user signs in twice",
		"Check the single sign-on of the provisioning policy.", Useless}, []string{"single sign on", "sso"}, "", errorPage},
	{Cause{"devicePreparation", "Windows Autopilot has not installed all apps in time",
		"Check the device preparation policy in Intune, and install what is missing from there.", Useless},
		[]string{"autopilot app", "autopilot timeout", "autopilot timed out", "device preparation"}, "", errorPage},
	{Cause{"imageNotSupportedWarning", "its Windows image is out of support, and may get no updates",
		"Choose a supported image in the provisioning policy before the next build; one day this one will be refused.", Useless}, nil, "", imagePage},
}

// Provisioning returns the row of a build that failed, zero if none fits: by code, then by family, then
// by what codes and messages say. Case makes no difference. Of several the first counts, but a fault
// that may pass by itself gives way to one that somebody has to repair. exact is false for a family or
// words, where Graph's own message says more.
func Provisioning(reports ...string) (row Reported, exact bool) {
	for n, fits := range []func(Reported, string) bool{isCode, isFamily, isSaid} {
		for _, report := range reports {
			for _, r := range provisioning {
				if fits(r, report) && (row.IsZero() || row.Retry == Once && r.Retry != Once) {
					row, exact = r, n == 0
				}
			}
		}
		if !row.IsZero() && row.Retry != Once {
			break
		}
	}
	return row, exact
}

// Warnings returns the rows of everything that reports warn of, in the order of the table, in which
// what can break the machine comes first.
func Warnings(reports ...string) (rows []Reported) {
	for _, r := range warnings {
		if slices.ContainsFunc(reports, func(s string) bool { return isCode(r, s) || isSaid(r, s) }) {
			rows = append(rows, r)
		}
	}
	return rows
}

func isCode(r Reported, report string) bool { return strings.EqualFold(r.Code, report) }

func isFamily(r Reported, report string) bool {
	begins, is := strings.CutSuffix(r.Code, "*")
	return is && len(report) >= len(begins) && strings.EqualFold(report[:len(begins)], begins)
}

func isSaid(r Reported, report string) bool {
	text := spoken(report)
	return slices.ContainsFunc(r.Says, func(words string) bool {
		return strings.Contains(text, " "+words+" ") || strings.Contains(text, " "+words+"s ")
	})
}

// spoken is a code or a message as words in lower case, each between spaces: timeZoneRedirection is
// " time zone redirection ".
func spoken(s string) string {
	var b strings.Builder
	b.WriteByte(' ')
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	b.WriteByte(' ')
	return " " + strings.Join(strings.Fields(b.String()), " ") + " "
}

// IsZero reports whether r is no row at all.
func (r Reported) IsZero() bool { return r.Code == "" }

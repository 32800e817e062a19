package causes

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// documented are the codes that Microsoft documents, written out here once more: a row that is lost, or
// whose code is misspelt, is found. All but the last leave no machine.
var documented = map[string]Retry{
	"intuneEnrollFailed": Fixed, "intuneEnroll_NetworkConnectivityIssue": Fixed, "intuneEnroll_MdmDiscoveryUrlMisconfigured": Fixed,
	"intuneEnroll_BlockedByEnrollmentRestriction": Fixed, "intuneEnroll_BlockedByGroupPolicyOrConfigMgr": Fixed,
	"intuneEnroll_InvalidIntuneSubscriptionOrLicense": Passes, "intuneEnroll_DelayedEffectivenessOfIntuneLicense": Passes,
	"intuneEnroll_TenantUnderAccountMove": Useless,
	"joinDomainFailed":                    Fixed, "domainJoin_AccountNameOrPasswordIncorrect": Fixed, "domainJoin_AccountLockedOut": Fixed, "domainJoin_AccountDisabled": Fixed,
	"domainJoin_AccountQuotaExceeded": Fixed, "domainJoin_DomainNotExistOrCouldNotBeContacted": Fixed, "domainJoin_NetworkConnectivityIssue": Fixed,
	"domainJoin_AlreadyCloudDomainJoined": Fixed, "imageNotSupportTPM": Fixed, "imageDiskSizeOverMatch": Fixed, "CpuOrRamNotFitImageOS": Fixed,
	"imageNotSupportedFail": Fixed, "noEnoughIpAddress": Passes, "canaryCheckUnpass": Fixed,
	"requestDisallowedByPolicy": Fixed, "CreateNic_ArmAuthorizationFailed": Fixed, "CreateNic_ResourceGroupNotFound": Fixed, "CreateNic_ReadOnlyDisabledSubscription": Fixed,
	"licenseNotFound": Fixed, "userNotFound": Fixed, "AzureADUser_ResourceNotFound": Fixed, "userNotAvailableInLocalAD": Fixed,
	"endpointCheckFailed": Once, "scriptDownloadFailed": Once, "cmdAgentMSIDownloadFailed": Once, "rdAgentPackageDownloadFailed": Once,
	"internalError": Once, "internalServerError": Once,
}

func TestEveryDocumentedProvisioningErrorIsExplained(t *testing.T) {
	for code, again := range documented {
		for _, written := range []string{code, strings.ToLower(code), strings.ToUpper(code)} {
			row, exact := Provisioning(written)
			if row.Code != code || !exact || row.Retry != again {
				t.Errorf("%s: %+v, %v, want %s", written, row, exact, again)
			}
		}
	}
	if rows := Warnings("imagenotsupportedwarning"); len(rows) != 1 || rows[0].Code != "imageNotSupportedWarning" {
		t.Errorf("%+v", rows)
	}
}

func TestEveryRowAboutABuildIsFilledAndReadsWell(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range slices.Concat(provisioning, warnings) {
		for column, empty := range map[string]bool{"Code": row.Code == "", "What": row.What == "", "Do": row.Do == "", "Retry": row.Retry == "", "Page": row.Page == ""} {
			if empty {
				t.Errorf("%s: the column %s is empty", row.Code, column)
			}
		}
		text := row.Text()
		switch {
		case seen[strings.ToLower(row.Code)]:
			t.Errorf("%s stands there twice", row.Code)
		case strings.HasSuffix(row.What, "."), unicode.IsUpper([]rune(row.What)[0]) && !startsWithName(row.What):
			t.Errorf("%s: What cannot follow a colon: %q", row.Code, row.What)
		case !strings.HasSuffix(row.Do, ".") || !unicode.IsUpper([]rune(row.Do)[0]):
			t.Errorf("%s: Do is no sentence: %q", row.Code, row.Do)
		case strings.ContainsAny(text, "`*_<>") || strings.Contains(text, "  ") || strings.Contains(text, ".."):
			t.Errorf("%s: markup, or a slip, in %q", row.Code, text)
		case len(text) > 240:
			t.Errorf("%s: %d characters are too much for a phone: %q", row.Code, len(text), text)
		case row.Retry == Passes && row.Wait == "", row.Retry != Passes && row.Wait != "":
			t.Errorf("%s: Wait goes with what passes, and with nothing else", row.Code)
		case !strings.HasPrefix(row.Page, "https://learn.microsoft.com/") || strings.Contains(row.Page, "/en-us/"):
			t.Errorf("%s: %s is not a page of Microsoft's in the reader's language", row.Code, row.Page)
		}
		for _, blame := range []string{"please", "you ", "your ", "mistake", "forgot", "simply"} {
			if strings.Contains(strings.ToLower(text), blame) {
				t.Errorf("%s: %q in %q", row.Code, blame, text)
			}
		}
		for _, words := range row.Says {
			if spoken(words) != " "+words+" " {
				t.Errorf("%s: %q can never match: a message is compared in lower case, as words with one space between them", row.Code, words)
			}
		}
		seen[strings.ToLower(row.Code)] = true
	}
}

func startsWithName(what string) bool {
	for _, name := range []string{"Azure ", "Intune ", "Microsoft ", "Windows "} {
		if strings.HasPrefix(what, name) {
			return true
		}
	}
	return strings.HasPrefix(what, "Windows' ")
}

func TestABuildIsExplainedByItsCodeThenItsFamilyThenItsWords(t *testing.T) {
	for _, row := range []struct {
		reports []string
		code    string
		exact   bool
	}{
		{[]string{"intuneEnroll_SomethingNew", "It did not work."}, "intuneEnroll*", false},
		{[]string{"DOMAINJOIN_somethingNew"}, "domainJoin*", false},
		{[]string{"CreateNic_SomethingNew"}, "CreateNic*", false},
		{[]string{"HybridAADJoinFailed"}, "hybridJoin", false},
		{[]string{"someCode", "The hybrid join has timed out."}, "hybridJoin", false},
		{[]string{"internalError", "It did not work.", "noEnoughIpAddress", "No."}, "noEnoughIpAddress", true},
		{[]string{"noEnoughIpAddress", "No.", "internalError"}, "noEnoughIpAddress", true},
		{[]string{"internalError", "", "domainJoin_SomethingNew"}, "domainJoin*", false},
		{[]string{"licenseNotFound", "userNotFound"}, "licenseNotFound", true},
		{[]string{"somethingNew", "Microsoft Entra hybrid join failed"}, "hybridJoin", false},
		{[]string{"somethingNew", "The image has a hybridisation fault."}, "", false},
		{[]string{"unknownThing", "Azure hybrid benefit is not available"}, "", false},
		{[]string{""}, "", false},
		{nil, "", false},
	} {
		if got, exact := Provisioning(row.reports...); got.Code != row.code || exact != row.exact {
			t.Errorf("%q: %s, %v, want %s, %v", row.reports, got.Code, exact, row.code, row.exact)
		}
	}
}

func TestAWarningIsKnownByItsWords(t *testing.T) {
	for text, want := range map[string]string{
		"diskAllocationError": "diskAllocation", "The disk was not extended.": "diskAllocation",
		"localAdminError": "localAdministrator", "The user was not added to the local administrators.": "localAdministrator",
		"TeamsOptimizationFailed": "teamsOptimization", "startMenuPowerIcons": "startMenuPowerIcons", "timeZoneRedirectionError": "timeZoneRedirection",
		"timezoneError": "timeZoneRedirection", "windowsResetError": "windowsReset", "highRiskPortsError": "highRiskPorts", "SSOFailed": "singleSignOn",
		"singleSignOnFailed": "singleSignOn", "AutopilotAppInstallTimeout": "devicePreparation",
		"teamsOptimization and windowsReset":  "windowsReset teamsOptimization",
		"Windows Reset could not be disabled": "windowsReset", "Reset was not disabled.": "windowsReset", "The OS disk has not the full size.": "diskAllocation",
		"The built-in Windows reset option wasn’t disabled.": "windowsReset", "The full OS storage wasn’t allocated.": "diskAllocation",
		"The power icons are shown.": "startMenuPowerIcons", "High-risk inbound ports are open.": "highRiskPorts",
		"Password reset is needed": "", "The connection was reset while Teams was installed": "", "The disk encryption is on": "",
		"User shut down": "", "The start menu has a new layout.": "", "Teams was installed.": "", "The proxy uses an inbound port.": "", "An Autopilot profile was assigned.": "",
		"partnerAgentInstallFailed": "", "The processor is slow.": "", "The presets are gone.": "",
	} {
		var codes []string
		for _, row := range Warnings(text) {
			codes = append(codes, row.Code)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

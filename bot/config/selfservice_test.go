package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const another = "91f4ad5e-0b6a-4ffc-818d-36bb23cf0717"

// own is the least that self-service starts with.
var own = map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": another, "APPROVAL_CHANNEL": "C024BE91L"}

// A self-service in which nobody could ever sign in, approve or erase is a mistake of the configuration, not of the
// person who meets it.
func TestSelfServiceThatCannotWorkIsRefused(t *testing.T) {
	type vars = map[string]string
	const (
		clientID = "SELF_SERVICE_CLIENT_ID must be a GUID, the client ID of an app for people's sign-ins alone: *"
		channel  = "APPROVAL_CHANNEL is missing (a Slack channel id*; SELF_SERVICE=true needs it unless SELF_SERVICE_APPROVALS=0*"
		trust    = "SELF_SERVICE_APPROVALS=0 needs SELF_SERVICE_TRUST_EMAIL=true*or require an approval"
		tenant   = "AZURE_TENANT_ID must be the tenant's id (a GUID) where SELF_SERVICE=true, and not its domain*"
	)
	for name, row := range map[string]struct {
		change vars
		says   []string // lines, each by how it begins, what is in it and how it ends
	}{
		"right":                              {},
		"right, with two approvals":          {vars{"SELF_SERVICE_APPROVALS": "2"}, nil}, // who asks need not be one of the two admins
		"right, with one admin":              {vars{"ADMINS": "U7REALADA", "ALLOW_SELF_APPROVAL": "true"}, nil},
		"right, with a group":                {vars{"ADMINS": "S0614TZR7", "SELF_SERVICE_APPROVALS": "9"}, nil},
		"right, with nobody":                 {vars{"APPROVAL_CHANNEL": "", "SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "true"}, nil},
		"right, with a managed identity":     {vars{"AZURE_CLIENT_ID": "", "AZURE_CLIENT_SECRET": "", "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"}, nil},
		"off, and everything else wrong":     {vars{"SELF_SERVICE": "false", "SELF_SERVICE_CLIENT_ID": guid, "APPROVAL_CHANNEL": "", "SELF_SERVICE_APPROVALS": "71", "AZURE_TENANT_ID": "contoso.com"}, nil},
		"off, and nobody to trust":           {vars{"SELF_SERVICE": "", "SELF_SERVICE_CLIENT_ID": "", "SELF_SERVICE_APPROVALS": "0"}, nil},
		"no app":                             {vars{"SELF_SERVICE_CLIENT_ID": ""}, []string{"SELF_SERVICE_CLIENT_ID is missing (a GUID*manifest entra*"}},
		"a nearly right name":                {vars{"SELF_SERVICE_CLIENT_ID": "", "SELFSERVICE_CLIENT_ID": another}, []string{"*; SELFSERVICE_CLIENT_ID is set, but this program has no such variable"}},
		"Microsoft's app":                    {vars{"SELF_SERVICE_CLIENT_ID": strings.ToUpper(developerApp)}, []string{clientID + "; this is Microsoft's own app for developers*"}},
		"the bot's app":                      {vars{"SELF_SERVICE_CLIENT_ID": strings.ToUpper(guid)}, []string{clientID + "; this is AZURE_CLIENT_ID, the app as which the bot itself acts*"}},
		"no channel":                         {vars{"APPROVAL_CHANNEL": ""}, []string{channel}},
		"a channel under another name":       {vars{"APPROVAL_CHANNEL": "", "APPROVALS_CHANNEL": "C024BE91L"}, []string{"APPROVAL_CHANNEL is missing*; APPROVALS_CHANNEL is set, but this program has no such variable"}},
		"nobody approves, nothing is proved": {vars{"SELF_SERVICE_APPROVALS": "0"}, []string{trust}},
		"the same, said":                     {vars{"SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "false", "APPROVAL_CHANNEL": ""}, []string{trust}},
		"more approvals than admins":         {vars{"SELF_SERVICE_APPROVALS": "3"}, []string{"SELF_SERVICE_APPROVALS is more than ADMINS can give. Add admins, or lower it"}},
		"a domain for a tenant":              {vars{"AZURE_TENANT_ID": "contoso.onmicrosoft.com"}, []string{tenant}},
		"a tenant that is nothing":           {vars{"AZURE_TENANT_ID": "Contoso Ltd"}, []string{tenant}},
		"no tenant, and a secret":            {vars{"AZURE_TENANT_ID": ""}, []string{"AZURE_TENANT_ID is missing, which SELF_SERVICE=true needs*"}},
		"no tenant, and a managed identity": {vars{"AZURE_TENANT_ID": "", "AZURE_CLIENT_ID": "", "AZURE_CLIENT_SECRET": "", "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"},
			[]string{"AZURE_TENANT_ID is missing, which SELF_SERVICE=true needs even with a managed identity (then set AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential too)*"}},
		"no identity":          {vars{"AZURE_TENANT_ID": "", "AZURE_CLIENT_ID": "", "AZURE_CLIENT_SECRET": ""}, []string{"AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET *"}},
		"no tenant and no app": {vars{"AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": ""}, []string{tenant, "AZURE_CLIENT_ID is missing*"}},
		"no number":            {vars{"SELF_SERVICE_APPROVALS": "n0ne", "APPROVAL_CHANNEL": ""}, []string{"SELF_SERVICE_APPROVALS must be a number of 0 or more, such as 1"}},
		"no yes and no no":     {vars{"SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "n0ne"}, []string{"SELF_SERVICE_TRUST_EMAIL must be true or false"}},
		"several at once": {vars{"SELF_SERVICE_CLIENT_ID": guid, "APPROVAL_CHANNEL": "", "SELF_SERVICE_APPROVALS": "71", "AZURE_TENANT_ID": "contoso.com"},
			[]string{channel, clientID + "*", "SELF_SERVICE_APPROVALS is more than*", tenant}},
		"and others": {vars{"SELF_SERVICE_CLIENT_ID": "", "SELF_SERVICE_APPROVALS": "0", "AZURE_TENANT_ID": "contoso.com"},
			[]string{"SELF_SERVICE_CLIENT_ID is missing*", trust, tenant}},
	} {
		t.Run(name, func(t *testing.T) { // each with an environment of its own
			set(t, good, own, row.change)
			_, err := Read()
			var lines []string
			if mistake, ok := errors.AsType[*Error](err); ok {
				lines = strings.Split(mistake.Text, "\n  ")[1:]
			} else if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(lines, row.says, fits) {
				t.Errorf("%s\nwant %q", strings.Join(lines, "\n"), row.says)
			}
			for _, value := range []string{guid, another, developerApp, "71", "n0ne", "contoso"} {
				if strings.Contains(strings.ToLower(strings.Join(lines, "")), value) {
					t.Errorf("%s is told: %q", value, lines)
				}
			}
		})
	}
}

// fits reports whether a line is what parts between asterisks say, in their order.
func fits(line, says string) bool {
	parts := strings.Split(says, "*")
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(line, first) || !strings.HasSuffix(line, last) || len(parts) == 1 && line != says {
		return false
	}
	for _, part := range parts {
		_, after, found := strings.Cut(line, part)
		if !found {
			return false
		}
		line = after
	}
	return true
}

// Whoever prints a manifest for self-service has no app for it yet.
func TestWhatSelfServiceLacksIsNotWrongYet(t *testing.T) {
	set(t, map[string]string{"SELF_SERVICE": "true"})
	if c, err := ReadSet(); err != nil || !c.SelfService || c.SelfServiceApprovals != 1 {
		t.Errorf("%+v %v", c, err)
	}
	set(t, map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_APPROVALS": "0"})
	if _, err := ReadSet(); err != nil {
		t.Error(err)
	}
	set(t, own, map[string]string{"SELF_SERVICE_APPROVALS": "2"})
	want := []Setting{{"APPROVAL_CHANNEL", "C024BE91L"}, {"SELF_SERVICE", "true"}, {"SELF_SERVICE_CLIENT_ID", another}, {"SELF_SERVICE_APPROVALS", "2"}}
	if got := Settings(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

package demo

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// fakes is the fake workspace and tenant, and the bot's files in dir.
type fakes struct {
	dir    string
	slack  *slackfake.Workspace
	tenant *graphfake.Tenant
	pace   pace
}

// pace is how long things take here.
type pace struct {
	lag, build time.Duration // as in graphfake.Config
	notice     time.Duration // OWNER_NOTICE
}

const (
	ada, ben, rita, dan, gil = "U0ADA", "U0BEN", "U0RITA", "U0DAN", "U0GIL"

	channel = "C0HELP"
	partner = "C0ACME"
	pc      = "CPC-DAN-01"
)

// role is what one of the people may do, for the page, and their account in Entra.
type role struct{ id, name, may, account, oid string }

// people is everybody, in the order of the page.
var people = []role{
	{ada, "Ada", "admin", "ada@example.com", "7c2f9e10-0000-4000-8000-000000000001"},
	{ben, "Ben", "admin", "ben@example.com", "7c2f9e10-0000-4000-8000-000000000002"},
	{rita, "Rita", "may ask", "rita@example.com", "7c2f9e10-0000-4000-8000-000000000003"},
	{dan, "Dan", "owner of " + pc, "dan@example.com", "7c2f9e10-0000-4000-8000-000000000004"},
	{gil, "Gil", "guest", "gil@elsewhere.example", "7c2f9e10-0000-4000-8000-000000000005"},
}

// roleOf is the role of one of the people. Of anybody else it is empty.
func roleOf(id string) role {
	for _, r := range people {
		if r.id == id {
			return r
		}
	}
	return role{}
}

// channels are where people meet.
var channels = []slackfake.Channel{
	{ID: channel, Name: "it-help", BotIn: true, Members: []string{ada, ben, rita, dan, gil}},
	{ID: partner, Name: "partner-acme", BotIn: true, ExtShared: true, Members: []string{ada, ben}},
}

const (
	standard   = "5a1c0d2e-0000-4000-8000-000000000001"
	executives = "5a1c0d2e-0000-4000-8000-000000000002"
	frontDesk  = "5a1c0d2e-0000-4000-8000-000000000003"
)

// elsewhere is the organisation that guests come from.
const elsewhere = "9d41b7a3-0000-4000-8000-000000000001"

// fleet is the tenant's Cloud PCs.
var fleet = []graphfake.CloudPC{
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", DisplayName: pc, ManagedDeviceName: "CPC-dan-X7QK2", UserPrincipalName: "dan@example.com", ProvisioningPolicyID: standard, OSVersion: "windows10", UserAccountType: "administrator"},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d01", DisplayName: "CPC-RITA-01", ManagedDeviceName: "CPC-rita-2M9VB", UserPrincipalName: "rita@example.com", ProvisioningPolicyID: standard},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d02", DisplayName: "CPC-RITA-02", ManagedDeviceName: "CPC-rita-8HT4C", UserPrincipalName: "rita@example.com", ProvisioningPolicyID: standard, ServicePlanName: "Cloud PC Enterprise 8vCPU/32GB"},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d03", DisplayName: "CPC-ADA-01", ManagedDeviceName: "CPC-ada-5JKP9", UserPrincipalName: "ada@example.com", ProvisioningPolicyID: standard},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d04", DisplayName: "CPC-EVA-01", ManagedDeviceName: "CPC-eva-7WQX3", UserPrincipalName: "eva@example.com", ProvisioningPolicyID: executives},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d05", DisplayName: "CPC-DESK-07", ManagedDeviceName: "CPC-desk-4RTN6", ProvisioningPolicyID: frontDesk, ProductType: "frontline", ProvisioningType: "sharedByUser", GroupName: "Front desk",
		Raw: map[string]json.RawMessage{"userPrincipalName": json.RawMessage("null")}},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d06", DisplayName: "CPC-fails-late", ManagedDeviceName: "CPC-tom-3BZL8", UserPrincipalName: "tom@example.com", ProvisioningPolicyID: standard},
	{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4d07", DisplayName: "CPC-warnings", ManagedDeviceName: "CPC-uma-6DYG1", UserPrincipalName: "uma@example.com", ProvisioningPolicyID: standard},
}

func newFakes(p pace) (*fakes, error) {
	dir, err := os.MkdirTemp("", "cloudpc-bot-demo-")
	if err != nil {
		return nil, err
	}
	tenant, err := graphfake.New(graphfake.Config{Lag: p.lag, Build: p.build})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	slack, err := slackfake.New(slackfake.Config{})
	if err != nil {
		tenant.Close()
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s := &fakes{dir, slack, tenant, p}
	s.populate()
	if err := os.WriteFile(s.file("ca.pem"), tenant.CertPEM(), 0o600); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// populate adds the people, their channels, and their machines.
func (s *fakes) populate() {
	for _, p := range []graphfake.Policy{
		{ID: standard, DisplayName: "Standard", ImageDisplayName: "Windows 11 Enterprise 24H2"},
		{ID: executives, DisplayName: "Executives", ImageDisplayName: "Windows 11 Enterprise 24H2"},
		{ID: frontDesk, DisplayName: "Front desk", ImageDisplayName: "Windows 11 Enterprise 24H2", ProvisioningType: "sharedByUser"},
	} {
		s.tenant.AddPolicy(p)
	}
	for _, m := range fleet {
		if m.ServicePlanName == "" {
			m.ServicePlanName = "Cloud PC Enterprise 4vCPU/16GB"
		}
		for _, r := range people {
			if r.account == m.UserPrincipalName {
				m.UserID = r.oid
			}
		}
		s.tenant.Add(m)
	}
	for _, p := range []slackfake.Person{
		{ID: ada, Name: "ada", RealName: "Ada Admin", Email: "ada@example.com"},
		{ID: ben, Name: "ben", RealName: "Ben Colleague", Email: "ben@example.com"},
		{ID: rita, Name: "rita", RealName: "Rita Requester", Email: "rita@example.com"},
		{ID: dan, Name: "dan", RealName: "Dan Owner", Email: "dan@example.com"},
		{ID: gil, Name: "gil", RealName: "Gil Guest", Email: "gil@elsewhere.example", Guest: true},
	} {
		s.slack.AddPerson(p)
		s.slack.DM(p.ID)
	}
	for _, c := range channels {
		s.slack.AddChannel(c)
	}
}

func (s *fakes) close() error {
	s.slack.Close()
	s.tenant.Close()
	return os.RemoveAll(s.dir)
}

func (s *fakes) file(name string) string { return filepath.Join(s.dir, name) }

// environment is the bot's configuration: nothing of this machine's, where a real bot may be configured.
func (s *fakes) environment() map[string]string {
	return map[string]string{
		"SLACK_APP_TOKEN":                  s.slack.AppToken(),
		"SLACK_BOT_TOKEN":                  s.slack.BotToken(),
		"SLACK_API_URL":                    s.slack.URL(),
		"SLACK_PACE":                       "300ms",
		"ADMINS":                           ada + "," + ben,
		"REQUESTERS":                       rita,
		"APPROVALS":                        "1",
		"OWNER_NOTICE":                     s.pace.notice.String(),
		"PROTECTED":                        executives,
		"SELF_SERVICE":                     "true",
		"SELF_SERVICE_CLIENT_ID":           s.tenant.PublicClientID(),
		"SELF_SERVICE_APPROVALS":           "0", // any other number needs an APPROVAL_CHANNEL
		"SELF_SERVICE_TRUST_EMAIL":         "true",
		"DATABASE_URL":                     "sqlite:" + s.file("ledger.db"),
		"GRAPH_URL":                        s.tenant.URL(),
		"FOLLOW_INTERVAL":                  "500ms",
		"SETTLE_TIMEOUT":                   "1m",
		"CA_CERTS":                         s.file("ca.pem"),
		"HTTP_ADDR":                        "off",
		"AZURE_TENANT_ID":                  s.tenant.TenantID(),
		"AZURE_CLIENT_ID":                  s.tenant.ClientID(),
		"AZURE_CLIENT_SECRET":              s.tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST":             s.tenant.Authority(),
		"AZURE_DISABLE_INSTANCE_DISCOVERY": "true",
	}
}

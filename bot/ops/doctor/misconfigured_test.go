package doctor_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"cloudpc-bot/bot/ops"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

var helpdesk = slackfake.Group{ID: "S_HELP", Handle: "helpdesk", Users: []string{"U_CLEO"}}

// says is what a finding has to be: its text and its cure contain the two.
type says struct {
	level               doctor.Level
	subject, text, cure string
}

const (
	warn = doctor.Warn
	fail = doctor.Fail
)

type env = map[string]string

// misconfigurations are worlds in which something is wrong, each with all that doctor has to say of it.
var misconfigurations = map[string]struct {
	change func(*world)
	finds  []says
	slack  slackfake.Config
	graph  graphfake.Config
}{
	"no admins": {change: set(env{"ADMINS": "-"}), finds: []says{
		{fail, "configuration", "ADMINS is missing", "correct it, and run"},
	}},
	"the bot token in the wrong variable": {change: func(w *world) { w.env["SLACK_APP_TOKEN"] = w.slack.BotToken() }, finds: []says{
		{fail, "configuration", "SLACK_APP_TOKEN must be xapp-…", "correct it, and run"},
	}},
	"a token that expires": {change: set(env{"SLACK_BOT_TOKEN": "xoxe.xoxb-1-s3cr3t"}), finds: []says{
		{fail, "configuration", "token rotation is on for the app", "correct it, and run"},
	}},
	"two mistakes in the configuration": {change: set(env{"LOG_LEVEL": "loud", "APPROVALS": "3"}), finds: []says{
		{fail, "configuration", "APPROVALS is more than ADMINS can give", "correct it, and run"},
		{fail, "configuration", "LOG_LEVEL must be debug", "correct it, and run"},
	}},
	"a variable that is nearly ours": {change: set(env{"APPROVAL": "2"}), finds: []says{
		{warn, "configuration", "APPROVAL is set, and this program has no such variable", "rename it to APPROVALS"},
	}},
	"approvers who are no admins": {change: set(env{"NOTIFY_APPROVERS": "U_BEN,U_CLEO"}), finds: []says{
		{warn, "configuration", "NOTIFY_APPROVERS names somebody who is not on ADMINS: U_CLEO", "add them to ADMINS"},
	}},
	"approvers whom Slack does not know": {change: func(w *world) {
		w.slack.AddGroup(helpdesk)
		w.slack.SetGroup("S_HELP", func(g *slackfake.Group) { g.Disabled = true })
		w.env["NOTIFY_APPROVERS"] = "U_BEN,U_NOBODY,S_HELP,U_CLEO"
	}, finds: []says{
		{warn, "people", "U_NOBODY on NOTIFY_APPROVERS: Slack has no account with this id", "Copy member ID"},
		{warn, "people", "S_HELP on NOTIFY_APPROVERS: it is disabled or does not exist", "enable it in Slack"},
		{warn, "configuration", "NOTIFY_APPROVERS names somebody who is not on ADMINS: U_CLEO", "add them to ADMINS"},
	}},
	"two clouds": {change: set(env{"GRAPH_URL": "https://graph.microsoft.us", "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/"}), finds: []says{
		{fail, "configuration", "GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds", "correct it, and run"},
	}},
	"a proxy that is none": {change: set(env{"HTTPS_PROXY": "http:/proxy"}), finds: []says{
		{fail, "configuration", "HTTPS_PROXY: want the address of a proxy", "correct it, and run"},
	}},
	"NO_PROXY with an address": {change: set(env{"NO_PROXY": "https://graph.microsoft.com"}), finds: []says{
		{warn, "proxies", "NO_PROXY has an entry that has no effect", "write host names"},
	}},
	"no certificates": {change: set(env{"CA_CERTS": "/nowhere/ca.pem"}), finds: []says{
		{fail, "configuration", "CA_CERTS: the file cannot be read", "correct it, and run"},
	}},

	"a revoked bot token": {change: func(w *world) { w.slack.RevokeToken(w.slack.BotToken(), "token_revoked") }, finds: []says{
		{fail, "slack tokens", "SLACK_BOT_TOKEN is rejected (token_revoked)", "OAuth & Permissions > Bot User OAuth Token"},
	}},
	"an unknown app token": {change: set(env{"SLACK_APP_TOKEN": "xapp-1-A0REPRO-s3cr3t"}), finds: []says{
		{fail, "slack tokens", "SLACK_APP_TOKEN is rejected (invalid_auth)", "App-Level Tokens, with the scope connections:write"},
	}},
	"an app token without its scope": {change: func(w *world) { w.slack.Fail("apps.connections.open", slackfake.Fault{Error: "missing_scope"}) }, finds: []says{
		{fail, "slack tokens", "SLACK_APP_TOKEN is rejected (missing_scope)", "it lacks the scope connections:write: make a new one at https://api.slack.com/apps, under the app's Basic Information > App-Level Tokens, with the scope connections:write"},
	}},
	"tokens of two apps": {finds: []says{
		{fail, "slack tokens", "the two tokens belong to two apps", "take both from the same app"},
	}, slack: slackfake.Config{BotApp: "A0OTHER"}},
	"tokens of two apps, as bots.info says": {finds: []says{
		{fail, "slack tokens", "the two tokens belong to two apps", "take both from the same app"},
	}, slack: slackfake.Config{BotApp: "A0OTHER", NoAppID: true}},
	"an app of the whole organisation": {finds: []says{
		{fail, "slack tokens", "installed for the whole organisation", "install it in one workspace"},
	}, slack: slackfake.Config{Enterprise: "E0HOME", OrgInstall: true}},
	"Slack out of reach": {change: func(w *world) { w.slack.Close() }, finds: []says{
		{fail, "slack tokens", "Slack could not be asked about the tokens", "check that this machine reaches Slack"},
	}},
	"another page in Slack's place": {change: func(w *world) { w.slack.Fail("*", slackfake.Fault{Garbage: true}) }, finds: []says{
		{fail, "slack tokens", "a page that is not JSON", "is SLACK_API_URL right?"},
	}},

	"a scope that is missing": {change: func(w *world) { w.slack.SetScopes(without(w.slack.Scopes(), "im:write")...) }, finds: []says{
		{fail, "slack scopes", "lacks the scope im:write, which the bot needs to send direct messages", "reinstall the app"},
	}},
	"no scope for groups": {change: func(w *world) {
		w.slack.AddGroup(helpdesk)
		w.env["REQUESTERS"] = "S_HELP"
		w.slack.SetScopes(without(w.slack.Scopes(), "usergroups:read")...)
	}, finds: []says{
		{fail, "slack scopes", "lacks the scope usergroups:read", "reinstall the app"},
		{fail, "groups", "S_HELP on REQUESTERS: the app lacks the scope usergroups:read", "reinstall it from its manifest"},
	}},
	"too many scopes": {change: func(w *world) { w.slack.SetScopes(append(w.slack.Scopes(), "chat:write.public", "files:read")...) }, finds: []says{
		{warn, "slack scopes", "does not use: chat:write.public, files:read", "remove them"},
	}},
	"scopes that a proxy hides": {change: func(w *world) { w.slack.HideScopes(true) }, finds: []says{
		{warn, "slack scopes", "do not say which scopes", "compare the scopes"},
	}},

	"an id that nobody has": {change: set(env{"REQUESTERS": "U_NOBODY"}), finds: []says{
		{fail, "people", "U_NOBODY on REQUESTERS: Slack has no account with this id", "Copy member ID"},
	}},
	"somebody who left": {change: func(w *world) { w.slack.SetPerson("U_CLEO", func(p *slackfake.Person) { p.Deleted = true }) }, finds: []says{
		{fail, "people", "U_CLEO on REQUESTERS: the account is deactivated", "take this id off the list"},
	}},
	"a guest": {change: func(w *world) { w.slack.SetPerson("U_CLEO", func(p *slackfake.Person) { p.Guest = true }) }, finds: []says{
		{fail, "people", "the account is a guest's", "make the person a full member"},
	}},
	"a bot": {change: func(w *world) { w.env["REQUESTERS"] = w.slack.BotUser() }, finds: []says{
		{fail, "people", "it is a bot", "take this id off the list"},
	}},
	"somebody from outside": {change: func(w *world) {
		w.slack.AddPerson(slackfake.Person{ID: "U_EVE", Name: "eve", Team: "T0AWAY", Stranger: true})
		w.env["REQUESTERS"] = "U_EVE"
	}, finds: []says{
		{fail, "people", "another organisation than the bot", "take this id off the list"},
	}},
	"Slack does not know who people are": {change: func(w *world) { w.slack.Fail("users.info", slackfake.Fault{Status: 503}) }, finds: []says{
		{warn, "people", "Slack did not answer who the people on a list are", "until Slack answers"},
		{warn, "approvals", "whether APPROVALS=1 can be reached is not known", "run doctor again"},
	}},

	"a group that does not exist": {change: set(env{"REQUESTERS": "S_GONE"}), finds: []says{
		{fail, "groups", "S_GONE on REQUESTERS: it is disabled or does not exist", "enable it in Slack"},
	}},
	"a disabled group": {change: func(w *world) {
		w.slack.AddGroup(helpdesk)
		w.slack.SetGroup("S_HELP", func(g *slackfake.Group) { g.Disabled = true })
		w.env["REQUESTERS"] = "S_HELP"
	}, finds: []says{
		{fail, "groups", "it is disabled or does not exist", "enable it in Slack"},
	}},
	"an empty group": {change: func(w *world) {
		w.slack.AddGroup(slackfake.Group{ID: "S_HELP", Handle: "helpdesk"})
		w.env["REQUESTERS"] = "S_HELP"
	}, finds: []says{
		{fail, "groups", "nobody is in it", "add its people in Slack"},
	}},
	"a plan without groups": {change: func(w *world) {
		w.slack.Fail("usergroups.users.list", slackfake.Fault{Error: "plan_upgrade_required"})
		w.env["REQUESTERS"] = "S_HELP"
	}, finds: []says{
		{fail, "groups", "plan has no user groups", "list the people instead"},
	}},
	"a group of admins": {change: func(w *world) {
		w.slack.AddGroup(slackfake.Group{ID: "S_ADMINS", Handle: "admins", Users: []string{"U_ADA", "U_BEN"}})
		w.env["ADMINS"] = "S_ADMINS"
	}, finds: []says{
		{warn, "groups", "whoever may edit the user group S_ADMINS in Slack can make admins", "let only people whom you trust"},
	}},

	"a second admin who left": {change: func(w *world) { w.slack.SetPerson("U_BEN", func(p *slackfake.Person) { p.Deleted = true }) }, finds: []says{
		{fail, "people", "U_BEN on ADMINS", "take this id off the list"},
		{fail, "approvals", "APPROVALS=1 needs 2 people on ADMINS who may approve, since the one who asks cannot approve, and there is 1", "add admins, or lower APPROVALS"},
	}},
	"a group with too few people": {change: func(w *world) {
		w.slack.AddGroup(slackfake.Group{ID: "S_ADMINS", Handle: "admins", Users: []string{"U_ADA", "U_BEN", w.slack.BotUser()}})
		w.env["ADMINS"], w.env["APPROVALS"] = "S_ADMINS,U_ADA", "2"
	}, finds: []says{
		{warn, "groups", "can make admins", "let only people"},
		{fail, "approvals", "APPROVALS=2 needs 3 people on ADMINS who may approve, since the one who asks cannot approve, and there are 2", "add admins"},
	}},

	"a channel without the bot": {change: func(w *world) { w.slack.SetChannel("C_CARDS", func(c *slackfake.Channel) { c.BotIn = false }) }, finds: []says{
		{fail, "channel", "APPROVAL_CHANNEL C_CARDS (#cards): the bot is not in it", "type /invite @reprovision in #cards"},
	}},
	"an archived channel": {change: func(w *world) { w.slack.SetChannel("C_CARDS", func(c *slackfake.Channel) { c.Archived = true }) }, finds: []says{
		{fail, "channel", "the channel is archived", "unarchive it"},
	}},
	"a shared channel": {change: func(w *world) { w.slack.SetChannel("C_CARDS", func(c *slackfake.Channel) { c.ExtShared = true }) }, finds: []says{
		{fail, "channel", "shared with another organisation", "only your own people"},
	}},
	"a channel about to be shared": {change: func(w *world) {
		w.slack.SetChannel("C_CARDS", func(c *slackfake.Channel) { c.PendingExtShared = true })
	}, finds: []says{
		{fail, "channel", "or about to be", "only your own people"},
	}},
	"a channel that does not exist": {change: set(env{"APPROVAL_CHANNEL": "C_NOWHERE"}), finds: []says{
		{fail, "channel", "Slack has no channel with this id", "copy the id from the channel's details"},
	}},

	"a directory that does not exist": {change: set(env{"DATABASE_URL": "sqlite:/nowhere/ledger.db"}), finds: []says{
		{fail, "database", "the directory \"/nowhere\" does not exist", "create it or set DATABASE_URL"},
	}},
	"a file that is no ledger": {change: func(w *world) { w.file(strings.Repeat("no database ", 100)) }, finds: []says{
		{fail, "database", "is not a ledger, or is damaged", "restore this one from a backup"},
	}},
	"a newer ledger": {change: (*world).newerFile, finds: []says{
		{fail, "database", "written by a newer version of this program (schema 99", "run that version or restore a backup"},
	}},
	"no server": {change: set(env{"DATABASE_URL": "postgres://bot:s3cr3t@127.0.0.1:1/ledger"}), finds: []says{
		{fail, "database", "the server cannot be reached", "check host and port in DATABASE_URL"},
	}},
	"no such database": {change: func(w *world) { w.server(func(u *url.URL, _ url.Values) { u.Path = "/nowhere" }) }, finds: []says{
		{fail, "database", "database \"nowhere\" does not exist", "the database's name in DATABASE_URL"},
	}},
	"no such schema": {change: func(w *world) { w.server(func(_ *url.URL, q url.Values) { q.Set("search_path", "nowhere") }) }, finds: []says{
		{fail, "database", "no schema in its search_path exists", "create one, or name another"},
	}},
	"a server that only reads": {change: func(w *world) {
		w.server(func(_ *url.URL, q url.Values) { q.Set("default_transaction_read_only", "on") })
	}, finds: []says{
		{fail, "database", "its transactions are read-only", "turn that off"},
	}},
	"a newer database": {change: (*world).newerServer, finds: []says{
		{fail, "database", "written by a newer version of this program (schema 99", "run that version or restore a backup"},
	}},
	"a role without privileges": {change: (*world).lowlyRole, finds: []says{
		{fail, "database", "the role lacks a privilege", "make it the owner of the ledger's schema"},
	}},

	"a wrong client secret": {change: set(env{"AZURE_CLIENT_SECRET": "s3cr3t"}), finds: []says{
		{fail, "entra", "the client secret is wrong", "AZURE_CLIENT_SECRET has to be the secret's value, not its id"},
	}},
	"no such application": {change: func(w *world) { w.env["AZURE_CLIENT_ID"] = uuid.NewString() }, finds: []says{
		{fail, "entra", "the tenant has no such application", "Check AZURE_CLIENT_ID and AZURE_TENANT_ID"},
	}},
	"no such tenant": {change: func(w *world) { w.env["AZURE_TENANT_ID"] = uuid.NewString() }, finds: []says{
		{fail, "entra", "there is no such tenant", "Check AZURE_TENANT_ID"},
	}},
	"Entra and Graph out of reach": {change: func(w *world) { w.tenant.Close() }, finds: []says{
		{fail, "entra", "no token", "check that this machine reaches Entra"},
	}},
	"no app role": {finds: []says{
		{fail, "entra", "the token lacks the app role CloudPC.ReadWrite.All", "grant admin consent"},
		{fail, "graph", "403 Forbidden", "grant admin consent"},
	}, graph: graphfake.Config{Roles: []string{}}},
	"a role that only reads": {finds: []says{
		{fail, "entra", "the token lacks the app role CloudPC.ReadWrite.All", "grant admin consent"},
	}, graph: graphfake.Config{Roles: []string{"CloudPC.Read.All"}}},
	"more roles than needed": {finds: []says{
		{warn, "entra", "does not need: Directory.ReadWrite.All", "remove them from the app registration"},
	}, graph: graphfake.Config{Roles: []string{graph.ReadWrite, "Directory.ReadWrite.All"}}},
	"a token of another tenant": {finds: []says{
		{fail, "entra", "the token is for the tenant 72f988bf-86f1-41af-91ab-2d7cd011db47", "set AZURE_TENANT_ID"},
	}, graph: graphfake.Config{Claims: map[string]any{"tid": "72f988bf-86f1-41af-91ab-2d7cd011db47"}}},
	"a token for another cloud": {finds: []says{
		{fail, "entra", "the token is for https://graph.microsoft.us, and GRAPH_URL is https://127.0.0.1", "set GRAPH_URL and AZURE_AUTHORITY_HOST"},
	}, graph: graphfake.Config{Claims: map[string]any{"aud": "https://graph.microsoft.us"}}},
	"a person's token": {finds: []says{
		{warn, "entra", "the token is a person's", "use an app registration or a managed identity"},
	}, graph: graphfake.Config{Claims: map[string]any{"scp": graph.ReadWrite}}},

	"Graph refuses the token": {change: func(w *world) { w.tenant.Fail(graphfake.Match{Kind: graphfake.List}, graphfake.Fault{Status: 401}) }, finds: []says{
		{fail, "graph", "401", "of one cloud"},
	}},
	"a proxy in Graph's place": {change: func(w *world) {
		w.tenant.Fail(graphfake.Match{Kind: graphfake.List}, graphfake.Fault{Status: 403, Foreign: true})
	}, finds: []says{
		{fail, "graph", "a proxy, a filter or a sign-in page answered", "let this machine through to GRAPH_URL"},
	}},
	"an id on PROTECTED that nothing has": {change: func(w *world) {
		pc := w.tenant.PCs()[0]
		w.env["PROTECTED"] = pc.ID + ", " + pc.ProvisioningPolicyID + ",ceo@example.com,00000000-1111-4111-8111-000000000000"
	}, finds: []says{
		{warn, "graph", "00000000-1111-4111-8111-000000000000 on PROTECTED: the tenant has no provisioning policy and no Cloud PC with this id", "take it off the list"},
	}},
	"more ids on PROTECTED than are looked up": {change: func(w *world) {
		w.env["PROTECTED"] = strings.TrimSuffix(strings.Repeat(w.tenant.PCs()[0].ID+",", 21), ",")
	}, finds: []says{
		{warn, "graph", "only the first 20 were looked up", "check the others"},
	}},
	"no beta": {change: func(w *world) {
		w.tenant.Fail(graphfake.Match{Kind: graphfake.List, Version: "beta"}, graphfake.Fault{Status: 404})
	}, finds: []says{
		{warn, "graph", "Graph beta does not answer", "set GRAPH_BETA=false"},
	}},
	"no Cloud PC": {change: func(w *world) { w.tenant.Remove(w.tenant.PCs()[0].ID) }, finds: []says{
		{warn, "graph", "shows no Cloud PC in this tenant", "check AZURE_TENANT_ID"},
	}},

	"no e-mail addresses, and no self-service": {change: func(w *world) { w.slack.SetScopes(without(w.slack.Scopes(), "users:read.email")...) }, finds: []says{
		{fail, "slack scopes", "lacks the scope users:read.email", "reinstall the app"},
	}},
	"self-service without an app": {change: selfService(env{"SELF_SERVICE_CLIENT_ID": "-"}), finds: []says{
		{fail, "configuration", "SELF_SERVICE_CLIENT_ID is missing", "correct it, and run"},
	}},
	"self-service with an app of nobody's": {change: selfService(env{"SELF_SERVICE_CLIENT_ID": "91f4ad5e-0b6a-4ffc-818d-36bb23cf0717"}), finds: []says{
		{fail, "self-service", "the tenant has no app with the id in SELF_SERVICE_CLIENT_ID (unauthorized_client, AADSTS700016)", "copy the Application (client) ID again"},
	}},
	"self-service with an app that is not public": {change: refused("invalid_client", "AADSTS7000218: want a secret."), finds: []says{
		{fail, "self-service", "does not let people sign in by device code (invalid_client, AADSTS7000218)", "“Allow public client flows” to Yes"},
	}},
	"self-service without consent": {change: refused("invalid_grant", "AADSTS65001: no consent."), finds: []says{
		{fail, "self-service", "nobody has consented for the tenant", "choose Grant admin consent"},
	}},
	"self-service that Conditional Access blocks": {change: refused("invalid_grant", "AADSTS53003: blocked."), finds: []says{
		{fail, "self-service", "the tenant does not let people sign in by device code", "exclude these people from the Conditional Access policy that blocks the device code flow"},
	}},
	"self-service with an app that may not ask": {change: refused("invalid_scope", "AADSTS70011: no such scope."), finds: []says{
		{fail, "self-service", "Entra does not let the app of SELF_SERVICE_CLIENT_ID ask for CloudPC.ReadWrite.All (invalid_scope, AADSTS70011)", "Delegated permissions"},
	}},
	"self-service at another Graph": {change: refused("invalid_resource", "AADSTS500011: no such resource."), finds: []says{
		{fail, "self-service", "the tenant does not know Microsoft Graph under this address", "Check GRAPH_URL"},
	}},
	"self-service that Entra does not explain": {change: refused("invalid_request", "AADSTS900144: something."), finds: []says{
		{fail, "self-service", "Entra begins no sign-in (invalid_request, AADSTS900144)", "compare what is set there"},
	}},
	"self-service that Entra refuses without a number": {change: refused("invalid_request", "something."), finds: []says{
		{fail, "self-service", "Entra begins no sign-in (invalid_request)", "compare what is set there"},
	}},
	"self-service while Entra has trouble": {change: refused("server_error", "AADSTS90033: later."), finds: []says{
		{warn, "self-service", "Entra did not begin a sign-in: Entra reports a temporary fault", "run doctor again"},
	}},
	"self-service while Entra does not answer": {change: func(w *world) {
		selfService(nil)(w)
		w.tenant.Fail(graphfake.Match{Kind: graphfake.BeginDeviceCode}, graphfake.Fault{DropBefore: true})
	}, finds: []says{
		{fail, "self-service", "Entra did not begin a sign-in, and did not say why", "check that this machine reaches Entra"},
	}},
	"self-service without e-mail addresses": {change: func(w *world) {
		selfService(nil)(w)
		w.slack.SetScopes(without(w.slack.Scopes(), "users:read.email")...)
	}, finds: []says{
		{fail, "slack scopes", "lacks the scope users:read.email", "reinstall the app"},
		{warn, "self-service", "every card of self-service says that the e-mail address of who asked cannot be seen", "reinstall the app"},
	}},
	"self-service that nobody approves": {change: selfService(env{"SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "true"}), finds: []says{
		{warn, "self-service", "nobody approves what people ask for themselves, and that who signs in is who asked is read from the e-mail address of their Slack profile (SELF_SERVICE_TRUST_EMAIL)", "SELF_SERVICE_APPROVALS=1"},
	}},
	"self-service that nobody approves, without e-mail addresses": {change: func(w *world) {
		selfService(env{"SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "true"})(w)
		w.slack.SetScopes(without(w.slack.Scopes(), "users:read.email")...)
	}, finds: []says{
		{warn, "self-service", "nobody approves", "SELF_SERVICE_APPROVALS=1"},
		{fail, "slack scopes", "lacks the scope users:read.email", "reinstall the app"},
		{fail, "self-service", "everybody is refused who asks for themselves", "reinstall the app"},
	}},
	"self-service with too few people in a group": {change: func(w *world) {
		w.slack.AddGroup(slackfake.Group{ID: "S_ADMINS", Handle: "admins", Users: []string{"U_ADA", "U_BEN", w.slack.BotUser()}})
		selfService(env{"ADMINS": "S_ADMINS", "SELF_SERVICE_APPROVALS": "3"})(w)
	}, finds: []says{
		{warn, "groups", "can make admins", "let only people"},
		{fail, "approvals", "SELF_SERVICE_APPROVALS=3 needs 3 people on ADMINS who may approve, and there are 2", "add admins, or lower SELF_SERVICE_APPROVALS"},
	}},
	"a wrong client secret, and self-service": {change: selfService(env{"AZURE_CLIENT_SECRET": "s3cr3t", "SELF_SERVICE_CLIENT_ID": "91f4ad5e-0b6a-4ffc-818d-36bb23cf0717"}), finds: []says{
		{fail, "entra", "the client secret is wrong", "AZURE_CLIENT_SECRET has to be"}, // nothing is known of the tenant yet
	}},

	"a clock that is a little late": {finds: []says{
		{warn, "clock", "s behind Slack's", "follow a time server"},
	}, slack: slackfake.Config{Now: later(20 * time.Second)}},
	"a clock that is far too early": {finds: []says{
		{fail, "clock", "ahead of Graph's", "follow a time server"},
	}, graph: graphfake.Config{Now: later(-10 * time.Minute)}},
}

func TestEachMisconfigurationHasItsLineAndItsCure(t *testing.T) {
	for name, row := range misconfigurations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, row.slack, row.graph)
			if row.change != nil {
				row.change(w)
			}
			code, found := w.findings(ops.DoctorOptions{})
			bad, failures := amiss(found), 0
			for _, want := range row.finds {
				if want.level == fail {
					failures = 1
				}
				n := 0
				for _, f := range bad {
					if f.Level == want.level && f.Subject == want.subject && strings.Contains(f.Text, want.text) && strings.Contains(f.Cure, want.cure) {
						n++
					}
				}
				if n != 1 {
					t.Errorf("%d findings are %+v", n, want)
				}
			}
			if len(bad) != len(row.finds) || code != failures {
				t.Errorf("%d findings and exit status %d, want %d and %d", len(bad), code, len(row.finds), failures)
			}
			if t.Failed() {
				t.Logf("doctor found %+v", bad)
			}
		})
	}
}

// selfService switches it on, and changes variables.
func selfService(pairs env) func(*world) {
	return func(w *world) {
		set(env{"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": w.tenant.PublicClientID()})(w)
		set(pairs)(w)
	}
}

// refused is self-service in which Entra refuses to begin a sign-in.
func refused(code, message string) func(*world) {
	return func(w *world) {
		selfService(nil)(w)
		w.tenant.Fail(graphfake.Match{Kind: graphfake.BeginDeviceCode}, graphfake.Fault{Status: 400, Code: code, Message: message})
	}
}

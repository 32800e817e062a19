package config

import (
	"os"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/auth"
)

// row is everything about a variable except its default and whether it is required, which are in
// the tags of Config.
type row struct {
	name  string
	form  string                                // the expected form, as error messages state it
	cure  string                                // where such a value is found; empty = the operator chooses it freely
	right func(r *reading) bool                 // checks the value; nil = any value that can be parsed
	clue  func(r *reading, value string) string // what is wrong, if form does not say enough; nil or "" = it does
	says  func(r *reading, value string) string // the whole line, where the form is right and the value still cannot be; nil or "" = problem's
}

const (
	people  = "ids of Slack users and user groups, separated by commas, such as U024BE7LH,W012A3CDE,S0614TZR7"
	copyIDs = "in Slack, a person's profile › the three dots › Copy member ID; a group's page › the three dots › Copy group ID"
	yesNo   = "true or false"

	secondAdmin = "needs a second admin, because the person who asks cannot approve. Add one to ADMINS, or set ALLOW_SELF_APPROVAL=true for a trial"
)

// longestNotice is the longest notice where no approval is needed. Nothing is erased more than ten minutes
// after a command that runs at once; the notice begins only when its card is posted, and the call to Graph
// comes after it. Half of the time is left for finding the machine, for Slack, and for the call.
const longestNotice = 5 * time.Minute

// shortestRetain is the least time for which words are kept: the people of a request may still answer to its end.
const shortestRetain = 24 * time.Hour

// rows are the variables in the order of Config, which is also the order of error messages.
var rows = []row{
	{
		name: "SLACK_APP_TOKEN", form: "xapp-…",
		cure:  "api.slack.com/apps › your app › Basic Information › App-Level Tokens, with the scope connections:write",
		right: func(r *reading) bool { return strings.HasPrefix(r.SlackAppToken.Reveal(), "xapp-") },
		clue:  byPrefix("xox", "this is another kind of token, and the bot token goes into SLACK_BOT_TOKEN"),
	},
	{
		name: "SLACK_BOT_TOKEN", form: "xoxb-…",
		cure:  "api.slack.com/apps › your app › OAuth & Permissions › Bot User OAuth Token, once the app is installed in the workspace",
		right: func(r *reading) bool { return strings.HasPrefix(r.SlackBotToken.Reveal(), "xoxb-") },
		clue: byPrefix(
			"xapp-", "this is an app-level token, which goes into SLACK_APP_TOKEN",
			"xoxp-", "this is a person's token (User OAuth Token); the bot's token is on the same page",
			"xoxe", "this token expires within hours, because token rotation is on for the app. That cannot be undone: create a new app from what cloudpc-bot manifest prints",
		),
	},
	{
		name: "SLACK_API_URL", form: "an address that ends with a slash, such as https://slack.com/api/",
		cure: "leave it unset, unless a proxy or a test stands in for Slack",
		right: func(r *reading) bool {
			return isURL(r.SlackAPIURL, "http", "https") && strings.HasSuffix(r.SlackAPIURL, "/")
		},
	},
	{
		name: "SLACK_PACE", form: "a duration of 0 or more, such as 1s",
		right: func(r *reading) bool { return r.SlackPace >= 0 },
	},
	secretFile("SLACK_APP_TOKEN_FILE"),
	secretFile("SLACK_BOT_TOKEN_FILE"),
	{
		name: "ADMINS", form: people, cure: copyIDs,
		right: func(r *reading) bool { return r.adminsErr == nil },
		clue: func(r *reading, _ string) string {
			if len(r.Admins) == 0 {
				return ""
			}
			return inOneLine(r.adminsErr)
		},
	},
	{
		name: "REQUESTERS", form: people + ", or nothing", cure: copyIDs,
		right: func(r *reading) bool { return r.requestersErr == nil },
		clue:  func(r *reading, _ string) string { return inOneLine(r.requestersErr) },
	},
	listFile("ADMINS_FILE"),
	listFile("REQUESTERS_FILE"),
	{
		name: "APPROVALS", form: "a number of 0 or more, such as 1",
		right: func(r *reading) bool {
			return r.Approvals >= 0 && (r.adminsErr != nil || r.Approvals <= Reachable(r.admins, r.AllowSelf))
		},
		says: func(r *reading, value string) string {
			switch {
			case r.Approvals <= 0:
				return ""
			case r.AllowSelf:
				return "APPROVALS is more than ADMINS can give. Add admins, or lower it"
			case r.Approvals > 1:
				return "APPROVALS is more than ADMINS can give, because the person who asks cannot approve. Add admins, or lower it"
			case value == "":
				return "APPROVALS=1, the default, " + secondAdmin
			}
			return "APPROVALS=1 " + secondAdmin
		},
	},
	{name: "ALLOW_SELF_APPROVAL", form: yesNo},
	{
		name: "APPROVAL_TTL", form: "a duration above 0, such as 8h",
		right: func(r *reading) bool { return r.ApprovalTTL > 0 },
	},
	{
		name: "APPROVAL_CHANNEL", form: "a Slack channel id, such as C024BE91L", cure: "in Slack, the channel's name › About › Channel ID, at the bottom",
		right: func(r *reading) bool {
			return r.ApprovalChannel == "" && !r.approvesOwn() || channelID.MatchString(r.ApprovalChannel)
		},
		clue: func(_ *reading, value string) string {
			if value == "" {
				return "SELF_SERVICE=true needs it unless SELF_SERVICE_APPROVALS=0, because people ask from where they are, and admins have to see the card"
			}
			return ""
		},
	},
	{
		name: "NOTIFY_APPROVERS", form: "auto, off, or " + people, cure: copyIDs,
		right: func(r *reading) bool {
			if len(r.NotifyApprovers) == 1 && (r.NotifyApprovers[0] == "auto" || r.NotifyApprovers[0] == "off") {
				return true
			}
			_, err := auth.Allowlist(r.NotifyApprovers)
			return err == nil
		},
	},
	{
		name: "MAX_OPEN_PER_PERSON", form: "a number of 0 or more; 0 is no limit",
		right: func(r *reading) bool { return r.MaxOpen >= 0 },
	},
	{name: "REQUIRE_REASON", form: yesNo},
	{name: "OWNER_MAY_APPROVE", form: yesNo},
	{name: "NOTIFY_OWNER", form: yesNo},
	{
		name: "OWNER_NOTICE", form: "a duration of 0 or more, such as 30m, below APPROVAL_TTL, and at most 5m with APPROVALS=0",
		right: func(r *reading) bool {
			return r.OwnerNotice == 0 || r.OwnerNotice > 0 && r.NotifyOwner && r.OwnerNotice < r.ApprovalTTL && (r.Approvals > 0 || r.OwnerNotice <= longestNotice)
		},
		clue: func(r *reading, _ string) string {
			switch {
			case r.OwnerNotice <= 0:
			case !r.NotifyOwner:
				return "with NOTIFY_OWNER=false nobody is told, and nobody can say “not now”"
			case r.OwnerNotice >= r.ApprovalTTL:
				return "the approval would expire before the notice is over"
			case r.Approvals == 0:
				return "with APPROVALS=0 nothing is erased more than 10m after the command, and the notice begins only when the card is posted"
			}
			return ""
		},
	},
	{name: "SELF_SERVICE", form: yesNo},
	{
		name: "SELF_SERVICE_CLIENT_ID", form: "a GUID, the client ID of an app for people's sign-ins alone",
		cure: "Entra admin center › App registrations › that app › Overview; what cloudpc-bot manifest entra prints with SELF_SERVICE=true makes such an app",
		right: func(r *reading) bool {
			return r.SelfServiceClientID == "" && !r.SelfService || isGUID(r.SelfServiceClientID) && (!r.SelfService || r.foreignApp() == "")
		},
		clue: func(r *reading, _ string) string { return r.foreignApp() },
	},
	{
		name: "SELF_SERVICE_APPROVALS", form: "a number of 0 or more, such as 1",
		right: func(r *reading) bool {
			return r.SelfServiceApprovals >= 0 && (!r.SelfService || r.adminsErr != nil || r.SelfServiceApprovals <= Reachable(r.admins, true)) // who asks need not be an admin
		},
		says: func(r *reading, _ string) string {
			if r.SelfServiceApprovals > 0 {
				return "SELF_SERVICE_APPROVALS is more than ADMINS can give. Add admins, or lower it"
			}
			return ""
		},
	},
	{
		name: "SELF_SERVICE_TRUST_EMAIL", form: yesNo,
		right: func(r *reading) bool {
			return !r.SelfService || r.unparsed["SELF_SERVICE_APPROVALS"] || r.SelfServiceApprovals != 0 || r.SelfServiceTrustEmail
		},
		says: func(r *reading, _ string) string {
			if r.unparsed["SELF_SERVICE_TRUST_EMAIL"] {
				return ""
			}
			return "SELF_SERVICE_APPROVALS=0 needs SELF_SERVICE_TRUST_EMAIL=true, because then only the e-mail address of the Slack profile says that whoever signs in is the one who asked. " +
				"Set it if Slack takes these addresses from the tenant's directory, or require an approval"
		},
	},
	{
		name: "PROTECTED", form: "ids of provisioning policies and Cloud PCs, and user principal names, separated by commas, or nothing",
		cure: "Intune admin center › Devices › Windows 365; a policy's and a machine's id stand in the address of its page",
		right: func(r *reading) bool {
			return !slices.ContainsFunc(r.Protected, func(id string) bool {
				id = strings.TrimSpace(id)
				return !isGUID(id) && !userName.MatchString(id)
			})
		},
	},
	{name: "START_FROZEN", form: yesNo},
	{
		name: "DATABASE_URL", form: "sqlite: and a file, such as sqlite:cloudpc-bot.db, or postgres://user:password@host/database",
		right: func(r *reading) bool { return SQLiteFile(r.DatabaseURL) != "" || isPostgres(r.DatabaseURL) },
		clue: byPrefix("postgres", "percent-encode the user name and the password, with %25 for % and %2F for /; "+
			"sslmode can be disable, allow, prefer, require, verify-ca or verify-full, and every file that the address names must exist"),
	},
	secretFile("DATABASE_URL_FILE"),
	{
		name: "RETAIN", form: "a duration of 24h or more, such as 8760h for a year, or 0s for ever",
		right: func(r *reading) bool { return r.Retain == 0 || r.Retain >= shortestRetain },
		clue: func(r *reading, _ string) string {
			if r.Retain > 0 {
				return "the bot itself needs the words of a request for a while after its end"
			}
			return ""
		},
	},
	{
		name: "GRAPH_URL", form: "an https address without a path, such as https://graph.microsoft.com", cure: "leave it unset, unless the tenant is in a national cloud",
		right: func(r *reading) bool {
			return isURL(r.GraphURL, "https") && strings.Count(strings.TrimSuffix(r.GraphURL, "/"), "/") <= 2
		},
	},
	{name: "GRAPH_BETA", form: yesNo},
	{
		name: "GRAPH_TIMEOUT", form: "a duration of 1s to 2m, such as 30s",
		right: func(r *reading) bool { return r.GraphTimeout >= time.Second && r.GraphTimeout <= 2*time.Minute },
	},
	{
		name: "SETTLE_TIMEOUT", form: "a duration above 0, such as 15m",
		right: func(r *reading) bool { return r.SettleTimeout > 0 },
	},
	{
		name: "FOLLOW_INTERVAL", form: "a duration above 0, such as 2m",
		right: func(r *reading) bool { return r.FollowInterval > 0 },
	},
	{
		name: "FOLLOW_TIMEOUT", form: "a duration above 0, such as 3h",
		right: func(r *reading) bool { return r.FollowTimeout > 0 },
	},
	{
		name: "RECONCILE_INTERVAL", form: "0, or a duration of 1m to 24h, such as 15m; 0 is never", // the audit log keeps events for 7 days
		right: func(r *reading) bool {
			return r.ReconcileInterval == 0 || r.ReconcileInterval >= time.Minute && r.ReconcileInterval <= 24*time.Hour
		},
	},
	{
		name: "MAX_PER_HOUR", form: "a number of 0 or more; 0 is no limit",
		right: func(r *reading) bool { return r.MaxPerHour >= 0 },
	},
	{
		name: "MAX_PER_ADMIN_PER_HOUR", form: "a number of 0 or more; 0 is no limit",
		right: func(r *reading) bool { return r.MaxPerAdminHour >= 0 },
	},
	secretFile("AZURE_CLIENT_SECRET_FILE"),
	{name: "AZURE_DISABLE_INSTANCE_DISCOVERY", form: yesNo},
	{name: "CA_CERTS", form: "a PEM file of certificates"}, // checked by besides, which reads the file
	{
		name: "HTTP_ADDR", form: "host:port, such as 0.0.0.0:8080, or off",
		right: func(r *reading) bool { return r.HTTPAddr == "off" || isAddr(r.HTTPAddr) },
	},
	{name: "LOG_LEVEL", form: "debug, info, warn or error"},
	{
		name: "LOG_FORMAT", form: "text or json",
		right: func(r *reading) bool { return r.LogFormat == "text" || r.LogFormat == "json" },
	},
}

// besides checks what involves several variables, and what other packages read. Each check words
// its own errors, one line for each mistake.
var besides = []func(*reading) error{
	func(r *reading) error { _, err := auth.Roots(r.CACerts); return err },
	func(*reading) error { return auth.CheckProxies() },
	func(r *reading) error {
		secret := r.ClientSecret
		if r.wrongFiles["AZURE_CLIENT_SECRET_FILE"] != nil && os.Getenv("AZURE_CLIENT_SECRET") == "" {
			secret = auth.NewSecret("unread") // it is missing because of its file, which is told
		}
		_, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: r.DisableInstanceDiscovery, Secret: secret})
		return r.ownTenant(err)
	},
	func(r *reading) error { return auth.SameCloud(r.GraphURL) },
}

// Variables returns the names in Config, in its order.
func Variables() (names []string) {
	for _, v := range rows {
		names = append(names, v.name)
	}
	return names
}

// problem is the line about a variable whose value is wrong.
func (v row) problem(r *reading) string {
	value := r.value(v.name)
	if v.says != nil {
		if text := v.says(r, value); text != "" {
			return text
		}
	}
	text := v.name + r.origin(v.name) + " must be " + v.form
	if value == "" {
		text = v.name + " is missing (" + v.form + ")"
	}
	if v.cure != "" {
		text += ": " + v.cure
	}
	if more := v.hint(r); more != "" {
		text += "; " + more
	}
	return text
}

// hint says more about a wrong value if the form does not say enough.
func (v row) hint(r *reading) string {
	value := r.value(v.name)
	if len(value) > 1 && strings.ContainsAny(value[:1], `"'`) {
		return "remove the quotes around the value"
	}
	for _, n := range r.Nearly {
		if value == "" && slices.Contains(n.Meant, v.name) {
			return n.Name + " is set, but this program has no such variable"
		}
	}
	if v.clue != nil {
		return v.clue(r, value)
	}
	return ""
}

// byPrefix makes a clue from how a value begins: pairs of a prefix and what to say.
func byPrefix(pairs ...string) func(*reading, string) string {
	return func(_ *reading, value string) string {
		for pair := range slices.Chunk(pairs, 2) {
			if strings.HasPrefix(value, pair[0]) {
				return pair[1]
			}
		}
		return ""
	}
}

// inOneLine joins an error with a line for each mistake into one line; "" for nil.
func inOneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

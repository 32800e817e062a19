package config

import (
	"slices"
	"strings"
	"time"

	"cloudpc-bot/auth"
)

// row is a variable: what there is to it beside its name, its default and whether it is
// required, which the tags of Config say.
type row struct {
	name  string
	form  string                                // what is wanted, as an error says it
	cure  string                                // where such a value is found; empty = it is anybody's own to choose
	right func(r *reading) bool                 // nil = what can be parsed is right
	clue  func(r *reading, value string) string // says what is wrong, where the form does not say enough; nil or "" = it does
}

const (
	people  = "ids of Slack users and user groups with commas between them, as U024BE7LH,W012A3CDE,S0614TZR7"
	copyIDs = "a person's profile in Slack > the three dots > Copy member ID; a group's page > the three dots > Copy group ID"
	yesNo   = "true or false"
)

// rows are the variables, in the order of Config, which is that of the message about them.
var rows = []row{
	{
		name: "SLACK_APP_TOKEN", form: "xapp-…",
		cure:  "https://api.slack.com/apps > the app > Basic Information > App-Level Tokens: generate one with the scope connections:write",
		right: func(r *reading) bool { return strings.HasPrefix(r.SlackAppToken.Reveal(), "xapp-") },
		clue:  byPrefix("xox", "what is there is another kind of token: that of the bot goes into the other variable"),
	},
	{
		name: "SLACK_BOT_TOKEN", form: "xoxb-…",
		cure:  "https://api.slack.com/apps > the app > OAuth & Permissions: the Bot User OAuth Token, once the app is installed in the workspace",
		right: func(r *reading) bool { return strings.HasPrefix(r.SlackBotToken.Reveal(), "xoxb-") },
		clue: byPrefix(
			"xapp-", "what is there is an app-level token, which goes into the other variable",
			"xoxp-", "what is there is a person's token (User OAuth Token), and the bot's is on the same page",
			"xoxe", "what is there expires within hours, because token rotation is on for the app, which cannot be undone: make a new app from what cloudpc-bot manifest prints",
		),
	},
	{
		name: "SLACK_API_URL", form: "an address with a slash at its end, as https://slack.com/api/",
		cure: "leave it out unless a proxy or a test stands in for Slack",
		right: func(r *reading) bool {
			return isURL(r.SlackAPIURL, "http", "https") && strings.HasSuffix(r.SlackAPIURL, "/")
		},
	},
	{
		name: "SLACK_PACE", form: "a duration of 0 or more, as 1s",
		right: func(r *reading) bool { return r.SlackPace >= 0 },
	},
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
	{
		name: "APPROVALS", form: "a number of 0 or more, as 1, that the admins can reach",
		right: func(r *reading) bool {
			return r.Approvals >= 0 && (r.adminsErr != nil || r.Approvals <= reachable(r.admins, r.AllowSelf))
		},
		clue: func(r *reading, _ string) string {
			switch {
			case r.Approvals <= 0:
				return ""
			case len(r.admins) == 1 && !r.AllowSelf:
				return "who asks does not approve, and there is one admin: name a second one in ADMINS, or allow the one to approve alone with ALLOW_SELF_APPROVAL=true"
			}
			return "who asks does not approve: so many approvals take more admins in ADMINS, or ALLOW_SELF_APPROVAL=true"
		},
	},
	{name: "ALLOW_SELF_APPROVAL", form: yesNo},
	{
		name: "APPROVAL_TTL", form: "a duration above 0, as 8h",
		right: func(r *reading) bool { return r.ApprovalTTL > 0 },
	},
	{
		name: "APPROVAL_CHANNEL", form: "a Slack channel id, as C024BE91L", cure: "the channel's name in Slack > About, at the bottom: Channel ID",
		right: func(r *reading) bool { return r.ApprovalChannel == "" || channelID.MatchString(r.ApprovalChannel) },
	},
	{
		name: "DATABASE_URL", form: "sqlite: and a file, as sqlite:cloudpc-bot.db, or postgres://user:password@host/database",
		right: func(r *reading) bool { return SQLiteFile(r.DatabaseURL) != "" || isPostgres(r.DatabaseURL) },
		clue: byPrefix("postgres", "percent-encode the user name and the password, as %25 for % and %2F for /; "+
			"sslmode is one of disable, allow, prefer, require, verify-ca and verify-full, and a file that is named has to be there"),
	},
	{
		name: "GRAPH_URL", form: "an https address without a path, as https://graph.microsoft.com", cure: "leave it out unless the tenant is in a national cloud",
		right: func(r *reading) bool {
			return isURL(r.GraphURL, "https") && strings.Count(strings.TrimSuffix(r.GraphURL, "/"), "/") <= 2
		},
	},
	{name: "GRAPH_BETA", form: yesNo},
	{
		name: "GRAPH_TIMEOUT", form: "a duration of 1s to 2m, as 30s",
		right: func(r *reading) bool { return r.GraphTimeout >= time.Second && r.GraphTimeout <= 2*time.Minute },
	},
	{
		name: "SETTLE_TIMEOUT", form: "a duration above 0, as 15m",
		right: func(r *reading) bool { return r.SettleTimeout > 0 },
	},
	{
		name: "FOLLOW_INTERVAL", form: "a duration above 0, as 2m",
		right: func(r *reading) bool { return r.FollowInterval > 0 },
	},
	{
		name: "FOLLOW_TIMEOUT", form: "a duration above 0, as 3h",
		right: func(r *reading) bool { return r.FollowTimeout > 0 },
	},
	{
		name: "MAX_PER_HOUR", form: "a number of 0 or more; 0 is no limit",
		right: func(r *reading) bool { return r.MaxPerHour >= 0 },
	},
	{
		name: "MAX_PER_ADMIN_PER_HOUR", form: "a number of 0 or more; 0 is no limit",
		right: func(r *reading) bool { return r.MaxPerAdminHour >= 0 },
	},
	{name: "AZURE_DISABLE_INSTANCE_DISCOVERY", form: yesNo},
	{name: "CA_CERTS", form: "a PEM file of certificates"}, // besides reads the file
	{
		name: "HTTP_ADDR", form: "host:port, as 0.0.0.0:8080, or off",
		right: func(r *reading) bool { return r.HTTPAddr == "off" || isAddr(r.HTTPAddr) },
	},
	{name: "LOG_LEVEL", form: "debug, info, warn or error"},
	{
		name: "LOG_FORMAT", form: "text or json",
		right: func(r *reading) bool { return r.LogFormat == "text" || r.LogFormat == "json" },
	},
}

// besides looks at what several variables say together, and at what others read: each of these
// has words of its own for what is wrong, a line for each of several mistakes.
var besides = []func(Config) error{
	func(c Config) error { _, err := auth.Roots(c.CACerts); return err },
	func(Config) error { return auth.CheckProxies() },
	func(c Config) error {
		_, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: c.DisableInstanceDiscovery})
		return err
	},
	func(c Config) error { return auth.SameCloud(c.GraphURL) },
}

// Variables are the names in Config, in its order.
func Variables() (names []string) {
	for _, v := range rows {
		names = append(names, v.name)
	}
	return names
}

// rowOf is the row of a variable that has one.
func rowOf(name string) row {
	return rows[slices.IndexFunc(rows, func(v row) bool { return v.name == name })]
}

// problem is the line about a variable whose value is wrong.
func (v row) problem(r *reading) string {
	text := v.name + ": want " + v.form
	for _, more := range []string{v.cure, v.hint(r)} {
		if more != "" {
			text += "; " + more
		}
	}
	return text
}

// hint says more about a wrong value where the form does not say enough.
func (v row) hint(r *reading) string {
	value := r.value(v.name)
	if len(value) > 1 && strings.ContainsAny(value[:1], `"'`) {
		return "what is there stands in quotes: take them off"
	}
	if v.clue != nil {
		if text := v.clue(r, value); text != "" {
			return text
		}
	}
	if value != "" {
		return ""
	}
	for _, n := range r.Nearly {
		if slices.Contains(n.Meant, v.name) {
			return n.Name + " is set, and is no variable of this program"
		}
	}
	return ""
}

// byPrefix is a clue by how a value begins: pairs of a prefix and what it says.
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

// inOneLine is an error that has a line for each mistake; "" is none.
func inOneLine(err error) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

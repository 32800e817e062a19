// Package config is what the environment says: a row a variable, with its default, the form of
// its value, and where that is found. What is wrong is told at once, all of it, with its cure and
// never with the value.
package config

import (
	"errors"
	"log/slog"
	"math"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5/pgconn"

	"cloudpc-bot/auth"
)

// Error is a mistake of whoever starts the program, in words for them: exit status 2.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// Config is what the environment says; want is the form of a value, and from where it is
// found. AZURE_* is left to azidentity.
type Config struct {
	SlackAppToken auth.Secret   `env:"SLACK_APP_TOKEN,required,notEmpty,unset" want:"xapp-…" from:"https://api.slack.com/apps > the app > Basic Information > App-Level Tokens: generate one with the scope connections:write"`
	SlackBotToken auth.Secret   `env:"SLACK_BOT_TOKEN,required,notEmpty,unset" want:"xoxb-…" from:"https://api.slack.com/apps > the app > OAuth & Permissions: the Bot User OAuth Token, once the app is installed in the workspace"`
	SlackAPIURL   string        `env:"SLACK_API_URL" envDefault:"https://slack.com/api/" want:"an address with a slash at its end, as https://slack.com/api/" from:"leave it out unless a proxy or a test stands in for Slack"`
	SlackPace     time.Duration `env:"SLACK_PACE" envDefault:"1s" want:"a duration of 0 or more, as 1s"`

	Admins          []string      `env:"ADMINS,required,notEmpty" want:"ids of Slack users and user groups with commas between them, as U024BE7LH,W012A3CDE,S0614TZR7" from:"a person's profile in Slack > the three dots > Copy member ID; a group's page > the three dots > Copy group ID"`
	Requesters      []string      `env:"REQUESTERS" want:"ids of Slack users and user groups with commas between them, as U024BE7LH,W012A3CDE,S0614TZR7, or nothing" from:"a person's profile in Slack > the three dots > Copy member ID; a group's page > the three dots > Copy group ID"`
	Approvals       int           `env:"APPROVALS" envDefault:"1" want:"a number of 0 or more, as 1, that the admins can reach"`
	AllowSelf       bool          `env:"ALLOW_SELF_APPROVAL" want:"true or false"`
	ApprovalTTL     time.Duration `env:"APPROVAL_TTL" envDefault:"8h" want:"a duration above 0, as 8h"`
	ApprovalChannel string        `env:"APPROVAL_CHANNEL" want:"a Slack channel id, as C024BE91L" from:"the channel's name in Slack > About, at the bottom: Channel ID"`

	DatabaseURL auth.Secret `env:"DATABASE_URL,unset" envDefault:"sqlite:cloudpc-bot.db" want:"sqlite: and a file, as sqlite:cloudpc-bot.db, or postgres://user:password@host/database"`

	GraphURL       string        `env:"GRAPH_URL" envDefault:"https://graph.microsoft.com" want:"an https address without a path, as https://graph.microsoft.com" from:"leave it out unless the tenant is in a national cloud"`
	GraphBeta      bool          `env:"GRAPH_BETA" envDefault:"true" want:"true or false"`
	GraphTimeout   time.Duration `env:"GRAPH_TIMEOUT" envDefault:"30s" want:"a duration of 1s to 2m, as 30s"`
	SettleTimeout  time.Duration `env:"SETTLE_TIMEOUT" envDefault:"15m" want:"a duration above 0, as 15m"`
	FollowInterval time.Duration `env:"FOLLOW_INTERVAL" envDefault:"2m" want:"a duration above 0, as 2m"`
	FollowTimeout  time.Duration `env:"FOLLOW_TIMEOUT" envDefault:"3h" want:"a duration above 0, as 3h"`

	MaxPerHour      int `env:"MAX_PER_HOUR" envDefault:"30" want:"a number of 0 or more; 0 is no limit"`
	MaxPerAdminHour int `env:"MAX_PER_ADMIN_PER_HOUR" envDefault:"10" want:"a number of 0 or more; 0 is no limit"`

	DisableInstanceDiscovery bool   `env:"AZURE_DISABLE_INSTANCE_DISCOVERY" want:"true or false"`
	CACerts                  string `env:"CA_CERTS" want:"a PEM file of certificates"`

	HTTPAddr  string     `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080" want:"host:port, as 0.0.0.0:8080, or off"`
	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info" want:"debug, info, warn or error"`
	LogFormat string     `env:"LOG_FORMAT" envDefault:"text" want:"text or json"`

	Nearly []Misnomer // variables that are set, mean nothing, and are called nearly like one of these
}

// Variables are the names in Config, in its order.
func Variables() (names []string) {
	for f := range reflect.TypeFor[Config]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("env"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Read reads the environment. Its error lists everything that is wrong at once, with
// the form that is wanted and where it is found, and never the value that is there.
func Read() (Config, error) {
	trim(Variables()...)
	c := Config{Nearly: misnomers(os.Environ())} // before the secrets are taken out
	wrong := map[string]bool{}                   // by variable
	var all env.AggregateError
	if err := env.Parse(&c); errors.As(err, &all) {
		for _, err := range all.Errors {
			wrong[variable(err)] = true
		}
	} else if err != nil {
		return c, err
	}
	lists := map[string]error{}
	admins, err := auth.Allowlist(c.Admins)
	lists["ADMINS"] = err
	requesters := c.Requesters
	if len(requesters) > 0 {
		requesters, lists["REQUESTERS"] = auth.Allowlist(c.Requesters)
	}
	for name, bad := range map[string]bool{
		"SLACK_APP_TOKEN":        !strings.HasPrefix(c.SlackAppToken.Reveal(), "xapp-"),
		"SLACK_BOT_TOKEN":        !strings.HasPrefix(c.SlackBotToken.Reveal(), "xoxb-"),
		"SLACK_API_URL":          !isURL(c.SlackAPIURL, "http", "https") || !strings.HasSuffix(c.SlackAPIURL, "/"),
		"SLACK_PACE":             c.SlackPace < 0,
		"ADMINS":                 lists["ADMINS"] != nil,
		"REQUESTERS":             lists["REQUESTERS"] != nil,
		"APPROVALS":              c.Approvals < 0 || lists["ADMINS"] == nil && c.Approvals > reachable(admins, c.AllowSelf),
		"MAX_PER_HOUR":           c.MaxPerHour < 0,
		"MAX_PER_ADMIN_PER_HOUR": c.MaxPerAdminHour < 0,
		"APPROVAL_TTL":           c.ApprovalTTL <= 0,
		"APPROVAL_CHANNEL":       c.ApprovalChannel != "" && !channelID.MatchString(c.ApprovalChannel),
		"DATABASE_URL":           SQLiteFile(c.DatabaseURL) == "" && !isPostgres(c.DatabaseURL),
		"GRAPH_URL":              !isURL(c.GraphURL, "https") || strings.Count(strings.TrimSuffix(c.GraphURL, "/"), "/") > 2,
		"GRAPH_TIMEOUT":          c.GraphTimeout < time.Second || c.GraphTimeout > 2*time.Minute,
		"SETTLE_TIMEOUT":         c.SettleTimeout <= 0,
		"FOLLOW_INTERVAL":        c.FollowInterval <= 0,
		"FOLLOW_TIMEOUT":         c.FollowTimeout <= 0,
		"HTTP_ADDR":              c.HTTPAddr != "off" && !isAddr(c.HTTPAddr),
		"LOG_FORMAT":             c.LogFormat != "text" && c.LogFormat != "json",
	} {
		wrong[name] = wrong[name] || bad
	}
	var problems []string
	for f := range reflect.TypeFor[Config]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		if !wrong[name] {
			continue
		}
		text := name + ": want " + f.Tag.Get("want")
		for _, more := range []string{f.Tag.Get("from"), c.hint(name, len(admins), lists[name])} {
			if more != "" {
				text += "; " + more
			}
		}
		problems = append(problems, text)
	}
	_, rootsErr := auth.Roots(c.CACerts)
	_, credErr := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: c.DisableInstanceDiscovery})
	for _, err := range []error{rootsErr, auth.CheckProxies(), credErr, auth.SameCloud(c.GraphURL)} {
		if err != nil {
			problems = append(problems, strings.Split(err.Error(), "\n")...)
		}
	}
	c.Admins, c.Requesters = admins, requesters
	if len(problems) > 0 {
		return c, &Error{"cloudpc-bot cannot start, its configuration is wrong:\n  " + strings.Join(problems, "\n  ")}
	}
	return c, nil
}

// azure are the variables that azidentity reads by itself.
var azure = []string{
	"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
	"AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_ADDITIONALLY_ALLOWED_TENANTS", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST",
	"AZURE_TOKEN_CREDENTIALS", "AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_REGIONAL_AUTHORITY_NAME", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
}

// proxies are read by net/http, once.
var proxies = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}

// trim takes the white space off the ends of what these variables hold, and of what azidentity
// and net/http read by themselves: those look into the environment, so that the trimmed value
// is set there. A secret that was made with echo ends in a newline.
func trim(names ...string) {
	for _, name := range slices.Concat(names, azure, proxies) {
		if value, ok := os.LookupEnv(name); ok && value != strings.TrimSpace(value) {
			_ = os.Setenv(name, strings.TrimSpace(value)) // a name that was found can be set
		}
	}
}

// variable is the name of the variable that an error of package env is about.
func variable(err error) string {
	var parse env.ParseError
	var unset env.VarIsNotSetError
	var empty env.EmptyVarError
	switch {
	case errors.As(err, &unset):
		return unset.Key
	case errors.As(err, &empty):
		return empty.Key
	case errors.As(err, &parse):
		f, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		return name
	}
	return ""
}

// hint says more about a variable where its form does not say enough.
func (c Config) hint(name string, admins int, listErr error) string {
	value := os.Getenv(name)
	switch name { // what is no longer in the environment
	case "SLACK_APP_TOKEN":
		value = c.SlackAppToken.Reveal()
	case "SLACK_BOT_TOKEN":
		value = c.SlackBotToken.Reveal()
	case "DATABASE_URL":
		value = c.DatabaseURL.Reveal()
	}
	starts := func(prefix string) bool { return strings.HasPrefix(value, prefix) }
	switch {
	case len(value) > 1 && strings.ContainsAny(value[:1], `"'`):
		return "what is there stands in quotes: take them off"
	case name == "SLACK_APP_TOKEN" && starts("xox"):
		return "what is there is another kind of token: that of the bot goes into the other variable"
	case name == "SLACK_BOT_TOKEN" && starts("xapp-"):
		return "what is there is an app-level token, which goes into the other variable"
	case name == "SLACK_BOT_TOKEN" && starts("xoxp-"):
		return "what is there is a person's token (User OAuth Token), and the bot's is on the same page"
	case name == "SLACK_BOT_TOKEN" && starts("xoxe"):
		return "what is there expires within hours, because token rotation is on for the app, which cannot be undone: make a new app from what cloudpc-bot manifest prints"
	case listErr != nil && (name == "REQUESTERS" || len(c.Admins) > 0):
		return strings.ReplaceAll(listErr.Error(), "\n", "; ")
	case name == "APPROVALS" && c.Approvals > 0 && admins == 1 && !c.AllowSelf:
		return "who asks does not approve, and there is one admin: name a second one in ADMINS, or allow the one to approve alone with ALLOW_SELF_APPROVAL=true"
	case name == "APPROVALS" && c.Approvals > 0:
		return "who asks does not approve: so many approvals take more admins in ADMINS, or ALLOW_SELF_APPROVAL=true"
	case name == "DATABASE_URL" && starts("postgres"):
		return "percent-encode the user name and the password, as %25 for % and %2F for /; sslmode is one of disable, allow, prefer, require, verify-ca and verify-full, and a file that is named has to be there"
	case value == "":
		for _, n := range c.Nearly {
			if slices.Contains(n.Meant, name) {
				return n.Name + " is set, and is no variable of this program"
			}
		}
	}
	return ""
}

// reachable is how many approvals an admin's request can get, as far as that can be counted:
// how many people a user group is, is Slack's to say, and may change any day.
func reachable(admins []string, self bool) int {
	people, groups := auth.Apart(admins)
	switch {
	case len(groups) > 0:
		return math.MaxInt
	case self:
		return len(people)
	}
	return len(people) - 1
}

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" && slices.Contains(schemes, u.Scheme)
}

var channelID = regexp.MustCompile(`^[CGD][A-Z0-9_]{1,31}$`)

func isAddr(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// Ledger reads from the environment where the ledger is, and nothing else: for who only audits it.
func Ledger() (auth.Secret, error) {
	trim("DATABASE_URL")
	only := struct {
		DatabaseURL auth.Secret `env:"DATABASE_URL" envDefault:"sqlite:cloudpc-bot.db"`
	}{}
	if err := env.Parse(&only); err != nil {
		return auth.Secret{}, err
	}
	if SQLiteFile(only.DatabaseURL) == "" && !isPostgres(only.DatabaseURL) {
		text := "DATABASE_URL: want sqlite: and a file, or postgres://user:password@host/database"
		if more := (Config{DatabaseURL: only.DatabaseURL}).hint("DATABASE_URL", 0, nil); more != "" {
			text += "; " + more
		}
		return auth.Secret{}, &Error{text}
	}
	return only.DatabaseURL, nil
}

// isPostgres tells an address of a PostgreSQL database: one with a host, which may stand in
// the query too, as a directory of sockets has to (postgres:///db?host=/run/postgresql). It is
// not parsed as a URL, since PostgreSQL takes what is none: several hosts, each with a port. What its
// driver cannot read is none.
func isPostgres(databaseURL auth.Secret) bool {
	address := databaseURL.Reveal()
	rest, ok := strings.CutPrefix(address, "postgres://")
	if !ok {
		if rest, ok = strings.CutPrefix(address, "postgresql://"); !ok {
			return false
		}
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, _, _ := strings.Cut(rest, "/")
	settings, err := url.ParseQuery(query)
	if _, wrong := pgconn.ParseConfig(address); wrong != nil {
		return false
	}
	return err == nil && (authority[strings.LastIndex(authority, "@")+1:] != "" || settings.Get("host") != "")
}

// SQLiteFile is the file that a DATABASE_URL names, empty where it names none.
func SQLiteFile(url auth.Secret) string {
	path, ok := strings.CutPrefix(url.Reveal(), "sqlite:")
	if path = strings.TrimPrefix(path, "//"); !ok || strings.HasPrefix(path, ":") { // :memory: would forget
		return ""
	}
	return path
}

// Package config reads the environment. Each variable has one row with its form, how its value
// is checked and where such a value is found; its name and default are in the tags of [Config].
// Read reports everything that is wrong at once, with the remedy and never with the value.
//
// What it cannot check is anything that needs the network, such as whether Slack accepts a token.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"cloudpc-bot/auth"
)

// Error is a mistake of the operator who starts the program, worded for them: exit status 2.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// Config is the configuration. The tags give a variable's name, its default, whether it is
// required, and whether it is removed from the environment once read; everything else about a
// variable is in its row. AZURE_* is left to azidentity, which reads no file with a secret.
type Config struct {
	SlackAppToken auth.Secret   `env:"SLACK_APP_TOKEN,required,notEmpty,unset"`
	SlackBotToken auth.Secret   `env:"SLACK_BOT_TOKEN,required,notEmpty,unset"`
	SlackAPIURL   string        `env:"SLACK_API_URL" envDefault:"https://slack.com/api/"`
	SlackPace     time.Duration `env:"SLACK_PACE" envDefault:"1s"`

	SlackAppTokenFile string `env:"SLACK_APP_TOKEN_FILE"`
	SlackBotTokenFile string `env:"SLACK_BOT_TOKEN_FILE"`

	Admins          []string      `env:"ADMINS,required,notEmpty"`
	Requesters      []string      `env:"REQUESTERS"`
	AdminsFile      string        `env:"ADMINS_FILE"`
	RequestersFile  string        `env:"REQUESTERS_FILE"`
	Approvals       int           `env:"APPROVALS" envDefault:"1"`
	AllowSelf       bool          `env:"ALLOW_SELF_APPROVAL"`
	ApprovalTTL     time.Duration `env:"APPROVAL_TTL" envDefault:"8h"`
	ApprovalChannel string        `env:"APPROVAL_CHANNEL"`
	NotifyApprovers []string      `env:"NOTIFY_APPROVERS" envDefault:"auto"`
	MaxOpen         int           `env:"MAX_OPEN_PER_PERSON" envDefault:"10"`
	RequireReason   bool          `env:"REQUIRE_REASON"`
	AllowOwner      bool          `env:"OWNER_MAY_APPROVE"`
	NotifyOwner     bool          `env:"NOTIFY_OWNER" envDefault:"true"`
	OwnerNotice     time.Duration `env:"OWNER_NOTICE" envDefault:"0s"`

	SelfService           bool   `env:"SELF_SERVICE"`
	SelfServiceClientID   string `env:"SELF_SERVICE_CLIENT_ID"`
	SelfServiceApprovals  int    `env:"SELF_SERVICE_APPROVALS" envDefault:"1"`
	SelfServiceTrustEmail bool   `env:"SELF_SERVICE_TRUST_EMAIL"`

	Protected   []string `env:"PROTECTED"`
	StartFrozen bool     `env:"START_FROZEN"`

	DatabaseURL     auth.Secret   `env:"DATABASE_URL,unset" envDefault:"sqlite:cloudpc-bot.db"`
	DatabaseURLFile string        `env:"DATABASE_URL_FILE"`
	Retain          time.Duration `env:"RETAIN" envDefault:"0s"`

	GraphURL       string        `env:"GRAPH_URL" envDefault:"https://graph.microsoft.com"`
	GraphBeta      bool          `env:"GRAPH_BETA" envDefault:"true"`
	GraphTimeout   time.Duration `env:"GRAPH_TIMEOUT" envDefault:"30s"`
	SettleTimeout  time.Duration `env:"SETTLE_TIMEOUT" envDefault:"15m"`
	FollowInterval time.Duration `env:"FOLLOW_INTERVAL" envDefault:"2m"`
	FollowTimeout  time.Duration `env:"FOLLOW_TIMEOUT" envDefault:"3h"`

	ReconcileInterval time.Duration `env:"RECONCILE_INTERVAL" envDefault:"15m"`

	MaxPerHour      int `env:"MAX_PER_HOUR" envDefault:"30"`
	MaxPerAdminHour int `env:"MAX_PER_ADMIN_PER_HOUR" envDefault:"10"`

	ClientSecretFile string      `env:"AZURE_CLIENT_SECRET_FILE"`
	ClientSecret     auth.Secret // what is in that file; AZURE_CLIENT_SECRET itself is left to azidentity

	DisableInstanceDiscovery bool   `env:"AZURE_DISABLE_INSTANCE_DISCOVERY"`
	CACerts                  string `env:"CA_CERTS"`

	HTTPAddr  string     `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080"`
	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat string     `env:"LOG_FORMAT" envDefault:"text"`

	Nearly []Misnomer // unknown variables that are set and whose names are nearly one of these
}

// Read reads the environment and removes the secrets from it. Its error is an [*Error] that lists
// everything that is wrong at once, with the expected form and where such a value is found, and
// never the value itself.
func Read() (Config, error) { return readAs(false) }

// ReadSet is Read for a program that describes how to run the bot, somewhere else and later: what is
// missing is not wrong, nor what the check would need this machine for.
func ReadSet() (Config, error) { return readAs(true) }

func readAs(partly bool) (Config, error) {
	trim(Environment()...)
	c := Config{Nearly: misnomers(os.Environ())} // before the secrets are removed
	vars := env.ToMap(os.Environ())
	wrongFiles := fill(vars)
	unparsed, err := parse(&c, vars)
	if err != nil {
		return c, err
	}
	if c.ClientSecretFile != "" && wrongFiles["AZURE_CLIENT_SECRET_FILE"] == nil {
		c.ClientSecret = auth.NewSecret(vars["AZURE_CLIENT_SECRET"])
	}
	r := readValues(c)
	r.unparsed, r.wrongFiles = unparsed, wrongFiles
	var problems []string
	for _, v := range rows {
		if r.value(v.name) == "" && (partly || r.wrongFiles[v.name+"_FILE"] != nil) {
			continue // in the latter case it is missing because of its file, which is told
		}
		if unparsed[v.name] || v.right != nil && !v.right(r) {
			problems = append(problems, v.problem(r))
		}
	}
	for _, check := range besides {
		if partly {
			break
		}
		if err := check(r); err != nil {
			problems = append(problems, strings.Split(err.Error(), "\n")...)
		}
	}
	c.Admins, c.Requesters = r.admins, r.requesters
	if len(problems) > 0 {
		what := "cloudpc-bot cannot start because its configuration is wrong:"
		if partly {
			what = "cloudpc-bot: what is set of the configuration is wrong:"
		}
		return c, &Error{what + "\n  " + strings.Join(problems, "\n  ")}
	}
	return c, nil
}

// parse fills in c from vars and returns the variables that are missing or whose value is not of their
// type. It removes the secrets from the environment.
func parse(c *Config, vars map[string]string) (unparsed map[string]bool, err error) {
	unparsed = map[string]bool{}
	var all env.AggregateError
	if err := env.ParseWithOptions(c, env.Options{Environment: vars}); errors.As(err, &all) {
		for _, err := range all.Errors {
			name := variable(err)
			if name == "" { // do not return err itself: its text might quote a value
				return nil, fmt.Errorf("the environment cannot be read: %T", err)
			}
			unparsed[name] = true
		}
	} else if err != nil {
		return nil, err
	}
	return unparsed, nil
}

// variable is the name of the variable that an error of package env is about; "" if it names none.
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
		return nameOf(f)
	}
	return ""
}

// nameOf is the name of the variable that a field of Config is for; "" if it is for none.
func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
	return name
}

// reading is what was read, and what several rows' checks need to know about it.
type reading struct {
	Config                                    // with its lists as written
	admins, requesters       []string         // the lists as package auth parsed them
	adminsErr, requestersErr error            // why it could not
	unparsed                 map[string]bool  // the variables whose fields say nothing, because their values are missing or not of their type
	wrongFiles               map[string]error // what is wrong with the files, by the variables that name them
}

func readValues(c Config) *reading {
	r := &reading{Config: c, requesters: c.Requesters}
	r.admins, r.adminsErr = auth.Allowlist(c.Admins)
	if len(c.Requesters) > 0 {
		r.requesters, r.requestersErr = auth.Allowlist(c.Requesters)
	}
	return r
}

// value is the value of a variable, including a secret that is no longer in the environment.
func (r *reading) value(name string) string {
	for f, v := range reflect.ValueOf(r.Config).Fields() {
		if secret, ok := v.Interface().(auth.Secret); ok && nameOf(f) == name {
			return secret.Reveal()
		}
	}
	return os.Getenv(name)
}

// origin says where a value comes from if it does not stand in its own variable.
func (r *reading) origin(name string) string {
	if _, may := inFiles[name]; may && os.Getenv(name+"_FILE") != "" && r.wrongFiles[name+"_FILE"] == nil {
		return " (from " + name + "_FILE)"
	}
	return ""
}

// Ledger reads only where the ledger is, for a program that audits it and does nothing else. The
// error is an [*Error] if DATABASE_URL has the wrong form.
func Ledger() (auth.Secret, error) {
	c, err := only("DATABASE_URL")
	return c.DatabaseURL, err
}

// HTTPAddr reads only where the bot answers probes, for a program that asks them; "off" is nowhere.
// The error is an [*Error] if HTTP_ADDR has the wrong form.
func HTTPAddr() (string, error) {
	c, err := only("HTTP_ADDR")
	return c.HTTPAddr, err
}

// only reads one variable, or the file that has its value. What is wrong with the others does not matter;
// the secrets among them are removed from the environment all the same.
func only(name string) (Config, error) {
	trim(name, name+"_FILE")
	vars := map[string]string{name: os.Getenv(name), name + "_FILE": os.Getenv(name + "_FILE")}
	r := &reading{wrongFiles: fill(vars)}
	if _, err := parse(&r.Config, vars); err != nil {
		return r.Config, err
	}
	for _, v := range rows {
		if (v.name == name || v.name == name+"_FILE") && !v.right(r) {
			return r.Config, &Error{v.problem(r)}
		}
	}
	return r.Config, nil
}

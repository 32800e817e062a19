// Command cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack, exactly once and on
// the word of the right people. README.md tells how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"reflect"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/caarlos0/env/v11"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/demo"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
	"cloudpc-bot/bot/ops"
	"cloudpc-bot/bot/slackio"
	"cloudpc-bot/graph"
)

func main() {
	if os.Getenv("GOGC") == "" { // a bot that mostly waits has the time, and often little memory
		debug.SetGCPercent(50)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "cloudpc-bot:", err)
		os.Exit(1)
	}
}

// usageError is a mistake of whoever starts the program: exit status 2.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

const usage = `cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack.

  cloudpc-bot            run the bot; it is configured by environment variables
  cloudpc-bot demo       play one conversation on this machine, no account needed
  cloudpc-bot manifest   print the manifest of its Slack app
  cloudpc-bot audit      verify the ledger that DATABASE_URL names; with witnesses from
                         the last replies of requests, as in: audit R-7K3F:3f9c0a1b2c3d
  cloudpc-bot version    print the version`

// run is the program: nil when it was asked to stop.
func run(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case len(args) == 0:
		return serve(ctx, os.Stderr)
	case args[0] == "audit":
		return audit(ctx, out, args[1:])
	case len(args) > 1:
		return &usageError{usage}
	}
	switch args[0] {
	case "demo":
		return demo.Play(ctx, out, serve)
	case "manifest":
		_, err := io.WriteString(out, ops.Manifest)
		return err
	case "version":
		_, err := fmt.Fprintln(out, version())
		return err
	case "help", "-h", "--help":
		_, err := fmt.Fprintln(out, usage)
		return err
	}
	return &usageError{usage}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return "cloudpc-bot " + info.Main.Version + " " + info.GoVersion
	}
	return "cloudpc-bot"
}

// secret is a value that no log and no message shows.
type secret string

func (secret) LogValue() slog.Value { return slog.StringValue("REDACTED") }
func (secret) String() string       { return "REDACTED" }

// config is what the environment says. AZURE_* is left to azidentity.
type config struct {
	SlackAppToken secret        `env:"SLACK_APP_TOKEN,required,notEmpty,unset" want:"xapp-…"`
	SlackBotToken secret        `env:"SLACK_BOT_TOKEN,required,notEmpty,unset" want:"xoxb-…"`
	SlackAPIURL   string        `env:"SLACK_API_URL" envDefault:"https://slack.com/api/" want:"an address with a slash at its end, as https://slack.com/api/"`
	SlackPace     time.Duration `env:"SLACK_PACE" envDefault:"1s" want:"a duration of 0 or more, as 1s"`

	Admins          []string      `env:"ADMINS,required,notEmpty" want:"ids of Slack users and user groups with commas between them, as U024BE7LH,W012A3CDE,S0614TZR7"`
	Requesters      []string      `env:"REQUESTERS" want:"ids of Slack users and user groups with commas between them, as U024BE7LH,W012A3CDE,S0614TZR7, or nothing"`
	Approvals       int           `env:"APPROVALS" envDefault:"1" want:"a number of 0 or more, as 1, that the admins can reach"`
	AllowSelf       bool          `env:"ALLOW_SELF_APPROVAL" want:"true or false"`
	ApprovalTTL     time.Duration `env:"APPROVAL_TTL" envDefault:"8h" want:"a duration above 0, as 8h"`
	ApprovalChannel string        `env:"APPROVAL_CHANNEL" want:"a Slack channel id, as C024BE91L"`

	DatabaseURL secret `env:"DATABASE_URL,unset" envDefault:"sqlite:cloudpc-bot.db" want:"sqlite: and a file, as sqlite:cloudpc-bot.db, or postgres://user:password@host/database"`

	GraphURL       string        `env:"GRAPH_URL" envDefault:"https://graph.microsoft.com" want:"an https address, as https://graph.microsoft.com"`
	GraphBeta      bool          `env:"GRAPH_BETA" envDefault:"true" want:"true or false"`
	GraphTimeout   time.Duration `env:"GRAPH_TIMEOUT" envDefault:"30s" want:"a duration of 1s to 2m, as 30s"`
	SettleTimeout  time.Duration `env:"SETTLE_TIMEOUT" envDefault:"15m" want:"a duration above 0, as 15m"`
	FollowInterval time.Duration `env:"FOLLOW_INTERVAL" envDefault:"2m" want:"a duration above 0, as 2m"`
	FollowTimeout  time.Duration `env:"FOLLOW_TIMEOUT" envDefault:"3h" want:"a duration above 0, as 3h"`

	MaxPerHour      int `env:"MAX_PER_HOUR" envDefault:"30" want:"a number of 0 or more; 0 is no limit"`
	MaxPerAdminHour int `env:"MAX_PER_ADMIN_PER_HOUR" envDefault:"10" want:"a number of 0 or more; 0 is no limit"`

	DisableInstanceDiscovery bool   `env:"AZURE_DISABLE_INSTANCE_DISCOVERY" want:"true or false"`
	CACerts                  string `env:"CA_CERTS" want:"a PEM file of certificates"`

	HTTPAddr  string     `env:"HTTP_ADDR" envDefault:"127.0.0.1:8080" want:"host:port, or off"`
	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info" want:"debug, info, warn or error"`
	LogFormat string     `env:"LOG_FORMAT" envDefault:"text" want:"text or json"`
}

// configure reads the environment. Its error lists everything that is wrong at once, with
// the form that is wanted and never the value that is there.
func configure() (config, error) {
	var c config
	wrong := map[string]bool{} // by variable
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
		"SLACK_APP_TOKEN":        !strings.HasPrefix(string(c.SlackAppToken), "xapp-"),
		"SLACK_BOT_TOKEN":        !strings.HasPrefix(string(c.SlackBotToken), "xoxb-"),
		"SLACK_API_URL":          !isURL(c.SlackAPIURL, "http", "https") || !strings.HasSuffix(c.SlackAPIURL, "/"),
		"SLACK_PACE":             c.SlackPace < 0,
		"ADMINS":                 lists["ADMINS"] != nil,
		"REQUESTERS":             lists["REQUESTERS"] != nil,
		"APPROVALS":              c.Approvals < 0 || lists["ADMINS"] == nil && c.Approvals > reachable(admins, c.AllowSelf),
		"MAX_PER_HOUR":           c.MaxPerHour < 0,
		"MAX_PER_ADMIN_PER_HOUR": c.MaxPerAdminHour < 0,
		"APPROVAL_TTL":           c.ApprovalTTL <= 0,
		"APPROVAL_CHANNEL":       c.ApprovalChannel != "" && !channelID.MatchString(c.ApprovalChannel),
		"DATABASE_URL":           sqliteFile(c.DatabaseURL) == "" && !isPostgres(c.DatabaseURL),
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
	for f := range reflect.TypeFor[config]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		if wrong[name] {
			problems = append(problems, name+": want "+f.Tag.Get("want")+hint(name, c, lists[name]))
		}
	}
	_, rootsErr := auth.Roots(c.CACerts)
	_, credErr := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: c.DisableInstanceDiscovery})
	for _, err := range []error{rootsErr, auth.CheckProxies(), credErr} {
		if err != nil {
			problems = append(problems, strings.Split(err.Error(), "\n")...)
		}
	}
	c.Admins, c.Requesters = admins, requesters
	if len(problems) > 0 {
		return c, &usageError{"cloudpc-bot can not start, its configuration is wrong:\n  " + strings.Join(problems, "\n  ")}
	}
	return c, nil
}

// serve runs the bot as the environment says.
func serve(ctx context.Context, logs io.Writer) error {
	cfg, err := configure()
	if err != nil {
		return err
	}
	log := logger(cfg, logs)
	roots, err := auth.Roots(cfg.CACerts)
	if err != nil {
		return err
	}
	transport := auth.Transport(roots)
	identity := func() (azcore.TokenCredential, error) {
		return auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: cfg.DisableInstanceDiscovery, Transport: transport})
	}
	cred, err := identity()
	if err != nil {
		return err
	}
	fleet, err := graph.New(graph.Config{
		URL: cfg.GraphURL, Credential: cred, Renew: identity, Beta: cfg.GraphBeta, Timeout: cfg.GraphTimeout, Transport: transport, Log: log,
	})
	if err != nil {
		return err
	}
	if err := fleet.SignIn(ctx); errors.Is(err, graph.ErrRejected) {
		return err
	} else if err != nil {
		log.Warn("no token from Entra yet", "error", err)
	}
	slack, err := patiently(ctx, log, slackio.ErrUnreachable, func() (*slackio.Client, error) {
		return slackio.Open(ctx, slackio.Config{
			AppToken: string(cfg.SlackAppToken), BotToken: string(cfg.SlackBotToken), APIURL: cfg.SlackAPIURL, Pace: cfg.SlackPace,
			HTTP: &http.Client{Transport: transport, Timeout: 10 * time.Second, CheckRedirect: stay}, Log: log,
		})
	})
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	rules, err := auth.New(auth.Rules{Home: slack.Home(), Admins: cfg.Admins, Requesters: cfg.Requesters, AllowSelf: cfg.AllowSelf})
	if err != nil {
		return err
	}
	store, err := patiently(ctx, log, postgres.ErrUnreachable, func() (ledger.Store, error) { return openLedger(ctx, cfg.DatabaseURL) })
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	defer store.Close()
	probes, err := ops.Probes(cfg.HTTPAddr, map[string]func(context.Context) error{
		"ledger": func(ctx context.Context) error { _, err := store.Next(ctx); return err },
		"slack":  slack.Ready,
		"entra":  fleet.SignIn,
	}, log)
	if err != nil {
		return err
	}
	defer probes.Close()
	ops.Groups(ctx, slack, "ADMINS", cfg.Admins, log)
	ops.Groups(ctx, slack, "REQUESTERS", cfg.Requesters, log)
	people, groups := auth.Apart(cfg.Admins)
	log.Info("cloudpc-bot runs", "version", version(), "admins", len(people), "groups of admins", len(groups), "graph", cfg.GraphURL)
	return bot.New(bot.Config{
		Home: slack.Home(), FormerHome: slack.FormerHome(),
		Inbox: slack, Outbox: slack, Directory: slack, Fleet: fleet, Store: store, Rules: rules, Log: log,
		Channel: cfg.ApprovalChannel, Admins: persons(slack.Home(), people), AdminGroups: groups,
		Approvals: cfg.Approvals, ApprovalTTL: cfg.ApprovalTTL,
		Budget:       ledger.Budget{PerHour: cfg.MaxPerHour, PerPerson: cfg.MaxPerAdminHour},
		GraphTimeout: cfg.GraphTimeout, SettleTimeout: cfg.SettleTimeout,
		FollowInterval: cfg.FollowInterval, FollowTimeout: cfg.FollowTimeout,
	}).Run(ctx)
}

// patiently opens something, and goes on trying while it is out of reach.
func patiently[T any](ctx context.Context, log *slog.Logger, outOfReach error, open func() (T, error)) (T, error) {
	for {
		got, err := open()
		if !errors.Is(err, outOfReach) || ctx.Err() != nil {
			return got, err
		}
		log.Warn("trying again in about five seconds", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(4*time.Second + rand.N(2*time.Second)):
		}
	}
}

// openLedger opens the home that a DATABASE_URL names.
func openLedger(ctx context.Context, address secret) (ledger.Store, error) {
	if file := sqliteFile(address); file != "" {
		return sqlite.Open(ctx, file, sqlite.Options{})
	}
	return postgres.Open(ctx, string(address), postgres.Options{})
}

// audit verifies the ledger; all it needs of the environment is where that is.
func audit(ctx context.Context, out io.Writer, witnesses []string) error {
	only := struct {
		DatabaseURL secret `env:"DATABASE_URL" envDefault:"sqlite:cloudpc-bot.db"`
	}{}
	if err := env.Parse(&only); err != nil {
		return err
	}
	for _, w := range witnesses {
		if _, err := ledger.ParseWitness(w); err != nil {
			return &usageError{err.Error()}
		}
	}
	return ops.Audit(ctx, out, func(ctx context.Context) (ledger.Store, error) {
		if file := sqliteFile(only.DatabaseURL); file != "" {
			if _, err := os.Stat(file); err != nil { // opening it would make an empty one
				return nil, fmt.Errorf("there is no ledger to audit: %w", err)
			}
			return sqlite.Open(ctx, file, sqlite.Options{})
		}
		if !isPostgres(only.DatabaseURL) {
			return nil, &usageError{"DATABASE_URL: want sqlite: and a file, or postgres://user:password@host/database"}
		}
		return postgres.Open(ctx, string(only.DatabaseURL), postgres.Options{Existing: true})
	}, witnesses...)
}

// stay keeps a client from following a redirect: Slack's tokens go to Slack and nowhere else.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func logger(c config, out io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, o))
	}
	return slog.New(slog.NewTextHandler(out, o))
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
		f, _ := reflect.TypeFor[config]().FieldByName(parse.Name)
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		return name
	}
	return ""
}

// hint says more about a variable where its form does not say enough.
func hint(name string, c config, listErr error) string {
	switch {
	case listErr != nil && (name == "REQUESTERS" || len(c.Admins) > 0):
		return " (" + strings.ReplaceAll(listErr.Error(), "\n", "; ") + ")"
	case name == "APPROVALS" && c.Approvals > 0:
		return " (who asks does not approve, so that many approvals take one admin more, or ALLOW_SELF_APPROVAL)"
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

func persons(home string, ids []string) (out []auth.Person) {
	for _, id := range ids {
		out = append(out, auth.Person{Org: home, ID: id})
	}
	return out
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

// isPostgres tells an address of a PostgreSQL database, which unlike others may hold a
// password and settings.
func isPostgres(address secret) bool {
	u, err := url.Parse(string(address))
	return err == nil && u.Host != "" && (u.Scheme == "postgres" || u.Scheme == "postgresql")
}

// sqliteFile is the file that a DATABASE_URL names, empty where it names none.
func sqliteFile(url secret) string {
	path, ok := strings.CutPrefix(string(url), "sqlite:")
	if path = strings.TrimPrefix(path, "//"); !ok || strings.HasPrefix(path, ":") { // :memory: would forget
		return ""
	}
	return path
}

package ops

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/template"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
)

// A Kind of manifest is what somebody sets up for the bot.
type Kind string

// The kinds.
const (
	ForSlack      Kind = "slack.yaml" // the Slack app: api.slack.com/apps > Create New App > From a manifest (fields: docs.slack.dev/reference/app-manifest)
	ForKubernetes Kind = "kubernetes.yaml"
	ForCompose    Kind = "compose.yaml"
	ForEntra      Kind = "entra.sh" // the app registration, as commands of the Azure CLI
)

//go:embed manifests
var manifests embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"quote":        quote,
	"shellQuote":   func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" },
	"composeQuote": func(s string) string { return strings.ReplaceAll(quote(s), "$", "$$") }, // $ begins a variable there
}).ParseFS(manifests, "manifests/*"))

// quote writes a string as YAML; YAML reads what is JSON.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return strings.TrimSpace(b.String())
}

// deployment is what the templates are filled in with. It has no value of a secret.
type deployment struct {
	Groups bool // a list names a user group

	Settings           []setting
	Secrets            []string // variables whose values are in the cluster's Secret
	Passed             []string // secrets that compose takes from the environment
	Admins, Requesters []string // the lists, if they are in files
	SQLite             bool
	CA                 bool // there are certificates in CA_CERTS

	ClientID               string
	Federated, Certificate bool // how the bot proves itself to Entra; neither = by a secret
	Government             bool // the tenant is in the cloud for the US government

	SelfService         bool // people sign in with an app of their own
	SelfServiceClientID string
}

// setting is a variable as it stands in a manifest; Missing is what has to be put there.
type setting struct {
	config.Setting
	Missing string
}

// PrintManifest prints a manifest for what the environment configures. Without any configuration the Slack
// app has every scope, and the others have a comment where something has to be filled in. What is set and
// wrong is a *config.Error.
func PrintManifest(out io.Writer, kind Kind) error {
	cfg, err := config.ReadSet()
	if err != nil {
		return err
	}
	return templates.ExecuteTemplate(out, string(kind), deploymentOf(cfg, kind))
}

func deploymentOf(cfg config.Config, kind Kind) deployment {
	d := deployment{
		Groups: len(cfg.Admins) == 0 || hasGroup(cfg.Admins, cfg.Requesters),
		SQLite: config.SQLiteFile(cfg.DatabaseURL) != "" && kind == ForKubernetes,
		CA:     cfg.CACerts != "", ClientID: os.Getenv("AZURE_CLIENT_ID"),
		Government:  strings.Contains(cfg.GraphURL, "graph.microsoft.us"),
		Certificate: os.Getenv("AZURE_CLIENT_CERTIFICATE_PATH") != "",
		SelfService: cfg.SelfService, SelfServiceClientID: cfg.SelfServiceClientID,
	}
	given := func(name string) bool { // a secret, here or in a file that is named here
		return os.Getenv(name) != "" || name == "AZURE_CLIENT_SECRET" && cfg.ClientSecretFile != ""
	}
	secret := given("AZURE_CLIENT_SECRET")
	d.Federated = kind == ForKubernetes && !secret && !d.Certificate
	d.Certificate = d.Certificate || kind == ForCompose && !secret
	if cfg.AdminsFile != "" {
		d.Admins = cfg.Admins
	}
	if cfg.RequestersFile != "" {
		d.Requesters = cfg.Requesters
	}
	d.Secrets = []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"}
	if !d.SQLite {
		d.Secrets = append(d.Secrets, "DATABASE_URL")
	}
	for _, name := range config.Environment() {
		if config.IsSecret(name) && given(name) && !slices.Contains(d.Secrets, name) && name != "DATABASE_URL" {
			d.Secrets, d.Passed = append(d.Secrets, name), append(d.Passed, name)
		}
	}
	d.Settings = d.settings(cfg, kind)
	return d
}

// settings are what is configured, what is required besides, and what this way to run the bot needs.
func (d deployment) settings(cfg config.Config, kind Kind) (all []setting) {
	for _, s := range config.Settings() {
		all = append(all, setting{Setting: s})
	}
	add := func(name, value, missing string) {
		if !slices.ContainsFunc(all, func(s setting) bool { return s.Name == name }) {
			all = append(all, setting{config.Setting{Name: name, Value: value}, missing})
		}
	}
	const etc = "/etc/cloudpc-bot/"
	if d.Admins == nil {
		add("ADMINS", "", config.Form("ADMINS"))
	} else {
		add("ADMINS_FILE", etc+"lists/admins", "")
	}
	if d.Requesters != nil {
		add("REQUESTERS_FILE", etc+"lists/requesters", "")
	}
	add("AZURE_TENANT_ID", "", "the directory (tenant) ID of the Entra app")
	add("AZURE_CLIENT_ID", "", "the application (client) ID of the Entra app")
	if cfg.SelfService {
		add("SELF_SERVICE_CLIENT_ID", "", config.Form("SELF_SERVICE_CLIENT_ID"))
		switch {
		case cfg.SelfServiceApprovals > 0:
			add("APPROVAL_CHANNEL", "", config.Form("APPROVAL_CHANNEL"))
		case !cfg.SelfServiceTrustEmail:
			add("SELF_SERVICE_TRUST_EMAIL", "", "true, if Slack takes people's e-mail addresses from the tenant's directory")
		}
	}
	certificate := etc + "entra/certificate"
	if kind == ForCompose {
		certificate = "/run/secrets/entra_certificate"
		for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DATABASE_URL"} {
			add(name+"_FILE", "/run/secrets/"+strings.ToLower(name), "")
		}
	}
	if d.Certificate {
		add("AZURE_CLIENT_CERTIFICATE_PATH", certificate, "")
	}
	if d.CA {
		add("CA_CERTS", etc+"ca/ca.pem", "")
	}
	if d.SQLite {
		add("DATABASE_URL", "sqlite:/data/cloudpc-bot.db", "")
	}
	add("HTTP_ADDR", "0.0.0.0:8080", "")
	return all
}

func hasGroup(lists ...[]string) bool {
	return slices.ContainsFunc(slices.Concat(lists...), auth.IsGroup)
}

// slackManifest is the manifest of an app with every scope.
func slackManifest() string {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, string(ForSlack), deployment{Groups: true}); err != nil {
		panic(fmt.Sprintf("the embedded manifest of the Slack app: %v", err)) // a test executes it
	}
	return b.String()
}

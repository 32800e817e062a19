package ops_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"
	"sigs.k8s.io/yaml"
)

// configurations are environments for which manifests are printed.
func configurations(t *testing.T) map[string]map[string]string {
	t.Helper()
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("U024BE7LH # ada\nS0614TZR7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]map[string]string{
		"nothing":      {},
		"people":       {"ADMINS": "U024BE7LH,W012A3CDE", "APPROVALS": "1", "AZURE_TENANT_ID": pc, "AZURE_CLIENT_ID": pc},
		"groups":       {"ADMINS": "S0614TZR7"},
		"self-service": {"ADMINS": "U024BE7LH,W012A3CDE", "AZURE_TENANT_ID": pc, "AZURE_CLIENT_ID": pc, "SELF_SERVICE": "true", "SELF_SERVICE_APPROVALS": "2"},
		"all": {
			"ADMINS_FILE": list, "REQUESTERS_FILE": list, "DATABASE_URL": "postgres://bot:s3cr3t-database@db/ledger",
			"SLACK_APP_TOKEN": "xapp-s3cr3t", "SLACK_BOT_TOKEN": "xoxb-s3cr3t", "AZURE_TENANT_ID": pc, "AZURE_CLIENT_ID": pc,
			"AZURE_CLIENT_SECRET": "s3cr3t-client", "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere/cert", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "s3cr3t-certificate",
			"AZURE_PASSWORD": "s3cr3t-person", "HTTPS_PROXY": "http://me:s3cr3t-proxy@proxy:3128", "https_proxy": "http://me:s3cr3t-proxy@proxy:3128", "NO_PROXY": `a,"b" #c: $HOME ${d}`,
			"CA_CERTS": "/nowhere/ca.pem", "PROTECTED": "dan@example.com", "LOG_FORMAT": "json", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
			"GRAPH_URL": "https://graph.microsoft.us", "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/",
		},
	}
}

func TestNoCommandPrintsASecret(t *testing.T) {
	t.Parallel()
	env := configurations(t)["all"]
	env["HTTP_ADDR"] = "127.0.0.1:1"
	files := map[string]string{}
	for k, v := range env {
		files[k] = v
	}
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "DATABASE_URL"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(env[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		delete(files, name)
		files[name+"_FILE"] = path
	}
	for _, vars := range []map[string]string{env, files} {
		for _, words := range []string{
			"", "--help", "help", "help audit", "version", "--version", "audit", "audit R-7K3F:3f9c0a1b2c3d", "audit nonsense", "health", "doctor --offline", "doctor --offline --json", "nonsense",
			"manifest", "manifest slack", "manifest kubernetes", "manifest compose", "manifest entra", "manifest grafana", "manifest alerts", "manifest --help",
		} {
			if code, out := start(t, vars, strings.Fields(words)...); strings.Contains(out, "s3cr3t") || out == "" {
				t.Errorf("%q: exit status %d\n%s", words, code, out)
			}
		}
	}
}

// A client secret in a file is how the bot proves itself, as one in the environment is.
func TestAClientSecretInAFileIsDeployed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("s3cr3t-client"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"kubernetes", "compose"} {
		out := manifest(t, map[string]string{"AZURE_CLIENT_SECRET_FILE": path}, kind)
		if !strings.Contains(out, "AZURE_CLIENT_SECRET") || strings.Contains(out, "AZURE_CLIENT_CERTIFICATE_PATH") ||
			strings.Contains(out, "azure.workload.identity") || strings.Contains(out, "s3cr3t") {
			t.Errorf("%s:\n%s", kind, out)
		}
	}
}

func TestAManifestOfWhatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"slack", "kubernetes", "compose", "entra"} {
		code, out := start(t, map[string]string{"ADMINS": "@ada", "APPROVALS": "n0"}, "manifest", kind)
		if code != 2 || strings.Count(out, "\n") != 3 || !strings.Contains(out, "\n  ADMINS must be") || !strings.Contains(out, "\n  APPROVALS must be") {
			t.Errorf("%s: exit status %d\n%s", kind, code, out)
		}
	}
}

// What self-service needs besides has a comment where it has to be filled in.
func TestWhatSelfServiceNeedsIsAskedForInADeployment(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		env  map[string]string
		asks []string
	}{
		{nil, nil},
		{map[string]string{"SELF_SERVICE": "true"}, []string{"SELF_SERVICE_CLIENT_ID", "APPROVAL_CHANNEL"}},
		{map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": pc, "SELF_SERVICE_APPROVALS": "0"}, []string{"SELF_SERVICE_TRUST_EMAIL"}},
		{map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": pc, "SELF_SERVICE_APPROVALS": "0", "SELF_SERVICE_TRUST_EMAIL": "true"}, nil},
		{map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": pc, "APPROVAL_CHANNEL": "C024BE91L"}, nil},
	} {
		compose, kubernetes := manifest(t, row.env, "compose"), manifest(t, row.env, "kubernetes")
		for _, name := range []string{"SELF_SERVICE_CLIENT_ID", "APPROVAL_CHANNEL", "SELF_SERVICE_TRUST_EMAIL"} {
			want := slices.Contains(row.asks, name)
			if strings.Contains(compose, name+`: "" # required: `) != want || strings.Contains(kubernetes, "name: "+name+"\n              value: \"\" # required: ") != want {
				t.Errorf("%v: %s is asked for, want %v\n%s\n%s", row.env, name, want, compose, kubernetes)
			}
		}
	}
}

// manifest prints one.
func manifest(t *testing.T, env map[string]string, kind ...string) string {
	t.Helper()
	code, out := start(t, env, append([]string{"manifest"}, kind...)...)
	if code != 0 {
		t.Fatalf("%v: exit status %d\n%s", kind, code, out)
	}
	return out
}

func TestTheSlackAppFitsTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, env := range configurations(t) {
		out := manifest(t, env, "slack")
		if bare := manifest(t, env); bare != out {
			t.Errorf("%s: without its word: %s", name, cmp.Diff(out, bare))
		}
		var m slack.Manifest
		if err := yaml.UnmarshalStrict([]byte(out), &m); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		groups := name != "people" && name != "self-service"
		want := []string{"commands", "chat:write", "im:write", "users:read", "users:read.email", "channels:read", "groups:read"}
		var events []string
		if groups {
			want, events = append(want, "usergroups:read"), []string{"subteam_members_changed", "subteam_updated"}
		}
		var subscribed []string
		if m.Settings.EventSubscriptions != nil {
			subscribed = m.Settings.EventSubscriptions.BotEvents
		}
		if diff := cmp.Diff([][]string{want, events}, [][]string{m.OAuthConfig.Scopes.Bot, subscribed}); diff != "" {
			t.Errorf("%s: scopes and events (-want +got):\n%s", name, diff)
		}
		if says := strings.Contains(out, "- users:read.email # to find ") && strings.Contains(out, ", and to compare who signs in for self-service with who asked\n"); says != (name == "self-service") {
			t.Errorf("%s: why users:read.email: %s", name, out)
		}
		for _, scope := range m.OAuthConfig.Scopes.Bot {
			if !strings.Contains(out, "- "+scope+" # ") {
				t.Errorf("%s: %s has no reason", name, scope)
			}
		}
		// The limits: docs.slack.dev/reference/app-manifest.
		for what, value := range map[string]struct {
			text string
			most int
		}{
			"name":                  {m.Display.Name, 35},
			"description":           {m.Display.Description, 140},
			"name of the bot":       {m.Features.BotUser.DisplayName, 80},
			"command":               {m.Features.SlashCommands[0].Command, 32},
			"its description":       {m.Features.SlashCommands[0].Description, 2000},
			"its hint":              {m.Features.SlashCommands[0].UsageHint, 1000},
			"name of the shortcut":  {m.Features.Shortcuts[0].Name, 24},
			"its callback":          {m.Features.Shortcuts[0].CallbackID, 255},
			"its shown description": {m.Features.Shortcuts[0].Description, 150},
		} {
			if n := utf8.RuneCountInString(value.text); n == 0 || n > value.most {
				t.Errorf("%s: the %s has %d characters; at most %d", name, what, n, value.most)
			}
		}
	}
}

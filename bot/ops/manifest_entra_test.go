package ops_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// az is the Azure CLI, played by a script that notes how it is called.
const az = `#!/bin/sh
set -f
echo $* >>"$CALLS"
case "$*" in
"ad sp show --id 00000003"*appRoles*) echo 3b4349e1-8cf5-45a3-95b7-69d1751d3e6a;;
"ad sp show --id 00000003"*oauth2PermissionScopes*) echo "${SCOPE:-9d77138f-f0e2-47ba-ab33-cd246c8b79d1}";;
"ad sp show --id 00000003"*) echo sp-of-graph;;
"ad sp show --id the-people"*) [ -e "$CALLS.people" ] && echo the-people-sp;;
"ad sp create --id the-people"*) touch "$CALLS.people";;
"ad app create"*self-service*) echo the-people-app;;
"ad app update"*)
	[ -z "${REFUSE:-}" ] || exit 1
	[ -e "$CALLS.updated" ] || { touch "$CALLS.updated"; echo "Resource does not exist" >&2; exit 1; };;
"rest --method GET"*oauth2PermissionGrants*].id*) [ -z "${SCOPES:-}" ] || echo the-grant; exit 0;;
"rest --method GET"*oauth2PermissionGrants*) echo "${SCOPES:-}";;
"rest --method P"*oauth2PermissionGrants*)
	[ -e "$CALLS.delegated" ] || { touch "$CALLS.delegated"; echo "Resource does not exist" >&2; exit 1; };;
"ad sp show"*) [ -e "$CALLS.sp" ] && echo the-sp;;
"ad sp create"*) touch "$CALLS.sp";;
"ad app create"*) echo the-new-app;;
"account show"*) echo the-tenant;;
"rest --method GET"*) [ -e "$CALLS.granted" ] && echo a-grant; exit 0;;
"rest --method POST"*) # the first time, Entra does not know the app everywhere yet
	[ -e "$CALLS.tried" ] || { touch "$CALLS.tried"; echo "Resource does not exist" >&2; exit 1; }
	touch "$CALLS.granted";;
"ad app credential reset"*--query*) echo the-secret;;
esac
`

// entraScript prints the script for env and returns what runs it with run, and the file with az's calls.
func entraScript(t *testing.T, env, run map[string]string) (cmd *exec.Cmd, calls string) {
	t.Helper()
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "az"), []byte(az), 0o700), os.WriteFile(filepath.Join(dir, "entra.sh"), []byte(manifest(t, env, "entra")), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "entra.sh"))
	cmd.Env = append(environ(run), "PATH="+dir+":"+os.Getenv("PATH"), "CALLS="+calls, "PAUSE=0")
	return cmd, calls
}

func TestTheEntraScriptRuns(t *testing.T) {
	t.Parallel()
	granted := func(app, graph string) string {
		return "ad app permission add --id " + app + " --api 00000003-0000-0000-c000-000000000000 --api-permissions 3b4349e1-8cf5-45a3-95b7-69d1751d3e6a=Role --output none\n" +
			"ad sp show --id " + app + " --query id --output tsv\n" +
			"rest --method GET --url " + graph + "/v1.0/servicePrincipals/the-sp/appRoleAssignments --query value[?appRoleId=='3b4349e1-8cf5-45a3-95b7-69d1751d3e6a'].id --output tsv\n"
	}
	delegated := "ad app update --id the-people-app --is-fallback-public-client true --output none\n" +
		"ad sp show --id the-people-app --query id --output tsv\n" +
		"ad sp create --id the-people-app --output none\n" +
		"ad app permission add --id the-people-app --api 00000003-0000-0000-c000-000000000000 --api-permissions 9d77138f-f0e2-47ba-ab33-cd246c8b79d1=Scope --output none\n"
	people := func(method, graph, path, body string) string {
		return "rest --method " + method + " --url " + graph + "/v1.0/oauth2PermissionGrants" + path + " --output none --headers Content-Type=application/json --body " + body + "\n"
	}
	const grant = `{"clientId": "the-people-sp", "consentType": "AllPrincipals", "resourceId": "sp-of-graph", "scope": "CloudPC.ReadWrite.All"}`
	own := map[string]string{"SELF_SERVICE": "true"}
	assigned := `--body {"principalId": "the-sp", "resourceId": "sp-of-graph", "appRoleId": "3b4349e1-8cf5-45a3-95b7-69d1751d3e6a"}`
	const (
		newApp       = "ad app create --display-name cloudpc-bot --sign-in-audience AzureADMyOrg --query appId --output tsv\n"
		newPeopleApp = "ad app create --display-name cloudpc-bot self-service --sign-in-audience AzureADMyOrg --query appId --output tsv\n"
		both         = "AZURE_CLIENT_ID=the-new-app\nSELF_SERVICE_CLIENT_ID=the-people-app\nAZURE_CLIENT_SECRET=the-secret\n"
	)
	for name, row := range map[string]struct {
		env, run map[string]string
		calls    []string // in this order
		says     string
		knows    bool // the service principal is there
		never    []string
	}{
		"a secret": {nil, nil, []string{newApp, "ad sp create --id the-new-app --output none\n",
			granted("the-new-app", "https://graph.microsoft.com"), assigned, assigned, "ad app credential reset --id the-new-app --append"},
			"AZURE_TENANT_ID=the-tenant\nAZURE_CLIENT_ID=the-new-app\nAZURE_CLIENT_SECRET=the-secret\n", false, []string{"oauth2PermissionGrants", "self-service", "public-client"}},
		"a certificate": {nil, map[string]string{"CERTIFICATE": "entra.crt"}, []string{"--append --cert @entra.crt"}, "AZURE_CLIENT_ID=the-new-app\n", false, nil},
		"federated": {nil, map[string]string{"ISSUER": "https://issuer.example"},
			[]string{`"issuer": "https://issuer.example", "subject": "system:serviceaccount:default:cloudpc-bot", "audiences": ["api://AzureADTokenExchange"]`}, "AZURE_CLIENT_ID=the-new-app\n", false, nil},
		"an app of US Gov": {map[string]string{"AZURE_CLIENT_ID": "it's mine", "GRAPH_URL": "https://graph.microsoft.us"}, map[string]string{"ISSUER": "https://issuer.example"},
			[]string{"cloud set --name AzureUSGovernment\n", granted("it's mine", "https://graph.microsoft.us"), assigned, "api://AzureADTokenExchangeUSGov"}, "AZURE_CLIENT_ID=it's mine\n", true, nil},
		"a second run": {nil, map[string]string{"AZURE_CLIENT_ID": "the-first-app", "CERTIFICATE": "entra.crt"},
			[]string{granted("the-first-app", "https://graph.microsoft.com")}, "AZURE_CLIENT_ID=the-first-app\n", true, nil},
		"a credential that is kept": {map[string]string{"AZURE_CLIENT_ID": "the-first-app"}, map[string]string{"CREDENTIAL": "keep", "ISSUER": "https://issuer.example"},
			nil, "AZURE_CLIENT_ID=the-first-app\n", true, []string{"credential"}},
		"self-service": {own, nil, []string{newApp, assigned, newPeopleApp, delegated, people("POST", "https://graph.microsoft.com", "", grant), people("POST", "https://graph.microsoft.com", "", grant),
			"ad app credential reset --id the-new-app --append"}, both, false, []string{"method PATCH", "credential reset --id the-people-app"}},
		"self-service, later, in US Gov": {map[string]string{"SELF_SERVICE": "true", "AZURE_CLIENT_ID": "the-first-app", "GRAPH_URL": "https://graph.microsoft.us"}, map[string]string{"CREDENTIAL": "keep"},
			[]string{newPeopleApp, delegated, people("POST", "https://graph.microsoft.us", "", grant)}, "AZURE_CLIENT_ID=the-first-app\nSELF_SERVICE_CLIENT_ID=the-people-app\n", true, []string{"credential"}},
		"self-service, with a grant": {own, map[string]string{"SELF_SERVICE_CLIENT_ID": "the-people-app", "SCOPES": "openid User.Read"},
			[]string{delegated, people("PATCH", "https://graph.microsoft.com", "/the-grant", `{"scope": "openid User.Read CloudPC.ReadWrite.All"}`)}, both, false, []string{newPeopleApp}},
		"self-service, with an app": {map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_CLIENT_ID": pc}, nil,
			[]string{"ad app update --id " + pc, "ad app permission add --id " + pc}, "SELF_SERVICE_CLIENT_ID=" + pc + "\nAZURE_CLIENT_SECRET=the-secret\n", false, []string{newPeopleApp}},
		"self-service, with its grant": {own, map[string]string{"SELF_SERVICE_CLIENT_ID": "the-people-app", "SCOPES": "CloudPC.ReadWrite.All User.Read"},
			[]string{delegated}, both, false, []string{newPeopleApp, "method PATCH", "v1.0/oauth2PermissionGrants"}},
	} {
		cmd, calls := entraScript(t, row.env, row.run)
		if row.knows {
			if err := os.WriteFile(calls+".sp", nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := cmd.CombinedOutput()
		said := strings.ReplaceAll(string(out), "Resource does not exist\n", "")
		if err != nil || !strings.HasSuffix(said, row.says) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		called, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		if row.knows && (strings.Contains(string(called), newApp) || strings.Contains(string(called), "ad sp create --id "+row.env["AZURE_CLIENT_ID"])) {
			t.Errorf("%s: a second app or principal was made\n%s", name, called)
		}
		for _, never := range row.never {
			if strings.Contains(string(called), never) {
				t.Errorf("%s: az was called with %q\n%s", name, never, called)
			}
		}
		rest := string(called)
		for _, want := range row.calls {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: az was not called with %q\n%s", name, want, called)
			}
			rest = after
		}
	}
}

func TestTheEntraScriptStopsBeforeAWrongApp(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		run  map[string]string
		says string
	}{
		"another permission": {map[string]string{"SCOPE": "another"}, "Graph of this tenant has another delegated CloudPC.ReadWrite.All: another\n"},
		"the bot's own app":  {map[string]string{"AZURE_CLIENT_ID": "the-new-app", "SELF_SERVICE_CLIENT_ID": "the-new-app"}, "SELF_SERVICE_CLIENT_ID is the bot's own app: people need another\n"},
		"Entra refuses":      {map[string]string{"REFUSE": "yes"}, "run the script again with AZURE_CLIENT_ID=the-new-app SELF_SERVICE_CLIENT_ID=the-people-app\n"},
	} {
		cmd, calls := entraScript(t, map[string]string{"SELF_SERVICE": "true"}, row.run)
		out, err := cmd.CombinedOutput()
		called, failed := os.ReadFile(calls)
		if err == nil || failed != nil || !strings.HasSuffix(string(out), row.says) || strings.Contains(string(called), "is-fallback-public-client") != (name == "Entra refuses") {
			t.Errorf("%s: %v\n%s\n%s", name, err, out, called)
		}
	}
}

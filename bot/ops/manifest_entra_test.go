package ops_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheEntraScriptRuns has the Azure CLI played by a script that notes how it is called.
func TestTheEntraScriptRuns(t *testing.T) {
	t.Parallel()
	const az = `#!/bin/sh
set -f
echo $* >>"$CALLS"
case "$*" in
"ad sp show --id 00000003"*appRoles*) echo 3b4349e1-8cf5-45a3-95b7-69d1751d3e6a;;
"ad sp show --id 00000003"*) echo sp-of-graph;;
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
	granted := func(app, graph string) string {
		return "ad app permission add --id " + app + " --api 00000003-0000-0000-c000-000000000000 --api-permissions 3b4349e1-8cf5-45a3-95b7-69d1751d3e6a=Role --output none\n" +
			"ad sp show --id " + app + " --query id --output tsv\n" +
			"rest --method GET --url " + graph + "/v1.0/servicePrincipals/the-sp/appRoleAssignments --query value[?appRoleId=='3b4349e1-8cf5-45a3-95b7-69d1751d3e6a'].id --output tsv\n"
	}
	assigned := `--body {"principalId": "the-sp", "resourceId": "sp-of-graph", "appRoleId": "3b4349e1-8cf5-45a3-95b7-69d1751d3e6a"}`
	for name, row := range map[string]struct {
		env, run map[string]string
		calls    []string // in this order
		says     string
		knows    bool // the service principal is there
	}{
		"a secret": {nil, nil, []string{"ad app create --display-name cloudpc-bot --sign-in-audience AzureADMyOrg --query appId --output tsv\n", "ad sp create --id the-new-app --output none\n",
			granted("the-new-app", "https://graph.microsoft.com"), assigned, assigned, "ad app credential reset --id the-new-app --append"},
			"AZURE_TENANT_ID=the-tenant\nAZURE_CLIENT_ID=the-new-app\nAZURE_CLIENT_SECRET=the-secret\n", false},
		"a certificate": {nil, map[string]string{"CERTIFICATE": "entra.crt"}, []string{"--append --cert @entra.crt"}, "AZURE_CLIENT_ID=the-new-app\n", false},
		"federated": {nil, map[string]string{"ISSUER": "https://issuer.example"},
			[]string{`"issuer": "https://issuer.example", "subject": "system:serviceaccount:default:cloudpc-bot", "audiences": ["api://AzureADTokenExchange"]`}, "AZURE_CLIENT_ID=the-new-app\n", false},
		"an app of US Gov": {map[string]string{"AZURE_CLIENT_ID": "it's mine", "GRAPH_URL": "https://graph.microsoft.us"}, map[string]string{"ISSUER": "https://issuer.example"},
			[]string{"cloud set --name AzureUSGovernment\n", granted("it's mine", "https://graph.microsoft.us"), assigned, "api://AzureADTokenExchangeUSGov"}, "AZURE_CLIENT_ID=it's mine\n", true},
		"a second run": {nil, map[string]string{"AZURE_CLIENT_ID": "the-first-app", "CERTIFICATE": "entra.crt"},
			[]string{granted("the-first-app", "https://graph.microsoft.com")}, "AZURE_CLIENT_ID=the-first-app\n", true},
	} {
		dir := t.TempDir()
		calls := filepath.Join(dir, "calls")
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "az"), []byte(az), 0o700), os.WriteFile(filepath.Join(dir, "entra.sh"), []byte(manifest(t, row.env, "entra")), 0o600)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "entra.sh"))
		cmd.Env = append(environ(row.run), "PATH="+dir+":"+os.Getenv("PATH"), "CALLS="+calls, "PAUSE=0")
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
		if row.knows && (strings.Contains(string(called), "ad app create") || strings.Contains(string(called), "ad sp create")) {
			t.Errorf("%s: a second app or principal was made\n%s", name, called)
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

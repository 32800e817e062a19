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
"ad sp show"*) echo 3b4349e1-8cf5-45a3-95b7-69d1751d3e6a;;
"ad app create"*) echo the-new-app;;
"account show"*) echo the-tenant;;
"ad app credential reset"*--query*) echo the-secret;;
esac
`
	add := `ad app permission add --id APP --api 00000003-0000-0000-c000-000000000000 --api-permissions 3b4349e1-8cf5-45a3-95b7-69d1751d3e6a=Role` + "\n" + `ad app permission admin-consent --id APP`
	for name, row := range map[string]struct {
		env, run map[string]string
		calls    []string // in this order
		says     string
	}{
		"a secret": {nil, nil, []string{"ad app create --display-name cloudpc-bot --sign-in-audience AzureADMyOrg --query appId --output tsv\nad sp create --id the-new-app --output none\n" +
			strings.ReplaceAll(add, "APP", "the-new-app"), "ad app credential reset --id the-new-app --append"}, "AZURE_TENANT_ID=the-tenant\nAZURE_CLIENT_ID=the-new-app\nAZURE_CLIENT_SECRET=the-secret\n"},
		"a certificate": {nil, map[string]string{"CERTIFICATE": "entra.crt"}, []string{"--append --cert @entra.crt"}, "AZURE_CLIENT_ID=the-new-app\n"},
		"federated": {nil, map[string]string{"ISSUER": "https://issuer.example"},
			[]string{`"issuer": "https://issuer.example", "subject": "system:serviceaccount:default:cloudpc-bot", "audiences": ["api://AzureADTokenExchange"]`}, "AZURE_CLIENT_ID=the-new-app\n"},
		"an app of US Gov": {map[string]string{"AZURE_CLIENT_ID": "it's mine", "GRAPH_URL": "https://graph.microsoft.us"}, map[string]string{"ISSUER": "https://issuer.example"},
			[]string{"cloud set --name AzureUSGovernment\n", strings.ReplaceAll(add, "APP", "it's mine"), "api://AzureADTokenExchangeUSGov"}, "AZURE_CLIENT_ID=it's mine\n"},
	} {
		dir := t.TempDir()
		calls := filepath.Join(dir, "calls")
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "az"), []byte(az), 0o700), os.WriteFile(filepath.Join(dir, "entra.sh"), []byte(manifest(t, row.env, "entra")), 0o600)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(dir, "entra.sh"))
		cmd.Env = append(environ(row.run), "PATH="+dir+":"+os.Getenv("PATH"), "CALLS="+calls)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasSuffix(string(out), row.says) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		called, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
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

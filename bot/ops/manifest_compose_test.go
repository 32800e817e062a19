package ops_test

import (
	"context"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

func TestComposeTakesItsFile(t *testing.T) {
	t.Parallel()
	for name, env := range configurations(t) {
		out := manifest(t, env, "compose")
		project, err := loader.LoadWithContext(context.WithoutCancel(t.Context()), types.ConfigDetails{
			WorkingDir: t.TempDir(), ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(out)}},
			Environment: types.Mapping{"AZURE_CLIENT_SECRET": "x", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "x", "AZURE_PASSWORD": "x", "HTTPS_PROXY": "x", "https_proxy": "x", "HOME": "expanded"},
		})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		b := project.Services["bot"]
		if b.HealthCheck == nil || project.Services["postgres"].HealthCheck == nil || !b.ReadOnly || b.DependsOn["postgres"].Condition != types.ServiceConditionHealthy {
			t.Errorf("%s: %+v", name, b)
		}
		for _, of := range project.Services {
			for _, s := range of.Secrets {
				if _, there := project.Secrets[s.Source]; !there {
					t.Errorf("%s: no secret %s", name, s.Source)
				}
			}
		}
		certificate := b.Environment["AZURE_CLIENT_CERTIFICATE_PATH"]
		if secret := b.Environment["AZURE_CLIENT_SECRET"]; (secret == nil) != (name != "all") || certificate == nil || *certificate != "/run/secrets/entra_certificate" {
			t.Errorf("%s: no credential for Entra: %v, %v", name, secret, certificate)
		}
		for variable, value := range env {
			switch got := b.Environment[variable]; {
			case got == nil || strings.Contains(value, "s3cr3t") || strings.Contains(value, "/nowhere/") || strings.HasSuffix(variable, "_FILE"):
			case *got != value:
				t.Errorf("%s: %s is %q, want %q", name, variable, *got, value)
			}
		}
		for _, variable := range []string{"SLACK_APP_TOKEN_FILE", "SLACK_BOT_TOKEN_FILE", "DATABASE_URL_FILE"} {
			if got := b.Environment[variable]; got == nil || *got != "/run/secrets/"+strings.ToLower(strings.TrimSuffix(variable, "_FILE")) {
				t.Errorf("%s: %s is %v", name, variable, got)
			}
		}
	}
}

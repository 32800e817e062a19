package ops_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestKubernetesTakesTheDeployment(t *testing.T) {
	t.Parallel()
	for name, env := range configurations(t) {
		out := manifest(t, env, "kubernetes")
		var d apps.Deployment
		var claims, lists int
		for part := range strings.SplitSeq(out, "\n---\n") {
			var kind struct{ Kind string }
			if err := yaml.Unmarshal([]byte(part), &kind); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, part)
			}
			objects := map[string]any{"Deployment": &d, "Service": &core.Service{}, "ServiceAccount": &core.ServiceAccount{},
				"PersistentVolumeClaim": &core.PersistentVolumeClaim{}, "ConfigMap": &core.ConfigMap{}}
			if kind.Kind == "" {
				continue // comments
			}
			if err := yaml.UnmarshalStrict([]byte(part), objects[kind.Kind]); err != nil {
				t.Errorf("%s: %s: %v\n%s", name, kind.Kind, err, part)
			}
			switch kind.Kind {
			case "PersistentVolumeClaim":
				claims++
			case "ConfigMap":
				lists++
			}
		}
		if len(d.Spec.Template.Spec.Containers) != 1 {
			t.Fatalf("%s: no deployment\n%s", name, out)
		}
		spec := d.Spec.Template.Spec
		c := spec.Containers[0]
		sqlite := name != "all"
		replicas, strategy := int32(2), apps.RecreateDeploymentStrategyType
		if sqlite {
			replicas = 1
		}
		if *d.Spec.Replicas != replicas || d.Spec.Strategy.Type != strategy || (claims == 1) != sqlite || (lists == 1) != (name == "all") {
			t.Errorf("%s: %d replicas, %s, %d volumes, %d lists", name, *d.Spec.Replicas, d.Spec.Strategy.Type, claims, lists)
		}
		vars := map[string]string{}
		for _, v := range c.Env {
			vars[v.Name] = v.Value
			if v.ValueFrom != nil {
				vars[v.Name] = "secret " + v.ValueFrom.SecretKeyRef.Name + " " + v.ValueFrom.SecretKeyRef.Key
			}
		}
		want := map[string]string{
			"SLACK_APP_TOKEN": "secret cloudpc-bot SLACK_APP_TOKEN", "SLACK_BOT_TOKEN": "secret cloudpc-bot SLACK_BOT_TOKEN",
			"DATABASE_URL": "sqlite:/data/cloudpc-bot.db", "HTTP_ADDR": "0.0.0.0:8080",
			"ADMINS": env["ADMINS"], "AZURE_TENANT_ID": env["AZURE_TENANT_ID"], "AZURE_CLIENT_ID": env["AZURE_CLIENT_ID"],
		}
		if name == "people" {
			want["APPROVALS"] = "1"
		}
		if name == "self-service" {
			maps.Copy(want, map[string]string{"SELF_SERVICE": "true", "SELF_SERVICE_APPROVALS": "2", "SELF_SERVICE_CLIENT_ID": "", "APPROVAL_CHANNEL": ""})
		}
		if name == "all" {
			delete(want, "ADMINS")
			for _, secret := range []string{"DATABASE_URL", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD", "HTTPS_PROXY", "https_proxy"} {
				want[secret] = "secret cloudpc-bot " + secret
			}
			for _, same := range []string{"PROTECTED", "LOG_FORMAT", "GRAPH_URL", "AZURE_AUTHORITY_HOST", "NO_PROXY"} {
				want[same] = env[same]
			}
			want["ADMINS_FILE"], want["REQUESTERS_FILE"] = "/etc/cloudpc-bot/lists/admins", "/etc/cloudpc-bot/lists/requesters"
			want["CA_CERTS"], want["AZURE_CLIENT_CERTIFICATE_PATH"] = "/etc/cloudpc-bot/ca/ca.pem", "/etc/cloudpc-bot/entra/certificate"
		}
		if diff := cmp.Diff(want, vars); diff != "" {
			t.Errorf("%s: environment (-want +got):\n%s", name, diff)
		}
		if c.LivenessProbe.HTTPGet.Path != "/healthz" || c.ReadinessProbe.HTTPGet.Path != "/readyz" || *spec.TerminationGracePeriodSeconds <= 10 ||
			!*spec.SecurityContext.RunAsNonRoot || spec.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
			!*c.SecurityContext.ReadOnlyRootFilesystem || *c.SecurityContext.AllowPrivilegeEscalation || c.SecurityContext.Capabilities.Drop[0] != "ALL" ||
			len(c.Resources.Requests) != 2 || len(c.Resources.Limits) == 0 {
			t.Errorf("%s: %+v", name, spec)
		}
		volumes := map[string]bool{}
		for _, v := range spec.Volumes {
			volumes[v.Name] = true
		}
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] {
				t.Errorf("%s: no volume %s", name, m.Name)
			}
			delete(volumes, m.Name)
		}
		if len(volumes) > 0 {
			t.Errorf("%s: mounted nowhere: %v", name, volumes)
		}
	}
}

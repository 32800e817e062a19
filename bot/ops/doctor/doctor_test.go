package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/ops"
	"cloudpc-bot/bot/ops/doctor"
)

func TestARightConfigurationGivesNoWarningAndNoFailure(t *testing.T) {
	for name, change := range map[string]func(*world){
		"sqlite": func(*world) {}, "postgres": (*world).postgres,
		"a group that may ask": func(w *world) {
			w.slack.AddGroup(helpdesk)
			w.env["REQUESTERS"] = "S_HELP"
		},
		"nobody has to approve": set(map[string]string{"APPROVALS": "0", "ADMINS": "U_ADA", "REQUESTERS": "-", "APPROVAL_CHANNEL": "-", "GRAPH_BETA": "false"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change(w)
			code, found := w.findings(ops.DoctorOptions{})
			if bad := amiss(found); code != 0 || len(bad) > 0 {
				t.Errorf("exit status %d: %+v", code, bad)
			}
			var about []string
			for _, f := range found {
				if about = append(about, f.Subject); f.Cure != "" {
					t.Errorf("a cure where nothing is wrong: %+v", f)
				}
			}
			for _, subject := range []string{"configuration", "proxies", "clock", "slack tokens", "slack scopes", "people", "database", "entra", "graph"} {
				if !slices.Contains(about, subject) {
					t.Errorf("nothing is said of %s: %+v", subject, found)
				}
			}
		})
	}
}

func TestOfflineCallsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["HTTPS_PROXY"], w.env["GRAPH_URL"], w.env["AZURE_AUTHORITY_HOST"] = "http://bot:s3cr3t@proxy.example.com:3128", "-", "-"
	set(nil)(w)
	code, found := w.findings(ops.DoctorOptions{Offline: true})
	if bad := amiss(found); code != 0 || len(bad) > 0 {
		t.Errorf("exit status %d: %+v", code, bad)
	}
	if calls := len(w.slack.Calls()) + len(w.tenant.Calls()); calls > 0 {
		t.Errorf("%d calls", calls)
	}
	if !slices.ContainsFunc(found, func(f finding) bool {
		return f.Subject == "proxies" && strings.Contains(f.Text, "Slack (127.0.0.1) directly") &&
			strings.Contains(f.Text, "Graph (graph.microsoft.com) through proxy.example.com:3128")
	}) {
		t.Errorf("the way to Graph: %+v", found)
	}
	w.env["DATABASE_URL"] = "postgres://bot:s3cr3t@127.0.0.1:1/ledger"
	if code, found = w.findings(ops.DoctorOptions{Offline: true}); code != 0 {
		t.Errorf("exit status %d: %+v", code, found)
	}
}

func TestDoctorPrintsInOrderAndEndsWithTheChecklist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, out := w.examine(ops.DoctorOptions{})
	if code != 0 || strings.Count(out, "[ ]") != len(doctor.Checklist) || !strings.HasPrefix(out, "ok    configuration  every variable") {
		t.Errorf("exit status %d\n%s", code, out)
	}
	set(map[string]string{"APPROVAL_CHANNEL": "-"})(w)
	if _, out := w.examine(ops.DoctorOptions{Offline: true}); !strings.HasSuffix(out, "[ ] "+doctor.Places+"\n") || strings.Count(out, "[ ]") != len(doctor.Checklist)+1 {
		t.Errorf("nothing about the channels in which people type\n%s", out)
	}
	at := -1
	for _, subject := range []string{"  configuration", "  proxies", "  clock", "  slack tokens", "  slack scopes", "  people", "  approvals", "  channel", "  database", "  entra", "  graph", "Slack does not tell"} {
		next := strings.Index(out, subject)
		if next <= at {
			t.Errorf("%s is at %d, after %d\n%s", subject, next, at, out)
		}
		at = next
	}
	for _, c := range w.slack.Calls() {
		if strings.HasPrefix(c.Method, "chat.") || strings.HasPrefix(c.Method, "views.") {
			t.Errorf("doctor called %s", c.Method)
		}
	}
	for _, c := range w.tenant.Calls() {
		if c.Kind == "reprovision" {
			t.Errorf("doctor called %s", c.Path)
		}
	}
}

// TestDoctorShowsNoSecret sets every secret that there is. Each misconfiguration's findings are searched
// as well.
func TestDoctorShowsNoSecret(t *testing.T) {
	for name, change := range map[string]func(*world){
		"all well":     func(*world) {},
		"wrong tokens": set(map[string]string{"SLACK_BOT_TOKEN": "xoxb-s3cr3t", "SLACK_APP_TOKEN": "xapp-1-A0-s3cr3t", "AZURE_CLIENT_SECRET": "s3cr3t~"}),
		"swapped tokens": func(w *world) {
			w.env["SLACK_BOT_TOKEN"], w.env["SLACK_APP_TOKEN"] = w.env["SLACK_APP_TOKEN"], w.env["SLACK_BOT_TOKEN"]
		},
		"no database":    set(map[string]string{"DATABASE_URL": "postgres://bot:s3cr3t@127.0.0.1:1/ledger"}),
		"no such secret": set(map[string]string{"DATABASE_URL": "postgres://bot:s3cr%65t%@127.0.0.1:1/ledger", "HTTPS_PROXY": "http://bot:s3cr3t%@proxy:1"}),
		"nobody answers": func(w *world) { w.slack.Close(); w.tenant.Close() },
		"PostgreSQL": func(w *world) {
			w.postgres()
			w.env["DATABASE_URL"] = strings.Replace(w.env["DATABASE_URL"], "@", ":s3cr3t@", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			set(map[string]string{
				"HTTPS_PROXY": "http://bot:s3cr3t@proxy.example.com:3128", "HTTP_PROXY": "http://bot:s3cr3t@proxy.example.com:3128",
				"AZURE_CLIENT_CERTIFICATE_PASSWORD": "s3cr3t", "AZURE_PASSWORD": "s3cr3t",
			})(w)
			change(w)
			for _, o := range []ops.DoctorOptions{{}, {JSON: true}} {
				_, out := w.examine(o)
				w.keepsSecrets(out)
				if !strings.Contains(out, "configuration") {
					t.Errorf("doctor said %s", out)
				}
			}
		})
	}
}

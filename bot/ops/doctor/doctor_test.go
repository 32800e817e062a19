package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/ops"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

func TestARightConfigurationGivesNoWarningAndNoFailure(t *testing.T) {
	for name, change := range map[string]func(*world){
		"sqlite": func(*world) {}, "postgres": (*world).postgres,
		"a group that may ask": func(w *world) {
			w.slack.AddGroup(helpdesk)
			w.env["REQUESTERS"] = "S_HELP"
		},
		"self-service":                 selfService(nil),
		"self-service, two to approve": selfService(env{"SELF_SERVICE_APPROVALS": "2"}),
		"self-service with one admin":  selfService(env{"SELF_SERVICE_APPROVALS": "1", "ADMINS": "U_ADA", "REQUESTERS": "-", "ALLOW_SELF_APPROVAL": "true"}),
		"nobody has to approve":        set(map[string]string{"APPROVALS": "0", "ADMINS": "U_ADA", "REQUESTERS": "-", "APPROVAL_CHANNEL": "-", "GRAPH_BETA": "false"}),
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

// What is wrong with an app shows only once a person has signed in, or in nothing but their browser: doctor bothers nobody,
// and says what to look at.
func TestASignInIsBegunAndNobodyIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, slackfake.Config{}, graphfake.Config{NotPublic: true, NoConsent: true})
	selfService(nil)(w)
	code, out := w.examine(ops.DoctorOptions{})
	w.keepsSecrets(out)
	codes := w.tenant.DeviceCodes()
	if code != 0 || len(codes) != 1 || codes[0].Polls != 0 || codes[0].Scope == "" || strings.Contains(out, codes[0].UserCode) {
		t.Errorf("exit status %d, %+v\n%s", code, codes, out)
	}
	if !strings.Contains(out, "ok    self-service   Entra begins sign-ins") || strings.Count(out, "[ ]") != len(doctor.Checklist)+len(doctor.SelfService) {
		t.Errorf("doctor said\n%s", out)
	}
	_, after, _ := strings.Cut(out, "\nEntra and Intune tell the following only once somebody signs in; check it yourself:\n")
	for i, about := range []string{"“Allow public client flows” is on", "“Granted for …”", "blocks the device code flow", "assignment is required", "“Enable users to reset their Cloud PCs” is on"} {
		if lines := strings.Split(after, "\n"); !strings.Contains(lines[min(i, len(lines)-1)], about) {
			t.Errorf("question %d is not about %q\n%s", i, about, after)
		}
	}
	if _, out := w.examine(ops.DoctorOptions{Offline: true}); len(w.tenant.DeviceCodes()) != 1 || !strings.Contains(out, after) {
		t.Errorf("offline: %+v\n%s", w.tenant.DeviceCodes(), out)
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

package ops_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAWrongConfigurationIsListedWholeAndShowsNoValue(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1-good", "SLACK_BOT_TOKEN": "xoxb-good", "ADMINS": "U024BE7LH", "APPROVALS": "0",
		"AZURE_TENANT_ID": "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", "AZURE_CLIENT_ID": "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", "AZURE_CLIENT_SECRET": "s3cr3t",
	}
	const bad = "b@d-v4lue"
	with := func(change map[string]string) map[string]string {
		env := map[string]string{}
		for k, v := range good {
			env[k] = v
		}
		for k, v := range change {
			if v == "-" {
				delete(env, k)
			} else {
				env[k] = v
			}
		}
		return env
	}
	for _, row := range []struct {
		change map[string]string
		want   []string
	}{
		{map[string]string{"SLACK_APP_TOKEN": "-"}, []string{"SLACK_APP_TOKEN is missing (xapp-…)", "Basic Information › App-Level Tokens"}},
		{map[string]string{"SLACK_APP_TOKEN": bad}, []string{"SLACK_APP_TOKEN"}},
		{map[string]string{"SLACK_APP_TOKEN": ""}, []string{"SLACK_APP_TOKEN"}},
		{map[string]string{"SLACK_BOT_TOKEN": "-"}, []string{"SLACK_BOT_TOKEN is missing (xoxb-…)", "Bot User OAuth Token"}},
		{map[string]string{"SLACK_BOT_TOKEN": "xapp-" + bad}, []string{"SLACK_BOT_TOKEN"}},
		{map[string]string{"ADMINS": "-"}, []string{"ADMINS"}},
		{map[string]string{"ADMINS": " , "}, []string{"ADMINS"}},
		{map[string]string{"ADMINS": "U024BE7LH," + bad}, []string{"ADMINS", "entry 2"}},
		{map[string]string{"ADMINS": "U024BE7LH,s0614TZR7"}, []string{"ADMINS", "entry 2", "user group (S…)"}},
		{map[string]string{"APPROVALS": "1"}, []string{"APPROVALS=1 needs a second admin", "Add one to ADMINS", "ALLOW_SELF_APPROVAL=true"}},
		{map[string]string{"APPROVALS": "-"}, []string{"APPROVALS=1, the default, needs a second admin"}},
		{map[string]string{"APPROVALS": "2", "ALLOW_SELF_APPROVAL": "true"}, []string{"APPROVALS is more than ADMINS can give. Add"}},
		{map[string]string{"APPROVALS": "-1"}, []string{"APPROVALS"}},
		{map[string]string{"ALLOW_SELF_APPROVAL": bad}, []string{"ALLOW_SELF_APPROVAL must be true or false"}},
		{map[string]string{"REQUESTERS": "U024BE7LJ," + bad}, []string{"REQUESTERS", "entry 2"}},
		{map[string]string{"MAX_PER_HOUR": "-1"}, []string{"MAX_PER_HOUR"}},
		{map[string]string{"MAX_PER_ADMIN_PER_HOUR": bad}, []string{"MAX_PER_ADMIN_PER_HOUR"}},
		{map[string]string{"GRAPH_URL": "https://graph.microsoft.com/v1.0"}, []string{"GRAPH_URL"}},
		{map[string]string{"DATABASE_URL": "sqlite::memory:"}, []string{"DATABASE_URL"}},
		{map[string]string{"APPROVALS": bad}, []string{"APPROVALS"}},
		{map[string]string{"APPROVAL_TTL": bad}, []string{"APPROVAL_TTL"}},
		{map[string]string{"APPROVAL_TTL": "0"}, []string{"APPROVAL_TTL"}},
		{map[string]string{"APPROVAL_CHANNEL": bad}, []string{"APPROVAL_CHANNEL"}},
		{map[string]string{"SLACK_API_URL": bad}, []string{"SLACK_API_URL"}},
		{map[string]string{"SLACK_API_URL": "https://example.com/api"}, []string{"SLACK_API_URL"}},
		{map[string]string{"SLACK_PACE": "-1s"}, []string{"SLACK_PACE"}},
		{map[string]string{"DATABASE_URL": bad}, []string{"DATABASE_URL"}},
		{map[string]string{"DATABASE_URL": "sqlite:"}, []string{"DATABASE_URL"}},
		{map[string]string{"GRAPH_URL": "http://graph.example.com"}, []string{"GRAPH_URL"}},
		{map[string]string{"GRAPH_BETA": bad}, []string{"GRAPH_BETA"}},
		{map[string]string{"GRAPH_TIMEOUT": "10ms"}, []string{"GRAPH_TIMEOUT"}},
		{map[string]string{"SETTLE_TIMEOUT": bad}, []string{"SETTLE_TIMEOUT"}},
		{map[string]string{"FOLLOW_INTERVAL": "0"}, []string{"FOLLOW_INTERVAL"}},
		{map[string]string{"FOLLOW_TIMEOUT": bad}, []string{"FOLLOW_TIMEOUT"}},
		{map[string]string{"AZURE_DISABLE_INSTANCE_DISCOVERY": bad}, []string{"AZURE_DISABLE_INSTANCE_DISCOVERY"}},
		{map[string]string{"AZURE_TENANT_ID": "-"}, []string{"AZURE_TENANT_ID"}},
		{map[string]string{"AZURE_CLIENT_ID": "-", "AZURE_CLIENT_SECRET": "-"}, []string{"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"}},
		{map[string]string{"AZURE_AUTHORITY_HOST": bad}, []string{"AZURE_AUTHORITY_HOST"}},
		{map[string]string{"CA_CERTS": "/nowhere/" + bad}, []string{"CA_CERTS"}},
		{map[string]string{"HTTP_ADDR": bad}, []string{"HTTP_ADDR"}},
		{map[string]string{"LOG_LEVEL": bad}, []string{"LOG_LEVEL"}},
		{map[string]string{"LOG_FORMAT": bad}, []string{"LOG_FORMAT"}},
		{map[string]string{"SLACK_APP_TOKEN": "-", "ADMINS": "-", "GRAPH_URL": bad, "FOLLOW_TIMEOUT": bad, "AZURE_CLIENT_ID": "-", "CA_CERTS": "/nowhere/" + bad},
			[]string{"SLACK_APP_TOKEN", "ADMINS", "GRAPH_URL", "FOLLOW_TIMEOUT", "AZURE_CLIENT_ID", "CA_CERTS"}},
	} {
		code, out := start(t, with(row.change))
		if code != 2 {
			t.Errorf("%v: exit status %d\n%s", row.change, code, out)
		}
		for _, want := range row.want {
			if strings.Count(out, want) != 1 && !strings.Contains(want, " ") {
				t.Errorf("%v: %q is there %d times\n%s", row.change, want, strings.Count(out, want), out)
			}
			if !strings.Contains(out, want) {
				t.Errorf("%v: the message lacks %q\n%s", row.change, want, out)
			}
		}
		for _, value := range []string{bad, "s3cr3t", "xapp-1-good", "xoxb-good"} {
			if strings.Contains(out, value) {
				t.Errorf("%v: the message shows a value\n%s", row.change, out)
			}
		}
	}
}

// TestAWrongConfigurationTellsANewcomerWhatToDo has what people really get wrong.
func TestAWrongConfigurationTellsANewcomerWhatToDo(t *testing.T) {
	t.Parallel()
	const id = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"
	good := map[string]string{
		"SLACK_APP_TOKEN": "xapp-1-A0GOOD-123-g00d", "SLACK_BOT_TOKEN": "xoxb-g00d", "ADMINS": "U7REALADA,W7REALBEN",
		"AZURE_TENANT_ID": id, "AZURE_CLIENT_ID": id, "AZURE_CLIENT_SECRET": "s3cr3t~of.nobody",
	}
	type set = map[string]string // "-" = not set
	for _, row := range []struct {
		change set
		lines  int // problems listed
		says   []string
	}{
		{set{"SLACK_APP_TOKEN": "-", "SLACK_BOT_TOKEN": "-", "ADMINS": "-", "AZURE_TENANT_ID": "-", "AZURE_CLIENT_ID": "-", "AZURE_CLIENT_SECRET": "-"}, 4,
			[]string{"SLACK_APP_TOKEN is missing (xapp-…): api.slack.com/apps › your app › Basic Information › App-Level Tokens", "connections:write",
				"SLACK_BOT_TOKEN is missing (xoxb-…): api.slack.com/apps › your app › OAuth & Permissions", "ADMINS is missing", "Copy member ID", "Entra admin center › App registrations"}},
		{set{"SLACK_APP_TOKEN": "xoxb-sw4pped", "SLACK_BOT_TOKEN": "xapp-1-sw4pped"}, 2, []string{"the bot token goes into SLACK_BOT_TOKEN", "an app-level token, which goes into SLACK_APP_TOKEN"}},
		{set{"SLACK_BOT_TOKEN": "xoxp-p3rson"}, 1, []string{"a person's token (User OAuth Token)"}},
		{set{"SLACK_BOT_TOKEN": "xoxe.xoxb-r0tates"}, 1, []string{"token rotation is on", "cloudpc-bot manifest"}},
		{set{"SLACK_BOT_TOKEN": `"xoxb-qu0ted"`, "SLACK_APP_TOKEN": `'xapp-qu0ted'`}, 2, []string{"remove the quotes around the value"}},
		{set{"SLACK_BOT_TOKEN": " \n"}, 1, []string{"SLACK_BOT_TOKEN is missing (xoxb-…)"}},
		{set{"SLACK_BOT_TOKEN": "-", "SLACK_TOKEN": "xoxb-misn4med"}, 1, []string{"SLACK_TOKEN is set, but this program has no such variable"}},
		{set{"ADMINS": "-", "ADMIN": "U7REALADA"}, 1, []string{"ADMIN is set, but this program has no such variable"}},
		{set{"ADMINS": "@ada.lovelace,U7REALADA"}, 1, []string{"entry 1 is not the id of a Slack user (U… or W…) or user group (S…)", "Copy member ID"}},
		{set{"ADMINS": "ada@example.com"}, 1, []string{"entry 1 is not the id"}},
		{set{"ADMINS": "U7REALADA"}, 1, []string{"APPROVALS=1, the default, needs a second admin, because the person who asks cannot approve. Add one to ADMINS, or set ALLOW_SELF_APPROVAL=true for a trial"}},
		{set{"APPROVALS": "2"}, 1, []string{"APPROVALS is more than ADMINS can give, because the person who asks cannot approve"}},
		{set{"APPROVALS": "tw0ish"}, 1, []string{"APPROVALS must be a number of 0 or more"}},
		{set{"REQUESTERS": "#helpdesk"}, 1, []string{"REQUESTERS must be ids of Slack users and user groups", "Copy group ID"}},
		{set{"APPROVAL_CHANNEL": "#it-approvals"}, 1, []string{"APPROVAL_CHANNEL must be a Slack channel id, such as C024BE91L: in Slack, the channel's name › About"}},
		{set{"APPROVAL_TTL": "8 hours"}, 1, []string{"APPROVAL_TTL must be a duration above 0, such as 8h"}},
		{set{"SLACK_API_URL": "https://slack.example.com/api"}, 1, []string{"ends with a slash"}},
		{set{"GRAPH_URL": "https://graph.microsoft.com/beta"}, 1, []string{"without a path, such as https://graph.microsoft.com"}},
		{set{"GRAPH_URL": "https://graph.microsoft.us"}, 1, []string{"GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds", "https://login.microsoftonline.us/"}},
		{set{"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"}, 1, []string{"GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds", "https://graph.microsoft.us"}},
		{set{"AZURE_CLIENT_SECRET": "-"}, 1, []string{"AZURE_CLIENT_SECRET", "Certificates & secrets", "use the Value and not the Secret ID"}},
		{set{"AZURE_TENANT_ID": "Contoso Ltd", "AZURE_CLIENT_ID": "-"}, 2, []string{"Directory (tenant) ID", "Application (client) ID"}},
		{set{"AZURE_CLIENT_SECRET": "-", "AZURE_CLIENT_CERTIFICATE_PATH": "../../auth/testdata/openssl3.pfx", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "wr0ng"}, 1,
			[]string{"the password in AZURE_CLIENT_CERTIFICATE_PASSWORD does not open the PKCS#12 file"}},
		{set{"AZURE_CLIENT_SECRET": "-", "AZURE_CLIENT_CERTIFICATE_PATH": "../../auth/testdata/encrypted.pem", "AZURE_CLIENT_CERTIFICATE_PASSWORD": "of nobody"}, 1,
			[]string{"the key in the PEM file is encrypted", "openssl pkcs12 -export"}},
		{set{"CA_CERTS": "/nowhere/roots.pem"}, 1, []string{"CA_CERTS: the file cannot be read: no such file or directory"}},
		{set{"DATABASE_URL": "mysql://b0t@db/ledger"}, 1, []string{"DATABASE_URL must be sqlite: and a file, such as sqlite:cloudpc-bot.db, or postgres://user:password@host/database"}},
		{set{"DATABASE_URL": "postgres:///l3dger"}, 1, []string{"postgres://user:password@host/database"}},
		{set{"DATABASE_URL": "postgres://b0t:100%sure@db/ledger"}, 1, []string{"DATABASE_URL must be", "percent-encode the user name and the password"}},
		{set{"DATABASE_URL": "postgres://b0t@db/ledger?sslmode=n0pe", "HTTP_ADDR": "8181"}, 2, []string{"sslmode can be disable"}},
		{set{"HTTP_ADDR": "8181"}, 1, []string{"HTTP_ADDR must be host:port, such as 0.0.0.0:8080, or off"}},
		{set{"LOG_LEVEL": "verb0se", "LOG_FORMAT": "logfmt", "GRAPH_BETA": "y3s", "GRAPH_TIMEOUT": "0.1s", "MAX_PER_HOUR": "n0ne", "APPROVAL_CHANNEL": "general", "SLACK_PACE": "-7s"}, 7,
			[]string{"debug, info, warn or error", "text or json", "true or false", "1s to 2m", "0 is no limit", "SLACK_PACE"}},
	} {
		env := set{}
		for _, from := range []set{good, row.change} {
			for name, value := range from {
				if env[name] = value; value == "-" {
					delete(env, name)
				}
			}
		}
		if path := env["AZURE_CLIENT_CERTIFICATE_PATH"]; path != "" { // the program runs elsewhere
			abs, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			env["AZURE_CLIENT_CERTIFICATE_PATH"] = abs
		}
		began := time.Now()
		code, out := start(t, env)
		if took := time.Since(began); code != 2 || took > 5*time.Second {
			t.Errorf("%v: exit status %d after %v\n%s", row.change, code, took, out)
		}
		if lines := strings.Count(strings.TrimSpace(out), "\n"); lines != row.lines || !strings.Contains(out, "cannot start because its configuration is wrong") {
			t.Errorf("%v: %d problems are listed, want %d\n%s", row.change, lines, row.lines, out)
		}
		for _, want := range row.says {
			if !strings.Contains(out, want) {
				t.Errorf("%v: the message lacks %q\n%s", row.change, want, out)
			}
		}
		for name, value := range env {
			if value = strings.TrimSpace(value); len(value) > 2 && strings.Contains(out, value) {
				t.Errorf("%v: the message shows the value of %s\n%s", row.change, name, out)
			}
		}
	}
}

func TestWhiteSpaceAtTheEndsOfValuesDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["REQUESTERS"], w.env["APPROVAL_CHANNEL"], w.env["LOG_LEVEL"], w.env["ALLOW_SELF_APPROVAL"] = "U_ADA", "C_IT", "debug", "true"
	w.env["HTTPS_PROXY"], w.env["NO_PROXY"] = "http://127.0.0.1:9", "127.0.0.1,localhost"
	for name, value := range w.env {
		w.env[name] = " " + value + "\t\r\n"
	}
	w.launch()
	w.slack.Type("U_ADA", "C_IT", "CPC-ada os=windows11")
	w.wait("the end of the command", w.told("Done. CPC-ada is ready"))
}

func TestAVariableThatIsNearlyOursIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, value := range map[string]string{"ADMIN": "U_EVE", "APPROVAL": "7", "SLACK_TOKEN": "xoxb-s3cr3t", "GRAPH_BETAS": "false", "LOG_LEVELS": "debug"} {
		w.env[name] = value
	}
	w.launch()
	for _, want := range []string{
		`variable=ADMIN meant=[ADMINS]`, `variable=APPROVAL meant=[APPROVALS]`, `variable=SLACK_TOKEN meant="[SLACK_APP_TOKEN SLACK_BOT_TOKEN]"`,
		`variable=GRAPH_BETAS meant=[GRAPH_BETA]`, `variable=LOG_LEVELS meant=[LOG_LEVEL]`,
	} {
		if !strings.Contains(w.logged(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Count(w.logged(), "does not know") != 5 || strings.Contains(w.logged(), "s3cr3t") {
		t.Errorf("the log\n%s", w.logged())
	}
}

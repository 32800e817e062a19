package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger/ledgertest"
	"cloudpc-bot/bot/ops"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// mode tells a process of this test binary to be the doctor, in an environment of its own: so many
// environments can be examined at once. Its value is the options, in JSON.
const mode = "TEST_DOCTOR"

func TestMain(m *testing.M) {
	if options := os.Getenv(mode); options != "" {
		var o ops.DoctorOptions
		if err := json.Unmarshal([]byte(options), &o); err != nil {
			panic(err)
		}
		if err := ops.Doctor(context.Background(), os.Stdout, o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil { // they wait for one another's processes
		panic(err)
	}
	os.Exit(m.Run())
}

// world is a workspace and a tenant in which everything is right, and the environment that says so.
type world struct {
	t      *testing.T
	slack  *slackfake.Workspace
	tenant *graphfake.Tenant
	env    map[string]string
}

func newWorld(t *testing.T) *world { return newWorldOf(t, slackfake.Config{}, graphfake.Config{}) }

func newWorldOf(t *testing.T, slackConfig slackfake.Config, graphConfig graphfake.Config) *world {
	t.Helper()
	slack, err := slackfake.New(slackConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(slack.Close)
	tenant, err := graphfake.New(graphConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	slack.OnSocket(func(event string) { t.Errorf("doctor dialled a socket: %s", event) })
	for _, name := range []string{"ada", "ben", "cleo"} {
		slack.AddPerson(slackfake.Person{ID: "U_" + strings.ToUpper(name), Name: name})
	}
	slack.AddChannel(slackfake.Channel{ID: "C_CARDS", Name: "cards", BotIn: true, Members: []string{"U_ADA"}})
	tenant.Add(graphfake.CloudPC{ID: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", DisplayName: "CPC-ada"})
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, tenant.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return &world{t: t, slack: slack, tenant: tenant, env: map[string]string{
		"SLACK_APP_TOKEN": slack.AppToken(), "SLACK_BOT_TOKEN": slack.BotToken(), "SLACK_API_URL": slack.URL(),
		"ADMINS": "U_ADA,U_BEN", "REQUESTERS": "U_CLEO", "APPROVAL_CHANNEL": "C_CARDS",
		"DATABASE_URL": "sqlite:" + filepath.Join(dir, "ledger.db"), "GRAPH_URL": tenant.URL(), "CA_CERTS": ca,
		"AZURE_TENANT_ID": tenant.TenantID(), "AZURE_CLIENT_ID": tenant.ClientID(), "AZURE_CLIENT_SECRET": tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST": tenant.Authority(), "AZURE_DISABLE_INSTANCE_DISCOVERY": "true",
	}}
}

// postgres moves the ledger to an empty schema of PostgreSQL.
func (w *world) postgres() { w.env["DATABASE_URL"] = ledgertest.Postgres(w.t) }

// examine runs doctor and returns its exit status and what it prints.
func (w *world) examine(o ops.DoctorOptions) (code int, out string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	options, err := json.Marshal(o)
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Dir = w.t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), mode + "=" + string(options)}
	for name, value := range w.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}

// finding is a line of doctor's in JSON.
type finding struct {
	Level               doctor.Level
	Subject, Text, Cure string
}

// findings are doctor's, without the checklist.
func (w *world) findings(o ops.DoctorOptions) (code int, found []finding) {
	w.t.Helper()
	o.JSON = true
	code, out := w.examine(o)
	w.keepsSecrets(out)
	for text := range strings.Lines(out) {
		var f finding
		if json.Unmarshal([]byte(text), &f) == nil && f.Level != doctor.Question {
			found = append(found, f)
		} else if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "doctor: ") {
			w.t.Errorf("no line of JSON: %s", text)
		}
	}
	return code, found
}

// amiss are the findings that are not ok.
func amiss(found []finding) []finding {
	return slices.DeleteFunc(slices.Clone(found), func(f finding) bool { return f.Level == doctor.OK })
}

// keepsSecrets fails the test if a text shows a secret of the world.
func (w *world) keepsSecrets(text string) {
	w.t.Helper()
	secrets := append(w.tenant.Secrets(), w.slack.AppToken(), w.slack.BotToken(), "s3cr3t", "s3cr%65t", "ticket")
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "AZURE_CLIENT_SECRET"} {
		if w.env[name] != "" {
			secrets = append(secrets, w.env[name])
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			w.t.Errorf("doctor shows %q:\n%s", secret, text)
		}
	}
}

// set changes variables; "-" unsets one.
func set(pairs map[string]string) func(*world) {
	return func(w *world) {
		maps.Copy(w.env, pairs)
		maps.DeleteFunc(w.env, func(_, value string) bool { return value == "-" })
	}
}

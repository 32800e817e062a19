// Package demo plays the bot on this machine: a fake Slack, a fake Entra and Graph, and between
// them the real bot, configured by environment variables as in production. It promises that what it
// prints is what the bot really sent over the wire. What it cannot show is how long Microsoft takes:
// a build takes seconds here, not an hour.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// Play prints one conversation on out, from the command until the machine is ready, and then
// returns. serve runs the bot as the environment configures it.
func Play(ctx context.Context, out io.Writer, serve func(context.Context, io.Writer) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, err := set()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer s.close()
	restore := setenv(s.environment())
	defer restore()

	var logs bytes.Buffer
	serving, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- serve(serving, &logs); stop() }()

	told := s.tell(serving, out)
	stop()
	if err := <-ended; err != nil {
		return fmt.Errorf("demo: the bot: %w\n%s", err, &logs)
	}
	if told != nil {
		return fmt.Errorf("demo: %w\n%s", told, &logs)
	}
	return nil
}

// stage is the fake workspace and tenant, with the files of the play in dir.
type stage struct {
	dir    string
	slack  *slackfake.Workspace
	tenant *graphfake.Tenant
}

const (
	ada     = "U0ADA"
	ben     = "U0BEN"
	channel = "C0HELP"
	pc      = "CPC-DAN-01"
	machine = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"
)

func set() (*stage, error) {
	dir, err := os.MkdirTemp("", "cloudpc-bot-demo-")
	if err != nil {
		return nil, err
	}
	tenant, err := graphfake.New(graphfake.Config{Lag: 1500 * time.Millisecond, Build: 4 * time.Second})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	slack, err := slackfake.New(slackfake.Config{})
	if err != nil {
		tenant.Close()
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	tenant.Add(graphfake.CloudPC{
		ID: machine, DisplayName: pc, ManagedDeviceName: "CPC-dan-X7QK2", UserPrincipalName: "dan@example.com",
		ProvisioningPolicyName: "Standard", ImageDisplayName: "Windows 11 Enterprise 24H2", ServicePlanName: "Cloud PC Enterprise 4vCPU/16GB",
	})
	slack.AddPerson(slackfake.Person{ID: ada, Name: "ada", RealName: "Ada Admin"})
	slack.AddPerson(slackfake.Person{ID: ben, Name: "ben", RealName: "Ben Colleague"})
	slack.AddChannel(slackfake.Channel{ID: channel, Name: "it-help", BotIn: true, Members: []string{ada, ben}})
	return &stage{dir, slack, tenant}, os.WriteFile(filepath.Join(dir, "ca.pem"), tenant.CertPEM(), 0o600)
}

func (s *stage) close() {
	s.slack.Close()
	s.tenant.Close()
	_ = os.RemoveAll(s.dir)
}

// environment is the bot's configuration: the stage's own values, and "" for every other variable
// that the program reads, so that a real bot's configuration on this machine stays out of the play.
// An empty value means that the variable is unset and has its default.
func (s *stage) environment() map[string]string {
	vars := map[string]string{}
	for _, name := range config.Environment() {
		vars[name] = ""
	}
	maps.Copy(vars, s.configured())
	return vars
}

// configured is the stage's own values.
func (s *stage) configured() map[string]string {
	return map[string]string{
		"SLACK_APP_TOKEN":                  s.slack.AppToken(),
		"SLACK_BOT_TOKEN":                  s.slack.BotToken(),
		"SLACK_API_URL":                    s.slack.URL(),
		"SLACK_PACE":                       "300ms",
		"ADMINS":                           ada + "," + ben,
		"APPROVALS":                        "1",
		"DATABASE_URL":                     "sqlite:" + filepath.Join(s.dir, "ledger.db"),
		"GRAPH_URL":                        s.tenant.URL(),
		"FOLLOW_INTERVAL":                  "500ms",
		"CA_CERTS":                         filepath.Join(s.dir, "ca.pem"),
		"HTTP_ADDR":                        "off",
		"AZURE_TENANT_ID":                  s.tenant.TenantID(),
		"AZURE_CLIENT_ID":                  s.tenant.ClientID(),
		"AZURE_CLIENT_SECRET":              s.tenant.ClientSecret(),
		"AZURE_AUTHORITY_HOST":             s.tenant.Authority(),
		"AZURE_DISABLE_INSTANCE_DISCOVERY": "true",
	}
}

// setenv sets variables, or unsets those without a value, and returns a function that restores
// them.
func setenv(vars map[string]string) (restore func()) {
	before := map[string]string{}
	for name, value := range vars {
		if was, ok := os.LookupEnv(name); ok {
			before[name] = was
		}
		put(name, value, value != "")
	}
	return func() {
		for name := range vars {
			was, ok := before[name]
			put(name, was, ok)
		}
	}
}

func put(name, value string, set bool) {
	if set {
		_ = os.Setenv(name, value) // fails only for invalid names
	} else {
		_ = os.Unsetenv(name)
	}
}

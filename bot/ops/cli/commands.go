package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"cloudpc-bot/bot/demo"
	"cloudpc-bot/bot/ops"
)

// commands are the words of the command line, in the order in which help lists them.
type commands struct {
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Demo     demoCommand     `cmd:"" help:"Try the bot on this machine; needs no account."`
	Doctor   doctorCommand   `cmd:"" help:"Check the configuration, and what it names in Slack, Entra, Graph and the database."`
	Manifest manifestCommand `cmd:"" help:"Print what to set the bot up with: its Slack app, its app in Entra, a deployment, a dashboard, alerts."`
	Audit    auditCommand    `cmd:"" help:"Check that nobody has edited the ledger; print what it knows; erase words."`
	Health   healthCommand   `cmd:"" help:"Ask the bot that runs on this machine whether it is well."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
	Help     helpCommand     `cmd:"" help:"Print this, or all about one command."`
}

type demoCommand struct {
	Script bool `help:"Print one conversation, from the command to its end, and stop. It is what plays where there is neither a display nor a terminal."`
}

func (demoCommand) Help() string { return aboutDemo }

func (c demoCommand) Run(ctx context.Context, p Program) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return demo.Run(ctx, p.Out, program, c.Script)
}

type doctorCommand struct {
	Offline bool `help:"Check only what needs no network."`
	JSON    bool `name:"json" help:"Print the findings as JSON."`
}

func (doctorCommand) Help() string { return aboutDoctor }

func (c doctorCommand) Run(ctx context.Context, p Program) error {
	return ops.Doctor(ctx, p.Out, ops.DoctorOptions{Offline: c.Offline, JSON: c.JSON})
}

type manifestCommand struct {
	Slack      slackManifest      `cmd:"" default:"1" help:"The manifest from which the bot's Slack app is created; without another word, this one."`
	Kubernetes kubernetesManifest `cmd:"" help:"A deployment on Kubernetes."`
	Compose    composeManifest    `cmd:"" help:"The bot and its PostgreSQL in containers, for docker compose."`
	Entra      entraManifest      `cmd:"" help:"Commands of the Azure CLI that make the bot's app in Entra."`
	Grafana    grafanaManifest    `cmd:"" help:"A dashboard for Grafana."`
	Alerts     alertsManifest     `cmd:"" help:"Alert rules for Prometheus."`
}

func (manifestCommand) Help() string { return aboutManifest }

type slackManifest struct{}

func (slackManifest) Help() string { return aboutSlackManifest }

func (slackManifest) Run(p Program) error { return ops.PrintManifest(p.Out, ops.ForSlack) }

type kubernetesManifest struct{}

func (kubernetesManifest) Help() string { return aboutKubernetesManifest }

func (kubernetesManifest) Run(p Program) error { return ops.PrintManifest(p.Out, ops.ForKubernetes) }

type composeManifest struct{}

func (composeManifest) Help() string { return aboutComposeManifest }

func (composeManifest) Run(p Program) error { return ops.PrintManifest(p.Out, ops.ForCompose) }

type entraManifest struct{}

func (entraManifest) Help() string { return aboutEntraManifest }

func (entraManifest) Run(p Program) error { return ops.PrintManifest(p.Out, ops.ForEntra) }

type grafanaManifest struct{}

func (grafanaManifest) Help() string { return aboutGrafanaManifest }

func (grafanaManifest) Run(p Program) error { return ops.PrintDashboard(p.Out) }

type alertsManifest struct{}

func (alertsManifest) Help() string { return aboutAlertsManifest }

func (alertsManifest) Run(p Program) error { return ops.PrintAlerts(p.Out) }

type healthCommand struct{}

func (healthCommand) Help() string { return aboutHealth }

func (healthCommand) Run(ctx context.Context, p Program) error { return ops.Health(ctx, p.Out) }

type versionCommand struct{}

func (versionCommand) Help() string { return aboutVersion }

func (versionCommand) Run(p Program) error {
	_, err := fmt.Fprintln(p.Out, p.Version)
	return err
}

type helpCommand struct {
	Command []string `arg:"" optional:"" help:"A command, such as audit."`
}

func (helpCommand) Help() string { return "It is the same as --help behind the command." }

// Run has kong print the help, which it does for the flag only.
func (c helpCommand) Run(ctx context.Context, p Program) error {
	return p.Run(ctx, append(c.Command, "--help"))
}

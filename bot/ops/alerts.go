package ops

import (
	_ "embed"
	"io"
)

//go:embed monitoring/alerts.yaml
var alerts string

// PrintAlerts prints rules for Prometheus, which tell when somebody should look at the bot.
func PrintAlerts(out io.Writer) error {
	_, err := io.WriteString(out, alerts)
	return err
}

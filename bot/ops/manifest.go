// Package ops is what an operator runs and looks at: the manifest of the Slack app, the
// warnings of a bot that starts, and the probes of one that runs.
package ops

import _ "embed" // for the manifest

// Manifest creates the bot's Slack app: api.slack.com/apps > Create New App > From a manifest.
//
//go:embed manifest.yaml
var Manifest string

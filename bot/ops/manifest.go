// Package ops is everything around the bot that an operator runs or reads: starting it from the
// environment, the manifest of the Slack app, the warnings at the start, doctor, the health probes, and
// the audit of the ledger.
//
// At the start it waits for what passes, such as a database that is still starting, and fails only
// with what a person has to put right, such as a rejected token. What Slack, the database, Entra and
// Graph say about the rest is for [Doctor] to find out, and as far as it costs nothing for the log.
package ops

import _ "embed" // for the manifest

// Manifest is the manifest from which the bot's Slack app is created, at api.slack.com/apps > Create
// New App > From a manifest (fields: docs.slack.dev/reference/app-manifest).
//
//go:embed manifest.yaml
var Manifest string

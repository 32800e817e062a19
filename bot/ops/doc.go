// Package ops is everything around the bot that an operator runs or reads: starting it from the
// environment, the manifests for setting it up and for watching it, the warnings at the start, doctor, the health
// probes, the metrics, and the audit of the ledger: verify, export, show, redact.
//
// At the start it waits for what passes, such as a database that is still starting, and fails only
// with what a person has to put right, such as a rejected token. What Slack, the database, Entra and
// Graph say about the rest is for [Doctor] to find out, and as far as it costs nothing for the log.
package ops

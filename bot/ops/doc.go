// Package ops is everything around the bot that an operator runs or reads: starting it from the
// environment, the manifests for setting it up, the warnings at the start, the health probes, and the
// audit of the ledger.
//
// At the start it waits for what passes, such as a database that is still starting, and fails only
// with what a person has to put right, such as a rejected token. It cannot tell whether the app has
// its permissions in Graph: that shows with the first call.
package ops

// Package auth decides who may do what with a Cloud PC, and makes the credential with which
// the bot authenticates to Entra.
//
// The rules are pure: an [Attempt] with every relevant fact goes in, a [Verdict] with its
// reason comes out, and nothing is looked up in between. The caller that gathers the facts
// promises that they are fresh; if a fact could not be obtained the verdict is no, with the
// reason [Unknown].
//
// What the package cannot do is narrow the bot's own permission. Graph grants
// CloudPC.ReadWrite.All for every Cloud PC of the tenant or not at all
// (learn.microsoft.com/graph/api/cloudpc-reprovision), so these rules are the only fence
// there is. Nor can it know who controls a user group: a list that names a group trusts
// everybody who may edit that group in Slack.
package auth

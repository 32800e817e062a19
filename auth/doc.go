// Package auth says who may do what with a Cloud PC, and holds the credential
// with which the bot proves itself to Entra.
//
// The rules are pure: an [Attempt] goes in with every fact that matters, a
// [Verdict] with its reason comes out, and nothing is looked up on the way. Who
// gathers the facts promises that they are fresh; a fact that could not be had
// is a no, and it is said by [Unknown].
//
// What the package cannot do: narrow the bot's own permission. Graph grants
// CloudPC.ReadWrite.All over every Cloud PC of the tenant or not at all, so
// these rules are the only fence there is. Nor can it know who decides who is in a
// user group: a list that names a group trusts everybody who may edit it in Slack.
package auth

// Package graphfake is an Entra directory and a Microsoft Graph with Cloud PCs,
// in memory, behind one TLS listener on 127.0.0.1. Programs speak to it exactly
// as to the real services: a client-credentials token from Entra, reads of Cloud
// PCs and their provisioning policies in v1.0 and beta, and the reprovision action
// in its three forms.
//
// It promises to be as strict as what is documented: a wrong scope, an expired
// token, an unknown property, a body where none may be, a Cloud PC in the wrong
// state are refused with the status and the JSON of the real services. What it
// is told to do badly ([Tenant.Fail], [Tricks]) it does badly on the wire:
// connections are really reset, answers are really lost. And it keeps an honest
// log: [Tenant.Posts] tells of every reprovision whether it arrived, whether the
// tenant acted on it, and whether the answer left the house.
//
// Where Microsoft documents nothing, it decides: a second reprovision while one
// runs is a 409, the ids of a machine are null while it is built, a filter
// compares strings without regard to case and honours of an "or" between two
// properties the first side alone, a page holds 100 machines, a machine is built
// with the image that its policy has when the build begins, and a consent counts
// for the tokens that are issued after it.
//
// It cannot handle delegated sign-in: tokens of people are minted by
// [Tenant.Delegated] and [Tenant.AdminDelegated], not fetched from Entra. Nor
// does it do certificates, bulk actions, lists and assignments of policies, or
// dependsOn in a batch.
package graphfake

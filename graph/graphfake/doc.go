// Package graphfake is an Entra directory and a Microsoft Graph with Cloud PCs, in memory,
// behind one TLS listener on 127.0.0.1. Programs talk to it exactly as to the real
// services: they get a client-credentials token from Entra, read Cloud PCs, their
// provisioning policies and images in v1.0 and beta, the report of who uses a machine in
// beta, the tenant's audit events in both, and call the reprovision action in its three forms.
//
// It promises to be as strict as the documentation: a wrong scope, an expired token, an
// unknown property, a body where none is allowed, or a Cloud PC in the wrong state is
// refused with the status and the JSON of the real services. What it is told to do wrong
// ([Tenant.Fail], [Tricks]) it does wrong on the wire: connections are really reset,
// answers are really lost. And it keeps an honest log: [Tenant.Posts] says for every
// reprovision whether it arrived, whether the tenant acted on it, and whether the answer
// was sent.
//
// Where Microsoft documents nothing, the fake makes a choice: a second reprovision while
// one runs is a 409; the ids of a machine are null while it is being built; a filter
// compares strings without regard to case and honours only the first side of an "or"
// between two properties; a page holds 100 machines; a machine is built with the image that
// its policy has when the build begins; the usage report of an unknown machine is a 404; an
// image that a policy names exists and is in support; a consent shows only in tokens
// issued after it; and the audit log tells of each call to reprovision that was authorized, with
// the client-request-id for a correlationId.
//
// The forms of a reprovision for people take no body, and need the Content-Type that the page requires of all
// three forms, although the page's example for people has none; a machine whose user the tenant does not let
// reset it is a 403.
//
// A person signs in by device code, through the tenant's public client and [Tenant.EnterCode], and keeps a
// refresh token, which is good until [Tenant.RevokeTokens] or [Config.MustSignIn]; other tokens of people are
// minted by [Tenant.Delegated] and [Tenant.AdminDelegated]. [Tenant.MisusedTokens] finds tokens that were sent
// where they do not belong. The tenant does not support other ways to sign in, certificates, bulk actions,
// lists or assignments of policies, or dependsOn in a batch.
package graphfake

package causes

// signIn lists why somebody is not signed in whose own sign-in a request of self-service needs, by the words
// of package auth and of the ledger. Entra's part is described at
// learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code; a code that Conditional Access stops in the
// browser stays pending, and then expires (learn.microsoft.com/entra/identity/conditional-access/concept-authentication-flows).
var signIn = []Cause{
	{"declined", "the sign-in was declined on Microsoft's page", "", Passes},
	{"expired", "nobody signed in with the code in time",
		"If Microsoft's page said that the sign-in is blocked, a Conditional Access policy forbids sign-ins by code, or from this device: an Entra administrator can exempt people under Protection › Conditional Access.", Fixed},
	{"not-public", "the app for sign-ins does not allow public client flows",
		"Whoever runs this bot has to allow them, under App registrations › the app of SELF_SERVICE_CLIENT_ID › Authentication.", Fixed},
	{"no-consent", "nobody has consented that the app for sign-ins reprovisions Cloud PCs for people",
		"An Entra administrator has to grant admin consent to its delegated permission CloudPC.ReadWrite.All, under App registrations › API permissions.", Fixed},
	{"wrong-app", "the tenant has no such app for sign-ins, or the app lacks the permission",
		"Whoever runs this bot has to check SELF_SERVICE_CLIENT_ID, and that the app has the delegated permission CloudPC.ReadWrite.All.", Fixed},
	{"blocked", "the organisation does not allow this sign-in",
		"An Entra administrator can see why under Sign-in logs, and exempt people from the Conditional Access policy that stops it.", Fixed},
	{"unknown", "Microsoft Entra did not complete the sign-in", "", Passes},
	{"unshown", "Slack did not let me show the code", "Go to a channel that I am in, or to a direct message with me.", Fixed},
	{"too-many", "too many people are signing in right now", "", Passes},
	{"already", "the requester is signing in already, for another request", "", Passes},
	{"lost", "the sign-in was in the memory of a process that is gone", "", Passes},
	{"ended", "the sign-in is over: Microsoft Entra wants another one", "", Passes},
	{"guest", "the account that signed in is a guest of this organisation, and guests cannot do this themselves", "Ask your IT admins.", Useless},
	{"other-tenant", "the account that signed in belongs to another organisation", "Sign in with an account of this one.", Fixed},
	{"other-account", "the sign-in is not that of the account on the card", "", Passes},
	{"email-differs", "the account that signed in is not the e-mail address of the requester's Slack profile, and nobody has checked that both are the same person",
		"Sign in with the account that has this address for a user name, or ask your IT admins.", Fixed},
	{"email-unread", "Slack does not show me the e-mail address of the requester's profile, so I can't tell whether the account that signed in is theirs", "Ask your IT admins.", Useless},
	{"not-confirmed", "the Cloud PC was not confirmed in time", "", Passes},
	{"no-machine", "Microsoft shows no Cloud PC that belongs to the account that signed in, and to nobody else", "Ask your IT admins.", Useless},
}

// SelfService is the code of Graph's refusal to let people do it themselves, for [Graph].
const SelfService = "self-service"

// SignIn returns the row of a word, or zero if it is unknown.
func SignIn(why string) Cause { return find(signIn, why) }

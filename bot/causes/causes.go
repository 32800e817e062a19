// Package causes explains why Slack, Graph or Entra refused a call, and why Windows 365 did not build a
// machine as it should. Each has a table; a row says what happened, what to do about it, and whether a
// retry can help. The sentence that people read in Slack and the one that operators read in the log come
// from the same row.
//
// Rows are written for a reader who has to act and has never seen the code. The texts are plain:
// no markup, no names of people or machines, no ids.
//
// The tables are not complete, since none of the services publishes a complete list. [Graph] has a
// fallback for every status; [Entra], [Slack] and [Provisioning] return a zero row for an unknown code.
package causes

import (
	"strings"
)

// Again says whether repeating the request can help.
type Retry string

// The possible outcomes of a repeated request.
const (
	Useless Retry = "useless" // the service will refuse again
	Fixed   Retry = "fixed"   // it can succeed once somebody has done what Do says
	Passes  Retry = "passes"  // the condition is temporary; a later retry can succeed
	Once    Retry = "once"    // it may have been a passing fault: one more try can tell
)

// Cause is one row of a table.
type Cause struct {
	Code  string // the service's code or HTTP status, or one of this package's words where a service reports the same thing in several ways
	What  string // what happened: a sentence without its full stop that can follow "Microsoft Graph refused (409):"
	Do    string // what to do: one sentence or more; empty = nothing to do
	Retry Retry
}

// Text returns What and Do on one line.
func (c Cause) Text() string {
	return strings.TrimSpace(c.What + ". " + c.Do)
}

// IsZero reports whether c is no row at all, that is, whether a lookup found nothing.
func (c Cause) IsZero() bool { return c == Cause{} }

// find returns the row of the first code that has one, ignoring case; zero if none has.
func find(table []Cause, codes ...string) Cause {
	for _, code := range codes {
		for _, row := range table {
			if code != "" && strings.EqualFold(row.Code, code) {
				return row
			}
		}
	}
	return Cause{}
}

// This package's own codes, for conditions that a service reports in several ways.
const (
	SecondAdmin = "second-admin" // Graph: Multi Admin Approval requires another administrator
	NoSuchCall  = "no-such-call" // Graph: this cloud does not have the reprovision action
	Foreign     = "foreign"      // a proxy, filter or sign-in page answered in place of Graph or Slack
	Options     = "options"      // Graph: 400, and the request carried options
)

// Intune is where people look at a machine themselves.
const Intune = "the Intune admin center (Devices › Windows 365)"

// graph lists Graph's refusals, by one of this package's codes or by HTTP status. Graph documents no
// error codes for reprovision (learn.microsoft.com/graph/api/cloudpc-reprovision), so the rows
// follow the meaning of the status (learn.microsoft.com/graph/errors). Multi Admin Approval is
// described at
// learn.microsoft.com/intune/fundamentals/role-based-access-control/multi-admin-approval.
var graph = []Cause{
	{SecondAdmin, "this tenant requires a second administrator's approval in Intune (Multi Admin Approval) for what this app does. Nothing was erased",
		"An Intune administrator can exclude this app from the access policy (Intune admin center › Tenant administration › Multi Admin Approval), or reprovision the machine there.", Fixed},
	{NoSuchCall, "this cloud does not have the reprovision action",
		"Whoever runs this bot has to check GRAPH_URL: only the global cloud and US Government L4 have the action.", Fixed},
	{Foreign, "a proxy, a filter or a sign-in page answered instead of Microsoft Graph",
		"Whoever runs this bot has to check the proxy and firewall (HTTPS_PROXY), and let GRAPH_URL through.", Passes},
	{Options, "it does not accept the request; the options may not suit this machine",
		"Try it without options, or check the machine in " + Intune + ".", Fixed},
	{SelfService, "it does not let this person do it themselves",
		"An Intune administrator can switch on Enable users to reset their Cloud PCs for them, in User settings and in Windows App settings, of which the latter win. If it is on, an Entra administrator has to consent to the delegated permission CloudPC.ReadWrite.All of the app for sign-ins.", Fixed},
	{"400", "it does not accept the request",
		"Check the machine in " + Intune + ".", Fixed},
	{"401", "it does not accept my token",
		"Whoever runs this bot has to check the app registration, AZURE_TENANT_ID and GRAPH_URL.", Fixed},
	{"402", "this needs a licence or a payment", "An administrator has to check the tenant's licences.", Fixed},
	{"403", "my app registration is not allowed to do this",
		"It needs the application permission CloudPC.ReadWrite.All with admin consent, which an Entra administrator grants under App registrations › API permissions.", Fixed},
	{"404", "the machine is gone, or I am not allowed to see it",
		"Look for it in " + Intune + ", and use its id.", Fixed},
	{"405", "this cloud does not accept the request in this form", "Whoever runs this bot has to check GRAPH_URL.", Fixed},
	{"409", "the machine's state does not allow it, or the machine is busy", "Wait until that has passed.", Passes},
	{"410", "the machine is gone", "Look for it in " + Intune + ", and use its id.", Fixed},
	{"412", "a condition for this is not met", "Check the machine in " + Intune + ".", Fixed},
	{"423", "the machine is locked", "Wait until it is unlocked, or check it in " + Intune + ".", Passes},
	{"429", "it asked me to slow down", "", Passes},
	{"451", "this is not allowed for legal reasons", "Ask Microsoft's support, and give them the request-id.", Useless},
}

// Graph returns the row for a refusal by Graph. It looks up code, which is one of this package's
// words or empty, and then the HTTP status. Status 0 means that Graph did not answer. The result is
// never zero.
func Graph(status int, code string) Cause {
	if row := find(graph, code, statusCode(status)); !row.IsZero() {
		return row
	}
	switch {
	case status >= 500:
		return Cause{statusCode(status), "it reports an internal error", "", Passes}
	case status != 0:
		return Cause{statusCode(status), "it does not allow this", "Check the machine in " + Intune + ".", Fixed}
	}
	return Cause{Code: code, What: "it is not responding", Retry: Passes}
}

func statusCode(status int) string {
	if status == 0 {
		return ""
	}
	return string([]byte{byte('0' + status/100%10), byte('0' + status/10%10), byte('0' + status%10)})
}

// entra lists Entra's reasons for refusing a token, by AADSTS number or OAuth error code
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
var entra = []Cause{
	{"AADSTS7000215", "the client secret is wrong", "AZURE_CLIENT_SECRET has to be the secret's value, not its id.", Fixed},
	{"AADSTS7000222", "the client secret has expired", "Create a new one under App registrations › Certificates & secrets, and set AZURE_CLIENT_SECRET.", Fixed},
	{"AADSTS7000218", "no secret or certificate was sent", "Set AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE.", Fixed},
	{"AADSTS700016", "the tenant has no such application", "Check AZURE_CLIENT_ID and AZURE_TENANT_ID.", Fixed},
	{"AADSTS7000112", "the application is disabled in the tenant", "An Entra administrator can enable it under Enterprise applications.", Fixed},
	{"AADSTS700027", "the certificate is not registered with the application, or has expired", "Check AZURE_CLIENT_CERTIFICATE_PATH, and the certificates under App registrations › Certificates & secrets.", Fixed},
	{"AADSTS700211", "the application has no federated credential for this token's issuer", "Compare the federated credential's issuer (App registrations › Certificates & secrets › Federated credentials) with this workload's.", Fixed},
	{"AADSTS700212", "the application has no federated credential for this token's audience", "Compare the federated credential's audience with this workload's; it is usually api://AzureADTokenExchange.", Fixed},
	{"AADSTS700213", "the application has no federated credential for this workload's subject", "Compare the federated credential's subject with this workload's namespace and service account.", Fixed},
	{"AADSTS7002138", "the federated credential and this token do not match", "Compare issuer, subject and audience under App registrations › Certificates & secrets › Federated credentials.", Fixed},
	{"AADSTS700024", "the assertion or federated token is not valid at this time", "Check the clock of the bot's machine, and that AZURE_FEDERATED_TOKEN_FILE is renewed.", Passes},
	{"AADSTS90002", "there is no such tenant", "Check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST.", Fixed},
	{"AADSTS900023", "AZURE_TENANT_ID is neither a tenant's id nor its domain", "Copy the tenant's id from the Entra admin center › Overview.", Fixed},
	{"AADSTS900439", "the tenant is in another cloud", cloud, Fixed},
	{"AADSTS900382", "the tenant is in another cloud", cloud, Fixed},
	{"AADSTS900432", "the tenant is in another cloud", cloud, Fixed},
	{"AADSTS500011", "the tenant does not know Microsoft Graph under this address", "Check GRAPH_URL, and that AZURE_AUTHORITY_HOST belongs to the same cloud.", Fixed},
	{"AADSTS53003", "a Conditional Access policy of the tenant blocks the application", "An Entra administrator has to exclude it under Protection › Conditional Access (workload identities).", Fixed},
	{"AADSTS530003", "a Conditional Access policy of the tenant requires a managed device", "An Entra administrator has to exclude the application under Protection › Conditional Access.", Fixed},
	{"AADSTS50049", "the authority is unknown", "Check AZURE_AUTHORITY_HOST, or set AZURE_DISABLE_INSTANCE_DISCOVERY for a private one.", Fixed},
	{"AADSTS90033", "Entra reports a temporary fault", "", Passes},
	{"AADSTS50196", "Entra has received the same request too often", "", Passes},
	{"invalid_client", "Entra does not accept the application's credential", "Check AZURE_CLIENT_ID and its secret or certificate.", Fixed},
	{"unauthorized_client", "the application is not allowed to get tokens this way", "Check AZURE_CLIENT_ID and AZURE_TENANT_ID.", Fixed},
	{"invalid_grant", "Entra does not give this application a token", "An Entra administrator can see why under Sign-in logs › Service principal sign-ins.", Fixed},
	{"temporarily_unavailable", "Entra is not available right now", "", Passes},
	{"server_error", "Entra reports a fault", "", Passes},
}

const cloud = "Set AZURE_AUTHORITY_HOST and GRAPH_URL to those of the tenant's cloud: for US Government, https://login.microsoftonline.us/ and https://graph.microsoft.us."

// Entra returns the row of the first code that has one. Codes are AADSTS numbers
// ("AADSTS7000215") and OAuth errors ("invalid_client"), the most specific first. It is zero if none
// is known.
func Entra(codes ...string) Cause { return find(entra, codes...) }

// slack lists the errors with which chat.postMessage and the other methods refuse a call for good
// (docs.slack.dev/reference/methods/chat.postMessage).
var slack = []Cause{
	{"not_in_channel", "I am not in this channel", "", Fixed},
	{"channel_not_found", "I cannot see this channel: it is private, and I am not in it", "", Fixed},
	{"is_archived", "the channel is archived", "Unarchive it, or use another channel.", Fixed},
	{"restricted_action_read_only_channel", "only some people may post in this channel", "A workspace owner can let me post, under the channel's posting permissions. Or use another channel.", Fixed},
	{"restricted_action_thread_only_channel", "this channel accepts only replies, no new messages", "Use another channel.", Fixed},
	{"restricted_action_non_threadable_channel", "this channel has no threads, and I need one", "Use another channel.", Fixed},
	{"restricted_action_thread_locked", "the thread is locked", "Use another channel.", Fixed},
	{"restricted_action", "a setting of the workspace does not let me post this", "An owner of the workspace can change its posting preferences.", Fixed},
	{"ekm_access_denied", "the workspace's administrators have suspended posting (Enterprise Key Management)", "Ask them to allow it.", Fixed},
	{"team_access_not_granted", "I am not installed in this workspace", "Whoever runs this bot has to install it there.", Fixed},
	{"messages_tab_disabled", "direct messages with me are switched off", "Whoever runs this bot has to turn on the Messages tab under App Home.", Fixed},
	{"user_disabled", "this person's account is deactivated", "", Useless},
	{"missing_scope", "the Slack app lacks a permission", reinstall, Fixed},
	{"no_permission", "the Slack app lacks a permission", reinstall, Fixed},
	{"edit_window_closed", "the message is too old to be changed", "", Useless},
	{"cant_update_message", "the message cannot be changed", "", Useless},
	{"message_not_found", "the message was deleted", "", Useless},
	{"invalid_blocks", own, fault, Useless},
	{"invalid_blocks_format", own, fault, Useless},
	{"invalid_arguments", own, fault, Useless},
	{"invalid_arg_name", own, fault, Useless},
	{"msg_too_long", own, fault, Useless},
	{"msg_blocks_too_long", own, fault, Useless},
	{"no_text", own, fault, Useless},
	{"unknown_method", own, fault, Useless},
}

const (
	reinstall = "Whoever runs this bot has to reinstall the Slack app from its manifest (cloudpc-bot manifest)."
	own       = "Slack does not accept the message that I wrote, which is a bug"
	fault     = "Tell whoever runs this bot: its log says what Slack objected to."
)

// Slack returns the row for Slack's error code, or zero if the code is unknown.
func Slack(code string) Cause { return find(slack, code) }

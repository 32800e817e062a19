package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/graph"
)

// SelfService is what Entra and Intune tell only once somebody signs in, with a symptom for each. Conditional Access is
// about people: it judges the service that is called, and no policy can name a public client
// (learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps).
var SelfService = []string{
	"Entra admin center › App registrations › the app of SELF_SERVICE_CLIENT_ID › Authentication: “Allow public client flows” is on; else a sign-in fails at its very end",
	"… › API permissions: Microsoft Graph › Delegated permissions › " + graph.ReadWrite + ", and nothing else, with a green tick “Granted for …”; else people are told that they need an admin's approval",
	"Entra admin center › Conditional Access: no policy blocks the device code flow (Conditions › Authentication flows) for these people; else the browser refuses them, and the bot sees codes that just expire",
	"Entra admin center › Enterprise applications › that app › Properties: assignment is required, and nobody is assigned who administers Windows 365 or Intune; else whoever gets one of them to enter a code can erase every Cloud PC of the tenant",
	"Intune admin center › Devices › Windows 365: “Enable users to reset their Cloud PCs” is on, in the user settings and in the Windows App settings, of which the latter win; else Microsoft may refuse",
}

// emailScope lets the bot see the e-mail addresses of Slack's profiles (docs.slack.dev/reference/scopes/users.read.email).
const emailScope = "users:read.email"

// unapproved tells what is trusted where nobody approves what people ask for themselves.
func (c Case) unapproved() []Finding {
	if !c.Config.SelfService || c.Config.SelfServiceApprovals > 0 {
		return nil
	}
	return []Finding{{
		Level: Warn, Subject: "self-service",
		Text: "nobody approves what people ask for themselves, and that who signs in is who asked is read from the e-mail address of their Slack profile (SELF_SERVICE_TRUST_EMAIL): " +
			"whoever can change their own could have another person's Cloud PC erased, once that person enters a code for them",
		Cure: "see that Slack takes e-mail addresses from the tenant's directory, and that nobody can change them in Slack; else set SELF_SERVICE_APPROVALS=1",
	}}
}

// compared tells what becomes of self-service without the scope with which the one who signs in is compared with the one who asked.
func (c Case) compared(granted []string) []Finding {
	if !c.Config.SelfService || slices.Contains(granted, emailScope) {
		return nil
	}
	f := Finding{Level: Warn, Subject: "self-service", Text: "without " + emailScope + " every card of self-service says that the e-mail address of who asked cannot be seen, and approvers have to know whose sign-in it is", Cure: reinstall}
	if c.Config.SelfServiceApprovals == 0 {
		f.Level, f.Text = Fail, "without "+emailScope+" nobody's e-mail address can be compared, and with SELF_SERVICE_APPROVALS=0 everybody is refused who asks for themselves"
	}
	return []Finding{f}
}

// errNobody is why no sign-in of doctor's goes on.
var errNobody = errors.New("nobody is asked to sign in")

// signIn begins a person's sign-in, which needs nobody, and ends it at once. bot is what the bot's own token says.
func (c Case) signIn(ctx context.Context, transport *http.Transport, bot graph.Access) (found []Finding) {
	if !c.Config.SelfService {
		return nil
	}
	if strings.EqualFold(bot.App, c.Config.SelfServiceClientID) {
		found = append(found, Finding{Level: Warn, Subject: "self-service", Text: "people sign in with the app as which the bot itself acts, and which may erase every Cloud PC",
			Cure: "make a second app with the delegated permission alone, as cloudpc-bot manifest entra prints it, and set SELF_SERVICE_CLIENT_ID to its id"})
	}
	s, err := auth.NewSignIn(auth.SignInConfig{
		Tenant: os.Getenv("AZURE_TENANT_ID"), Client: c.Config.SelfServiceClientID, Scope: strings.TrimRight(c.Config.GraphURL, "/") + "/" + graph.ReadWrite,
		DisableInstanceDiscovery: c.Config.DisableInstanceDiscovery, Transport: transport,
	}, func(auth.DeviceCode) error { return errNobody })
	if err != nil {
		return append(found, failed("self-service", err, "correct SELF_SERVICE_CLIENT_ID and AZURE_TENANT_ID"))
	}
	_, err = s.Wait(ctx)
	switch refusal, refused := errors.AsType[*auth.SignInError](err); {
	case errors.Is(err, errNobody):
		return append(found, fine("self-service", "Entra begins sign-ins with the app of SELF_SERVICE_CLIENT_ID; nobody was asked to end one"))
	case refused:
		return append(found, notBegun(refusal))
	}
	return append(found, Finding{Level: Warn, Subject: "self-service", Text: "Entra did not begin a sign-in in time", Cure: "run doctor again", Err: err})
}

// notBegun tells why Entra begins no sign-in, and what to do.
func notBegun(e *auth.SignInError) Finding {
	const app = "in the Entra admin center › App registrations › the app of SELF_SERVICE_CLIENT_ID › "
	f := Finding{Level: Fail, Subject: "self-service", Err: e}
	known := causes.Entra(fmt.Sprintf("AADSTS%d", e.Number))
	switch {
	case e.Number == 700016: // whose row is about AZURE_CLIENT_ID
		f.Text, f.Cure = "the tenant has no app with the id in SELF_SERVICE_CLIENT_ID", "copy the Application (client) ID again from the Entra admin center › App registrations, or have cloudpc-bot manifest entra print how to make the app"
	case e.Why == auth.SignInNotPublic:
		f.Text, f.Cure = "the app of SELF_SERVICE_CLIENT_ID does not let people sign in by device code", app+"Authentication, set “Allow public client flows” to Yes"
	case e.Why == auth.SignInNoConsent:
		f.Text, f.Cure = "nobody has consented for the tenant to what people are to do with the app of SELF_SERVICE_CLIENT_ID", app+"API permissions, choose Grant admin consent"
	case e.Why == auth.SignInBlocked:
		f.Text, f.Cure = "the tenant does not let people sign in by device code with the app of SELF_SERVICE_CLIENT_ID",
			"exclude these people from the Conditional Access policy that blocks the device code flow (Conditions › Authentication flows), or set SELF_SERVICE=false"
	case known.Retry == causes.Passes:
		f.Level, f.Text, f.Cure = Warn, "Entra did not begin a sign-in: "+known.What, "run doctor again"
	case !known.IsZero():
		f.Text, f.Cure = "Entra begins no sign-in: "+known.What, strings.TrimSuffix(known.Do, ".")
	case e.Why == auth.SignInWrongApp:
		f.Text, f.Cure = "Entra does not let the app of SELF_SERVICE_CLIENT_ID ask for "+graph.ReadWrite,
			app+"API permissions, add Microsoft Graph › Delegated permissions › "+graph.ReadWrite+", and grant admin consent; check GRAPH_URL, too"
	case e.Code == "":
		f.Text, f.Cure = "Entra did not begin a sign-in, and did not say why", "check that this machine reaches Entra (AZURE_AUTHORITY_HOST, HTTPS_PROXY, CA_CERTS)"
	default:
		f.Text, f.Cure = "Entra begins no sign-in", app+"Authentication, compare what is set there with what cloudpc-bot manifest entra does"
	}
	if e.Code != "" {
		f.Text += strings.TrimSuffix(fmt.Sprintf(" (%s, AADSTS%d", e.Code, e.Number), ", AADSTS0") + ")"
	}
	return f
}

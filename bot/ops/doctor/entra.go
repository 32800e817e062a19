package doctor

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"cloudpc-bot/auth"
	"cloudpc-bot/graph"
)

// graphID is Microsoft Graph's application id, which a token may name as its audience in place of an
// address (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
const graphID = "00000003-0000-0000-c000-000000000000"

var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// microsoft checks the credential, what its token may do, and Graph.
func (c Case) microsoft(ctx context.Context, transport *http.Transport) []Finding {
	identity := func() (azcore.TokenCredential, error) {
		return auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: c.Config.DisableInstanceDiscovery, Transport: transport, Secret: c.Config.ClientSecret})
	}
	cred, err := identity()
	if err != nil {
		return []Finding{failed("entra", err, "correct the AZURE_ variables")}
	}
	client, err := graph.New(graph.Config{URL: c.Config.GraphURL, Credential: cred, Beta: c.Config.GraphBeta, Timeout: c.Config.GraphTimeout, Transport: transport})
	if err != nil {
		return []Finding{failed("entra", err, "correct GRAPH_URL")}
	}
	access, err := client.Access(ctx)
	if err != nil {
		return []Finding{noToken(err)}
	}
	found := append(Roles(access), c.addressee(access)...)
	found = append(found, reach(ctx, client, c.Config.GraphBeta)...)
	found = append(found, protected(ctx, client, c.Config.Protected)...)
	found = append(found, c.signIn(ctx, transport, access)...)
	ahead, known := client.Skew()
	return append(found, Clock("Graph", ahead, known)...)
}

// noToken tells why Entra gave no token. The error's text has what Entra's code means and what to do, as
// two sentences.
func noToken(err error) Finding {
	f := failed("entra", err, "check that this machine reaches Entra (AZURE_AUTHORITY_HOST, HTTPS_PROXY, CA_CERTS)")
	if what, do, ok := strings.Cut(f.Text, ". "); ok {
		f.Text, f.Cure = what, do
	}
	return f
}

const consent = "in the Entra admin center › App registrations › your app › API permissions, add Microsoft Graph › Application permissions › " +
	graph.ReadWrite + ", and grant admin consent; a managed identity gets the app role by appRoleAssignments"

// Roles tells whether a token has the permission that the bot needs, and which others it has.
func Roles(a graph.Access) (found []Finding) {
	if !a.Known {
		return []Finding{{Level: Warn, Subject: "entra", Text: "Entra gave a token that cannot be read, so its permissions are not known", Cure: "see whether Graph accepts it, below"}}
	}
	if a.Lacks() {
		found = append(found, Finding{Level: Fail, Subject: "entra", Text: "the token lacks the app role " + graph.ReadWrite, Cure: consent,
			What: "the bot's app registration lacks a permission, so the bot can reprovision nothing", About: []any{"role", graph.ReadWrite}})
	}
	if a.Person {
		found = append(found, Finding{Level: Warn, Subject: "entra", Text: "the token is a person's, and not an application's",
			Cure: "use an app registration or a managed identity: a person's sign-in ends, and Graph then asks for their own role as well",
			What: "the bot acts under a person's sign-in"})
	}
	if broader := a.Broader(); len(broader) > 0 && !a.Person {
		found = append(found, Finding{Level: Warn, Subject: "entra", Text: "the token has permissions that the bot does not need: " + strings.Join(broader, ", "),
			Cure: "remove them from the app registration, since whoever gets hold of the credential has them too",
			What: "the bot's app registration has permissions that the bot does not need", About: []any{"roles", broader}})
	}
	if !a.Lacks() {
		found = append(found, fine("entra", "Entra gave a token with %s", graph.ReadWrite))
	}
	return found
}

// addressee checks whether the token is for the tenant, the application and the Graph of the
// configuration.
func (c Case) addressee(a graph.Access) (found []Finding) {
	if !a.Known {
		return nil
	}
	root := strings.TrimRight(c.Config.GraphURL, "/")
	if !slices.ContainsFunc(a.Audiences, func(to string) bool { return strings.EqualFold(strings.TrimRight(to, "/"), root) || to == graphID }) {
		found = append(found, Finding{Level: Fail, Subject: "entra", Text: fmt.Sprintf("the token is for %s, and GRAPH_URL is %s", strings.Join(a.Audiences, ", "), root),
			Cure: "set GRAPH_URL and AZURE_AUTHORITY_HOST to those of the tenant's cloud"})
	}
	if tenant := os.Getenv("AZURE_TENANT_ID"); guid.MatchString(tenant) && !strings.EqualFold(tenant, a.Tenant) {
		found = append(found, Finding{Level: Fail, Subject: "entra", Text: fmt.Sprintf("the token is for the tenant %s, and AZURE_TENANT_ID is another", a.Tenant),
			Cure: "set AZURE_TENANT_ID to the tenant with the Cloud PCs, or use a credential of that tenant"})
	}
	if app := os.Getenv("AZURE_CLIENT_ID"); app != "" && a.App != "" && !strings.EqualFold(app, a.App) {
		found = append(found, Finding{Level: Warn, Subject: "entra", Text: fmt.Sprintf("the token is the application %s's, and AZURE_CLIENT_ID is another", a.App),
			Cure: "set AZURE_CLIENT_ID to the application that the bot is to act as, or unset AZURE_TOKEN_CREDENTIALS"})
	}
	return found
}

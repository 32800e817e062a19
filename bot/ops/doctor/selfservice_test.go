package doctor

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// What no configuration says is tested from what the bot's own token would say.
func TestAnAppForSignInsThatIsTheBotsOwnIsNamed(t *testing.T) {
	tenant, err := graphfake.New(graphfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	t.Setenv("AZURE_TENANT_ID", tenant.TenantID())
	t.Setenv("AZURE_AUTHORITY_HOST", tenant.Authority())
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, tenant.CertPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	roots, err := auth.Roots(ca)
	if err != nil {
		t.Fatal(err)
	}
	transport := auth.Transport(roots)
	defer transport.CloseIdleConnections()
	c := Case{Config: config.Config{SelfService: true, SelfServiceClientID: tenant.PublicClientID(), SelfServiceApprovals: 1, GraphURL: tenant.URL() + "/", DisableInstanceDiscovery: true}}
	one(t, c.signIn(t.Context(), transport, graph.Access{App: tenant.PublicClientID()}), Warn, "self-service", "the app as which the bot itself acts", "make a second app")
	one(t, c.signIn(t.Context(), transport, graph.Access{App: tenant.ClientID()}), OK, "self-service", "Entra begins sign-ins", "")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	one(t, c.signIn(ended, transport, graph.Access{}), Warn, "self-service", "Entra did not begin a sign-in in time", "run doctor again")
	c.Config.SelfServiceClientID = "no id"
	one(t, c.signIn(t.Context(), transport, graph.Access{}), Fail, "self-service", "", "")
	c.Config.SelfService = false
	if found := c.signIn(t.Context(), transport, graph.Access{}); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

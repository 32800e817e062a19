package ops

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/graph"
	"cloudpc-bot/graph/graphfake"
)

// TestReadyAsksGraphOnlyWhetherAnOutageIsOver: an outage that began a while ago is looked at, a new one is
// believed, and without one nothing is asked.
func TestReadyAsksGraphOnlyWhetherAnOutageIsOver(t *testing.T) {
	tenant, err := graphfake.New(graphfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(tenant.CertPEM())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	cred, err := azidentity.NewClientSecretCredential(tenant.TenantID(), tenant.ClientID(), tenant.ClientSecret(), &azidentity.ClientSecretCredentialOptions{
		DisableInstanceDiscovery: true,
		ClientOptions:            azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: tenant.Authority()}, Transport: &http.Client{Transport: transport}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, since := range []time.Duration{0, 2 * graphAgain} {
		tenant.Heal()
		fleet, err := graph.New(graph.Config{URL: tenant.URL(), Credential: cred, Transport: transport, Now: func() time.Time { return time.Now().Add(-since) }})
		if err != nil {
			t.Fatal(err)
		}
		s := &services{fleet: fleet}
		asked := func() (n int) {
			for _, c := range tenant.Calls() {
				if c.Kind == graphfake.List {
					n++
				}
			}
			return n
		}
		before := asked()
		if err := s.graphAnswers(t.Context()); err != nil || asked() != before {
			t.Errorf("before the first call: %v, and %d calls", err, asked()-before)
		}
		tenant.Fail(graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: 403})
		if _, err := fleet.Reach(t.Context(), false); err == nil {
			t.Fatal("no error")
		}
		if before = asked(); since > 0 {
			before++
		}
		if err := s.graphAnswers(t.Context()); err == nil || !strings.Contains(err.Error(), "403") || asked() != before {
			t.Errorf("an outage for %v: %v, and %d calls more than wanted", since, err, asked()-before)
		}
		tenant.Heal()
		if err := s.graphAnswers(t.Context()); (err == nil) != (since > 0) {
			t.Errorf("after an outage of %v: %v", since, err)
		}
	}
}

package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"cloudpc-bot/auth"
	"cloudpc-bot/graph/graphfake"
)

const (
	guid   = "22222222-2222-4222-8222-222222222222"
	secret = "s3cr3t~of.nobody"
)

// environment is the whole of what azidentity can find.
func environment(t *testing.T, set map[string]string) {
	t.Helper()
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
		"AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_AUTHORITY_HOST",
		"AZURE_TOKEN_CREDENTIALS", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT"} {
		t.Setenv(name, "")
		if value, ok := set[name]; ok {
			t.Setenv(name, value)
		} else {
			os.Unsetenv(name)
		}
	}
}

func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "the-file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate is a self-signed one with its key, in PEM.
func certificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func TestWhatIsMissingIsNamedAtOnce(t *testing.T) {
	_, key := certificate(t)
	for _, row := range []struct {
		name string
		set  map[string]string
		says []string
	}{
		{"nothing", nil, []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential"}},
		{"only a secret", map[string]string{"AZURE_CLIENT_SECRET": secret}, []string{"AZURE_TENANT_ID is missing", "AZURE_CLIENT_ID is missing"}},
		{"only a tenant", map[string]string{"AZURE_TENANT_ID": guid}, []string{"AZURE_CLIENT_ID is missing", "AZURE_CLIENT_SECRET or"}},
		{"no secret", map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid}, []string{"AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH is missing"}},
		{"everything wrong", map[string]string{"AZURE_TENANT_ID": secret, "AZURE_CLIENT_SECRET": secret, "AZURE_AUTHORITY_HOST": "http://" + secret},
			[]string{"AZURE_TENANT_ID must be", "AZURE_CLIENT_ID is missing", "AZURE_AUTHORITY_HOST must be"}},
		{"no such certificate", map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_CERTIFICATE_PATH": "/" + secret},
			[]string{"AZURE_CLIENT_CERTIFICATE_PATH: the file cannot be read: no such file"}},
		{"a certificate that is none", map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_CERTIFICATE_PATH": file(t, key)},
			[]string{"AZURE_CLIENT_CERTIFICATE_PATH: the PEM file has no certificate in it"}},
		{"no such federated token", map[string]string{"AZURE_TENANT_ID": guid, "AZURE_FEDERATED_TOKEN_FILE": "/" + secret},
			[]string{"AZURE_CLIENT_ID is missing", "AZURE_FEDERATED_TOKEN_FILE: the file cannot be read"}},
		{"workload identity without one", map[string]string{"AZURE_TOKEN_CREDENTIALS": "WorkloadIdentityCredential"}, []string{"AZURE_FEDERATED_TOKEN_FILE is missing"}},
		{"half a user", map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_USERNAME": "ada"}, []string{"AZURE_PASSWORD is missing"}},
		{"an unknown kind", map[string]string{"AZURE_TOKEN_CREDENTIALS": secret}, []string{"AZURE_TOKEN_CREDENTIALS must be"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			environment(t, row.set)
			_, err := auth.Credential(auth.CredentialConfig{})
			if err == nil {
				t.Fatal("was taken")
			}
			for _, want := range row.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %s", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "the-file") {
				t.Errorf("tells a value: %v", err)
			}
		})
	}
}

func TestOneKindIsChosen(t *testing.T) {
	cert, key := certificate(t)
	both := file(t, append(cert, key...))
	app := map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid}
	with := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for k, v := range app {
			m[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	for want, set := range map[string]map[string]string{
		"*azidentity.EnvironmentCredential":      with("AZURE_CLIENT_SECRET", secret, "AZURE_FEDERATED_TOKEN_FILE", both, "AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"),
		"*azidentity.EnvironmentCredential ":     with("AZURE_CLIENT_CERTIFICATE_PATH", both),
		"*azidentity.WorkloadIdentityCredential": with("AZURE_FEDERATED_TOKEN_FILE", both),
		"*azidentity.ManagedIdentityCredential":  {"AZURE_CLIENT_ID": guid},
		"*azidentity.ManagedIdentityCredential ": {"IDENTITY_ENDPOINT": "http://localhost", "IDENTITY_HEADER": "x"},
		"*azidentity.ManagedIdentityCredential.": with("AZURE_CLIENT_SECRET", secret, "AZURE_TOKEN_CREDENTIALS", "managedidentitycredential"),
		"*azidentity.DefaultAzureCredential":     {"AZURE_TOKEN_CREDENTIALS": "prod"},
		"*azidentity.DefaultAzureCredential ":    {"AZURE_TOKEN_CREDENTIALS": "AzureCLICredential"},
	} {
		environment(t, set)
		cred, err := auth.Credential(auth.CredentialConfig{})
		if err != nil {
			t.Errorf("%s: %v", want, err)
		} else if got := fmt.Sprintf("%T", cred); got != strings.TrimRight(want, " .") {
			t.Errorf("%v: a %s, want %s", set, got, want)
		}
	}
}

func TestTokenFromAPrivateAuthority(t *testing.T) {
	tenant, err := graphfake.New(graphfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	environment(t, map[string]string{"AZURE_TENANT_ID": tenant.TenantID(), "AZURE_CLIENT_ID": tenant.ClientID(),
		"AZURE_CLIENT_SECRET": tenant.ClientSecret(), "AZURE_AUTHORITY_HOST": tenant.Authority()})
	roots, err := auth.Roots(file(t, tenant.CertPEM()))
	if err != nil {
		t.Fatal(err)
	}
	transport := auth.Transport(roots)
	defer transport.CloseIdleConnections()
	cred, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: true, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{tenant.URL() + "/.default"}, EnableCAE: true})
	if err != nil || token.Token == "" {
		t.Fatal(err)
	}
	// The secret may be handed over instead.
	os.Unsetenv("AZURE_CLIENT_SECRET")
	cred, err = auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: true, Transport: transport, Secret: auth.NewSecret(tenant.ClientSecret())})
	if err != nil {
		t.Fatal(err)
	}
	if token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{tenant.URL() + "/.default"}, EnableCAE: true}); err != nil || token.Token == "" {
		t.Fatal(err)
	}
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "prod")
	if _, err := auth.Credential(auth.CredentialConfig{Secret: auth.NewSecret(secret)}); err == nil || !strings.Contains(err.Error(), "AZURE_CLIENT_SECRET_FILE has no effect") {
		t.Errorf("a secret that nobody looks for: %v", err)
	}
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "")
	t.Setenv("AZURE_CLIENT_SECRET", tenant.ClientSecret())
	// Without the roots nobody is told the secret.
	cred, err = auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: true, Transport: auth.Transport(nil)})
	if err != nil {
		t.Fatal(err)
	}
	before := len(tenant.Calls())
	if _, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{tenant.URL() + "/.default"}}); err == nil || len(tenant.Calls()) != before {
		t.Errorf("%v, %d calls", err, len(tenant.Calls())-before)
	}
}

// Graph may refuse a token long before it expires, and a credential keeps the one it has.
func TestANewCredentialHasANewToken(t *testing.T) {
	tenant, err := graphfake.New(graphfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	environment(t, map[string]string{"AZURE_TENANT_ID": tenant.TenantID(), "AZURE_CLIENT_ID": tenant.ClientID(),
		"AZURE_CLIENT_SECRET": tenant.ClientSecret(), "AZURE_AUTHORITY_HOST": tenant.Authority()})
	roots, err := auth.Roots(file(t, tenant.CertPEM()))
	if err != nil {
		t.Fatal(err)
	}
	transport := auth.Transport(roots)
	defer transport.CloseIdleConnections()
	seen := map[string]bool{}
	for range 2 {
		cred, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: true, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{tenant.URL() + "/.default"}, EnableCAE: true})
			if err != nil {
				t.Fatal(err)
			}
			seen[token.Token] = true
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d tokens of two credentials", len(seen))
	}
}

// azcore takes a Retry-After with a fraction for none, and would ask again at once.
func TestEntraIsLeftAloneForFractionsToo(t *testing.T) {
	tenant, err := graphfake.New(graphfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer tenant.Close()
	environment(t, map[string]string{"AZURE_TENANT_ID": tenant.TenantID(), "AZURE_CLIENT_ID": tenant.ClientID(),
		"AZURE_CLIENT_SECRET": tenant.ClientSecret(), "AZURE_AUTHORITY_HOST": tenant.Authority()})
	roots, err := auth.Roots(file(t, tenant.CertPEM()))
	if err != nil {
		t.Fatal(err)
	}
	transport := auth.Transport(roots)
	defer transport.CloseIdleConnections()
	cred, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: true, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	tenant.Fail(graphfake.Match{Kind: graphfake.Token}, graphfake.Fault{Status: 429, RetryAfterText: "95.249"})
	_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{tenant.URL() + "/.default"}, EnableCAE: true})
	asked := 0
	for _, c := range tenant.Calls() {
		if c.Kind == graphfake.Token {
			asked++
		}
	}
	if err == nil || asked != 1 {
		t.Errorf("%v after %d requests", err, asked)
	}
}

func TestTheSecretFollowsNoRedirect(t *testing.T) {
	told := false
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told = true }))
	defer other.Close()
	entra := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer entra.Close()
	environment(t, map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_SECRET": secret, "AZURE_AUTHORITY_HOST": entra.URL})
	cred, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: true, Transport: entra.Client().Transport.(*http.Transport)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}}); err == nil || told {
		t.Errorf("%v, the other was asked: %v", err, told)
	}
}

func TestInstanceDiscoveryIsAskedForByDefault(t *testing.T) {
	for _, off := range []bool{false, true} {
		environment(t, map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_SECRET": secret, "AZURE_AUTHORITY_HOST": "https://private.example"})
		ctx, cancel := context.WithCancel(t.Context())
		var asked []string
		transport := auth.Transport(nil)
		transport.Proxy = func(r *http.Request) (*url.URL, error) {
			asked = append(asked, r.URL.Host)
			cancel()
			return nil, context.Canceled
		}
		cred, err := auth.Credential(auth.CredentialConfig{DisableInstanceDiscovery: off, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://graph.microsoft.com/.default"}})
		if len(asked) == 0 || (asked[0] == "private.example") != off {
			t.Errorf("discovery off = %v: asked %v", off, asked)
		}
	}
}

func TestRoots(t *testing.T) {
	cert, key := certificate(t)
	damaged := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(secret)})
	for _, row := range []struct {
		path, says string
	}{
		{"", ""},
		{file(t, cert), ""},
		{file(t, append(append([]byte("# ours\n"), cert...), cert...)), ""},
		{"/" + secret, "CA_CERTS: the file cannot be read: no such file"},
		{t.TempDir(), "CA_CERTS: the file cannot be read"},
		{file(t, []byte(secret)), "CA_CERTS: the file holds no certificate"},
		{file(t, key), "CA_CERTS: the file holds no certificate"},
		{file(t, append(append([]byte{}, cert...), damaged...)), "CA_CERTS: certificate 2 of the file is damaged"},
	} {
		pool, err := auth.Roots(row.path)
		if row.says == "" {
			if err != nil || (pool == nil) != (row.path == "") {
				t.Errorf("%v, %v", pool, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), row.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v, want %s", err, row.says)
		}
	}
	system, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	pool, err := auth.Roots(file(t, cert))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(cert)
	own, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if system.AddCert(own); !system.Equal(pool) {
		t.Error("the roots are not the system's and the file's")
	}
}

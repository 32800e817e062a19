package auth

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// CredentialConfig is what azidentity does not read from the environment by itself.
type CredentialConfig struct {
	DisableInstanceDiscovery bool            // AZURE_DISABLE_INSTANCE_DISCOVERY: trust a private authority without asking Microsoft about it
	Transport                *http.Transport // to Entra, see [Transport]; nil = http.DefaultTransport
	Secret                   Secret          // the application's, if it is not in AZURE_CLIENT_SECRET: what AZURE_CLIENT_SECRET_FILE holds
}

// Credential makes the bot's identity, configured by azidentity's own environment variables.
// The variables that are set select one kind, and no other kind is tried if that fails, so
// that the bot never acts under another identity because its own secret has expired:
//
//	AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH   an application with a secret or certificate
//	AZURE_FEDERATED_TOKEN_FILE                             a workload identity, as on Kubernetes
//	AZURE_CLIENT_ID alone, or a host that offers one       a managed identity
//
// AZURE_TOKEN_CREDENTIALS overrides that, with azidentity's meaning. It is also the only way
// to use a developer's sign-in (Azure CLI and similar), which for a person cannot carry the
// Cloud PC permissions.
//
// The error lists everything that is missing or wrong, by the names of the variables and
// never with their values. Credential does not contact Entra.
//
// Each call makes a credential with an empty token cache, so that a caller whose token is
// refused can get another one. A managed identity is the exception: its host caches tokens
// for up to a day
// (learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations).
func Credential(c CredentialConfig) (azcore.TokenCredential, error) {
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport)
	}
	options := azcore.ClientOptions{
		Transport: &http.Client{
			Transport: eachItsBody{c.Transport},
			Timeout:   30 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // the secret must go to the authority and nowhere else
			},
		},
		Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: 5 * time.Second},
		Telemetry: policy.TelemetryOptions{ApplicationID: "cloudpc-bot"},
		// After the retry policy, so that it sees the rewritten header.
		PerRetryPolicies: []policy.Policy{wholeSeconds{}},
	}
	kind, err := identity(c.env)
	if err != nil {
		return nil, err
	}
	switch kind {
	case application:
		if !c.Secret.IsZero() {
			return azidentity.NewClientSecretCredential(os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"), c.Secret.Reveal(),
				&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: c.DisableInstanceDiscovery})
		}
		cred, err := azidentity.NewEnvironmentCredential(&azidentity.EnvironmentCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: c.DisableInstanceDiscovery,
		})
		if err != nil { // identity has checked everything else, so it is the certificate file
			return fromPKCS12(options, c.DisableInstanceDiscovery)
		}
		return cred, nil
	case workload:
		cred, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: c.DisableInstanceDiscovery,
		})
		if err != nil {
			return nil, errors.New("AZURE_FEDERATED_TOKEN_FILE: azidentity cannot make a workload identity from it")
		}
		return cred, nil
	case managed:
		o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
		if id := os.Getenv("AZURE_CLIENT_ID"); id != "" {
			o.ID = azidentity.ClientID(id)
		}
		cred, err := azidentity.NewManagedIdentityCredential(o)
		if err != nil {
			return nil, errors.New("AZURE_CLIENT_ID: azidentity cannot select a managed identity of this host by it")
		}
		return cred, nil
	default:
		if !c.Secret.IsZero() { // the chain looks for a secret in the environment alone
			return nil, errors.New("AZURE_CLIENT_SECRET_FILE has no effect with this value of AZURE_TOKEN_CREDENTIALS: unset one of the two")
		}
		cred, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: c.DisableInstanceDiscovery,
		})
		if err != nil {
			return nil, errors.New("AZURE_TOKEN_CREDENTIALS must be prod, dev or the name of one credential, such as ManagedIdentityCredential")
		}
		return cred, nil
	}
}

// env is os.Getenv, with the secret where azidentity has it.
func (c CredentialConfig) env(name string) string {
	if name == "AZURE_CLIENT_SECRET" && !c.Secret.IsZero() {
		return c.Secret.Reveal()
	}
	return os.Getenv(name)
}

// wholeSeconds rounds a Retry-After with a fraction up. azcore reads only whole seconds and
// dates; it treats anything else as a missing header and would retry at once.
type wholeSeconds struct{}

func (wholeSeconds) Do(r *policy.Request) (*http.Response, error) {
	resp, err := r.Next()
	if err != nil {
		return resp, err
	}
	const name = "Retry-After"
	if s, err := strconv.ParseFloat(resp.Header.Get(name), 64); err == nil && s > 0 && s < math.MaxInt32 {
		resp.Header.Set(name, strconv.Itoa(int(math.Ceil(s))))
	}
	return resp, nil
}

// kind is a kind of identity; named is any other that AZURE_TOKEN_CREDENTIALS names.
type kind int

const (
	named kind = iota
	application
	workload
	managed
)

var tenantForm = regexp.MustCompile(`^[A-Za-z0-9.-]+$`)

// identity works out which kind is configured, and what is missing from its configuration.
func identity(env func(string) string) (kind, error) {
	set := func(names ...string) bool {
		for _, n := range names {
			if env(n) != "" {
				return true
			}
		}
		return false
	}
	secret := set("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME")
	var k kind
	switch chosen := env("AZURE_TOKEN_CREDENTIALS"); {
	case strings.EqualFold(chosen, "EnvironmentCredential"):
		k = application
	case strings.EqualFold(chosen, "WorkloadIdentityCredential"):
		k = workload
	case strings.EqualFold(chosen, "ManagedIdentityCredential"):
		k = managed
	case chosen != "":
		k = named
	case secret:
		k = application
	case set("AZURE_FEDERATED_TOKEN_FILE"):
		k = workload
	case set("AZURE_TENANT_ID"):
		k = application // whose secret is missing
	case set("AZURE_CLIENT_ID", "IDENTITY_ENDPOINT", "MSI_ENDPOINT"):
		k = managed
	default:
		return 0, errors.New("AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH, or AZURE_FEDERATED_TOKEN_FILE) " +
			"are missing: the bot has no identity; create one in the Entra admin center › App registrations, " +
			"or for this machine's managed identity set AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential")
	}
	var wrong []error
	if k == application || k == workload {
		wrong = append(wrong, registration(env)...)
	}
	switch {
	case k == application && !secret:
		wrong = append(wrong, errors.New("AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH is missing: make a secret or add a certificate in the Entra admin center › App registrations › your app › Certificates & secrets; of a secret, use the Value and not the Secret ID"))
	case k == application && !set("AZURE_CLIENT_SECRET") && set("AZURE_CLIENT_CERTIFICATE_PATH"):
		wrong = append(wrong, readable("AZURE_CLIENT_CERTIFICATE_PATH", env))
	case k == application && !set("AZURE_CLIENT_SECRET", "AZURE_PASSWORD"):
		wrong = append(wrong, errors.New("AZURE_PASSWORD is missing"))
	case k == workload && !set("AZURE_FEDERATED_TOKEN_FILE"):
		wrong = append(wrong, errors.New("AZURE_FEDERATED_TOKEN_FILE is missing: on Kubernetes the workload identity webhook sets it, for pods with the label azure.workload.identity/use"))
	case k == workload:
		wrong = append(wrong, readable("AZURE_FEDERATED_TOKEN_FILE", env))
	}
	if host := env("AZURE_AUTHORITY_HOST"); host != "" {
		if u, err := url.Parse(host); err != nil || u.Scheme != "https" || u.Host == "" {
			wrong = append(wrong, errors.New("AZURE_AUTHORITY_HOST must be an address of the form https://login.microsoftonline.com/"))
		}
	}
	return k, errors.Join(wrong...)
}

// registration checks the two ids that every application has.
func registration(env func(string) string) (wrong []error) {
	switch tenant := env("AZURE_TENANT_ID"); {
	case tenant == "":
		wrong = append(wrong, errors.New("AZURE_TENANT_ID is missing: it is the Directory (tenant) ID in the Entra admin center › App registrations › your app › Overview"))
	case !tenantForm.MatchString(tenant):
		wrong = append(wrong, errors.New("AZURE_TENANT_ID must be the tenant's id (a GUID) or its domain: the Directory (tenant) ID in the Entra admin center › App registrations › your app › Overview"))
	}
	if env("AZURE_CLIENT_ID") == "" {
		wrong = append(wrong, errors.New("AZURE_CLIENT_ID is missing: it is the Application (client) ID in the Entra admin center › App registrations › your app › Overview"))
	}
	return wrong
}

// readable is nil if the file that the variable name points to can be opened.
func readable(name string, env func(string) string) error {
	f, err := os.Open(env(name))
	if err != nil {
		return fmt.Errorf("%s: the file cannot be read: %w", name, withoutPath(err))
	}
	return f.Close()
}

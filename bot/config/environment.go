package config

import (
	"os"
	"slices"
	"strings"
)

// azure are the variables that azidentity reads by itself.
var azure = []string{
	"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
	"AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_ADDITIONALLY_ALLOWED_TENANTS", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST",
	"AZURE_TOKEN_CREDENTIALS", "AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_REGIONAL_AUTHORITY_NAME", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
}

// proxies are the variables that net/http reads by itself, once per process.
var proxies = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"}

// Environment returns all variables that configure the program: [Variables], and those that
// azidentity and net/http read by themselves.
func Environment() []string { return slices.Concat(Variables(), azure, proxies) }

// trim removes white space from the ends of these variables: a secret made with echo ends in a
// newline. It changes the environment because other packages read it too.
func trim(names ...string) {
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok && value != strings.TrimSpace(value) {
			_ = os.Setenv(name, strings.TrimSpace(value)) // cannot fail for a name that exists
		}
	}
}

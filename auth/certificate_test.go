package auth_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloudpc-bot/auth"
)

// The files in testdata were made with OpenSSL 3, all with the password "of nobody" except
// nopass.pfx, whose password is empty; legacy.pfx with -legacy.
func TestACertificateIsTakenOrTheTrueReasonSaid(t *testing.T) {
	cert, key := certificate(t)
	_, other := certificate(t)
	stored := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	join := func(parts ...[]byte) (all []byte) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	const right = "of nobody"
	for name, row := range map[string]struct {
		data     []byte
		password string
		says     []string // nothing = it is taken
	}{
		"PEM":                        {join(cert, key), "", nil},
		"PFX of OpenSSL 3":           {stored("openssl3.pfx"), right, nil},
		"PFX of older programs":      {stored("legacy.pfx"), right, nil},
		"PFX without a password":     {stored("nopass.pfx"), "", nil},
		"wrong password":             {stored("openssl3.pfx"), secret, []string{"AZURE_CLIENT_CERTIFICATE_PASSWORD does not open the PKCS#12 file"}},
		"wrong password, older":      {stored("legacy.pfx"), secret, []string{"AZURE_CLIENT_CERTIFICATE_PASSWORD does not open the PKCS#12 file"}},
		"no password":                {stored("openssl3.pfx"), "", []string{"has a password: set AZURE_CLIENT_CERTIFICATE_PASSWORD"}},
		"no password, older":         {stored("legacy.pfx"), "", []string{"has a password: set AZURE_CLIENT_CERTIFICATE_PASSWORD"}},
		"PFX with an elliptic key":   {stored("elliptic.pfx"), right, []string{"not an RSA key"}},
		"encrypted PEM":              {stored("encrypted.pem"), right, []string{"the key in the PEM file is encrypted", "openssl pkcs12 -export"}},
		"encrypted PEM, no password": {stored("encrypted.pem"), "", []string{"the key in the PEM file is encrypted", "openssl pkcs12 -export"}},
		"PEM with a password set":    {join(cert, key), secret, []string{"is not encrypted", "unset it"}},
		"PEM without a key":          {cert, "", []string{"no private key"}},
		"PEM without a certificate":  {key, "", []string{"no certificate"}},
		"PEM with two keys":          {join(cert, key, other), "", []string{"several private keys"}},
		"PEM with another's key":     {join(cert, other), "", []string{"do not belong together"}},
		"something else":             {[]byte(secret), "", []string{"want a PEM or PKCS#12 file"}},
		"a PFX broken off":           {stored("openssl3.pfx")[:300], right, []string{"want a PEM or PKCS#12 file"}},
	} {
		t.Run(name, func(t *testing.T) {
			set := map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_CERTIFICATE_PATH": file(t, row.data)}
			if row.password != "" {
				set["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = row.password
			}
			environment(t, set)
			_, err := auth.Credential(auth.CredentialConfig{})
			if len(row.says) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("was taken")
			}
			for _, want := range append(row.says, "AZURE_CLIENT_CERTIFICATE_PATH: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "the-file") {
				t.Errorf("tells a value: %v", err)
			}
		})
	}
}

func TestGraphAndAuthorityAreOfOneCloud(t *testing.T) {
	const us, world, china = "https://graph.microsoft.us", "https://graph.microsoft.com", "https://microsoftgraph.chinacloudapi.cn"
	for _, row := range []struct {
		graph, authority string
		says             string // empty = it is well
	}{
		{world, "", ""},
		{world, "https://login.microsoftonline.com/", ""},
		{world, "https://login.windows.net", ""},
		{us, "https://login.microsoftonline.us/", ""},
		{"https://dod-graph.microsoft.us/", "https://login.microsoftonline.us", ""},
		{china, "https://login.chinacloudapi.cn", ""},
		{"https://graph.example.com", "", ""},
		{us, "https://login.example.com", ""},
		{us, "", "(its default); this Graph needs the authority https://login.microsoftonline.us/"},
		{us, "https://login.microsoftonline.com", "this authority needs the Graph https://graph.microsoft.com"},
		{world, "https://LOGIN.microsoftonline.us/", "GRAPH_URL to Microsoft's worldwide cloud, AZURE_AUTHORITY_HOST to the cloud for US Government"},
		{china, "https://login.microsoftonline.us/", "GRAPH_URL and AZURE_AUTHORITY_HOST belong to two clouds"},
	} {
		set := map[string]string{"AZURE_TENANT_ID": guid, "AZURE_CLIENT_ID": guid, "AZURE_CLIENT_SECRET": secret}
		if row.authority != "" {
			set["AZURE_AUTHORITY_HOST"] = row.authority
		}
		environment(t, set)
		if err := auth.SameCloud(row.graph); (err != nil) != (row.says != "") || err != nil && !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s with %q: %v", row.graph, row.authority, err)
		}
	}
	environment(t, map[string]string{"AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"})
	if err := auth.SameCloud(us); err != nil {
		t.Errorf("a managed identity has no authority: %v", err)
	}
}

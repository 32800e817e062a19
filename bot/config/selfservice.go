package config

import (
	"errors"
	"os"
	"slices"
	"strings"
)

// developerApp is Microsoft's own public client for developers, which azidentity takes where none is named
// (pkg.go.dev/github.com/Azure/azure-sdk-for-go/sdk/azidentity#DeviceCodeCredentialOptions). No tenant decides what it may do.
const developerApp = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// approvesOwn reports whether somebody has to approve what people ask for themselves.
func (r *reading) approvesOwn() bool { return r.SelfService && r.SelfServiceApprovals > 0 }

// foreignApp says what is wrong with an app that is not one for people's sign-ins alone; "" = nothing is known to be.
func (r *reading) foreignApp() string {
	switch {
	case strings.EqualFold(r.SelfServiceClientID, developerApp):
		return "this is Microsoft's own app for developers: make one in your tenant, which decides what it may do"
	case r.SelfServiceClientID != "" && strings.EqualFold(r.SelfServiceClientID, os.Getenv("AZURE_CLIENT_ID")):
		return "this is AZURE_CLIENT_ID, the app as which the bot itself acts and may erase every Cloud PC: make a second one, with the delegated permission alone"
	}
	return ""
}

// ownTenant adds to what is wrong with the bot's identity that people can sign in only at a tenant that is named by
// its id: that is compared with the tenant in which they did.
func (r *reading) ownTenant(err error) error {
	const name = "AZURE_TENANT_ID"
	tenant := os.Getenv(name)
	if !r.SelfService || isGUID(tenant) {
		return err
	}
	text := name + " must be the tenant's id (a GUID) where SELF_SERVICE=true, and not its domain: the Directory (tenant) ID in the Entra admin center › App registrations › your app › Overview"
	if tenant == "" {
		text = name + " is missing, which SELF_SERVICE=true needs even with a managed identity (then set AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential too): " +
			"the Directory (tenant) ID in the Entra admin center › App registrations › your app › Overview"
	}
	if err == nil {
		return errors.New(text)
	}
	lines := strings.Split(err.Error(), "\n")
	if strings.HasPrefix(lines[0], name+", ") {
		return err // there is no identity at all
	}
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, name+" ") })
	return errors.New(strings.Join(append([]string{text}, lines...), "\n"))
}

package config

import (
	"os"
	"reflect"
	"slices"
	"strings"

	"cloudpc-bot/auth"
)

// Setting is a variable that is set, with a value that may be shown to anybody.
type Setting struct{ Name, Value string }

// Settings are the variables that are set and whose values are neither secret nor true of this machine
// alone, such as a path, in the order of [Environment].
func Settings() (set []Setting) {
	for _, name := range Environment() {
		if value := strings.TrimSpace(os.Getenv(name)); value != "" && !IsSecret(name) && !slices.Contains(local, name) && !strings.HasSuffix(name, "_FILE") {
			set = append(set, Setting{name, value})
		}
	}
	return set
}

// local are variables whose values are true of one machine alone: what is here, and
// how somebody signs in here.
var local = []string{"HTTP_ADDR", "CA_CERTS", "AZURE_CLIENT_CERTIFICATE_PATH", "DATABASE_URL", "AZURE_TOKEN_CREDENTIALS"}

// IsSecret reports whether whoever sees the value of a variable could act with it. The address of a proxy
// may hold a password.
func IsSecret(name string) bool {
	for f := range reflect.TypeFor[Config]().Fields() {
		if nameOf(f) == name {
			return f.Type == reflect.TypeFor[auth.Secret]()
		}
	}
	switch name {
	case "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD":
		return true
	}
	return slices.Contains(proxies, name) && !strings.EqualFold(name, "NO_PROXY")
}

// Form is what a value of one of [Variables] has to be, and where such a value is found.
func Form(name string) string {
	for _, v := range rows {
		if v.name == name {
			return strings.TrimSuffix(v.form+": "+v.cure, ": ")
		}
	}
	return ""
}

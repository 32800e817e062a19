package graphfake

import (
	"net/http"
	"net/url"
	"strings"
)

// place works out from method and path what a request wants. Graph ignores the case of path
// segments.
func place(method string, u *url.URL) *call {
	c := &call{Call: &Call{Kind: Other, Method: method, Path: u.EscapedPath(), Query: u.RawQuery}}
	segments := strings.Split(strings.TrimPrefix(c.Path, "/"), "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil {
			segments[i] = plain
		}
	}
	if segments[0] == v1 || segments[0] == beta {
		c.Version = segments[0]
		c.placeGraph(segments[1:])
		return c
	}
	if len(segments) < 2 {
		return c
	}
	c.user = segments[0] // Entra: the tenant
	switch strings.Join(segments[1:], "/") {
	case "v2.0/.well-known/openid-configuration":
		c.is(Discovery, http.MethodGet)
	case "oauth2/v2.0/token":
		c.is(Token, http.MethodPost)
	case "oauth2/v2.0/devicecode":
		c.is(BeginDeviceCode, http.MethodPost)
	}
	return c
}

func (c *call) placeGraph(s []string) {
	at := func(i int, name string) bool { return i < len(s) && strings.EqualFold(s[i], name) }
	switch {
	case len(s) == 1 && at(0, "$batch"):
		c.is(Batch, http.MethodPost)
		return
	case len(s) == 4 && at(0, "deviceManagement") && at(1, "virtualEndpoint") && at(2, "provisioningPolicies"):
		c.Form, c.Policy = Admin, s[3]
		c.is(GetPolicy, http.MethodGet)
		return
	case len(s) == 4 && at(0, "deviceManagement") && at(1, "virtualEndpoint") && (at(2, "galleryImages") || at(2, "deviceImages")):
		c.Form, c.Image, c.custom = Admin, s[3], at(2, "deviceImages")
		c.is(GetImage, http.MethodGet)
		return
	case len(s) == 3 && at(0, "deviceManagement") && at(1, "virtualEndpoint") && at(2, "auditEvents"):
		c.Form = Admin
		c.is(ListAudit, http.MethodGet)
		return
	case len(s) == 4 && at(0, "deviceManagement") && at(1, "virtualEndpoint") && at(2, "reports"):
		c.placeReport(s[3])
		return
	case at(0, "deviceManagement") && at(1, "virtualEndpoint") && at(2, "cloudPCs"):
		c.Form, s = Admin, s[3:]
	case at(0, "me") && at(1, "cloudPCs"):
		c.Form, s = Me, s[2:]
	case at(0, "users") && at(2, "cloudPCs"):
		c.Form, c.user, s = Users, s[1], s[3:]
	default:
		return
	}
	if len(s) > 0 {
		c.PC = s[0]
	}
	switch {
	case len(s) == 0:
		c.is(List, http.MethodGet)
	case len(s) == 1:
		c.is(Get, http.MethodGet)
	case len(s) != 2:
	case at(1, "reprovision"):
		c.is(Reprovision, http.MethodPost)
	case c.Form == Admin && (at(1, "retrieveCloudPcRemoteActionResults") || at(1, "getSupportedCloudPcRemoteActions")):
		kind := Results
		if at(1, "getSupportedCloudPcRemoteActions") {
			kind = Supported
		}
		c.is(kind, http.MethodGet)
		if c.Version != beta && c.Kind == kind { // not in v1.0, with any method
			c.Kind, c.wrong = Other, true
		}
	}
}

func (c *call) is(kind, method string) {
	if c.Method != method {
		c.wrong, c.allow = true, method
		return
	}
	c.Kind = kind
}

package graphfake

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// discover answers with the tenant's openid-configuration.
func (t *Tenant) discover(c *call) *reply {
	if rep := t.ours(c); rep != nil {
		return rep
	}
	root := t.Authority() + t.tenantID
	return plain(http.StatusOK, map[string]any{
		"issuer":                                root + "/v2.0",
		"authorization_endpoint":                root + "/oauth2/v2.0/authorize",
		"token_endpoint":                        root + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         root + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              root + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post"},
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"tenant_region_scope":                   "EU",
		"msgraph_host":                          strings.TrimPrefix(t.url, "https://"),
	})
}

// deviceCodeGrants are two spellings of one grant: the first is the documented one, the second Microsoft's own library's.
var deviceCodeGrants = []string{"urn:ietf:params:oauth:grant-type:device_code", "device_code"}

// formOf is the form in a request's body.
func formOf(c *call) url.Values {
	form := url.Values{}
	if kind, _, _ := mime.ParseMediaType(c.header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		form, _ = url.ParseQuery(string(c.body))
	}
	return form
}

func (t *Tenant) unknownClient(c *call, id string) *reply {
	return t.aadsts(c, http.StatusBadRequest, "unauthorized_client",
		"AADSTS700016: Application with identifier '%s' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", id)
}

// issue is the token endpoint. It accepts client credentials with a secret, for Graph's
// .default scope, and device codes and refresh tokens of the public client, and nothing else.
func (t *Tenant) issue(c *call) *reply {
	if rep := t.ours(c); rep != nil {
		return rep
	}
	form := formOf(c)
	for _, name := range []string{"grant_type", "client_id"} {
		if form.Get(name) == "" {
			return t.missing(c, name)
		}
	}
	if slices.Contains(deviceCodeGrants, form.Get("grant_type")) {
		return t.redeemDeviceCode(c, form)
	}
	if form.Get("grant_type") == "refresh_token" {
		return t.refresh(c, form)
	}
	if form.Get("scope") == "" {
		return t.missing(c, "scope")
	}
	switch {
	case form.Get("grant_type") != "client_credentials":
		return t.aadsts(c, http.StatusBadRequest, "unsupported_grant_type",
			"AADSTS70003: The app requested an unsupported grant type '%s'.", form.Get("grant_type"))
	case !strings.EqualFold(form.Get("client_id"), t.clientID):
		return t.unknownClient(c, form.Get("client_id"))
	case form.Get("client_secret") == "":
		return t.aadsts(c, http.StatusUnauthorized, "invalid_client",
			"AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case form.Get("client_secret") != t.clientSecret:
		return t.aadsts(c, http.StatusUnauthorized, "invalid_client",
			"AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", t.clientID)
	}
	if rep := t.scope(c, form.Get("scope")); rep != nil {
		return rep
	}
	life := int(t.cfg.TokenLife.Seconds())
	return plain(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": life, "ext_expires_in": life,
		"access_token": t.mint(&token{kind: appOnly, app: t.clientID, audience: t.url}),
	})
}

// scope refuses every scope but {root of Graph}/.default. OpenID's reserved scopes may
// accompany it, because MSAL sends them.
func (t *Tenant) scope(c *call, scope string) *reply {
	asked := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return slices.Contains([]string{"openid", "profile", "offline_access"}, s)
	})
	switch resource, found := strings.CutSuffix(strings.Join(asked, " "), "/.default"); {
	case !found || len(asked) != 1:
		return t.aadsts(c, http.StatusBadRequest, "invalid_scope",
			"AADSTS1002012: The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)
	case resource != t.url && !t.aliases[resource]:
		return t.aadsts(c, http.StatusBadRequest, "invalid_resource",
			"AADSTS500011: The resource principal named %s was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", resource)
	}
	return nil
}

// ours refuses requests for other tenants.
func (t *Tenant) ours(c *call) *reply {
	if strings.EqualFold(c.user, t.tenantID) {
		return nil
	}
	return t.aadsts(c, http.StatusBadRequest, "invalid_request",
		"AADSTS90002: Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", c.user)
}

var aadstsCode = regexp.MustCompile(`AADSTS(\d+)`)

// aadsts is an error in Entra's form.
func (t *Tenant) aadsts(c *call, status int, code, format string, args ...any) *reply {
	now, description := t.now().UTC().Format("2006-01-02 15:04:05Z"), fmt.Sprintf(format, args...)
	codes := []int{}
	uri := t.Authority() + "error"
	if found := aadstsCode.FindStringSubmatch(description); found != nil {
		n, _ := strconv.Atoi(found[1])
		codes, uri = []int{n}, uri+"?code="+found[1]
	}
	return plain(status, map[string]any{
		"error": code, "error_codes": codes, "timestamp": now, "error_uri": uri,
		"error_description": fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", description, c.RequestID, c.correlation(), now),
		"trace_id":          c.RequestID, "correlation_id": c.correlation(),
	})
}

// outage is Entra's answer when a fault tells it to fail.
func (t *Tenant) outage(c *call, f Fault) *reply {
	code := "temporarily_unavailable"
	switch {
	case f.Status == http.StatusUnauthorized:
		code = "invalid_client"
	case f.Status < 500 && f.Status != http.StatusTooManyRequests:
		code = "invalid_request"
	}
	return t.aadsts(c, f.Status, cmp.Or(f.Code, code), "%s",
		cmp.Or(f.Message, "AADSTS90033: A transient error has occurred. Please try again."))
}

// plain is an answer in Entra's form: JSON without OData.
func plain(status int, value any) *reply {
	return answer(status, value).with("Content-Type", "application/json; charset=utf-8")
}

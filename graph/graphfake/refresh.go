package graphfake

import (
	"net/http"
	"net/url"
)

// grant is what a refresh token stands for: a sign-in that lasts.
type grant struct {
	browser Browser
	scope   string
	revoked bool
}

// refresh is the token endpoint for a refresh token. Each use gives another one, and the one before
// stays good, as Entra does not revoke it (learn.microsoft.com/entra/identity-platform/refresh-tokens).
// The words of the refusals are those of
// learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow, the numbers those of
// learn.microsoft.com/entra/identity-platform/reference-error-codes. The caller holds mu.
func (t *Tenant) refresh(c *call, form url.Values) *reply {
	if form.Get("refresh_token") == "" {
		return t.missing(c, "refresh_token")
	}
	if rep := t.publicClient(c, form); rep != nil {
		return rep
	}
	if rep := t.delegatedScope(c, form.Get("scope")); rep != nil {
		return rep
	}
	g := t.grants[form.Get("refresh_token")]
	switch {
	case g == nil:
		return t.aadsts(c, http.StatusBadRequest, "invalid_grant", "AADSTS70000: The provided value for the input parameter 'refresh_token' or 'assertion' is not valid.")
	case g.revoked:
		return t.aadsts(c, http.StatusBadRequest, "invalid_grant", "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.")
	}
	if rep := t.allowed(c); rep != nil {
		return rep
	}
	if t.cfg.MustSignIn {
		return t.aadsts(c, http.StatusBadRequest, "interaction_required", "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.")
	}
	return t.personTokens(&grant{browser: g.browser, scope: form.Get("scope")})
}

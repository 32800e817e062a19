package graphfake

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	readWrite = "CloudPC.ReadWrite.All"
	readOnly  = "CloudPC.Read.All"
)

// Kinds of tokens, as in [Post.Token].
const (
	appOnly        = "app"
	delegated      = "delegated"
	adminDelegated = "admin-delegated"
)

// token is what an access token stands for.
type token struct {
	kind      string
	app       string // the application that it was issued to
	audience  string
	user, upn string   // of a person
	scopes    []string // of a person
	roles     []string // of an app, as of when the token was issued
	expires   time.Time
	revoked   bool
	distrust  time.Time // until then Graph refuses it without saying why
}

// mint makes an access token that looks like a real one. The caller holds mu.
func (t *Tenant) mint(k *token) string {
	now := t.now()
	k.expires = now.Add(t.cfg.TokenLife)
	if k.kind != appOnly {
		k.expires = now.Add(cmp.Or(t.cfg.PersonLife, t.cfg.TokenLife))
	}
	claims := map[string]any{
		"aud": k.audience, "iss": t.Authority() + t.tenantID + "/v2.0", "tid": t.tenantID, "appid": k.app,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": k.expires.Unix(), "uti": secret(12),
	}
	if k.kind == appOnly {
		k.roles = slices.Clone(t.cfg.Roles)
		claims["idtyp"], claims["roles"], claims["oid"] = "app", k.roles, t.principalID
	} else {
		claims["idtyp"], claims["scp"], claims["oid"], claims["upn"] = "user", strings.Join(k.scopes, " "), k.user, k.upn
	}
	maps.Copy(claims, t.cfg.Claims)
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." + encode(payload) + "." + secret(64)
	t.tokens[text] = k
	return text
}

// Delegated is a token of a person who is not an administrator: good for the /me form, and
// for the /users form with their own id or principal name.
func (t *Tenant) Delegated(userID, upn string) string {
	return t.person(delegated, userID, upn)
}

// AdminDelegated is a token of a person with the role Windows 365 Administrator: good for
// the admin form as well.
func (t *Tenant) AdminDelegated(userID, upn string) string {
	return t.person(adminDelegated, userID, upn)
}

func (t *Tenant) person(kind, user, upn string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	app := t.publicClientID
	if kind == adminDelegated {
		app = t.clientID
	}
	return t.mint(&token{kind: kind, app: app, audience: t.url, user: user, upn: upn, scopes: []string{readWrite}})
}

// AppToken is a token of the application for that audience, issued without a request to
// Entra; Graph accepts only the audience [Tenant.URL].
func (t *Tenant) AppToken(audience string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mint(&token{kind: appOnly, app: t.clientID, audience: audience})
}

// RevokeTokens revokes every token issued so far, as when an administrator revokes sessions. Graph
// answers a revoked token with the continuous access evaluation challenge. An application then gets
// another from Entra; people have to sign in again, because their refresh tokens are revoked too. For
// a challenge that a refresh token answers see [Fault.CAE].
func (t *Tenant) RevokeTokens() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.tokens {
		k.revoked = true
	}
	for _, g := range t.grants {
		g.revoked = true
	}
}

// Distrust makes Graph refuse every token issued so far with a plain 401, without a
// challenge, for d on the tenant's clock; 0 = until they expire. Later tokens are good.
func (t *Tenant) Distrust(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.tokens {
		if k.distrust = k.expires; d > 0 {
			k.distrust = t.now().Add(d)
		}
	}
}

// Secrets returns the client secret, and every token, device code and user code issued so far: none may
// appear in a log.
func (t *Tenant) Secrets() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := []string{t.clientSecret}
	for text := range t.tokens {
		all = append(all, text)
	}
	for _, s := range t.signIns {
		all = append(all, s.secret, s.UserCode)
	}
	for text := range t.grants {
		all = append(all, text)
	}
	return all
}

// presented is the token that a call carries; k is nil if it is unknown.
func (t *Tenant) presented(c *call) (k *token, given bool) {
	scheme, text, found := strings.Cut(c.header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || text == "" {
		return nil, false
	}
	return t.tokens[text], true
}

// identify records in a call's log entry whose token it came with, and of a reprovision also whether
// that is good.
func (t *Tenant) identify(c *call) {
	k, given := t.presented(c)
	if k != nil {
		c.Bearer, c.Person = k.kind, k.user
	}
	if c.post == nil || !given {
		return
	}
	c.post.Token = "invalid"
	if k == nil {
		return
	}
	c.post.Person, c.post.Audience = k.user, k.audience
	if t.flaw(k) == "" {
		c.post.Token = k.kind
	}
	c.post.Scope = strings.Join(k.scopes, " ")
	if k.kind == appOnly {
		c.post.Scope = strings.Join(k.roles, " ")
	}
}

// flaw is what is wrong with a token; "" = nothing.
func (t *Tenant) flaw(k *token) string {
	switch {
	case k == nil:
		return "IDX14100: JWT is not well formed, or its signature is invalid."
	case !t.now().Before(k.expires):
		return "Lifetime validation failed, the token is expired."
	case k.audience != t.url:
		return "Access token validation failure. Invalid audience."
	case k.revoked:
		return "revoked"
	case t.now().Before(k.distrust):
		return "Access token validation failure."
	}
	return ""
}

// authenticate finds out who makes a call, or refuses it.
func (t *Tenant) authenticate(c *call) *reply {
	k, given := t.presented(c)
	if !given {
		return t.unauthorized(c, "Access token is empty.")
	}
	switch flaw := t.flaw(k); flaw {
	case "":
		c.bearer = k
		return nil
	case "revoked":
		return t.reauthenticate(c)
	default:
		return t.unauthorized(c, flaw)
	}
}

// authorize refuses callers that the form of the path does not allow: the admin form is for
// apps with the role and for administrators, the others are for the person they are about.
func (t *Tenant) authorize(c *call, write bool) *reply {
	k, roles := c.bearer, c.bearer.roles
	forbidden := func(why string) *reply { return t.refuse(c, http.StatusForbidden, "Forbidden", why) }
	switch {
	case c.Form == Admin && k.kind == appOnly:
		if !slices.Contains(roles, readWrite) && (write || !slices.Contains(roles, readOnly)) {
			return forbidden("Application is not authorized to perform this operation. Application must have one of the following scopes: " + readWrite)
		}
	case c.Form == Admin && k.kind != adminDelegated:
		return forbidden("User is not authorized to perform this operation.")
	case c.Form == Admin:
	case k.kind == appOnly:
		return forbidden("This request is only valid with delegated authentication flow.")
	case !slices.Contains(k.scopes, readWrite) && (write || !slices.Contains(k.scopes, readOnly)):
		return forbidden("Insufficient privileges to complete the operation. The token must have one of the following scopes: " + readWrite)
	case c.Form == Users && !strings.EqualFold(c.user, k.user) && !strings.EqualFold(c.user, k.upn):
		return forbidden("The user in the request is not the signed-in user.")
	}
	return nil
}

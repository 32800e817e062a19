package graphfake

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Entra's own numbers: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code.
const (
	deviceCodeLife     = 15 * time.Minute
	deviceCodeInterval = 5 * time.Second
)

// Browser is what somebody does on the verification page with a code.
type Browser struct {
	UserID, UPN string // who signs in
	Name        string // "" = UPN
	HomeTenant  string // of a guest, another organisation's id; "" = this tenant
	Tenant      string // for which the tokens are, which this tenant's own page never makes another's; "" = this tenant
	Declines    bool   // says no
	Blocked     bool   // Conditional Access stops them there: only the browser shows it, and the code stays pending
}

// DeviceCode is a sign-in that an app has begun.
type DeviceCode struct {
	UserCode string
	ClientID string
	Scope    string
	At       time.Time
	Polls    int    // how often the app asked for the token
	State    string // pending, declined, blocked, entered, redeemed
}

// signIn is the tenant's side of one.
type signIn struct {
	DeviceCode
	secret  string // the device_code
	browser Browser
	polled  time.Time
}

// The states of a sign-in.
const (
	pendingCode  = "pending"
	declinedCode = "declined"
	blockedCode  = "blocked"
	enteredCode  = "entered"
	redeemedCode = "redeemed"
)

// PublicClientID is the id of the tenant's own registration of a public client, for sign-ins by device code.
func (t *Tenant) PublicClientID() string { return t.publicClientID }

// DeviceCodes are the sign-ins so far, oldest first.
func (t *Tenant) DeviceCodes() []DeviceCode {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []DeviceCode{}
	for _, s := range t.signIns {
		list = append(list, s.DeviceCode)
	}
	return list
}

var errNoCode = errors.New("graphfake: that code is not right, has expired or was used")

// EnterCode is what a person does on the verification page. It fails as the page does: the code is unknown,
// expired or used.
func (t *Tenant) EnterCode(userCode string, b Browser) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.signIns, func(s *signIn) bool { return strings.EqualFold(s.UserCode, strings.ReplaceAll(userCode, "-", "")) })
	if i < 0 || t.signIns[i].State != pendingCode || t.expired(t.signIns[i]) {
		return errNoCode
	}
	s := t.signIns[i]
	s.browser = b
	switch {
	case b.Blocked:
		s.State = blockedCode
	case b.Declines:
		s.State = declinedCode
	default:
		s.State = enteredCode
	}
	t.tell()
	return nil
}

func (t *Tenant) expired(s *signIn) bool { return !t.now().Before(s.At.Add(deviceCodeLife)) }

// letters of user codes: none that can be mistaken for another.
const letters = "BCDFGHJKLMNPQRSTVWXZ23456789"

func userCode() string {
	b := make([]byte, 9)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}

// beginDeviceCode is the devicecode endpoint. The caller holds mu.
func (t *Tenant) beginDeviceCode(c *call) *reply {
	if rep := t.ours(c); rep != nil {
		return rep
	}
	form := formOf(c)
	for _, name := range []string{"client_id", "scope"} {
		if form.Get(name) == "" {
			return t.missing(c, name)
		}
	}
	if rep := t.publicClient(c, form); rep != nil {
		return rep
	}
	if rep := t.delegatedScope(c, form.Get("scope")); rep != nil {
		return rep
	}
	s := &signIn{secret: secret(80), DeviceCode: DeviceCode{UserCode: userCode(), ClientID: t.publicClientID, Scope: form.Get("scope"), At: t.now(), State: pendingCode}}
	t.signIns = append(t.signIns, s)
	const page = "https://microsoft.com/devicelogin"
	return plain(http.StatusOK, map[string]any{
		"user_code": s.UserCode, "device_code": s.secret, "verification_uri": page,
		"expires_in": int(deviceCodeLife.Seconds()), "interval": int(deviceCodeInterval.Seconds()),
		"message": fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, s.UserCode),
	})
}

// publicClient refuses every app but the tenant's public client, and a secret: a public client has none.
func (t *Tenant) publicClient(c *call, form url.Values) *reply {
	switch {
	case t.cfg.NoPublicClient || !strings.EqualFold(form.Get("client_id"), t.publicClientID):
		return t.unknownClient(c, form.Get("client_id"))
	case form.Get("client_secret") != "" || form.Get("client_assertion") != "":
		return t.aadsts(c, http.StatusUnauthorized, "invalid_client",
			"AADSTS700025: Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
	}
	return nil
}

// delegatedScope takes one permission of Graph's for Cloud PCs, written out, and OpenID's own scopes.
func (t *Tenant) delegatedScope(c *call, scope string) *reply {
	asked := ofGraph(scope)
	for _, s := range asked {
		resource, name := s[:strings.LastIndex(s, "/")+1], s[strings.LastIndex(s, "/")+1:]
		switch {
		case strings.TrimSuffix(resource, "/") != t.url && !t.aliases[strings.TrimSuffix(resource, "/")]:
			return t.aadsts(c, http.StatusBadRequest, "invalid_resource",
				"AADSTS500011: The resource principal named %s was not found in the tenant named Contoso.", resource)
		case name != readWrite && name != readOnly:
			return t.aadsts(c, http.StatusBadRequest, "invalid_scope", "AADSTS70011: The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", s)
		}
	}
	if len(asked) == 0 {
		return t.aadsts(c, http.StatusBadRequest, "invalid_scope", "AADSTS70011: The provided value for the input parameter 'scope' is not valid.")
	}
	return nil
}

// ofGraph are the scopes without OpenID's own.
func ofGraph(scope string) []string {
	return slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return slices.Contains([]string{"openid", "profile", "offline_access", "email"}, s)
	})
}

// permissions are the scopes as a token names them: those of Graph, without its address.
func permissions(scope string) (names []string) {
	for _, s := range ofGraph(scope) {
		names = append(names, s[strings.LastIndex(s, "/")+1:])
	}
	return names
}

// redeemDeviceCode answers a poll for the token of a sign-in. The caller holds mu.
func (t *Tenant) redeemDeviceCode(c *call, form url.Values) *reply {
	if form.Get("device_code") == "" {
		return t.missing(c, "device_code")
	}
	if rep := t.publicClient(c, form); rep != nil {
		return rep
	}
	i := slices.IndexFunc(t.signIns, func(s *signIn) bool { return s.secret == form.Get("device_code") })
	if i < 0 {
		return t.aadsts(c, http.StatusBadRequest, "bad_verification_code", "AADSTS70018: Bad verification code.")
	}
	s := t.signIns[i]
	s.Polls++
	early := t.cfg.SlowDown && t.now().Before(s.polled.Add(deviceCodeInterval))
	s.polled = t.now()
	switch {
	case s.State == redeemedCode:
		return t.aadsts(c, http.StatusBadRequest, "invalid_grant", "AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.")
	case t.expired(s):
		return t.aadsts(c, http.StatusBadRequest, "expired_token", "AADSTS70019: Verification code expired.")
	case s.State == declinedCode:
		return t.aadsts(c, http.StatusBadRequest, "authorization_declined", "AADSTS70017: The user declined the request.")
	case early:
		return t.aadsts(c, http.StatusBadRequest, "slow_down", "The app asks too often.")
	case s.State != enteredCode:
		return t.aadsts(c, http.StatusBadRequest, "authorization_pending", "AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
	}
	if rep := t.allowed(c); rep != nil { // told only when the person is done
		return rep
	}
	s.State = redeemedCode
	return t.personTokens(&grant{browser: s.browser, scope: s.Scope})
}

// allowed refuses what the public client's registration or a missing consent forbids.
func (t *Tenant) allowed(c *call) *reply {
	switch {
	case t.cfg.NotPublic:
		return t.aadsts(c, http.StatusUnauthorized, "invalid_client", "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case t.cfg.NoConsent:
		return t.aadsts(c, http.StatusBadRequest, "invalid_grant", "AADSTS65001: The user or administrator has not consented to use the application with ID '%s'.", t.publicClientID)
	}
	return nil
}

// personTokens are new tokens of whoever has signed in, with another refresh token. The id token carries no signature that anybody could
// check: its keys are not published, and a client that got it from Entra itself over TLS need not check it
// (openid.net/specs/openid-connect-core-1_0.html, 3.1.3.7).
func (t *Tenant) personTokens(g *grant) *reply {
	b := g.browser
	life := int(cmp.Or(t.cfg.PersonLife, t.cfg.TokenLife).Seconds())
	home := b.HomeTenant
	if home == "" {
		home = t.tenantID
	}
	now := t.now()
	name := b.Name
	if name == "" {
		name = b.UPN
	}
	encode := base64.RawURLEncoding.EncodeToString
	id, _ := json.Marshal(map[string]any{
		"aud": t.publicClientID, "iss": t.Authority() + t.tenantID + "/v2.0", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"oid": b.UserID, "tid": cmp.Or(b.Tenant, t.tenantID), "preferred_username": b.UPN, "name": name, "sub": secret(16), "ver": "2.0",
	})
	refresh := secret(64)
	t.grants[refresh] = g
	info, _ := json.Marshal(map[string]string{"uid": b.UserID, "utid": home})
	return plain(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "scope": g.scope,
		"access_token":  t.mint(&token{kind: delegated, app: t.publicClientID, audience: t.url, user: b.UserID, upn: b.UPN, scopes: permissions(g.scope)}),
		"refresh_token": refresh, "client_info": encode(info),
		"id_token": encode([]byte(`{"typ":"JWT","alg":"RS256"}`)) + "." + encode(id) + "." + secret(64),
	})
}

// missing is Entra's answer to a request that lacks a parameter.
func (t *Tenant) missing(c *call, name string) *reply {
	return t.aadsts(c, http.StatusBadRequest, "invalid_request", "AADSTS900144: The request body must contain the following parameter: '%s'.", name)
}

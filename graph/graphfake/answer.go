package graphfake

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// reply is an answer that has not been sent yet.
type reply struct {
	status  int
	header  http.Header
	body    []byte
	foreign bool // comes from an intermediary, so it lacks the service's headers
}

const jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// answer is a reply with value as its JSON body; nil means no body.
func answer(status int, value any) *reply {
	r := &reply{status: status, header: http.Header{}}
	if value != nil {
		body, err := json.Marshal(value)
		if err != nil {
			panic(fmt.Sprintf("graphfake: answer: %v", err)) // we made the value ourselves
		}
		r.body = body
		r.header.Set("Content-Type", jsonType)
	}
	return r
}

func (r *reply) with(header, value string) *reply {
	r.header.Set(header, value)
	return r
}

// refuse is an error in Graph's form.
func (t *Tenant) refuse(c *call, status int, code, message string) *reply {
	return answer(status, map[string]any{"error": map[string]any{
		"code": code, "message": message, "innerError": map[string]any{
			"date":       t.now().UTC().Format("2006-01-02T15:04:05"),
			"request-id": c.RequestID, "client-request-id": c.correlation(),
		},
	}})
}

func (t *Tenant) badRequest(c *call, format string, args ...any) *reply {
	return t.refuse(c, http.StatusBadRequest, "BadRequest", fmt.Sprintf(format, args...))
}

// unauthorized is Graph's 401 for a bad token, with the plain challenge.
func (t *Tenant) unauthorized(c *call, message string) *reply {
	return t.refuse(c, http.StatusUnauthorized, "InvalidAuthenticationToken", message).
		with("WWW-Authenticate", t.challenge())
}

func (t *Tenant) challenge() string {
	return fmt.Sprintf(`Bearer realm="", authorization_uri="%scommon/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`,
		t.Authority())
}

// reauthenticate is the continuous access evaluation challenge: the token is no longer
// valid, and the next one must be requested with these claims
// (learn.microsoft.com/entra/identity-platform/claims-challenge).
func (t *Tenant) reauthenticate(c *call) *reply {
	claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, t.now().Unix())
	return t.unauthorized(c, "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp").
		with("WWW-Authenticate", t.challenge()+fmt.Sprintf(`, error="insufficient_claims", claims="%s"`,
			base64.StdEncoding.EncodeToString([]byte(claims))))
}

// page is an answer of an intermediary: a proxy, a sign-in page, a load balancer. Nothing
// in it comes from the service.
func page(status int) *reply {
	r := &reply{status: status, header: http.Header{}, foreign: true}
	r.body = []byte("<html><head><title>Blocked by your organisation</title></head><body>&nbsp;</body></html>")
	return r.with("Content-Type", "text/html; charset=utf-8")
}

// stampHeaders sets the headers that every answer of the service carries.
func (r *reply) stampHeaders(c *call, now time.Time) {
	h := r.header
	if r.foreign {
		h.Set("Date", now.UTC().Format(http.TimeFormat))
		h.Set("Content-Length", strconv.Itoa(len(r.body)))
		return
	}
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("Client-Request-Id", c.correlation())
	h.Set("Strict-Transport-Security", "max-age=31536000")
	if c.entra() {
		h.Set("X-Ms-Request-Id", c.RequestID)
		h.Set("Cache-Control", "no-store, no-cache")
	} else {
		h.Set("Request-Id", c.RequestID)
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Ms-Ags-Diagnostic", `{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"004","RoleInstance":"AM4PEPF00027F5D"}}`)
		if len(r.body) > 0 {
			h.Set("Odata-Version", "4.0")
		}
		if c.prefers() {
			h.Set("Preference-Applied", laterMembers)
		}
	}
	if r.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(r.body)))
	}
}

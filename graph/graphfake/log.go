package graphfake

import (
	"slices"
	"time"
)

// Kinds of calls, for [Call] and [Match].
const (
	Discovery       = "discovery"  // Entra's openid-configuration
	Token           = "token"      // Entra's token endpoint
	BeginDeviceCode = "devicecode" // Entra's endpoint where a sign-in by device code begins
	List            = "list"       // cloudPCs, of the tenant, of me, of a user
	Get             = "get"        // one Cloud PC
	Results         = "results"    // retrieveCloudPcRemoteActionResults
	Supported       = "supported"  // getSupportedCloudPcRemoteActions
	GetPolicy       = "policy"     // one provisioning policy
	GetImage        = "image"      // one gallery image or custom image
	GetUsage        = "usage"      // the report getRealTimeRemoteConnectionStatus
	Reprovision     = "post"       // the POST that wipes
	Batch           = "batch"      // the envelope; its parts are calls of their own
	Other           = "other"      // a path that the services do not know
	ListAudit       = "audit"      // the tenant's audit events
)

// Phases of a call, for [Tenant.OnCall].
const (
	Arrived  = "arrived"  // read completely, not yet handled
	Acted    = "acted"    // a reprovision has begun; no answer has been sent
	Answered = "answered" // the answer is on the wire
)

// Forms of a path; those to policies, images and reports are always Admin.
const (
	Admin = "admin" // /deviceManagement/virtualEndpoint/…
	Me    = "me"    // /me/cloudPCs
	Users = "users" // /users/{id}/cloudPCs
)

// Call is one request as it arrived, and its answer. It contains no secret: neither the
// token nor the body of a request to Entra but for two fields of that.
type Call struct {
	At              time.Time
	Kind            string // one of the kinds above
	Version         string // v1.0, beta, or empty for Entra
	Form            string // of paths to Cloud PCs and policies
	PC              string // id in the path
	Policy          string // id in the path to a policy
	Image           string // id in the path to an image
	Method          string
	Path            string // as received, still escaped
	Query           string
	Prefer          string
	UserAgent       string
	ClientRequestID string
	RequestID       string // the request-id that the tenant gave it
	Bearer          string // whose token it carried, good or not: app, delegated, admin-delegated; empty = none that was issued here
	Person          string // the oid of the person whose token it carried
	App             string // to Entra: the client_id
	Grant           string // to Entra's token endpoint: the grant_type, as sent
	InBatch         bool
	Status          int // 0 until there is an answer, and for good if none is given
}

// Post is one POST to a reprovision path. For one approval, at most one should ever be
// Acted.
type Post struct {
	At              time.Time
	Path            string
	Version         string
	Form            string // admin, me, users
	PC              string // id in the path, known or not
	Body            []byte
	ContentType     string
	ClientRequestID string
	Token           string // missing, invalid, app, delegated, admin-delegated
	Person          string // the oid of the person whose token it carried, good or not
	Audience        string // the token's audience
	Scope           string // an app's roles or a person's scopes
	Arrived         bool   // read completely; false if the client disconnected within the body
	Acted           bool   // the tenant started to wipe the machine
	Answered        bool   // the answer is on the wire
	Status          int    // the answer's status; 0 = no answer
}

// Posts returns every POST to a reprovision path so far, oldest first.
func (t *Tenant) Posts() []Post {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Post, len(t.posts))
	for i, p := range t.posts {
		all[i] = *p
		all[i].Body = slices.Clone(p.Body)
	}
	return all
}

// Calls returns every request so far, oldest first.
func (t *Tenant) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Call, len(t.calls))
	for i, c := range t.calls {
		all[i] = *c
	}
	return all
}

// MisusedTokens are the calls so far that carried a token where it does not belong: an application's
// on /me or /users, which are for people alone, or a person's anywhere but on the list of their own
// Cloud PCs and on the POST that reprovisions one of them. An administrator's token belongs anywhere.
func (t *Tenant) MisusedTokens() []Call {
	return slices.DeleteFunc(t.Calls(), func(c Call) bool {
		own := c.Form == Me || c.Form == Users
		switch c.Bearer {
		case appOnly:
			return !own
		case delegated:
			return own && !c.InBatch && (c.Kind == List || c.Kind == Reprovision)
		}
		return true
	})
}

// OnCall sets a function to be called in each phase of each request, in the goroutine that
// serves the request: the request continues when the function returns. It may call the
// tenant, and it may kill the client. There is one function at a time; nil removes it.
func (t *Tenant) OnCall(hook func(c Call, phase string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hook = hook
}

// phase tells Wait and the OnCall function how far a call has come.
func (t *Tenant) phase(c *call, phase string) {
	t.mu.Lock()
	hook, seen := t.hook, *c.Call
	t.tell()
	t.mu.Unlock()
	if hook != nil {
		hook(seen, phase)
	}
}

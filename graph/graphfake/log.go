package graphfake

import (
	"slices"
	"time"
)

// Kinds of calls, for [Call] and [Match].
const (
	Discovery   = "discovery" // Entra's openid-configuration
	Token       = "token"     // Entra's token endpoint
	List        = "list"      // cloudPCs, of the tenant, of me, of a user
	Get         = "get"       // one Cloud PC
	Results     = "results"   // retrieveCloudPcRemoteActionResults
	Supported   = "supported" // getSupportedCloudPcRemoteActions
	GetPolicy   = "policy"    // one provisioning policy
	Reprovision = "post"      // the POST that wipes
	Batch       = "batch"     // the envelope; its parts are calls of their own
	Other       = "other"     // what the services would not know
)

// Phases of a call, for [Tenant.OnCall].
const (
	Arrived  = "arrived"  // read whole, before anything is made of it
	Acted    = "acted"    // a reprovision has begun; no answer has left
	Answered = "answered" // the answer is on the wire
)

// Forms of a path to Cloud PCs and policies.
const (
	Admin = "admin" // /deviceManagement/virtualEndpoint/…
	Me    = "me"    // /me/cloudPCs
	Users = "users" // /users/{id}/cloudPCs
)

// Call is one request as it arrived, and its answer. It holds no secret: neither
// the token nor the body of a token request.
type Call struct {
	At              time.Time
	Kind            string // one of the kinds above
	Version         string // v1.0, beta, or empty for Entra
	Form            string // of paths to Cloud PCs and policies
	PC              string // id in the path
	Policy          string // id in the path to a policy
	Method          string
	Path            string // as it came, still escaped
	Query           string
	Prefer          string
	UserAgent       string
	ClientRequestID string
	RequestID       string // ours
	InBatch         bool
	Status          int // 0 while there is no answer, and for ever where none was given
}

// Post is one POST to a reprovision path. At most one of its kind should ever be
// Acted for one approval.
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
	Audience        string // of the token
	Scope           string // roles of an app, scopes of a person
	Arrived         bool   // read whole; false when the client left in the middle of the body
	Acted           bool   // the machine is being wiped
	Answered        bool   // the answer is on the wire
	Status          int    // of the answer; 0 = none was given
}

// Posts is every POST to a reprovision path so far, oldest first.
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

// Calls is every request so far, oldest first.
func (t *Tenant) Calls() []Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Call, len(t.calls))
	for i, c := range t.calls {
		all[i] = *c
	}
	return all
}

// OnCall has the function called in each phase of each request, in the
// goroutine that serves it: the request goes on when it returns. It may call the
// tenant, and it may kill the client. One function at a time; nil takes it away.
func (t *Tenant) OnCall(hook func(c Call, phase string)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hook = hook
}

// phase tells everybody who listens how far a call has come.
func (t *Tenant) phase(c *call, phase string) {
	t.mu.Lock()
	hook, seen := t.hook, *c.Call
	t.tell()
	t.mu.Unlock()
	if hook != nil {
		hook(seen, phase)
	}
}

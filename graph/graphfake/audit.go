package graphfake

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// AuditEvent is one event of the tenant's audit log. Fields that are empty when it is added get a plausible
// value, except CorrelationID, and the actor as far as one is named.
type AuditEvent struct {
	ID            string
	At            time.Time // when it was done; zero = now
	Visible       time.Time // from when on it is shown; zero = AuditLag after At
	Activity      string
	Result        string // success, clientError, failure, timeout
	CorrelationID string // empty = null
	Actor         Actor
	PC            string // id of the machine; empty = no resources
	Name          string // of the machine

	Raw map[string]json.RawMessage // replaces properties, or adds some
}

// Actor is who did what an audit event tells of.
type Actor struct {
	App, AppName string // of the application
	User         string // user principal name; empty for an application alone
}

// intune is the application through which people work in the Intune admin center. The id is made up.
var intune = Actor{App: "5926fc8e-304e-4f59-8bed-58ca97cc39a4", AppName: "Microsoft Intune portal extension"}

// What a correlationId is: Microsoft's page says "the client request ID", and nobody has tested that.
const (
	ClientRequestID = ""     // the client-request-id of the call
	OwnCorrelation  = "own"  // an id of the service's own
	NoCorrelation   = "none" // null
)

// Audit adds an event to the audit log, whether or not anything was done, and returns it with its gaps
// filled.
func (t *Tenant) Audit(e AuditEvent) AuditEvent {
	t.mu.Lock()
	defer t.mu.Unlock()
	e = t.addAudit(e)
	t.tell()
	return e
}

// EraseElsewhere has somebody reprovision a machine past every client of this tenant: in Intune, if the
// actor names no application. It is as if a call had been accepted. The audit log tells of it.
func (t *Tenant) EraseElsewhere(id string, by Actor) AuditEvent {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	m := t.must(id)
	if by.App == "" {
		by.App, by.AppName = intune.App, intune.AppName
	}
	t.start(m, run{})
	e := t.addAudit(AuditEvent{PC: m.ID, Name: m.DisplayName, Actor: by, CorrelationID: guid()})
	t.tell()
	return e
}

// AuditEvents are all events of the log so far, in the order in which they were added.
func (t *Tenant) AuditEvents() []AuditEvent {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.audit)
}

// addAudit adds an event. The caller holds mu.
func (t *Tenant) addAudit(e AuditEvent) AuditEvent {
	if e.At.IsZero() {
		e.At = t.now()
	}
	if e.Visible.IsZero() {
		e.Visible = e.At.Add(t.cfg.AuditLag)
	}
	e.ID, e.Activity, e.Result = or(e.ID, guid()), or(e.Activity, "Reprovision cloudPc"), or(e.Result, "success")
	t.audit = append(t.audit, e)
	return e
}

// audited tells the log of a call that came with a valid token.
func (t *Tenant) audited(c *call, rep *reply) {
	e := AuditEvent{PC: c.PC, Actor: Actor{App: c.bearer.app, AppName: "cloudpc-bot", User: c.bearer.upn}, Result: "success"}
	if c.bearer.app == t.publicClientID {
		e.Actor.AppName = "cloudpc-bot self-service"
	}
	if rep.status != http.StatusNoContent {
		e.Result = "clientError"
	}
	if m := t.find(c.PC); m != nil {
		e.Name = m.DisplayName
	}
	switch t.cfg.Correlation {
	case ClientRequestID:
		e.CorrelationID = c.correlation()
	case OwnCorrelation:
		e.CorrelationID = guid()
	}
	t.addAudit(e)
}

var auditFilter = regexp.MustCompile(`^activityDateTime (ge|gt|le|lt) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$`)

// listAudit answers with one page of the audit log, of v1.0 and beta alike.
func (t *Tenant) listAudit(c *call) *reply {
	if rep := t.authorize(c, false); rep != nil {
		return rep
	}
	takes := []string{"$filter", "$top", "$skiptoken"}
	q, rep := t.query(c, takes...)
	if rep != nil {
		return rep
	}
	matches := func(time.Time) bool { return true }
	if clause, given := q["$filter"]; given {
		m := auditFilter.FindStringSubmatch(clause)
		if m == nil || t.cfg.NoAuditFilter {
			return t.badRequest(c, "Invalid filter clause.")
		}
		than, err := time.Parse(time.RFC3339Nano, m[2])
		if err != nil {
			return t.badRequest(c, "Invalid filter clause: %v", err)
		}
		wanted := map[string][]int{"ge": {0, 1}, "gt": {1}, "le": {0, -1}, "lt": {-1}}[m[1]]
		matches = func(at time.Time) bool { return slices.Contains(wanted, at.Compare(than)) }
	}
	size, after, rep := t.window(c, q)
	if rep != nil {
		return rep
	}
	shown := t.shownAudit(matches)
	begin := min(after, len(shown))
	end := min(begin+size, len(shown))
	value := []any{}
	for _, e := range shown[begin:end] {
		value = append(value, e.properties())
	}
	page := map[string]any{"@odata.context": t.url + "/" + c.Version + "/$metadata#deviceManagement/virtualEndpoint/auditEvents", "value": value}
	if end < len(shown) {
		page["@odata.nextLink"] = t.next(c, takes, q, end)
	}
	return answer(http.StatusOK, page)
}

// shownAudit are the events that the log shows now, as the settings say: in the order in which they became
// visible, or in none; each once or twice.
func (t *Tenant) shownAudit(matches func(time.Time) bool) (shown []AuditEvent) {
	now := t.now()
	for _, e := range t.audit {
		if !e.Visible.After(now) && matches(e.At) {
			shown = append(shown, e)
			if t.cfg.AuditDoubled {
				shown = append(shown, e)
			}
		}
	}
	slices.SortStableFunc(shown, func(a, b AuditEvent) int { return a.Visible.Compare(b.Visible) })
	if t.cfg.AuditShuffled {
		slices.SortStableFunc(shown, func(a, b AuditEvent) int { return cmp.Compare(sum(a.ID), sum(b.ID)) })
	}
	return shown
}

func sum(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // to a hash: never fails
	return h.Sum32()
}

// properties is the event as JSON. Times have an offset, as in Microsoft's example.
func (e AuditEvent) properties() map[string]any {
	resources := []any{}
	if e.PC != "" {
		resources = append(resources, map[string]any{"displayName": text(e.Name), "resourceId": e.PC, "modifiedProperties": []any{}})
	}
	all := map[string]any{
		"id": e.ID, "displayName": strings.ToUpper(e.Activity[:1]) + e.Activity[1:], "componentName": "CloudPC", "activity": nil,
		"activityDateTime": e.At.In(time.FixedZone("", 8*60*60)).Format("2006-01-02T15:04:05.0000000Z07:00"),
		"activityType":     e.Activity, "activityOperationType": "create", "activityResult": e.Result, "category": "cloudPC",
		"correlationId": text(e.CorrelationID), "resources": resources,
		"actor": map[string]any{
			"type": "ItPro", "userPermissions": []any{}, "applicationId": text(e.Actor.App), "applicationDisplayName": text(e.Actor.AppName),
			"userPrincipalName": text(e.Actor.User), "servicePrincipalName": nil, "ipAddress": nil, "userId": nil,
		},
	}
	for name, raw := range e.Raw {
		all[name] = raw
	}
	return all
}

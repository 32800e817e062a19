package graph

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"time"

	"cloudpc-bot/bot/cooldown"
)

const (
	opAudit     = "read audit events"
	auditFilter = "audit filter" // key in Client.poorer: the filter of audit events was refused
)

// AuditEvent is what the tenant's audit log says of one call to Windows 365. Anything but the id may be
// missing (learn.microsoft.com/graph/api/resources/cloudpcauditevent).
type AuditEvent struct {
	ID            string
	At            time.Time // when it was done, by Graph's clock; zero = Graph does not say, or unreadably
	Activity      string    // what was done, in the service's words, which Microsoft does not list
	Result        AuditResult
	CorrelationID string // "the client request ID"; whether it is the client-request-id that the caller sent is not known
	App           string // id of the application that did it
	AppName       string
	User          string // user principal name of the person, or the name of the service principal, that did it
	Resources     []AuditResource
}

// AuditResource is something that an audit event is about, such as a Cloud PC.
type AuditResource struct{ ID, Name string }

// AuditResult is how a call ended, in Graph's words.
type AuditResult string

// The results that Microsoft documents. It shows that a call was accepted, and nothing of the run that follows.
const (
	AuditSuccess     AuditResult = "success"
	AuditClientError AuditResult = "clientError"
	AuditFailure     AuditResult = "failure"
	AuditTimeout     AuditResult = "timeout"
)

// Reprovision reports whether the event is about reprovisioning. Microsoft documents no names of
// activities. Others have seen "Reprovision cloudPc" in activity and in activityType
// (github.com/Windows365Management/PSCloudPC), so the word counts wherever it stands.
func (e AuditEvent) Reprovision() bool {
	return strings.Contains(strings.ToLower(e.Activity), "reprovision")
}

// auditRow is the wire format of an AuditEvent.
type auditRow struct {
	ID            text   `json:"id"`
	DisplayName   text   `json:"displayName"`
	Activity      text   `json:"activity"`
	ActivityType  text   `json:"activityType"`
	At            moment `json:"activityDateTime"`
	Result        text   `json:"activityResult"`
	CorrelationID text   `json:"correlationId"`
	Actor         lenient[struct {
		App     text `json:"applicationId"`
		AppName text `json:"applicationDisplayName"`
		User    text `json:"userPrincipalName"`
		Service text `json:"servicePrincipalName"`
	}] `json:"actor"`
	Resources lenient[[]lenient[struct {
		ID   text `json:"resourceId"`
		Name text `json:"displayName"`
	}]] `json:"resources"`
}

func (r auditRow) event() AuditEvent {
	actor := r.Actor.v
	e := AuditEvent{
		ID: r.ID.v, At: r.At.Time, Activity: activity(r.Activity.v, r.ActivityType.v, r.DisplayName.v), CorrelationID: identity(r.CorrelationID.v),
		Result: spelled(AuditResult(r.Result.v), AuditSuccess, AuditClientError, AuditFailure, AuditTimeout),
		App:    identity(actor.App.v), AppName: actor.AppName.v, User: cmp.Or(actor.User.v, actor.Service.v),
	}
	for _, of := range r.Resources.v {
		if id := identity(of.v.ID.v); id != "" {
			e.Resources = append(e.Resources, AuditResource{id, of.v.Name.v})
		}
	}
	return e
}

// activity is the first of an event's names that tells of a reprovision, else the first that is there.
func activity(names ...string) string {
	for _, name := range names {
		if (AuditEvent{Activity: name}).Reprovision() {
			return name
		}
	}
	return cmp.Or(names...)
}

// AuditEvents reads the tenant's audit events of Windows 365 since a time, in Graph's order, which is not
// documented, from v1.0 with CloudPC.Read.All (learn.microsoft.com/graph/api/virtualendpoint-list-auditevents).
// An event without a readable id is left out, one without a readable time is not. Half a list is an error.
//
// The log keeps events for 7 days (learn.microsoft.com/windows-365/enterprise/get-cloud-pc-audit-logs). How
// late it shows them is not documented, so what is missing proves nothing. The filter by time is a courtesy to Graph: where it is
// refused, all events are read, and whatever comes is filtered again here.
func (c *Client) AuditEvents(ctx context.Context, since time.Time) ([]AuditEvent, error) {
	address := c.url(v1, "deviceManagement", "virtualEndpoint", "auditEvents")
	if c.poorer.Left(auditFilter) == 0 {
		filter := url.Values{"$filter": {"activityDateTime ge " + since.UTC().Format("2006-01-02T15:04:05Z")}}
		found, err := c.auditPages(ctx, address+"?"+strings.ReplaceAll(filter.Encode(), "+", "%20"), since)
		if !refused(err) {
			return found, err
		}
		c.poorer.Begin(auditFilter, cooldown.Longest)
	}
	return c.auditPages(ctx, address, since)
}

// auditPages reads the events at an address and on the pages after it.
func (c *Client) auditPages(ctx context.Context, next string, since time.Time) (found []AuditEvent, err error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for seen := map[string]bool{}; next != ""; {
		var got struct {
			Value    *[]lenient[auditRow] `json:"value"`
			NextLink string               `json:"@odata.nextLink"`
		}
		if err := c.get(ctx, opAudit, all, auditKey, next, &got); err != nil {
			return nil, err
		}
		if got.Value == nil {
			return nil, odd(opAudit, all, notJSON)
		}
		for _, row := range *got.Value {
			if e := row.v.event(); e.ID != "" && (e.At.IsZero() || !e.At.Before(since)) {
				found = append(found, e)
			}
		}
		seen[next] = true
		if err := c.checkLink(opAudit, all, "audit events", got.NextLink, seen); err != nil {
			return nil, err
		}
		next = got.NextLink
	}
	return found, nil
}

package execute

import (
	"context"
	"time"

	"cloudpc-bot/graph"
)

// Fleet is the Cloud PCs of the tenant. Errors are those of package graph.
type Fleet interface {
	CloudPC(ctx context.Context, id string) (graph.CloudPC, error)
	// CloudPCs reads several at once, and returns for each id, in order, what CloudPC would.
	CloudPCs(ctx context.Context, ids []string) []graph.Reading
	// Find lists the Cloud PCs of which this is a name, an id, a device's id or the user.
	Find(ctx context.Context, what string) ([]graph.Match, error)
	// FindUser is Find by the user alone.
	FindUser(ctx context.Context, upn string) ([]graph.Match, error)
	// Inspect reads one that was found, its policy, whether somebody is signed in, and the user's others,
	// with one call. The error is about the machine; the others are read as far as that is possible.
	Inspect(ctx context.Context, m graph.Match) (graph.Inspection, error)
	// List reads all Cloud PCs of the tenant.
	List(ctx context.Context) ([]graph.Listed, error)
	// Recheck reads a Cloud PC and its policy with one call.
	Recheck(ctx context.Context, id, policyID string) (pc graph.CloudPC, p graph.Policy, policyMissing bool, err error)
	// Image reads what a policy installs.
	Image(ctx context.Context, imageType, id string) (graph.Image, error)
	// AuditEvents reads the tenant's audit events since a time.
	AuditEvents(ctx context.Context, since time.Time) ([]graph.AuditEvent, error)
	// Access is what the bot's own token says, such as the id of its application.
	Access(ctx context.Context) (graph.Access, error)
	// Policy reads a provisioning policy: what machines are built from.
	Policy(ctx context.Context, id string) (graph.Policy, error)
	// Reprovision wipes the Cloud PC. It sends one HTTP request and never repeats it, because
	// the call cannot be undone; graph.OutcomeOf tells what its error proves.
	Reprovision(ctx context.Context, id string, b graph.Build) error
}

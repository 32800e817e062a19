package execute

import (
	"context"

	"cloudpc-bot/graph"
)

// Fleet is the tenant's Cloud PCs. Errors are those of package graph.
type Fleet interface {
	CloudPC(ctx context.Context, id string) (graph.CloudPC, error)
	// CloudPCs reads several at once, and returns for each id what CloudPC would have.
	CloudPCs(ctx context.Context, ids []string) []graph.Reading
	// ByName lists the Cloud PCs that bear exactly this name.
	ByName(ctx context.Context, name string) ([]graph.CloudPC, error)
	// Policy is what a machine will be built by.
	Policy(ctx context.Context, id string) (graph.Policy, error)
	// Reprovision wipes the Cloud PC. It sends one request and never repeats it;
	// graph.OutcomeOf tells what its error proves.
	Reprovision(ctx context.Context, id string, b graph.Build) error
}

package doctor

import (
	"context"
	"errors"

	"cloudpc-bot/graph"
)

// reach reads one Cloud PC from Graph, in each version that the bot uses.
func reach(ctx context.Context, client *graph.Client, beta bool) []Finding {
	some, err := client.Reach(ctx, false)
	if err != nil {
		return []Finding{failed("graph", err, cureOf(err))}
	}
	found := []Finding{fine("graph", "Graph v1.0 shows the tenant's Cloud PCs")}
	if !some {
		found = []Finding{{Level: Warn, Subject: "graph", Text: "Graph v1.0 answers, and shows no Cloud PC in this tenant",
			Cure: "if the tenant has some, check AZURE_TENANT_ID; else assign a Windows 365 licence and a provisioning policy"}}
	}
	if !beta {
		return append(found, fine("graph", "GRAPH_BETA=false: Graph beta is not used, so cards do not show a machine's status"))
	}
	if _, err := client.Reach(ctx, true); err != nil {
		f := failed("graph", err, "set GRAPH_BETA=false if beta stays out of reach; the bot then cannot show a machine's status")
		f.Level, f.Text = Warn, "Graph beta does not answer: "+f.Text
		return append(found, f)
	}
	return append(found, fine("graph", "Graph beta answers"))
}

// cureOf is what to do about an error of Graph's.
func cureOf(err error) string {
	e, _ := errors.AsType[*graph.Error](err)
	switch {
	case errors.Is(err, graph.ErrForbidden):
		return consent
	case e != nil && e.Foreign:
		return "let this machine through to GRAPH_URL: a proxy, a filter or a sign-in page answered in Graph's place (HTTPS_PROXY)"
	case errors.Is(err, graph.ErrUnauthorized):
		return "check that GRAPH_URL, AZURE_AUTHORITY_HOST and AZURE_TENANT_ID are of one cloud"
	case errors.Is(err, graph.ErrThrottled):
		return "run doctor again in a few minutes"
	}
	return "check that this machine reaches GRAPH_URL (HTTPS_PROXY, CA_CERTS), and run doctor again"
}

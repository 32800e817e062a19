package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cloudpc-bot/graph"
)

// mostProtected is how many ids of PROTECTED are looked up.
const mostProtected = 20

// protected looks up the ids of PROTECTED: one that nothing has protects nothing. A user principal name is
// not looked up, since it may be about a machine that is still to come. Nothing is said of what Graph
// does not answer.
func protected(ctx context.Context, client *graph.Client, ids []string) (found []Finding) {
	n := 0
	for _, id := range ids {
		id = strings.TrimSpace(id)
		if !guid.MatchString(id) {
			continue
		}
		if n++; n > mostProtected {
			return append(found, Finding{Level: Warn, Subject: "graph", Text: fmt.Sprintf("of the ids on PROTECTED only the first %d were looked up", mostProtected),
				Cure: "check the others in the Intune admin center"})
		}
		if _, err := client.Policy(ctx, id); !errors.Is(err, graph.ErrNotFound) {
			continue
		}
		if _, err := client.CloudPC(ctx, id); errors.Is(err, graph.ErrNotFound) {
			found = append(found, Finding{Level: Warn, Subject: "graph", Text: fmt.Sprintf("%s on PROTECTED: the tenant has no provisioning policy and no Cloud PC with this id", id),
				Cure: "copy the id from the address of its page in the Intune admin center, or take it off the list"})
		}
	}
	return found
}

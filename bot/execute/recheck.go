package execute

import (
	"context"
	"strings"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// recheck reads the machine of an approved request once more, and compares it with what was
// approved. The cause no voids the approval. The cause passes is an obstacle that goes away by
// itself: the caller waits, and the machine is compared when it is gone. An error may pass.
func (e *Executor) recheck(ctx context.Context, r ledger.Request) (now ledger.Target, no, passes *ledger.Cause, err error) {
	pc, policy, _, err := e.Fleet.Recheck(ctx, r.Target.ID, r.Target.PolicyID)
	if err != nil {
		return now, nil, nil, err
	}
	switch {
	case !pc.Beta && r.Target.Status != "": // v1.0 shows neither a run under way nor the status
		return now, nil, &ledger.Cause{Code: ledger.NoStatus}, nil
	case pc.LastAction.UnderWay(): // started by anybody, for example in the admin center: never start a second one beside it
		return now, nil, &ledger.Cause{Code: ledger.UnderWay, Detail: strings.ToLower(string(pc.LastAction.State))}, nil
	case pc.Beta && (pc.Status.Passes() || pc.Status == "" || pc.Status == graph.UnknownStatus):
		return now, nil, &ledger.Cause{Code: ledger.PassingState, Detail: string(pc.Status)}, nil
	}
	now = targetOf(pc, policy)
	if len(r.Target.Diff(now)) > 0 {
		// It may have come under another policy, or the approved one may have been read from v1.0, where
		// beta failed: beta may word it in another way. What is compared is the policy that counts.
		if now, _, err = e.withPolicy(ctx, pc); err != nil {
			return now, nil, nil, err
		}
	}
	if what := e.Protected.names(now); what != "" {
		return now, &ledger.Cause{Code: ledger.Protected, Detail: what}, nil, nil
	}
	if changes := r.Target.Diff(now); len(changes) > 0 {
		var parts []string
		for _, c := range changes {
			parts = append(parts, c.What+": "+orNone(c.Before)+" → "+orNone(c.After))
		}
		return now, &ledger.Cause{Code: ledger.Drift, Detail: strings.Join(parts, "; ")}, nil, nil
	}
	if pc.Beta && !pc.Status.AllowsReprovision() {
		no := wrongState(pc)
		return now, &no, nil, nil
	}
	return now, nil, nil, nil
}

// missMachine handles a machine that Graph does not have. The approval is voided only if Graph says
// so again at least 30 pauses later: one wrong answer of Graph must not end a request.
func (e *Executor) missMachine(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	now := e.Requests.Store.Now()
	again := 30 * e.Worker.Pause
	return e.Requests.Replace(ctx, r, func(r *ledger.Revision) error {
		if !r.Missing.IsZero() && now.Sub(r.Missing) >= again {
			return r.Void(ledger.Cause{Code: ledger.NoSuchPC, Detail: words.MachineName(r.Request)}, now)
		}
		return r.Miss(now.Add(again), now)
	})
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

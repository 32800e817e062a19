package execute

import (
	"context"
	"errors"
	"strings"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// wrongState is the cause of a machine whose status forbids a reprovision, with the end of a grace
// period.
func wrongState(pc graph.CloudPC) ledger.Cause {
	c := ledger.Cause{Code: ledger.WrongState, Detail: string(pc.Status)}
	if pc.Status == graph.InGracePeriod {
		c.Until = pc.GraceEnd
	}
	return c
}

// unfinished is the machine's last request that may have wiped it, if the end of that was never
// seen; otherwise it is empty.
func (e *Executor) unfinished(ctx context.Context, target string) (ledger.ID, error) {
	for r, err := range e.Requests.Store.Find(ctx, ledger.Query{Target: target}) {
		switch {
		case err != nil:
			return "", err
		case r.State == ledger.Failed && (r.Failure == ledger.Unfinished || r.Failure == ledger.Unproven):
			return r.ID, nil
		case r.State == ledger.Succeeded, r.State == ledger.Failed && r.Failure == ledger.ByBuild:
			return "", nil
		}
	}
	return "", nil
}

// find asks Graph for the machine that the order names. A cause says why the request must be refused:
// no machine or several have the name, or the bot may not look. An error may pass.
func (e *Executor) find(ctx context.Context, r ledger.Request) (graph.CloudPC, *ledger.Cause, error) {
	id := r.Order.PC
	if !r.Order.ByID() {
		all, err := e.Fleet.Find(ctx, r.Order.PC)
		switch {
		case errors.Is(err, graph.ErrForbidden):
			c := causeOf(err)
			return graph.CloudPC{}, &c, nil
		case err != nil:
			return graph.CloudPC{}, nil, err
		case len(all) == 0:
			return graph.CloudPC{}, &ledger.Cause{Code: ledger.NoSuchPC, Detail: r.Order.PC}, nil
		case len(all) > 1:
			var ids []string
			for _, pc := range all {
				ids = append(ids, pc.ID)
			}
			return graph.CloudPC{}, &ledger.Cause{Code: ledger.ManyPCs, Detail: strings.Join(ids, ", ")}, nil
		}
		id = all[0].ID
	}
	pc, err := e.Fleet.CloudPC(ctx, id)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return pc, &ledger.Cause{Code: ledger.NoSuchPC, Detail: r.Order.PC}, nil
	case errors.Is(err, graph.ErrForbidden):
		c := causeOf(err)
		return pc, &c, nil
	}
	return pc, nil, err
}

// inspect reads everything that an approval is bound to: the machine as it is, and what its policy
// would build now. If there is no policy, or it no longer exists, only the machine is left.
func (e *Executor) inspect(ctx context.Context, pc graph.CloudPC) (ledger.Target, error) {
	t := targetOf(pc)
	if t.PolicyID == "" {
		return t, nil
	}
	p, err := e.Fleet.Policy(ctx, t.PolicyID)
	if errors.Is(err, graph.ErrNotFound) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.NewImage, t.Region, t.Join = strings.TrimSpace(p.Image+" "+p.ImageID), p.Region, p.Join
	return t, nil
}

// targetOf is what the ledger keeps of a machine.
func targetOf(pc graph.CloudPC) ledger.Target {
	return ledger.Target{
		ID: pc.ID, Name: pc.Name, DeviceName: pc.DeviceName, User: pc.UserPrincipalName,
		PolicyID: pc.PolicyID, Policy: pc.PolicyName, PlanID: pc.PlanID, Plan: pc.PlanName,
		Image: pc.Image, Connection: pc.Connection,
		ManagedDeviceID: pc.ManagedDeviceID, AADDeviceID: pc.AADDeviceID,
		Provisioned: pc.Provisioned, Status: string(pc.Status), LastAction: pc.LastAction.Started,
		Shared: pc.Shared(), Group: pc.GroupName, Power: pc.PowerState, OS: pc.OSVersion, Account: pc.UserAccountType,
	}
}

package execute

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
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

// search is what a search found: one machine, and by what, or several to pick from.
type search struct {
	match   graph.Match // as far as the search shows it
	what    string      // what was looked for
	by      ledger.FoundBy
	several []ledger.Choice
}

// errSlackSilent says that Slack did not tell the e-mail address of a mentioned person.
var errSlackSilent = errors.New("execute: Slack did not tell a person's e-mail address")

// mostPicks is how many machines a requester is shown to pick from: as many as a message shows well.
const mostPicks = 10

// find looks for the machine that the order names, unless one was picked. A cause says why the request
// must be refused: nothing or too much fits, or the bot may not look. An error may pass.
func (e *Executor) find(ctx context.Context, r ledger.Request) (search, *ledger.Cause, error) {
	if r.Picked != "" {
		picked := graph.Match{CloudPC: graph.CloudPC{ID: r.Picked}}
		return search{match: picked, what: words.MachineName(r), by: ledger.ByPick}, nil, nil
	}
	what, no, err := e.wanted(ctx, r)
	if no != nil || err != nil {
		return search{}, no, err
	}
	look := e.Fleet.Find
	if r.Order.Person != "" { // a mention is a person, and never the name of a machine
		look = e.Fleet.FindUser
	}
	all, err := look(ctx, what)
	switch {
	case errors.Is(err, graph.ErrForbidden):
		c := causeOf(err)
		return search{}, &c, nil
	case err != nil:
		return search{}, nil, err
	case len(all) == 0:
		return search{}, &ledger.Cause{Code: ledger.NoSuchPC, Detail: what}, nil
	case len(all) > mostPicks:
		return search{}, &ledger.Cause{Code: ledger.ManyPCs, Detail: strconv.Itoa(len(all))}, nil
	case len(all) > 1:
		several, err := e.choices(ctx, all)
		return search{several: several}, nil, err
	}
	return search{match: all[0], what: what, by: foundBy(all[0].By, r)}, nil, nil
}

// wanted is what to look for: what was typed or, if that mentions a person, their e-mail address, which
// where both come from one directory is also their user principal name.
func (e *Executor) wanted(ctx context.Context, r ledger.Request) (string, *ledger.Cause, error) {
	if r.Order.Person == "" {
		return r.Order.PC, nil, nil
	}
	email, err := e.Judge.Directory.Email(ctx, auth.Person{Org: r.Requester.Org, ID: r.Order.Person}, true)
	var lacks *causes.MissingScopeError
	switch {
	case errors.As(err, &lacks):
		c := ledger.MissingScope(lacks.Needed)
		return "", &c, nil
	case err != nil:
		e.Requests.LogOf(r).Warn("Slack did not tell the e-mail address of a person", "person", r.Order.Person, "error", err)
		return "", nil, errors.Join(errSlackSilent, err)
	case email == "":
		return "", &ledger.Cause{Code: ledger.NoEmail, Detail: r.Order.PC}, nil
	}
	return email, nil, nil
}

// choices reads the machines among which the requester picks, for what tells them apart.
func (e *Executor) choices(ctx context.Context, all []graph.Match) (out []ledger.Choice, err error) {
	var ids []string
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	for i, reading := range e.Fleet.CloudPCs(ctx, ids) {
		pc := reading.CloudPC
		if reading.Err != nil { // it may be gone, or not readable now: what the search showed is enough to pick it
			pc = all[i].CloudPC
		}
		out = append(out, choiceOf(pc))
	}
	return out, ctx.Err()
}

func choiceOf(pc graph.CloudPC) ledger.Choice {
	return ledger.Choice{ID: pc.ID, Name: pc.Name, Device: pc.DeviceName, User: pc.UserPrincipalName, Plan: pc.PlanName, Status: string(pc.Status), Changed: pc.LastModified}
}

// foundBy is by what a machine was found, as the ledger keeps it.
func foundBy(by []graph.Field, r ledger.Request) ledger.FoundBy {
	if r.Order.Person != "" {
		return ledger.ByProfile
	}
	for _, f := range by {
		if kept, ok := map[graph.Field]ledger.FoundBy{
			graph.ByID: ledger.ByID, graph.ByName: ledger.ByName, graph.ByDevice: ledger.ByDevice,
			graph.ByManagedDevice: ledger.ByManaged, graph.ByEntraDevice: ledger.ByEntra, graph.ByUser: ledger.ByUser,
		}[f]; ok {
			return kept
		}
	}
	return ""
}

// withPolicy reads what the machine's policy would build now, which an approval is bound to as well. If
// there is no policy, or it no longer exists, only the machine is left.
func (e *Executor) withPolicy(ctx context.Context, pc graph.CloudPC) (ledger.Target, graph.Policy, error) {
	if pc.PolicyID == "" {
		return targetOf(pc, graph.Policy{}), graph.Policy{}, nil
	}
	p, err := e.Fleet.Policy(ctx, pc.PolicyID)
	if errors.Is(err, graph.ErrNotFound) {
		p, err = graph.Policy{}, nil
	}
	return targetOf(pc, p), p, err
}

// targetOf is what the ledger keeps of a machine, and of what its policy would build now.
func targetOf(pc graph.CloudPC, p graph.Policy) ledger.Target {
	return ledger.Target{
		NewImage: strings.TrimSpace(p.Image + " " + p.ImageID), Region: p.Region, Join: p.Join,
		ID: pc.ID, Name: pc.Name, DeviceName: pc.DeviceName, User: pc.UserPrincipalName,
		PolicyID: pc.PolicyID, Policy: pc.PolicyName, PlanID: pc.PlanID, Plan: pc.PlanName,
		Image: pc.Image, Connection: pc.Connection,
		ManagedDeviceID: pc.ManagedDeviceID, AADDeviceID: pc.AADDeviceID,
		Provisioned: pc.Provisioned, Status: string(pc.Status), LastAction: pc.LastAction.Started,
		Shared: pc.Shared(), Group: pc.GroupName, Power: pc.PowerState, OS: pc.OSVersion, Account: pc.UserAccountType,
	}
}

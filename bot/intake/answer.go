package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

// The answers to all commands except reprovision.

// viewer is the person who asks, and how much they may see: admins see all requests, others their own.
type viewer struct {
	auth.Person
	all    bool
	own    bool   // they may request a machine of their own, and no other
	former string // an earlier id of the viewer's organisation, under which their requests may be stored; empty = none
}

// may narrows a query to what the viewer may see.
func (by viewer) may(q ledger.Query) ledger.Query {
	if !by.all {
		q.Requester, q.Former = by.Person, by.former
	}
	return q
}

// mayHear leaves out the budgets of others, unless the viewer may see all.
func (by viewer) mayHear(spent []ledger.Spending) []ledger.Spending {
	before := auth.Person{Org: by.former, ID: by.ID}
	return slices.DeleteFunc(spent, func(s ledger.Spending) bool {
		return !by.all && !s.Of.IsZero() && s.Of != by.Person && s.Of != before
	})
}

// query answers list, status and history.
func (i *Intake) query(ctx context.Context, by viewer, o command.Order) Response {
	switch {
	case o.Verb == command.History && o.PC != "":
		return i.machine(ctx, by, o.PC, 1)
	case o.Verb == command.History:
		return i.history(ctx, by, 1)
	case o.Request != "":
		response := i.status(ctx, by, ledger.ID(o.Request), 1)
		if response.Line == words.UnknownRequest(o.Request) {
			response.Line += words.OrMachine()
		}
		return response
	case o.PC != "":
		return i.statusOf(ctx, by, o.PC)
	}
	return i.list(ctx, by, 1)
}

// list answers with a page of the digest: what holds requests up, and those that have not ended, the most
// urgent first, then the oldest.
func (i *Intake) list(ctx context.Context, by viewer, at int) Response {
	all, err := i.Requests.Find(ctx, by.may(ledger.Query{Live: true}))
	if err != nil {
		return i.ledgerDown(err)
	}
	brakes, err := i.Requests.Store.Brakes(ctx)
	if err != nil {
		return i.ledgerDown(err)
	}
	spent, err := i.Requests.Store.Spent(ctx)
	if err != nil {
		return i.ledgerDown(err)
	}
	d := words.Digest{Brakes: brakes, UsedUp: i.Budget.UsedUp(by.mayHear(spent)), Members: map[int]int{}, Admin: by.all, OnlyOwn: by.own, Now: i.Requests.Store.Now()}
	for _, r := range all {
		d.Members[words.Urgency(r)]++
	}
	slices.SortStableFunc(all, func(x, y ledger.Request) int {
		return cmp.Or(cmp.Compare(words.Urgency(x), words.Urgency(y)), x.Asked.Compare(y.Asked))
	})
	shown, at := onPage(all, at)
	var runs []ledger.Run
	if slices.ContainsFunc(shown, func(r ledger.Request) bool { return r.State == ledger.Provisioning }) {
		if runs, err = i.Requests.Store.Runs(ctx, ledger.RunsForAnEstimate); err != nil {
			return i.ledgerDown(err)
		}
	}
	for _, r := range shown {
		if r.State == ledger.Approved {
			r.Expires = i.Requests.ApprovalEnds(r)
		}
		d.Shown = append(d.Shown, words.Entry{Request: r, Card: notify.CardLink(i.Outbox, r), Usual: ledger.UsualOf(r, runs)})
	}
	response := Response{Line: words.List(d)}
	if len(all) > 0 {
		addTurns(&response, page{of: shown[0].ID, list: ofLive, at: at}, len(all), false)
	}
	return response
}

// cancel cancels a request by command.
func (i *Intake) cancel(ctx context.Context, a Ask, id ledger.ID) Response {
	r, err := i.Requests.Store.Get(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return Response{Line: words.UnknownRequest(string(id))}
	case err != nil:
		return i.ledgerDown(err)
	}
	a.By = i.Judge.AsIn(r, a.By)
	v := i.Judge.Judge(ctx, auth.Attempt{By: a.By, Act: auth.Cancel, Requester: r.Requester}, a.Channel)
	if !v.Allowed {
		i.Requests.RecordRefusal(ctx, r, a.By, auth.Cancel, v)
		return Response{Line: words.MayNot(v)}
	}
	r, err = i.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.Cancel(a.By, i.Requests.Store.Now()) })
	if err != nil {
		response := i.replyTo(r, err)
		if response.Line == "" {
			response = Response{Line: words.LedgerDown()}
		}
		return response
	}
	return Response{Line: words.Cancelled(r)}
}

// freeze pulls the brakes. The answer lists the calls that have already gone out and cannot be
// stopped.
func (i *Intake) freeze(ctx context.Context, by auth.Person, why string) Response {
	before, err := i.Requests.Store.Freeze(ctx, by, why)
	if err != nil {
		return i.ledgerDown(err)
	}
	var out []ledger.Request
	for r, err := range i.Requests.Store.Find(ctx, ledger.Query{Live: true}) {
		if err != nil {
			return i.ledgerDown(err)
		}
		switch r.State {
		case ledger.Submitting, ledger.Unconfirmed, ledger.Provisioning:
			out = append(out, r)
		}
	}
	i.Log.Warn("an admin froze all reprovisioning", "by", by.ID, "reason", why, "already", before.Frozen)
	return Response{Line: words.FrozenNow(before, out)}
}

func (i *Intake) unfreeze(ctx context.Context, by auth.Person) Response {
	before, err := i.Requests.Store.Unfreeze(ctx)
	if err != nil {
		return i.ledgerDown(err)
	}
	i.Log.Warn("an admin unfroze reprovisioning", "by", by.ID)
	i.Worker.Wake(ledger.JobStep)
	return Response{Line: words.Unfrozen(before)}
}

func (i *Intake) ledgerDown(err error) Response {
	i.Log.Error("the ledger did not answer a command or press", "error", err)
	return Response{Line: words.LedgerDown()}
}

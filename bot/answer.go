package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// What commands other than a wish for a machine are answered with.

// reader is who wants to know: admins see all requests, others their own.
type reader struct {
	auth.Person
	all    bool
	former string // the organisation's id before it had its present one
}

// may narrows a query to what the reader may see.
func (by reader) may(q ledger.Query) ledger.Query {
	if !by.all {
		q.Requester, q.Former = by.Person, by.former
	}
	return q
}

// look answers list, status and history.
func (b *Bot) look(ctx context.Context, by reader, o command.Order) intake.Receipt {
	switch {
	case o.Verb == command.History && o.PC != "":
		return b.machine(ctx, by, o.PC, 1)
	case o.Verb == command.History:
		return b.history(ctx, by, 1)
	case o.Request != "":
		receipt := b.status(ctx, by, ledger.ID(o.Request), 1)
		if receipt.Line == words.UnknownRequest(o.Request) {
			receipt.Line += words.OrMachine()
		}
		return receipt
	case o.PC != "":
		return b.statusOf(ctx, by, o.PC)
	}
	return b.list(ctx, by, 1)
}

// list answers what is under way.
func (b *Bot) list(ctx context.Context, by reader, at int) intake.Receipt {
	all, err := b.found(ctx, by.may(ledger.Query{Live: true}))
	if err != nil {
		return b.unread(err)
	}
	slices.SortStableFunc(all, func(x, y ledger.Request) int { return cmp.Compare(urgency(x), urgency(y)) })
	brakes, err := b.Store.Brakes(ctx)
	if err != nil {
		return b.unread(err)
	}
	shown, at := onPage(all, at)
	var lines []words.Line
	for _, r := range shown {
		lines = append(lines, words.LiveLine(r, b.cardLink(r)))
	}
	receipt := intake.Receipt{Line: words.List(lines, brakes, by.all)}
	if len(all) > 0 {
		addTurns(&receipt, page{of: shown[0].ID, list: ofLive, at: at}, len(all), false)
	}
	return receipt
}

// found collects what a query yields.
func (b *Bot) found(ctx context.Context, q ledger.Query) (all []ledger.Request, err error) {
	for r, err := range b.Store.Find(ctx, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// urgency puts first what stands open and what people have to look at.
func urgency(r ledger.Request) int {
	switch {
	case r.State == ledger.Unconfirmed, !r.Submission.Overdue.IsZero():
		return 0
	case r.State == ledger.Pending:
		return 1
	}
	return 2
}

// cancel takes a request back by command.
func (b *Bot) cancel(ctx context.Context, a intake.Ask, id ledger.ID) intake.Receipt {
	r, err := b.Store.Get(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return intake.Receipt{Line: words.UnknownRequest(string(id))}
	case err != nil:
		return b.unread(err)
	}
	a.By = b.asIn(r, a.By)
	v := b.judge(ctx, auth.Attempt{By: a.By, Act: auth.Cancel, Requester: r.Requester}, a.Channel, false)
	if !v.Allowed {
		b.repel(ctx, r, a.By, auth.Cancel, v)
		return intake.Receipt{Line: words.MayNot(v)}
	}
	r, err = b.change(ctx, r, func(r *ledger.Request) error { return r.Cancel(a.By, b.Store.Now()) })
	if err != nil {
		receipt := b.settled(r, err)
		if receipt.Line == "" {
			receipt = intake.Receipt{Line: words.LedgerDown()}
		}
		return receipt
	}
	return intake.Receipt{Line: words.Cancelled(r)}
}

// freeze stops every call that is not out yet, and says which are.
func (b *Bot) freeze(ctx context.Context, by auth.Person, why string) intake.Receipt {
	before, err := b.Store.Freeze(ctx, by, why)
	if err != nil {
		return b.unread(err)
	}
	var out []ledger.Request
	for r, err := range b.Store.Find(ctx, ledger.Query{Live: true}) {
		if err != nil {
			return b.unread(err)
		}
		switch r.State {
		case ledger.Submitting, ledger.Unconfirmed, ledger.Provisioning:
			out = append(out, r)
		}
	}
	b.Log.Warn("frozen", "by", by.ID, "why", why, "already", before.Frozen)
	return intake.Receipt{Line: words.FrozenNow(before, out)}
}

func (b *Bot) unfreeze(ctx context.Context, by auth.Person) intake.Receipt {
	before, err := b.Store.Unfreeze(ctx)
	if err != nil {
		return b.unread(err)
	}
	b.Log.Warn("unfrozen", "by", by.ID)
	wake(b.deeds)
	return intake.Receipt{Line: words.Unfrozen(before)}
}

func (b *Bot) unread(err error) intake.Receipt {
	b.Log.Error("ledger not read", "error", err)
	return intake.Receipt{Line: words.LedgerDown()}
}

package bot

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// What commands other than a wish for a machine are answered with.

// shown is how many requests one answer lists.
const shown = 20

// look answers list and status: admins see all, requesters their own.
func (b *Bot) look(ctx context.Context, a Ask, o command.Order, v auth.Verdict) Receipt {
	admin := v.Reason == auth.IsAdmin
	if o.Request != "" {
		r, err := b.Store.Get(ctx, ledger.ID(o.Request))
		switch {
		case errors.Is(err, ledger.ErrNotFound), err == nil && !admin && r.Requester != a.By:
			return Receipt{Line: unknownRequest(o.Request)}
		case err != nil:
			return b.unread(err)
		}
		return Receipt{Line: oneRequest(r, b.cardLink(r))}
	}
	q := ledger.Query{Live: true}
	if !admin {
		q.Requester = a.By
	}
	var all []ledger.Request
	for r, err := range b.Store.Find(ctx, q) {
		if err != nil {
			return b.unread(err)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(x, y ledger.Request) int { return cmp.Compare(urgency(x), urgency(y)) })
	brakes, err := b.Store.Brakes(ctx)
	if err != nil {
		return b.unread(err)
	}
	lines := make([]Line, 0, shown)
	for _, r := range all[:min(len(all), shown)] {
		lines = append(lines, listed(r, b.cardLink(r)))
	}
	return Receipt{Line: list(lines, len(all), brakes, admin)}
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
func (b *Bot) cancel(ctx context.Context, a Ask, id ledger.ID) Receipt {
	r, err := b.Store.Get(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return Receipt{Line: unknownRequest(string(id))}
	case err != nil:
		return b.unread(err)
	}
	v := b.judge(ctx, auth.Attempt{By: a.By, Act: auth.Cancel, Requester: r.Requester}, a.Channel, false)
	if !v.Allowed {
		b.repel(ctx, r, a.By, auth.Cancel, v)
		return Receipt{Line: mayNot(v)}
	}
	r, err = b.change(ctx, id, func(r *ledger.Request) error { return r.Cancel(a.By, b.Store.Now()) })
	if err != nil {
		receipt := b.settled(r, err)
		if receipt.Line == "" {
			receipt = Receipt{Line: forgetful()}
		}
		return receipt
	}
	return Receipt{Line: cancelled(r)}
}

// freeze stops every call that is not out yet, and says which are.
func (b *Bot) freeze(ctx context.Context, by auth.Person, why string) Receipt {
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
	return Receipt{Line: frozenNow(before, out)}
}

func (b *Bot) unfreeze(ctx context.Context, by auth.Person) Receipt {
	before, err := b.Store.Unfreeze(ctx)
	if err != nil {
		return b.unread(err)
	}
	b.Log.Warn("unfrozen", "by", by.ID)
	b.wake()
	return Receipt{Line: thawed(before)}
}

func (b *Bot) unread(err error) Receipt {
	b.Log.Error("ledger not read", "error", err)
	return Receipt{Line: forgetful()}
}

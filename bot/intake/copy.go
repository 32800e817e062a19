package intake

import (
	"cmp"
	"context"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

// disarm removes the buttons from a second copy of a card. A copy exists when Slack's answer to the
// first post was lost, the bot posted again, and the ledger knows only the later message.
//
// The payload of a press is only a claim about which message was pressed. So disarm leaves alone
// any message that is, or is about to become, the card of a request, and any message that may not
// be the bot's: it has to be in the channel where the request's cards belong, or the payload has to
// say that this bot posted it (own). It is best effort and runs after the press was answered: a
// press on a copy that keeps its buttons is refused, and disarm is tried again then.
func (i *Intake) disarm(ctx context.Context, r ledger.Request, at ledger.Thread, own bool) {
	where := r.Card.Channel
	if r.Card.IsZero() && r.State.Ended() { // it ended before the ledger knew of a card
		where = cmp.Or(i.Channel, r.FromChannel)
	}
	if at.Channel != where && !own { // own: APPROVAL_CHANNEL may have been a different one when the copy was posted
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if used, err := i.used(ctx, at); used || err != nil {
		i.Requests.LogOf(r).Info("the bot left a message alone: it may be the card of a request", "channel", at.Channel, "ts", at.TS, "error", err)
		return
	}
	if err := i.Outbox.Redraw(ctx, at, words.DrawCopy(r, notify.CardLink(i.Outbox, r))); err != nil {
		i.Requests.LogOf(r).Warn("Slack did not remove the buttons from a copy of the card", "channel", at.Channel, "ts", at.TS, "error", err)
	}
}

// used reports whether a message is, or may be about to become, the card of a request. Requests
// whose card is being posted are looked up first: in the other order, a card could be recorded
// between the two queries and be missed by both.
func (i *Intake) used(ctx context.Context, at ledger.Thread) (bool, error) {
	for r, err := range i.Requests.Store.Find(ctx, ledger.Query{Live: true, State: ledger.Resolving}) {
		if err != nil || r.Target.ID != "" {
			return true, err
		}
	}
	for _, err := range i.Requests.Store.Find(ctx, ledger.Query{Card: at, Limit: 1}) {
		return true, err
	}
	return false, nil
}

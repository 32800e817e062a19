package intake

import (
	"cmp"
	"context"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

// disarm takes the buttons from a second copy of a card: the answer to its post was lost, and
// the ledger knows the later one. A press only claims where it was made, so no message is
// touched that is any request's card, or about to be, and none of somebody else's: it stands where
// cards of the request belong, or the payload says that this bot posted it (own). Best effort, behind the press: what
// stays armed is refused and tried again at the next one.
func (i *Intake) disarm(ctx context.Context, r ledger.Request, at ledger.Thread, own bool) {
	where := r.Card.Channel
	if r.Card.IsZero() && r.State.Ended() { // before its card was known to stand
		where = cmp.Or(i.Channel, r.FromChannel)
	}
	if at.Channel != where && !own { // APPROVAL_CHANNEL may have been another one when it was posted
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if used, err := i.used(ctx, at); used || err != nil {
		i.Requests.LogOf(r).Info("message not taken for a copy", "channel", at.Channel, "ts", at.TS, "error", err)
		return
	}
	if err := i.Outbox.Redraw(ctx, at, words.DrawCopy(r, notify.CardLink(i.Outbox, r))); err != nil {
		i.Requests.LogOf(r).Warn("copy of the card not disarmed", "channel", at.Channel, "ts", at.TS, "error", err)
	}
}

// used reports whether a message is somebody's card, for all that is known. Requests that
// are putting theirs up are looked at first: else one could be noted between the two looks.
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

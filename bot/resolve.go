package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
	"cloudpc-bot/graph"
)

// resolve finds the machine, takes it for this request, and puts the card up. What it
// finds missing ends the request before anybody was asked for anything.
func (b *Bot) resolve(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if b.left(r) <= 0 { // nobody expects it any more, and least of all a wipe
		if r.Cause.Code == "" {
			return b.refuse(ctx, r, ledger.Cause{Code: ledger.TooOld})
		}
		return b.refuse(ctx, r, r.Cause)
	}
	if r.Target.ID == "" {
		return b.locate(ctx, r)
	}
	return b.show(ctx, r)
}

// locate finds the one machine that is meant.
func (b *Bot) locate(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	looking, cancel := context.WithTimeout(ctx, b.left(r))
	defer cancel()
	pc, no, err := b.find(looking, r)
	var target ledger.Target
	if err == nil && no == nil {
		target, err = b.inspect(looking, pc)
	}
	switch {
	case err != nil:
		b.log(r).Warn("Graph did not say which machine it is", "error", err)
		return b.tryAgain(ctx, r, trouble(err), retryAfter(err))
	case no != nil:
		return b.refuse(ctx, r, *no)
	case pc.Beta && !pc.Status.AllowsReprovision() && !pc.Status.Passes(): // v1.0 shows no status; Graph itself refuses then
		return b.refuse(ctx, r, wrongState(pc))
	}
	earlier, err := b.unfinished(ctx, target.ID)
	if err != nil {
		return r, err
	}
	next, err := b.swap(ctx, r, func(r *ledger.Request) error {
		r.Earlier = earlier
		return r.Locate(target)
	})
	var taken *ledger.TakenError
	if errors.As(err, &taken) {
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.Taken, Detail: string(taken.By)})
	}
	return next, err
}

// wrongState says that a machine's state forbids it, and until when where Graph says so.
func wrongState(pc graph.CloudPC) ledger.Cause {
	c := ledger.Cause{Code: ledger.WrongState, Detail: string(pc.Status)}
	if pc.Status == graph.InGracePeriod {
		c.Until = pc.GraceEnd
	}
	return c
}

// unfinished is the last request of a machine whose call went out, if its end was never seen.
func (b *Bot) unfinished(ctx context.Context, target string) (ledger.ID, error) {
	for r, err := range b.Store.Find(ctx, ledger.Query{Target: target}) {
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

// find asks Graph for the machine. A cause says that there is not exactly one.
func (b *Bot) find(ctx context.Context, r ledger.Request) (graph.CloudPC, *ledger.Cause, error) {
	id := r.Order.PC
	if !r.Order.ByID() {
		all, err := b.Fleet.ByName(ctx, r.Order.PC)
		switch {
		case errors.Is(err, graph.ErrForbidden):
			c := trouble(err)
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
	pc, err := b.Fleet.CloudPC(ctx, id)
	switch {
	case errors.Is(err, graph.ErrNotFound):
		return pc, &ledger.Cause{Code: ledger.NoSuchPC, Detail: r.Order.PC}, nil
	case errors.Is(err, graph.ErrForbidden):
		c := trouble(err)
		return pc, &c, nil
	}
	return pc, nil, err
}

// show posts the card; from then on the request is told in its thread.
func (b *Bot) show(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	channel := b.Channel
	if channel == "" {
		channel = r.Typed
	}
	switch place, err := b.Directory.Place(ctx, channel, true); {
	case err != nil:
		var lacks *causes.MissingScopeError
		if errors.As(err, &lacks) {
			return b.refuse(ctx, r, ledger.MissingScope(lacks.Needed))
		}
		rest := slackRest(err)
		if rest == 0 {
			b.log(r).Warn("Slack did not say what the card's channel is", "channel", channel, "error", err)
		}
		return b.tryAgain(ctx, r, ledger.Cause{Code: ledger.SlackSilent}, rest)
	case place.Outside, place.Invited:
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.OutsideNow})
	case place.Hidden:
		return b.refuse(ctx, r, b.noPlace(r, "channel_not_found"))
	}
	at := b.Store.Now()
	standing := r
	if r.Needed > 0 { // with its buttons at once; else nothing is said yet of a deed that may never be
		if err := standing.Show(ledger.Thread{Channel: channel}, at, b.lasts(r)); err != nil {
			return r, err
		}
	}
	card := words.Draw(standing)
	posting, cancel := context.WithTimeout(ctx, b.left(r))
	thread, err := b.Outbox.Post(posting, channel, card)
	cancel()
	var no *causes.RefusedError
	var slow *causes.ThrottledError
	switch {
	case errors.As(err, &slow): // its turn comes at its own time
		return b.tryAgain(ctx, r, ledger.Cause{Code: ledger.SlackSilent}, max(slow.After, b.Pause/10))
	case errors.As(err, &no):
		return b.refuse(ctx, r, b.noPlace(r, no.Code))
	case err != nil:
		// It may stand all the same: a press on it within this while shows where.
		b.log(r).Warn("Slack did not say whether it took the card", "error", err)
		return b.tryAgain(ctx, r, ledger.Cause{Code: ledger.SlackSilent}, 5*b.Pause)
	}
	b.heard.drawn(r.ID, r.Events+len(standing.News), card) // if nobody comes in between
	r, err = b.change(ctx, r, func(r *ledger.Request) error {
		defer b.finish(r)
		if r.State == ledger.Resolving && b.left(*r) <= 0 { // it came up too late for anybody to act on
			return r.Refuse(ledger.Cause{Code: ledger.SlackSilent}, b.Store.Now())
		}
		return r.Show(thread, at, b.lasts(*r))
	})
	if err == nil && r.State == ledger.Refused && r.Card != thread {
		return r, b.withdraw(ctx, r, thread)
	}
	var late *ledger.MoveError
	if errors.As(err, &late) && r.Card != thread {
		return r, b.withdraw(ctx, r, thread)
	}
	return r, err
}

// noPlace is the cause of a card that Slack does not take where it belongs. Of a channel that
// whoever runs the bot has set, they hear in the log too, each time.
func (b *Bot) noPlace(r ledger.Request, code string) ledger.Cause {
	c := ledger.Cause{Code: ledger.MayNotPost, Detail: code, Where: b.Channel}
	switch {
	case b.Channel != "":
		b.log(r).Error("Slack does not take cards in APPROVAL_CHANNEL", "channel", b.Channel, "error", code, "cure", words.Cure(c))
	case strings.HasPrefix(r.Typed, "D"):
		c.Code = ledger.OthersChat
	}
	return c
}

// withdraw takes the buttons off a card that does not count, because somebody else put one up
// while this one was being posted. Nobody else knows of it, so it is tried until it is done.
func (b *Bot) withdraw(ctx context.Context, r ledger.Request, second ledger.Thread) error {
	card := words.DrawCopy(r, b.cardLink(r))
	for try := 0; ; try++ {
		err := b.passing(r, b.Outbox.Redraw(ctx, second, card))
		if err == nil || b.stopping.Load() || ctx.Err() != nil {
			return err
		}
		b.log(r).Warn("second card not withdrawn yet", "error", err)
		sleep(ctx, nil, b.pause(try))
	}
}

func (b *Bot) refuse(ctx context.Context, r ledger.Request, c ledger.Cause) (ledger.Request, error) {
	return b.swap(ctx, r, func(r *ledger.Request) error { return r.Refuse(c, b.Store.Now()) })
}

// left is for how long a request may still look for its machine and for a place for its card,
// and for how long a machine may be erased for which no approval is needed.
func (b *Bot) left(r ledger.Request) time.Duration {
	return r.Asked.Add(b.ResolveTimeout).Sub(b.Store.Now())
}

// lasts is for how long a card waits, from now on: without approvals no longer than somebody
// who typed a command expects it to be carried out.
func (b *Bot) lasts(r ledger.Request) time.Duration {
	if r.Needed == 0 {
		return min(b.ApprovalTTL, b.left(r))
	}
	return b.ApprovalTTL
}

// lapses is when an approval is over: at its time, and where none was needed ten minutes after the
// command, also where the ledger has a later time from an earlier version.
func (b *Bot) lapses(r ledger.Request) time.Time {
	if end := r.Asked.Add(b.ResolveTimeout); r.Needed == 0 && end.Before(r.Expires) {
		return end
	}
	return r.Expires
}

// tryAgain goes on trying for as long as a requester can be expected to wait, and not before the
// rest is over that a service asked for.
func (b *Bot) tryAgain(ctx context.Context, r ledger.Request, c ledger.Cause, rest time.Duration) (ledger.Request, error) {
	left := b.left(r)
	if left <= 0 {
		return b.refuse(ctx, r, c)
	}
	if rest == 0 {
		rest = b.pause(r.Tries)
		r.Tries++
	}
	return b.rest(ctx, r, c, min(cooldown.Cap(rest), left))
}

// slackRest is for how long Slack asked to be left alone, zero where it did not.
func slackRest(err error) time.Duration {
	var slow *causes.ThrottledError
	if errors.As(err, &slow) {
		return slow.After
	}
	return 0
}

// inspect is all that an approval of a machine is bound to: the machine as it is, and what
// its policy would make of it now. A policy that is gone, or none, has nothing to bind to.
func (b *Bot) inspect(ctx context.Context, pc graph.CloudPC) (ledger.Target, error) {
	t := targetOf(pc)
	if t.PolicyID == "" {
		return t, nil
	}
	p, err := b.Fleet.Policy(ctx, t.PolicyID)
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

// trouble says in the ledger's words what kept Graph from answering a question.
func trouble(err error) ledger.Cause {
	c := ledger.Cause{Code: ledger.GraphSilent}
	var e *graph.Error
	if errors.As(err, &e) {
		c.Status, c.RequestID, c.Detail, c.Reason = e.Status, e.RequestID, e.Code, e.Message
		switch e.Kind {
		case causes.Foreign:
			c.Code = ledger.Between
			return c
		case causes.SecondAdmin:
			c.Code = ledger.SecondAdmin
			return c
		case causes.NoSuchCall:
			c.Code = ledger.NoSuchCall
			return c
		}
	}
	switch {
	case errors.Is(err, graph.ErrRejected):
		c.Code = ledger.BadIdentity
	case errors.Is(err, graph.ErrNoToken):
		c.Code = ledger.NoToken
	case errors.Is(err, graph.ErrThrottled):
		c.Code = ledger.Throttled
	case errors.Is(err, graph.ErrForbidden):
		c.Code = ledger.Forbidden
	}
	return c
}

package bot

import (
	"context"
	"errors"
	"strings"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// resolve finds the machine, takes it for this request, and puts the card up. What it
// finds missing ends the request before anybody was asked for anything.
func (b *Bot) resolve(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	if r.Target.ID == "" {
		return b.locate(ctx, r)
	}
	return b.show(ctx, r)
}

// locate finds the one machine that is meant.
func (b *Bot) locate(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	pc, no, err := b.find(ctx, r)
	var target ledger.Target
	if err == nil && no == nil {
		target, err = b.inspect(ctx, pc)
	}
	switch {
	case err != nil:
		b.log(r).Warn("machine not found yet", "error", err)
		return b.waitOrRefuse(ctx, r, trouble(err))
	case no != nil:
		return b.refuse(ctx, r, *no)
	case pc.Beta && !pc.Status.AllowsReprovision(): // v1.0 shows no status; Graph itself refuses then
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.WrongState, Detail: string(pc.Status)})
	}
	next, err := b.swap(ctx, r, func(r *ledger.Request) error { return r.Locate(target) })
	var taken *ledger.TakenError
	if errors.As(err, &taken) {
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.Taken, Detail: string(taken.By)})
	}
	return next, err
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
		b.log(r).Warn("the card's channel could not be looked up", "channel", channel, "error", err)
		return b.waitOrRefuse(ctx, r, ledger.Cause{Code: ledger.SlackSilent})
	case place.Outside, place.Invited:
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.OutsideNow})
	case place.Hidden:
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.MayNotPost, Detail: "channel_not_found"})
	}
	at := b.Store.Now()
	standing := r
	if r.Needed > 0 { // with its buttons at once; else nothing is said yet of a deed that may never be
		if err := standing.Show(ledger.Thread{Channel: channel}, at, b.ApprovalTTL); err != nil {
			return r, err
		}
	}
	card := draw(standing)
	thread, err := b.Outbox.Post(ctx, channel, card)
	var no *RefusedError
	var slow *ThrottledError
	switch {
	case errors.As(err, &slow) && at.Sub(r.Asked) < b.ResolveTimeout: // its turn comes at its own time
		return b.swap(ctx, r, func(r *ledger.Request) error {
			return r.Wait(ledger.Cause{Code: ledger.SlackSilent}, at.Add(max(slow.After, b.Pause/10)), at)
		})
	case errors.As(err, &no):
		return b.refuse(ctx, r, ledger.Cause{Code: ledger.MayNotPost, Detail: no.Code})
	case err != nil:
		b.log(r).Warn("card not posted yet", "error", err)
		return b.waitOrRefuse(ctx, r, ledger.Cause{Code: ledger.SlackSilent})
	}
	b.heard.drawn(r.ID, r.Events+len(standing.News), card) // if nobody comes in between
	r, err = b.change(ctx, r, func(r *ledger.Request) error {
		defer b.finish(r)
		return r.Show(thread, at, b.ApprovalTTL)
	})
	var late *ledger.MoveError
	if errors.As(err, &late) && r.Card != thread {
		return r, b.withdraw(ctx, r, thread)
	}
	return r, err
}

// withdraw takes the buttons off a card that does not count, because somebody else put one up
// while this one was being posted. Nobody else knows of it, so it is tried until it is done.
func (b *Bot) withdraw(ctx context.Context, r ledger.Request, second ledger.Thread) error {
	card := duplicate(r, b.cardLink(r))
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

// waitOrRefuse goes on trying for as long as a requester can be expected to wait.
func (b *Bot) waitOrRefuse(ctx context.Context, r ledger.Request, c ledger.Cause) (ledger.Request, error) {
	if b.Store.Now().Sub(r.Asked) >= b.ResolveTimeout {
		return b.refuse(ctx, r, c)
	}
	return b.wait(ctx, r, c, 0)
}

// inspect is all that an approval of a machine is bound to: the machine as it is, and what
// its policy would make of it now. A policy that is gone, or none, has nothing to bind to.
func (b *Bot) inspect(ctx context.Context, pc graph.CloudPC) (ledger.Target, error) {
	t := seen(pc)
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

// seen is what the ledger keeps of a machine.
func seen(pc graph.CloudPC) ledger.Target {
	return ledger.Target{
		ID: pc.ID, Name: pc.Name, DeviceName: pc.DeviceName, User: pc.UserPrincipalName,
		PolicyID: pc.PolicyID, Policy: pc.PolicyName, PlanID: pc.PlanID, Plan: pc.PlanName,
		Image: pc.Image, Connection: pc.Connection,
		ManagedDeviceID: pc.ManagedDeviceID, AADDeviceID: pc.AADDeviceID,
		Provisioned: pc.Provisioned, Status: string(pc.Status), LastAction: pc.LastAction.Started,
	}
}

// trouble says in the ledger's words what kept Graph from answering a question.
func trouble(err error) ledger.Cause {
	c := ledger.Cause{Code: ledger.GraphSilent}
	var e *graph.Error
	if errors.As(err, &e) {
		c.Status, c.RequestID, c.Detail = e.Status, e.RequestID, e.Code
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

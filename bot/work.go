package bot

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

const stint = 10 * time.Minute // the longest that one claim is worked on; two calls of two minutes fit well

// workOn works on a party. The machines that it wants to look at are read together.
func (b *Bot) workOn(ctx context.Context, party []ledger.Request) {
	if len(party) == 1 {
		b.work(ctx, party[0], b.Fleet.CloudPC)
		return
	}
	var ids []string
	for _, r := range party {
		ids = append(ids, r.Target.ID)
	}
	var readings []graph.Reading
	if !b.stopping.Load() {
		readings = b.Fleet.CloudPCs(ctx, ids)
	}
	var all sync.WaitGroup
	for i, r := range party {
		all.Go(func() {
			b.work(ctx, r, func(context.Context, string) (graph.CloudPC, error) { return readings[i].CloudPC, readings[i].Err })
		})
	}
	all.Wait()
}

// look is how a step sees the machine of its request.
type look func(ctx context.Context, id string) (graph.CloudPC, error)

// work does the next thing for one request, and the next, until nothing is due; the last swap
// ends the claim. The first step sees the machine by look, later ones look for themselves.
func (b *Bot) work(ctx context.Context, r ledger.Request, look look) {
	ctx, cancel := context.WithTimeout(ctx, stint)
	defer cancel()
	for !b.stopping.Load() {
		next, err := b.step(ctx, r, look)
		switch {
		case err == nil && next.Free:
			return
		case errors.Is(err, ledger.ErrStale): // somebody was faster: what is to do now is claimed anew
			b.release(ctx, r)
			return
		case err != nil:
			b.log(r).Warn("step failed", "state", string(r.State), "error", err)
			sleep(ctx, nil, b.pause(1))
			b.release(ctx, r)
			return
		}
		r, look = next, b.Fleet.CloudPC
	}
	b.release(ctx, r)
}

// release ends a claim that did not end with a swap.
func (b *Bot) release(ctx context.Context, r ledger.Request) {
	if b.stopping.Load() && ctx.Err() != nil { // its time is over; the claim ends by itself
		return
	}
	ctx, cancel := b.parting(ctx)
	defer cancel()
	if err := b.Store.Release(ctx, b.name, r.ID); err != nil {
		b.log(r).Warn("claim not released", "error", err)
	}
	wake(b.deeds)
}

// step looks at the state and does the one next thing, and returns the request as it is
// then. An error leaves it as it was, and due.
func (b *Bot) step(ctx context.Context, r ledger.Request, look look) (ledger.Request, error) {
	switch r.State {
	case ledger.Resolving:
		return b.resolve(ctx, r)
	case ledger.Pending:
		return b.remind(ctx, r)
	case ledger.Approved:
		return b.submit(ctx, r)
	case ledger.Submitting:
		return b.doubt(ctx, r)
	case ledger.Unconfirmed:
		return b.settle(ctx, r, look)
	case ledger.Provisioning:
		return b.follow(ctx, r, look)
	}
	return r, ledger.ErrStale // it has ended since it was claimed
}

// swap applies a change to the request as it was read and stores it. ErrStale says that
// somebody else was faster, and that the request has to be looked at anew.
func (b *Bot) swap(ctx context.Context, r ledger.Request, change func(*ledger.Request) error) (ledger.Request, error) {
	return b.swapBy(ctx, b.Store.Replace, r, func(r *ledger.Request) error {
		defer b.finish(r)
		return change(r)
	})
}

// finish has the next swap end the claim, where nothing is due behind it.
func (b *Bot) finish(r *ledger.Request) { r.Free = !r.IsDue(b.Store.Now()) }

// swapBy is swap by another of the store's swaps than Replace; the claim goes on.
func (b *Bot) swapBy(ctx context.Context, store func(context.Context, ledger.Request) (ledger.Request, error), r ledger.Request, change func(*ledger.Request) error) (ledger.Request, error) {
	changed := r
	if err := change(&changed); err != nil {
		return r, err
	}
	next, err := store(ctx, changed)
	if err != nil {
		return r, err
	}
	b.moved(r.State, next, changed.News)
	b.stir(&changed)
	return next, nil
}

// wait puts a request off after something that passes: until the rest is over that a service
// asked for, else longer each time.
func (b *Bot) wait(ctx context.Context, r ledger.Request, c ledger.Cause, rest time.Duration) (ledger.Request, error) {
	if rest > 0 {
		return b.rest(ctx, r, c, cooldown.Cap(rest))
	}
	now := b.Store.Now()
	return b.swap(ctx, r, func(r *ledger.Request) error {
		return r.Wait(c, now.Add(b.pause(r.Tries)), now)
	})
}

// rest puts a request off for a while that is no failure: the next pause is no longer for it.
func (b *Bot) rest(ctx context.Context, r ledger.Request, c ledger.Cause, d time.Duration) (ledger.Request, error) {
	now := b.Store.Now()
	return b.swap(ctx, r, func(r *ledger.Request) error { return r.Rest(c, now.Add(d), now) })
}

// pause is how long to leave something alone after it failed so many times.
func (b *Bot) pause(tries int) time.Duration {
	d := b.Pause << min(tries, 6)
	return jitter(min(d, 60*b.Pause))
}

// jitter takes up to a fifth off a duration, so that what begins together spreads.
func jitter(d time.Duration) time.Duration {
	return d - rand.N(d/5+1)
}

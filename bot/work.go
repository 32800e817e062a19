package bot

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

const (
	hands = 40               // requests worked on at once, for each of deed and telling; twice as many as Graph reads in one call
	few   = 16               // of them, while somebody waits for an acknowledgement
	lease = 10 * time.Second // of a claim; so long after a crash somebody else goes on
	renew = 3 * time.Second  // how often a lease is renewed while the work lasts
	stint = 10 * time.Minute // the longest that one claim is worked on; two calls of two minutes fit well
)

type claim func(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error)

// keep renews this worker's leases until ctx ends.
func (b *Bot) keep(ctx context.Context) {
	tick := time.NewTicker(renew)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if b.inHand.Load() == 0 {
				continue
			}
			if err := b.Store.Renew(ctx, b.name, lease); err != nil {
				b.Log.Warn("leases not renewed", "error", err)
			}
		}
	}
}

// shift claims what is due and does it, until ctx ends; then it waits for what is in
// hand. What it does runs in the context working, which lasts a little longer. What
// belongs together of a claim is done together, and its hands are free together: they
// claim together again.
func (b *Bot) shift(ctx, working context.Context, wake <-chan struct{}, claim claim, parties func([]ledger.Request) [][]ledger.Request, do func(context.Context, []ledger.Request)) error {
	free := make(chan int, hands+1) // hands, by the handful
	free <- hands
	var known outlook
	for vain := 0; ctx.Err() == nil; {
		n := b.atOnce(ctx, free, take(ctx, free))
		got, err := claim(working, b.name, lease, n) // not ctx: a claim that lands after all would be nobody's
		if n > len(got) {
			free <- n - len(got)
		}
		for _, p := range parties(got) {
			b.inHand.Add(int64(len(p)))
			go func() {
				defer func() { b.inHand.Add(-int64(len(p))); free <- len(p) }()
				do(working, p)
			}()
		}
		switch {
		case err != nil && ctx.Err() == nil:
			vain++
			b.Log.Error("ledger: claim", "error", err)
			sleep(ctx, wake, b.pause(vain))
		case len(got) < n: // there is no more
			vain = 0
			sleep(ctx, wake, b.untilNext(ctx, &known))
		default:
			vain = 0
		}
	}
	for back := 0; back < hands; {
		back += <-free
	}
	return nil
}

// atOnce is with how many of n hands to take up new work. While somebody waits for an
// acknowledgement few are enough: it is for them that Slack's three seconds run.
func (b *Bot) atOnce(ctx context.Context, free chan<- int, n int) int {
	for b.waiting.Load() > 0 && ctx.Err() == nil {
		if most := few - (hands - n); most > 0 {
			if n > most {
				free <- n - most
			}
			return min(n, most)
		}
		sleep(ctx, nil, time.Millisecond)
	}
	return n
}

// take waits for a free hand and takes all that are free.
func take(ctx context.Context, free <-chan int) (n int) {
	select {
	case n = <-free:
	case <-ctx.Done():
		return 0
	}
	for {
		select {
		case more := <-free:
			n += more
		default:
			return n
		}
	}
}

// apart makes each request a party of its own.
func apart(claimed []ledger.Request) (parties [][]ledger.Request) {
	for _, r := range claimed {
		parties = append(parties, []ledger.Request{r})
	}
	return parties
}

// watchers makes one party of the requests that only look at their machine, and lets
// the others go apart.
func watchers(claimed []ledger.Request) [][]ledger.Request {
	var watch, others []ledger.Request
	for _, r := range claimed {
		if r.State == ledger.Provisioning || r.State == ledger.Unconfirmed {
			watch = append(watch, r)
		} else {
			others = append(others, r)
		}
	}
	parties := apart(others)
	if len(watch) > 0 {
		parties = append(parties, watch)
	}
	return parties
}

func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-t.C:
	}
}

// outlook is what the ledger said of when there is work next.
type outlook struct{ asked, next time.Time }

// untilNext is how long there is nothing to do, by what the ledger has said within Idle. What
// this process adds meanwhile wakes by itself.
func (b *Bot) untilNext(ctx context.Context, known *outlook) time.Duration {
	now := b.Store.Now()
	if age := now.Sub(known.asked); age < 0 || age >= b.Idle || !known.next.IsZero() && !known.next.After(now) {
		next, err := b.Store.Next(ctx)
		if err != nil {
			return b.Idle
		}
		*known = outlook{now, next}
	}
	rest := b.Idle - now.Sub(known.asked)
	if !known.next.IsZero() {
		rest = min(rest, known.next.Sub(now))
	}
	return max(rest, 5*time.Millisecond)
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

// wait puts a request off after something that passes, longer each time.
func (b *Bot) wait(ctx context.Context, r ledger.Request, c ledger.Cause, atLeast time.Duration) (ledger.Request, error) {
	now := b.Store.Now()
	return b.swap(ctx, r, func(r *ledger.Request) error {
		return r.Wait(c, now.Add(max(atLeast, b.pause(r.Tries))), now)
	})
}

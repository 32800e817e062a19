package bot

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"cloudpc-bot/bot/ledger"
)

const (
	hands   = 40                     // requests worked on at once, for each of deed and telling; twice as many as Graph reads in one call
	few     = 8                      // of them, while somebody waits for an acknowledgement
	giveWay = 250 * time.Millisecond // for which nothing new is taken up beside them, at most
	lease   = 10 * time.Second       // of a claim; so long after a crash somebody else goes on
	renew   = 3 * time.Second        // how often a lease is renewed while the work lasts
)

// job is one of the two kinds of work: the deed and the telling.
type job struct {
	wake    <-chan struct{} // says that there may be some
	claim   func(ctx context.Context, worker string, lease time.Duration, n int) ([]ledger.Request, error)
	parties func([]ledger.Request) [][]ledger.Request // what of a claim belongs together
	do      func(context.Context, []ledger.Request)   // ends with the claims released
	held    *held                                     // what is in hand
}

// keep renews the leases of what is in hand until ctx ends.
func (b *Bot) keep(ctx context.Context) {
	tick := time.NewTicker(renew)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			deeds, tellings := b.doing.ids(), b.telling.ids()
			if len(deeds)+len(tellings) == 0 {
				continue
			}
			if err := b.Store.Renew(ctx, b.name, lease, deeds, tellings); err != nil {
				b.Log.Warn("leases not renewed", "error", err)
			}
		}
	}
}

// shift claims what is due and does it, until ctx ends; then it waits for what is in
// hand. What it does runs in the context working, which lasts a little longer. What
// belongs together of a claim is done together, and its hands are free together: they
// claim together again.
func (b *Bot) shift(ctx, working context.Context, j job) error {
	free := make(chan int, hands+1) // hands, by the handful
	free <- hands
	var known outlook
	woken := false
	for vain := 0; ctx.Err() == nil; {
		n := b.atOnce(ctx, free, take(ctx, free))
		got, err := j.claim(working, b.name, lease, n) // not ctx: a claim that lands after all would be nobody's
		fresh := j.held.take(got)
		if n > len(fresh) {
			free <- n - len(fresh)
		}
		for _, p := range j.parties(fresh) {
			go func() {
				defer func() { free <- len(p) }()
				j.do(working, p)
				j.held.let(working, p)
			}()
		}
		switch {
		case err != nil && ctx.Err() == nil:
			vain++
			b.Log.Error("ledger: claim", "error", err)
			woken = sleep(ctx, j.wake, b.pause(vain))
		case len(got) < n: // there is no more
			vain = 0
			if woken { // or there is, and was passed over, since somebody had a lock on it just then
				known = outlook{}
			}
			woken = sleep(ctx, j.wake, b.untilNext(ctx, &known))
		default:
			vain = 0
		}
	}
	for back := 0; back < hands; {
		back += <-free
	}
	return nil
}

// held is what a shift has in hand. Work that outlasts its claim, as in a process that slept,
// can be claimed anew while it goes on, by this worker too. Either may be first with a deed. Two
// tellings at once would say the same twice: the claim that came twice is put back when the first
// is done.
type held struct {
	putBack func(context.Context, ledger.Request) // nil = what came twice is done twice

	mu sync.Mutex
	by map[ledger.ID]*claims
}

// claims are those of one request.
type claims struct {
	n     int  // that are worked on
	again bool // one came besides, and waits to be put back
}

// take takes in hand what may be, and returns it.
func (h *held) take(claimed []ledger.Request) (fresh []ledger.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.by == nil {
		h.by = map[ledger.ID]*claims{}
	}
	for _, r := range claimed {
		c := h.by[r.ID]
		if c == nil {
			c = &claims{}
			h.by[r.ID] = c
		}
		if c.n > 0 && h.putBack != nil {
			c.again = true
			continue
		}
		c.n++
		fresh = append(fresh, r)
	}
	return fresh
}

// let lets go of a party that is done, and of the claims that came twice.
func (h *held) let(ctx context.Context, party []ledger.Request) {
	for _, r := range party {
		for h.twice(r.ID) {
			h.putBack(ctx, r)
		}
	}
}

// twice reports whether a request was claimed anew since it was taken, or since twice said so;
// otherwise one claim of it is in hand no more.
func (h *held) twice(id ledger.ID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.by[id]
	if c.again {
		c.again = false
		return true
	}
	if c.n--; c.n == 0 {
		delete(h.by, id)
	}
	return false
}

func (h *held) ids() []ledger.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.by))
}

// atOnce is with how many of n hands to take up new work. While somebody waits for an
// acknowledgement few are enough: it is for them that Slack's three seconds run. Where those few
// hang and somebody always waits, as many more go on after a while.
func (b *Bot) atOnce(ctx context.Context, free chan int, n int) int {
	for began := time.Now(); b.waiting.Load() > 0 && ctx.Err() == nil; {
		n += freed(free)
		most := few - (hands - n)
		if time.Since(began) > giveWay {
			most = few
		}
		if most = min(most, n); most > 0 {
			if n > most {
				free <- n - most
			}
			return most
		}
		sleep(ctx, nil, time.Millisecond)
	}
	return n
}

// take waits for a free hand and takes all that are free.
func take(ctx context.Context, free <-chan int) int {
	select {
	case n := <-free:
		return n + freed(free)
	case <-ctx.Done():
		return 0
	}
}

// freed takes all hands that are free, and waits for none.
func freed(free <-chan int) (n int) {
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

// sleep lasts for d, unless it is woken or ctx ends.
func sleep(ctx context.Context, wake <-chan struct{}, d time.Duration) (woken bool) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
		return true
	case <-t.C:
	}
	return false
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

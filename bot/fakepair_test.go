package bot_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// fakepair is a fakeworld with two processes on its ledger; people press the buttons of either.
type fakepair struct {
	*fakeworld
	one, two *process
	won      map[ledger.State]int
}

func newFakepair(t *testing.T, shape ...func(*fakeworld)) *fakepair {
	t.Helper()
	w := newFakeworld(t)
	for _, f := range shape {
		f(w)
	}
	return &fakepair{w, w.live(fate{}), w.live(fate{}), map[ledger.State]int{}}
}

// pending asks for a machine and waits until the card stands and all is said.
func (w *fakepair) pending(machine string) ledger.Request {
	w.t.Helper()
	answer := w.one.types(cem, w.interaction(), machine)
	id := ledger.ID(requestID.FindString(answer))
	if id == "" {
		w.t.Fatalf("the command was not taken in: %s", answer)
	}
	w.rest()
	if r := w.get(id); r.State == ledger.Pending {
		return r
	}
	w.t.Fatalf("%s is %s", id, w.get(id).State)
	return ledger.Request{}
}

// rest waits until nothing is to be done, and all is told.
func (w *fakepair) rest() {
	w.t.Helper()
	untold := func(r ledger.Request) bool { return !w.told(r) }
	for {
		w.until("the bots to rest", func() bool { return w.quiet(w.one, w.two) })
		if !slices.ContainsFunc(w.all(), untold) {
			return
		}
		w.set(w.now().Add(time.Second)) // it failed, where two told the same, and is put off
	}
}

// ended is how a round came out. What holds for all: the POSTs are those written down,
// and not two; the card shows the request as it is.
func (w *fakepair) ended(id ledger.ID) (ledger.Request, map[ledger.Kind]int, int) {
	w.t.Helper()
	w.rest()
	r, kinds := story(w.t, w.eyes, id)
	w.mu.Lock()
	posts, card := len(w.posts[r.Target.ID]), w.cards[r.Card]
	w.mu.Unlock()
	if posts != kinds[ledger.WasSubmitted] || posts > 1 {
		w.t.Errorf("%s: %d POSTs, and %d written down", id, posts, kinds[ledger.WasSubmitted])
	}
	for state, says := range map[ledger.State]string{
		ledger.Denied: "*Denied by", ledger.Cancelled: "*Withdrawn by", ledger.Expired: "*Expired.*", ledger.Provisioning: "*Accepted by Microsoft", ledger.Approved: "and waiting:",
	} {
		if r.State == state && !strings.Contains(string(card.Status), says) {
			w.t.Errorf("%s is %s, and the card says: %s", id, state, card.Status)
		}
	}
	w.won[r.State]++
	return r, kinds, posts
}

// atSubmit begins what leads to a submission and does then something else against it, the
// moment that the bot has looked at the machine for the last time. With a cue the bot
// waits there until the other has come as far as that.
func (w *fakepair) atSubmit(machine, cue string, begin, then func()) {
	w.t.Helper()
	looked, hold := make(chan struct{}), make(chan struct{})
	look, goOn := sync.OnceFunc(func() { close(looked) }), sync.OnceFunc(func() { close(hold) })
	hears := func(what, of string) {
		switch {
		case what == "Policy" && of == machine:
			look()
			<-hold
		case what == cue && isClosed(looked):
			goOn()
		}
	}
	w.hears.Store(&hears)
	defer w.hears.Store(nil)
	begin()
	w.until("the last look at the machine", func() bool { return isClosed(looked) })
	if cue == "" {
		goOn()
	}
	then()
	goOn()
}

// swapTogether presses, and lets the time of the request be over when the press is about
// to be written down; that waits until the end of the request is about to be, too.
func (w *fakepair) swapTogether(id ledger.ID, over, press func()) {
	both := make(chan struct{})
	var swaps atomic.Int64
	hears := func(what, of string) {
		if what != "Replace" || of != string(id) {
			return
		}
		switch swaps.Add(1) {
		case 1:
			over()
			<-both
		case 2:
			close(both)
		}
	}
	w.hears.Store(&hears)
	defer w.hears.Store(nil)
	press()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

package bot_test

import (
	"bytes"
	"sync"
	"syscall"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph/graphfake"
)

// hardship is what happens to a replica, until it is over.
type hardship func(*replica)

// What one process goes through, and what one of several does.
var (
	nobody  = []hardship{func(r *replica) { r.w.rest(time.Second) }}
	alone   = []hardship{(*replica).dies}
	amongst = []hardship{func(r *replica) { r.sleepsBeforePOST(8 * time.Second) }, (*replica).sleeps, (*replica).dies, (*replica).dies, (*replica).isCutOff,
		(*replica).isCutOff, (*replica).hearsNothing, (*replica).losesACommit, (*replica).losesACommit}
)

// endure goes from one hardship to the next until the end, which all replicas live to see.
// What is the rarest to come by has the longest time.
func (r *replica) endure(end time.Time) {
	r.alive()
	if len(r.w.replicas) > 1 && r == r.w.replicas[0] {
		r.sleepsBeforePOST(time.Until(end))
		r.sleepsBeforePOST(time.Until(end))
	}
	for ; time.Now().Before(end); r.alive() {
		r.w.deal()(r)
	}
	r.alive()
}

// deal draws a hardship: each comes up once before one does again.
func (w *stormWorld) deal() hardship {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.deck) == 0 {
		w.deck = append(w.deck, w.hardships...)
		w.dice.Shuffle(len(w.deck), func(i, j int) { w.deck[i], w.deck[j] = w.deck[j], w.deck[i] })
	}
	next := w.deck[0]
	w.deck = w.deck[1:]
	return next
}

// point is a moment that one of the fakes tells of.
type point struct{ side, kind, phase string }

var points = []point{
	{"graph", graphfake.Reprovision, graphfake.Arrived}, {"graph", graphfake.Reprovision, graphfake.Acted},
	{"graph", graphfake.Reprovision, graphfake.Answered}, {"graph", graphfake.Get, graphfake.Arrived},
	{"graph", graphfake.Get, graphfake.Answered}, {"graph", graphfake.Batch, graphfake.Answered},
	{"graph", graphfake.Token, graphfake.Answered},
	{"slack", "chat.postMessage", slackfake.Arrived}, {"slack", "chat.postMessage", slackfake.Answered},
	{"slack", "chat.update", slackfake.Arrived}, {"slack", "chat.update", slackfake.Answered},
	{"slack", "users.info", slackfake.Answered}, {"slack", "response_url", slackfake.Answered},
	{"socket", "", slackfake.SocketHello}, {"socket", "", slackfake.EnvelopeSent}, {"socket", "", slackfake.SocketAcked},
}

// dies has the process killed at some moment, or where somebody calls or is called.
func (r *replica) dies() {
	l := r.alive()
	if r.w.chance(0.4) {
		r.w.rest(r.w.within(0, 2500*time.Millisecond))
	} else {
		r.w.rest(r.w.within(0, time.Second))
		p := anyOf(r.w, points)
		r.mu.Lock()
		r.aim = &p
		r.mu.Unlock()
		select {
		case <-l.ended:
		case <-time.After(3 * time.Second):
		}
		r.mu.Lock()
		r.aim = nil
		r.mu.Unlock()
	}
	l.kill()
}

// reached kills the processes that were aimed at there.
func (w *stormWorld) reached(p point) {
	for _, r := range w.replicas {
		r.mu.Lock()
		hit, l := r.aim != nil && *r.aim == p, r.life
		if hit {
			r.aim = nil
		}
		r.mu.Unlock()
		if hit {
			l.kill()
		}
	}
}

// sleeps stops the process for longer than its leases last, and wakes it.
func (r *replica) sleeps() {
	if !r.w.mayLieDown() {
		return
	}
	defer r.w.standUp()
	r.w.rest(r.w.within(0, time.Second))
	l := r.alive()
	l.signal(syscall.SIGSTOP)
	r.w.count("long sleeps")
	r.w.rest(r.w.within(worker.Lease+500*time.Millisecond, worker.Lease+2*time.Second))
	l.signal(syscall.SIGCONT)
}

// sleepsBeforePOST stops the process when it has written down that a call goes out and is
// just about to send it, until the call's deadline is over; that moment is waited for with
// patience. The first of a storm is woken while its connection still stands, and the second
// not before the others have made up their minds about the call.
func (r *replica) sleepsBeforePOST(patience time.Duration) {
	if !r.w.mayLieDown() {
		return
	}
	defer r.w.standUp()
	l, stopped := r.alive(), make(chan struct{})
	var once sync.Once
	stop := func(hello []byte) {
		if bytes.Contains(hello, []byte("\x02h2")) { // a POST goes on a connection of its own, by HTTP/1.1 alone
			return
		}
		once.Do(func() {
			l.signal(syscall.SIGSTOP)
			close(stopped)
		})
	}
	r.graph.passing.Store(&stop)
	defer r.graph.passing.Store(nil)
	select {
	case <-stopped:
	case <-time.After(patience):
		once.Do(func() { close(stopped) }) // from here on it is too late
		return
	}
	asleep := r.w.within(callTimeout+latest+time.Second, callTimeout+2*latest+time.Second)
	if r.w.count("sleeps before the POST") == 2 {
		asleep = callTimeout + ledger.Grace + r.w.within(3*time.Second, 4*time.Second)
	}
	r.w.rest(asleep)
	l.signal(syscall.SIGCONT)
}

// mayLieDown reports whether somebody stays awake if one more sleeps.
func (w *stormWorld) mayLieDown() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asleep+1 >= len(w.replicas) {
		return false
	}
	w.asleep++
	return true
}

func (w *stormWorld) standUp() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asleep--
}

// isCutOff breaks all its connections to the ledger, and lets it make none for a while.
func (r *replica) isCutOff() {
	r.w.rest(r.w.within(0, 2*time.Second))
	r.w.count("cuts")
	r.database.sever(true)
	r.w.rest(r.w.within(0, 3*time.Second))
	r.database.sever(false)
}

// hearsNothing keeps back all that goes to the ledger or comes from it, for a while, and
// then brings it, or breaks the connections.
func (r *replica) hearsNothing() {
	r.w.rest(r.w.within(0, time.Second))
	r.w.count("silences")
	r.database.gate.Lock()
	r.w.rest(r.w.within(time.Second, 6*time.Second))
	if r.w.chance(0.5) {
		r.database.sever(true)
	}
	r.database.gate.Unlock()
	r.database.sever(false)
}

// losesACommit cuts the connection over which a transaction was just committed before
// it hears of that, and perhaps the others too, for a while.
func (r *replica) losesACommit() {
	r.w.rest(r.w.within(0, time.Second))
	lost := make(chan struct{})
	r.database.losing.Store(&lost)
	select {
	case <-lost:
		r.w.count("lost commits")
	case <-time.After(3 * time.Second):
		r.database.losing.Store(nil)
		return
	}
	if r.w.chance(0.5) {
		r.database.sever(true)
		r.w.rest(r.w.within(0, 3*time.Second))
		r.database.sever(false)
	}
}

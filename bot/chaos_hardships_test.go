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
	nobody  = []hardship{func(r *replica) { r.s.rest(time.Second) }}
	alone   = []hardship{(*replica).dies}
	amongst = []hardship{func(r *replica) { r.sleepsBeforePOST(8 * time.Second) }, (*replica).sleeps, (*replica).dies, (*replica).dies, (*replica).isCutOff,
		(*replica).isCutOff, (*replica).hearsNothing, (*replica).losesACommit, (*replica).losesACommit}
)

// endure goes from one hardship to the next until the end, which all replicas live to see.
// What is the rarest to come by has the longest time.
func (r *replica) endure(end time.Time) {
	r.alive()
	if len(r.s.replicas) > 1 && r == r.s.replicas[0] {
		r.sleepsBeforePOST(time.Until(end))
		r.sleepsBeforePOST(time.Until(end))
	}
	for ; time.Now().Before(end); r.alive() {
		r.s.deal()(r)
	}
	r.alive()
}

// deal draws a hardship: each comes up once before one does again.
func (s *storm) deal() hardship {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.deck) == 0 {
		s.deck = append(s.deck, s.hardships...)
		s.dice.Shuffle(len(s.deck), func(i, j int) { s.deck[i], s.deck[j] = s.deck[j], s.deck[i] })
	}
	next := s.deck[0]
	s.deck = s.deck[1:]
	return next
}

// point is a moment that one of the fakes tells of.
type point struct{ side, kind, phase string }

var points = []point{
	{"graph", graphfake.Reprovision, graphfake.Arrived}, {"graph", graphfake.Reprovision, graphfake.Acted},
	{"graph", graphfake.Reprovision, graphfake.Answered}, {"graph", graphfake.Get, graphfake.Arrived},
	{"graph", graphfake.Get, graphfake.Answered}, {"graph", graphfake.List, graphfake.Answered},
	{"graph", graphfake.Token, graphfake.Answered},
	{"slack", "chat.postMessage", slackfake.Arrived}, {"slack", "chat.postMessage", slackfake.Answered},
	{"slack", "chat.update", slackfake.Arrived}, {"slack", "chat.update", slackfake.Answered},
	{"slack", "users.info", slackfake.Answered}, {"slack", "response_url", slackfake.Answered},
	{"socket", "", slackfake.SocketHello}, {"socket", "", slackfake.EnvelopeSent}, {"socket", "", slackfake.SocketAcked},
}

// dies has the process killed at some moment, or where somebody calls or is called.
func (r *replica) dies() {
	l := r.alive()
	if r.s.chance(0.4) {
		r.s.rest(r.s.within(0, 2500*time.Millisecond))
	} else {
		r.s.rest(r.s.within(0, time.Second))
		p := anyOf(r.s, points)
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
func (s *storm) reached(p point) {
	for _, r := range s.replicas {
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
	if !r.s.mayLieDown() {
		return
	}
	defer r.s.standUp()
	r.s.rest(r.s.within(0, time.Second))
	l := r.alive()
	l.signal(syscall.SIGSTOP)
	r.s.count("long sleeps")
	r.s.rest(r.s.within(worker.Lease+500*time.Millisecond, worker.Lease+2*time.Second))
	l.signal(syscall.SIGCONT)
}

// sleepsBeforePOST stops the process when it has written down that a call goes out and is
// just about to send it, until the call's deadline is over; that moment is waited for with
// patience. The first of a storm is woken while its connection still stands, and the second
// not before the others have made up their minds about the call.
func (r *replica) sleepsBeforePOST(patience time.Duration) {
	if !r.s.mayLieDown() {
		return
	}
	defer r.s.standUp()
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
	asleep := r.s.within(callTimeout+latest+time.Second, callTimeout+2*latest+time.Second)
	if r.s.count("sleeps before the POST") == 2 {
		asleep = callTimeout + ledger.Grace + r.s.within(3*time.Second, 4*time.Second)
	}
	r.s.rest(asleep)
	l.signal(syscall.SIGCONT)
}

// mayLieDown reports whether somebody stays awake if one more sleeps.
func (s *storm) mayLieDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asleep+1 >= len(s.replicas) {
		return false
	}
	s.asleep++
	return true
}

func (s *storm) standUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asleep--
}

// isCutOff breaks all its connections to the ledger, and lets it make none for a while.
func (r *replica) isCutOff() {
	r.s.rest(r.s.within(0, 2*time.Second))
	r.s.count("cuts")
	r.database.sever(true)
	r.s.rest(r.s.within(0, 3*time.Second))
	r.database.sever(false)
}

// hearsNothing keeps back all that goes to the ledger or comes from it, for a while, and
// then brings it, or breaks the connections.
func (r *replica) hearsNothing() {
	r.s.rest(r.s.within(0, time.Second))
	r.s.count("silences")
	r.database.gate.Lock()
	r.s.rest(r.s.within(time.Second, 6*time.Second))
	if r.s.chance(0.5) {
		r.database.sever(true)
	}
	r.database.gate.Unlock()
	r.database.sever(false)
}

// losesACommit cuts the connection over which a transaction was just committed before
// it hears of that, and perhaps the others too, for a while.
func (r *replica) losesACommit() {
	r.s.rest(r.s.within(0, time.Second))
	lost := make(chan struct{})
	r.database.losing.Store(&lost)
	select {
	case <-lost:
		r.s.count("lost commits")
	case <-time.After(3 * time.Second):
		r.database.losing.Store(nil)
		return
	}
	if r.s.chance(0.5) {
		r.database.sever(true)
		r.s.rest(r.s.within(0, 3*time.Second))
		r.database.sever(false)
	}
}

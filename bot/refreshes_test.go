package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

const warned = "warning"

// gust is what happens to one socket. What is in flight on one that is cut cannot be
// acknowledged any more; of what is on one that is told to go nothing may be lost.
type gust struct {
	what string
	cut  bool
	blow func(*slackfake.Workspace)
}

var gusts = []gust{
	{"refresh", false, func(w *slackfake.Workspace) { w.DisconnectOne("refresh_requested") }},
	{warned, false, func(w *slackfake.Workspace) { w.DisconnectOne("warning") }},
	{"refresh behind an envelope", false, func(w *slackfake.Workspace) { w.DisconnectAfterEnvelope("refresh_requested") }},
	{"cut behind an envelope", true, (*slackfake.Workspace).DropAfterEnvelope},
	{warned, false, func(w *slackfake.Workspace) { w.DisconnectOne("warning") }},
	{"envelope behind a refresh", false, func(w *slackfake.Workspace) { w.DisconnectBeforeEnvelope("refresh_requested") }},
	{"warning behind an envelope", false, func(w *slackfake.Workspace) { w.DisconnectAfterEnvelope("warning") }},
	{"refresh", false, func(w *slackfake.Workspace) { w.DisconnectOne("refresh_requested") }},
	{"reset", true, (*slackfake.Workspace).DropOne},
	{"envelope behind a warning", false, func(w *slackfake.Workspace) { w.DisconnectBeforeEnvelope("warning") }},
}

// TestGesturesOutliveTheirSockets has people ask and press without a pause while thirty
// sockets are taken from under them. Of three thousand gestures none is lost, none doubled.
func TestGesturesOutliveTheirSockets(t *testing.T) {
	t.Parallel()
	rounds, least, seats := 3, 3000, 24
	if racing {
		least, seats = 300, 8
	}
	if testing.Short() {
		rounds, least = 1, 300
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	var people sync.WaitGroup
	defer people.Wait()
	defer cancel()
	r := newRush(ctx, t, seats, 4*seats)
	for channel := range r.said {
		people.Go(func() {
			for n := r.next(); n > 0; n = r.next() {
				r.serve(channel, n)
			}
		})
	}
	for range rounds {
		for _, g := range gusts {
			r.feel(g)
		}
	}
	r.until("gestures", func() bool { return r.count() >= least })
	close(r.over)
	people.Wait()
	r.in(ledger.Provisioning, r.machines)
	r.settled()
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	r.compare()
	r.keepsToTwoASecond()
}

// rush is an office in which everybody asks and presses at once.
type rush struct {
	*world
	seats chan struct{}            // holds one for each gesture in flight
	over  chan struct{}            // closed when nobody begins anything new
	said  map[string]chan struct{} // something was said in a channel

	mu        sync.Mutex // guards what follows
	machines  int
	gestures  []sent
	acked     map[string]string   // request → the machine that was typed
	approvers map[string][]string // of a machine
	cut       map[int]bool        // the connections that are gone, and whether they were cut
	behind    int                 // gestures sent on connections that were warned
}

// sent is a gesture that went out, and what became of it.
type sent struct {
	*slackfake.Gesture
	machine string
	began   time.Time
	ack     slackfake.Ack
	failed  error // as the person was told
}

func newRush(ctx context.Context, t *testing.T, seats, desks int) *rush {
	r := &rush{
		world: newWorld(ctx, t, "sqlite", func(c *slackfake.Config) { c.WarningGrace, c.Farewell = time.Second, 3*time.Second }),
		seats: make(chan struct{}, seats), over: make(chan struct{}), said: map[string]chan struct{}{},
		acked: map[string]string{}, approvers: map[string][]string{}, cut: map[int]bool{},
	}
	r.set["APPROVALS"], r.set["ADMINS"], r.set["REQUESTERS"], r.set["FOLLOW_INTERVAL"] = "1", "ada,ben,fay", "cem", "1h"
	for desk := range desks {
		r.slack.AddChannel(slackfake.Channel{ID: room(desk), Name: room(desk), BotIn: true, Members: []string{user("ada"), user("ben"), user("cem"), user("fay")}})
		r.said[room(desk)] = make(chan struct{}, 1)
	}
	r.between = func(s ledger.Store) ledger.Store { return distant{s} }
	r.slack.OnCall(func(c slackfake.Call, phase string) {
		if c.Method != "chat.postMessage" || phase != slackfake.Answered {
			return
		}
		select {
		case r.said[c.Args["channel"]] <- struct{}{}:
		default:
		}
	})
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// next is the number of a machine that nobody has asked for yet, 0 when it is over.
func (r *rush) next() int {
	select {
	case <-r.over:
		return 0
	case <-r.ctx.Done():
		return 0
	default:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.machines++
	r.tenant.Add(graphfake.CloudPC{DisplayName: pc(r.machines), Status: "provisioned"})
	return r.machines
}

// distant is a ledger that is some way off, so that much is in flight when a socket goes.
type distant struct{ ledger.Store }

const far = 100 * time.Millisecond

func (d distant) Create(ctx context.Context, r ledger.Request) (ledger.Request, error) {
	time.Sleep(far)
	return d.Store.Create(ctx, r)
}

func (d distant) Get(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	time.Sleep(far)
	return d.Store.Get(ctx, id)
}

// serve brings a machine as far as its approval. Its command comes twice, from somebody else
// or from Slack, and two admins approve at once, and once more.
func (r *rush) serve(channel string, n int) {
	name := pc(n)
	command := r.types("cem", channel, name)
	switch n % 3 {
	case 0:
		r.types("ada", channel, name)
	case 1:
		r.comesAgain(command, name, true)
	case 2:
		r.comesAgain(command, name, false)
	}
	card := r.card(channel, name)
	for range 2 {
		together(func() { r.approves("ben", card, name) }, func() { r.approves("fay", card, name) })
	}
}

// types has somebody ask for a machine. The answer names a request that nobody knew.
func (r *rush) types(who, channel, name string) *slackfake.Gesture {
	s := r.persist(name, func(int) *slackfake.Gesture { return r.slack.Type(user(who), channel, name) })
	r.mu.Lock()
	defer r.mu.Unlock()
	id := requestID.FindString(string(s.ack.Payload))
	if about, known := r.acked[id]; s.failed == nil && (known || id == "") {
		r.t.Errorf("%s typed %s and read %s, which is about %q", who, name, s.ack.Payload, about)
	}
	r.acked[id] = name
	return s.Gesture
}

// comesAgain has Slack repeat a command. The answer names the request that is known.
func (r *rush) comesAgain(command *slackfake.Gesture, name string, sameEnvelope bool) {
	s := r.persist(name, func(int) *slackfake.Gesture { return r.slack.Redeliver(command, sameEnvelope) })
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := requestID.FindString(string(s.ack.Payload)); s.failed == nil && r.acked[id] != name {
		r.t.Errorf("%s came again and was answered with %s", name, s.ack.Payload)
	}
}

// approves has an admin press the button that they see, and then the one that is there.
func (r *rush) approves(who string, card slackfake.Message, name string) {
	r.mu.Lock()
	r.approvers[name] = append(r.approvers[name], user(who))
	r.mu.Unlock()
	r.persist(name, func(try int) *slackfake.Gesture {
		if try == 0 {
			return r.slack.PressStale(user(who), card, "approve")
		}
		return r.slack.Press(user(who), card, "approve")
	})
}

var errInDoubt = errors.New("answered in doubt")

// persist has somebody make a gesture until Slack shows no failure of it, or has no such
// button any more.
func (r *rush) persist(name string, make func(try int) *slackfake.Gesture) (s sent) {
	for try := 0; ; try++ {
		if s.failed = r.ctx.Err(); s.failed != nil {
			return s
		}
		r.seats <- struct{}{}
		s = sent{machine: name, began: time.Now()}
		s.Gesture = make(try)
		s.ack, s.failed = s.WaitAck(r.ctx)
		<-r.seats
		if s.Outcome() == slackfake.Impossible {
			return s
		}
		switch {
		case s.failed != nil:
		case s.ack.Problem != "":
			s.failed = errors.New(s.ack.Problem)
		case strings.Contains(string(s.ack.Payload), "I am not sure I have this"):
			s.failed = errInDoubt
		}
		r.mu.Lock()
		r.gestures = append(r.gestures, s)
		r.mu.Unlock()
		if s.failed == nil {
			return s
		}
	}
}

// card waits for the card of a machine.
func (r *rush) card(channel, name string) slackfake.Message {
	for {
		if all := r.cardsOf(channel, name); len(all) > 0 {
			return all[0]
		}
		select {
		case <-r.said[channel]:
		case <-r.ctx.Done():
			return slackfake.Message{}
		}
	}
}

func (r *rush) cardsOf(channel, name string) []slackfake.Message {
	return slices.DeleteFunc(r.slack.Messages(channel), func(m slackfake.Message) bool {
		return m.ThreadTS != "" || !strings.HasPrefix(m.Plain(), "Reprovision "+name+"\n")
	})
}

// feel lets a gust hit a socket while every seat is taken, and waits until its successor has
// work.
func (r *rush) feel(g gust) {
	r.t.Helper()
	r.until("seats", func() bool { return len(r.seats) == cap(r.seats) })
	before, lost := r.slack.SocketNumbers(), 0
	g.blow(r.slack)
	blown := time.Now()
	r.until("a successor", func() bool {
		now := r.slack.SocketNumbers()
		for _, n := range before {
			if !slices.Contains(now, n) {
				lost = n
			}
		}
		return lost > 0 && len(now) == 2 && r.answered(now[1])
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut[lost] = g.cut
	if g.what != warned {
		return
	}
	for _, s := range r.gestures {
		if s.failed == nil && s.ack.Connection == lost && s.began.After(blown) {
			r.behind++
		}
	}
}

func (r *rush) until(what string, holds func() bool) {
	r.t.Helper()
	if err := r.slack.Wait(r.ctx, holds); err != nil {
		var sockets []string
		for line := range strings.Lines(r.logs.String()) {
			if strings.Contains(line, "socket") {
				sockets = append(sockets, line)
			}
		}
		r.t.Fatalf("waiting for %s: %v\n%s", what, err, strings.Join(sockets, ""))
	}
}

// answered reports whether gestures were acknowledged on a connection.
func (r *rush) answered(connection int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.gestures, func(s sent) bool { return s.ack.Connection == connection })
}

func (r *rush) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.gestures)
}

// compare holds what people were shown against the ledger, the tenant and the cards.
func (r *rush) compare() {
	// A ledger that a busy machine holds up for two seconds is not the sockets' fault. The log
	// tells whose gestures that were.
	lost, elsewhere, excused := 0, []string{}, map[string]int{}
	for _, s := range r.gestures {
		if s.failed == nil {
			continue
		}
		lost++
		if r.cut[s.Connection()] {
			continue
		}
		what := fmt.Sprintf("%s of %s by %s on connection %d: %v", s.Kind, s.machine, s.Person, s.Connection(), s.failed)
		if elsewhere = append(elsewhere, what); excused[s.Person] >= r.logs.doubts(s.Person) {
			r.t.Errorf("failed, though nothing was cut and the ledger was not slow: %s", what)
		}
		excused[s.Person]++
	}
	eyes := r.open()
	alive := map[string]ledger.Request{}
	all, unheard := r.all(eyes), 0
	for _, q := range all {
		name := q.Order.PC
		switch acked, ok := r.acked[string(q.ID)]; {
		case !ok:
			unheard++
		case acked != name:
			r.t.Errorf("%s is about %s and was acknowledged for %s", q.ID, name, acked)
		}
		delete(r.acked, string(q.ID))
		_, kinds := story(r.t, eyes, q.ID)
		switch {
		case q.State == ledger.Refused && q.Cause.Code == ledger.Taken:
			if kinds[ledger.WasApproved]+kinds[ledger.WasSubmitted] > 0 {
				r.t.Errorf("%s, refused: %v", q.ID, kinds)
			}
		case q.State != ledger.Provisioning || alive[name].ID != "":
			r.t.Errorf("%s about %s is %s, beside %q", q.ID, name, q.State, alive[name].ID)
		default:
			alive[name] = q
			if kinds[ledger.WasApproved] != 1 || kinds[ledger.WasSubmitted] != 1 || len(q.Consents) != 1 || !slices.Contains(r.approvers[name], q.Consents[0].By.ID) {
				r.t.Errorf("%s: %v, by %v", q.ID, kinds, q.Consents)
			}
			if cards, wipes := r.cardsOf(q.Card.Channel, name), r.tenant.Wipes(q.Target.ID); len(cards) != 1 || wipes != 1 {
				r.t.Errorf("%s has %d cards and %d POSTs", q.ID, len(cards), wipes)
			}
		}
	}
	for id, name := range r.acked {
		r.t.Errorf("%s about %s was acknowledged and is not in the ledger", id, name)
	}
	if unheard > lost {
		r.t.Errorf("%d requests were acknowledged to nobody, and %d gestures failed", unheard, lost)
	}
	if r.behind == 0 {
		r.t.Error("nothing was sent on a connection between its warning and its end")
	}
	if n := len(r.tenant.Posts()); n != r.machines || len(alive) != r.machines {
		r.t.Errorf("%d POSTs and %d requests for %d machines", n, len(alive), r.machines)
	}
	r.t.Logf("%d gestures for %d machines on %d connections: %d requests, %d sent behind warnings, %d done again after a cut, %d after the ledger was held up",
		len(r.gestures), r.machines, len(r.cut)+2, len(all), r.behind, lost-len(elsewhere), len(elsewhere))
}

// keepsToTwoASecond looks at when sockets were asked for.
func (r *rush) keepsToTwoASecond() {
	var at []time.Time
	for _, c := range r.slack.Calls() {
		if c.Method == "apps.connections.open" {
			at = append(at, c.At)
		}
	}
	for i := range at[2:] {
		if d := at[i+2].Sub(at[i]); d < time.Second {
			r.t.Errorf("three sockets were asked for within %v", d)
		}
	}
}

package bot_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// rushWorld is a world with an office in which everybody asks and presses at once.
type rushWorld struct {
	*world
	seats chan struct{}            // holds one for each interaction in flight
	over  chan struct{}            // closed when nobody begins anything new
	said  map[string]chan struct{} // something was said in a channel

	mu           sync.Mutex // guards what follows
	machines     int
	interactions []sent
	acked        map[string]string   // request → the machine that was typed
	approvers    map[string][]string // of a machine
	cut          map[int]bool        // the connections that are gone, and whether they were cut
	behind       int                 // interactions sent on connections that were warned
}

// sent is an interaction that went out, and what became of it.
type sent struct {
	*slackfake.Interaction
	machine string
	began   time.Time
	ack     slackfake.Ack
	failed  error // as the person was told
}

func newRushWorld(ctx context.Context, t *testing.T, seats, desks int) *rushWorld {
	w := &rushWorld{
		world: newWorld(ctx, t, "sqlite", func(c *slackfake.Config) { c.WarningGrace, c.Farewell = time.Second, 3*time.Second }),
		seats: make(chan struct{}, seats), over: make(chan struct{}), said: map[string]chan struct{}{},
		acked: map[string]string{}, approvers: map[string][]string{}, cut: map[int]bool{},
	}
	w.set["APPROVALS"], w.set["ADMINS"], w.set["REQUESTERS"], w.set["FOLLOW_INTERVAL"] = "1", "ada,ben,fay", "cem", "1h"
	for desk := range desks {
		w.slack.AddChannel(slackfake.Channel{ID: room(desk), Name: room(desk), BotIn: true, Members: []string{user("ada"), user("ben"), user("cem"), user("fay")}})
		w.said[room(desk)] = make(chan struct{}, 1)
	}
	w.between = func(s ledger.Store) ledger.Store { return distant{s} }
	w.slack.OnCall(func(c slackfake.Call, phase string) {
		if c.Method != "chat.postMessage" || phase != slackfake.Answered {
			return
		}
		select {
		case w.said[c.Args["channel"]] <- struct{}{}:
		default:
		}
	})
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// next is the number of a machine that nobody has asked for yet, 0 when it is over.
func (w *rushWorld) next() int {
	select {
	case <-w.over:
		return 0
	case <-w.ctx.Done():
		return 0
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.machines++
	w.tenant.Add(graphfake.CloudPC{DisplayName: pc(w.machines), Status: "provisioned"})
	return w.machines
}

// distant is a ledger that is some way off, so that much is in flight when a socket goes.
type distant struct{ ledger.Store }

const far = 100 * time.Millisecond

func (d distant) Create(ctx context.Context, r ledger.Revision) (ledger.Request, error) {
	time.Sleep(far)
	return d.Store.Create(ctx, r)
}

func (d distant) Get(ctx context.Context, id ledger.ID) (ledger.Request, error) {
	time.Sleep(far)
	return d.Store.Get(ctx, id)
}

// serve brings a machine as far as its approval. Its command comes twice, from somebody else
// or from Slack, and two admins approve at once, and once more.
func (w *rushWorld) serve(channel string, n int) {
	name := pc(n)
	command := w.types("cem", channel, name)
	switch n % 3 {
	case 0:
		w.types("ada", channel, name)
	case 1:
		w.comesAgain(command, name, true)
	case 2:
		w.comesAgain(command, name, false)
	}
	card := w.card(channel, name)
	for range 2 {
		together(func() { w.approves("ben", card, name) }, func() { w.approves("fay", card, name) })
	}
}

// types has somebody ask for a machine. The answer names a request that nobody knew.
func (w *rushWorld) types(who, channel, name string) *slackfake.Interaction {
	s := w.persist(name, func(int) *slackfake.Interaction { return w.slack.Type(user(who), channel, name) })
	w.mu.Lock()
	defer w.mu.Unlock()
	id := requestID.FindString(string(s.ack.Payload))
	if about, known := w.acked[id]; s.failed == nil && (known || id == "") {
		w.t.Errorf("%s typed %s and read %s, which is about %q", who, name, s.ack.Payload, about)
	}
	w.acked[id] = name
	return s.Interaction
}

// comesAgain has Slack repeat a command. The answer names the request that is known.
func (w *rushWorld) comesAgain(command *slackfake.Interaction, name string, sameEnvelope bool) {
	s := w.persist(name, func(int) *slackfake.Interaction { return w.slack.Redeliver(command, sameEnvelope) })
	w.mu.Lock()
	defer w.mu.Unlock()
	if id := requestID.FindString(string(s.ack.Payload)); s.failed == nil && w.acked[id] != name {
		w.t.Errorf("%s came again and was answered with %s", name, s.ack.Payload)
	}
}

// approves has an admin press the button that they see, and then the one that is there.
func (w *rushWorld) approves(who string, card slackfake.Message, name string) {
	w.mu.Lock()
	w.approvers[name] = append(w.approvers[name], user(who))
	w.mu.Unlock()
	w.persist(name, func(try int) *slackfake.Interaction {
		if try == 0 {
			return w.slack.PressStale(user(who), card, "approve")
		}
		return w.slack.Press(user(who), card, "approve")
	})
}

var errInDoubt = errors.New("answered in doubt")

// persist has somebody make an interaction until Slack shows no failure of it, or has no such
// button any more.
func (w *rushWorld) persist(name string, make func(try int) *slackfake.Interaction) (s sent) {
	for try := 0; ; try++ {
		if s.failed = w.ctx.Err(); s.failed != nil {
			return s
		}
		w.seats <- struct{}{}
		s = sent{machine: name, began: time.Now()}
		s.Interaction = make(try)
		s.ack, s.failed = s.WaitAck(w.ctx)
		<-w.seats
		if s.Outcome() == slackfake.Impossible {
			return s
		}
		switch {
		case s.failed != nil:
		case s.ack.Problem != "":
			s.failed = errors.New(s.ack.Problem)
		case strings.Contains(string(s.ack.Payload), "I may not have saved this"):
			s.failed = errInDoubt
		}
		w.mu.Lock()
		w.interactions = append(w.interactions, s)
		w.mu.Unlock()
		if s.failed == nil {
			return s
		}
	}
}

// card waits for the card of a machine.
func (w *rushWorld) card(channel, name string) slackfake.Message {
	for {
		if all := w.cardsOf(channel, name); len(all) > 0 {
			return all[0]
		}
		select {
		case <-w.said[channel]:
		case <-w.ctx.Done():
			return slackfake.Message{}
		}
	}
}

func (w *rushWorld) cardsOf(channel, name string) []slackfake.Message {
	return slices.DeleteFunc(w.slack.Messages(channel), func(m slackfake.Message) bool {
		return m.ThreadTS != "" || !strings.Contains(string(m.Blocks), `"block_id":"title-`) || !slices.Contains(strings.FieldsFunc(strings.SplitN(m.Plain(), "\n", 2)[0], func(r rune) bool { return strings.ContainsRune(" :?", r) }), name)
	})
}

func (w *rushWorld) until(what string, holds func() bool) {
	w.t.Helper()
	if err := w.slack.Wait(w.ctx, holds); err != nil {
		var sockets []string
		for line := range strings.Lines(w.logs.String()) {
			if strings.Contains(line, "socket") {
				sockets = append(sockets, line)
			}
		}
		w.t.Fatalf("waiting for %s: %v\n%s", what, err, strings.Join(sockets, ""))
	}
}

// answered reports whether interactions were acknowledged on a connection.
func (w *rushWorld) answered(connection int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.interactions, func(s sent) bool { return s.ack.Connection == connection })
}

func (w *rushWorld) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.interactions)
}

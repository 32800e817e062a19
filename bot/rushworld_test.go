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

package demo

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// session is the two fakes with the bot between them, and what people at the page have done there. A reset ends
// it and begins another.
type session struct {
	*fakes
	bot     *process
	changes *broadcast

	mu           sync.Mutex
	troubles     map[string]bool
	interactions []interaction
	sockets      []socketEvent
	survivor     int // how many requests had ended when the bot was killed in the middle of another; -1 = it was not
}

// interaction is what somebody at the page did in Slack.
type interaction struct {
	At     time.Time
	Person string
	What   string // the command as typed, or what was used
	Action string // of a press: its action_id
	*slackfake.Interaction
}

// socketEvent is a socket of the bot that was opened or closed.
type socketEvent struct {
	At   time.Time
	What string
}

// forPeople is long enough to read and to press something, and short enough to wait for.
var forPeople = pace{lag: 1500 * time.Millisecond, build: 10 * time.Second, notice: 20 * time.Second}

// begin opens the fakes and starts the bot between them.
func begin(program string, p pace, changes *broadcast) (*session, error) {
	f, err := newFakes(p)
	if err != nil {
		return nil, err
	}
	s := &session{fakes: f, bot: newProcess(program, f.environment()), changes: changes, troubles: map[string]bool{}, survivor: -1}
	s.bot.changed = changes.send
	s.slack.OnSocket(s.onSocket)
	go s.watch(s.slack.Wait)
	go s.watch(s.tenant.Wait)
	if err := s.bot.start(); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return s, nil
}

// end kills the bot and closes the fakes.
func (s *session) end() error {
	s.bot.kill()
	return s.close()
}

// killed kills the bot.
func (s *session) killed(context.Context, struct{}) (any, error) {
	working, ended := s.working(), s.ends()
	s.mu.Lock()
	if s.survivor < 0 && working {
		s.survivor = ended
	}
	s.mu.Unlock()
	s.bot.kill()
	return nil, nil
}

// restart starts the bot if it does not run.
func (s *session) restart(context.Context, struct{}) (any, error) {
	if err := s.bot.start(); err != nil && !errors.Is(err, errNotOnce) {
		return nil, err
	}
	return nil, nil
}

// did remembers an interaction.
func (s *session) did(g *slackfake.Interaction, what, action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.interactions = append(s.interactions, interaction{time.Now(), g.Person, what, action, g})
}

func (s *session) onSocket(event string) {
	switch event {
	case slackfake.EnvelopeSent:
		if s.has(dropsConnection) {
			s.slack.DropAfterEnvelope()
		}
	case slackfake.SocketOpened, slackfake.SocketClosed:
		s.mu.Lock()
		s.sockets = append(s.sockets, socketEvent{time.Now(), event})
		s.mu.Unlock()
	}
}

// The troubles that the page has switches for.
const (
	dropsConnection = "drop"
	redelivers      = "redeliver"
	throttles       = "throttle"
	losesAnswer     = "lose"
)

var troubles = []string{dropsConnection, redelivers, throttles, losesAnswer}

func (s *session) has(trouble string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.troubles[trouble]
}

// trouble switches one of them.
func (s *session) trouble(name string, on bool) error {
	if !slices.Contains(troubles, name) {
		return &impossible{Why: "There is no such trouble."}
	}
	s.mu.Lock()
	s.troubles[name] = on
	throttled, loses := s.troubles[throttles], s.troubles[losesAnswer]
	s.mu.Unlock()
	switch name {
	case dropsConnection:
		if on {
			s.slack.DropAfterEnvelope()
		} else {
			s.slack.DisconnectAfterEnvelope("") // takes it back
		}
	case redelivers:
		s.slack.DuplicateEnvelopes(on)
	default: // faults of the tenant can only be removed together
		s.tenant.Heal()
		if throttled {
			s.tenant.Fail(graphfake.Match{Kind: "graph"}, graphfake.Fault{Status: 429, RetryAfter: 5 * time.Second})
		}
		if loses {
			s.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, graphfake.Fault{DropAfter: true})
		}
	}
	s.changes.send()
	return nil
}

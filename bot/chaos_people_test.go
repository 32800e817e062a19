package bot_test

import (
	"strings"
	"sync"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// ask types for a machine until an answer comes, as somebody does who is told that the
// command failed.
func (s *storm) ask(machine int, after time.Duration) {
	who, channel, name := anyOf(s, askers), anyOf(s, offices), machineName(machine)
	text := name + anyOf(s, []string{"", " os=windows11", " os=windows10 account=standardUser", ` reason="it is slow"`})
	for s.rest(after) {
		g := s.slack.Type(who, channel, text)
		id := s.answer(g, name)
		if s.raging.Load() && s.chance(0.2) {
			s.asking.Go(func() { // Slack sends it once more
				if !s.rest(s.within(0, 2*time.Second)) {
					return
				}
				if other := s.answer(s.slack.Redeliver(g, s.chance(0.5)), name); id != "" && other != "" && other != id {
					s.t.Errorf("one gesture became %s and %s", id, other)
				}
			})
		}
		if id != "" {
			return
		}
		after = s.within(300*time.Millisecond, 1500*time.Millisecond)
	}
	s.t.Errorf("%s never got an answer about %s", who, name)
}

// answer is the request that a command was answered with, empty where it has to be typed again.
func (s *storm) answer(g *slackfake.Gesture, machine string) string {
	ack, err := g.WaitAck(s.ctx)
	if err != nil {
		return ""
	}
	said := string(ack.Payload)
	id := requestID.FindString(said)
	switch {
	case id != "":
		s.mu.Lock()
		s.acked[id] = machine
		s.mu.Unlock()
	case !strings.Contains(said, "I am not sure I have this") && !strings.Contains(said, "or type it again"):
		s.t.Errorf("%s typed %s and read %s", g.Person, g.Text, said)
	}
	return id
}

// notice is a card as people see it.
type notice struct {
	slackfake.Message
	id      string // the request's
	buttons string // their actions, with spaces between them
}

// notices are all cards, the oldest first.
func (s *storm) notices() (all []notice) {
	for _, channel := range offices {
		for _, m := range s.slack.Messages(channel) {
			ids := requestID.FindAllString(string(m.Blocks), -1)
			if m.ThreadTS != "" || len(ids) == 0 {
				continue
			}
			id := ids[len(ids)-1] // an earlier one may be named above
			var actions []string
			for _, b := range m.Buttons() { // Approve (approve R-7K3F)
				_, b, _ = strings.Cut(b, "(")
				b, _, _ = strings.Cut(b, " ")
				actions = append(actions, b)
			}
			all = append(all, notice{m, id, strings.Join(actions, " ")})
		}
	}
	return all
}

// office lets somebody look at every card whenever its buttons change.
func (s *storm) office() {
	seen := map[string]bool{}
	for version := -1; s.rest(100 * time.Millisecond); {
		if now := s.slack.Version(); now == version {
			continue
		} else {
			version = now
		}
		for _, n := range s.notices() {
			key := n.TS + n.buttons
			if seen[key] {
				continue
			}
			seen[key] = true
			var action string
			switch n.buttons {
			case "approve deny cancel":
				s.people.Go(func() { s.decide(n) })
			case "deny cancel": // approved, and waiting
				if s.chance(0.1) {
					action = anyOf(s, []string{"deny", "cancel"})
				}
			case "again":
				if s.raging.Load() && s.chance(0.2) {
					action = "again"
				}
			case "leave again":
				if s.raging.Load() && s.chance(0.5) {
					action = anyOf(s, []string{"leave", "again"})
				}
			}
			if action != "" {
				s.people.Go(func() { s.press(n, action) })
			}
		}
	}
}

// taken is a press that was acknowledged.
type taken struct {
	id, who, action string
	at              time.Time
}

// decide presses until the card asks no more, or another one does instead of it.
func (s *storm) decide(n notice) {
	var presses []string
	switch p := s.roll(); {
	case p < 0.5:
		presses = []string{"approve"}
	case p < 0.7:
		presses = []string{"approve", "approve"}
	case p < 0.8:
		presses = []string{"approve", "cancel"}
	case p < 0.9:
		presses = []string{"approve", "deny"}
	case p < 0.95:
		presses = []string{"deny"}
	default:
		presses = []string{"cancel"}
	}
	for asks := true; asks; {
		var all sync.WaitGroup
		for _, action := range presses {
			all.Go(func() { s.press(n, action) })
		}
		all.Wait()
		if !s.rest(s.within(500*time.Millisecond, 1500*time.Millisecond)) {
			return
		}
		for _, other := range s.notices() {
			if other.id == n.id { // the newest counts
				asks = other.TS == n.TS && strings.Contains(other.buttons, "approve")
			}
		}
	}
}

// press lets an admin use a button, and Slack sometimes repeat it.
func (s *storm) press(n notice, action string) {
	who := anyOf(s, bosses)
	if action == "approve" {
		s.mu.Lock()
		s.pressed[[2]string{n.id, who}] = true
		s.mu.Unlock()
	}
	g := s.slack.Press(who, n.Message, action)
	if _, err := g.WaitAck(s.ctx); err == nil { // whoever hears nothing looks at the card
		s.mu.Lock()
		s.taken = append(s.taken, taken{n.id, who, action, time.Now()})
		s.mu.Unlock()
	}
	if s.raging.Load() && s.chance(0.2) {
		_, _ = s.slack.Redeliver(g, s.chance(0.5)).WaitAck(s.ctx)
	}
}

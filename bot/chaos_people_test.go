package bot_test

import (
	"strings"
	"sync"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// ask types for a machine until an answer comes, as somebody does who is told that the
// command failed.
func (w *stormWorld) ask(machine int, after time.Duration) {
	who, channel, name := anyOf(w, askers), anyOf(w, offices), machineName(machine)
	text := name + anyOf(w, []string{"", " os=windows11", " os=windows10 account=standardUser", ` reason="it is slow"`})
	for w.rest(after) {
		g := w.slack.Type(who, channel, text)
		id := w.answer(g, name)
		if w.raging.Load() && w.chance(0.2) {
			w.asking.Go(func() { // Slack sends it once more
				if !w.rest(w.within(0, 2*time.Second)) {
					return
				}
				if other := w.answer(w.slack.Redeliver(g, w.chance(0.5)), name); id != "" && other != "" && other != id {
					w.t.Errorf("one interaction became %s and %s", id, other)
				}
			})
		}
		if id != "" {
			return
		}
		after = w.within(300*time.Millisecond, 1500*time.Millisecond)
	}
	w.t.Errorf("%s never got an answer about %s", who, name)
}

// answer is the request that a command was answered with, empty where it has to be typed again.
func (w *stormWorld) answer(g *slackfake.Interaction, machine string) string {
	ack, err := g.WaitAck(w.ctx)
	if err != nil {
		return ""
	}
	said := string(ack.Payload)
	id := requestID.FindString(said)
	switch {
	case id != "":
		w.mu.Lock()
		w.acked[id] = machine
		w.mu.Unlock()
	case !strings.Contains(said, "I may not have saved this") && !strings.Contains(said, "Try again in a moment"):
		w.t.Errorf("%s typed %s and read %s", g.Person, g.Text, said)
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
func (w *stormWorld) notices() (all []notice) {
	for _, channel := range offices {
		for _, m := range w.slack.Messages(channel) {
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
func (w *stormWorld) office() {
	seen := map[string]bool{}
	for version := -1; w.rest(100 * time.Millisecond); {
		if now := w.slack.Version(); now == version {
			continue
		} else {
			version = now
		}
		for _, n := range w.notices() {
			key := n.TS + n.buttons
			if seen[key] {
				continue
			}
			seen[key] = true
			var action string
			switch n.buttons {
			case "approve deny cancel":
				w.people.Go(func() { w.decide(n) })
			case "deny cancel": // approved, and waiting
				if w.chance(0.1) {
					action = anyOf(w, []string{"deny", "cancel"})
				}
			case "again":
				if w.raging.Load() && w.chance(0.2) {
					action = "again"
				}
			case "leave again":
				if w.raging.Load() && w.chance(0.5) {
					action = anyOf(w, []string{"leave", "again"})
				}
			}
			if action != "" {
				w.people.Go(func() { w.press(n, action) })
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
func (w *stormWorld) decide(n notice) {
	var presses []string
	switch p := w.roll(); {
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
			all.Go(func() { w.press(n, action) })
		}
		all.Wait()
		if !w.rest(w.within(500*time.Millisecond, 1500*time.Millisecond)) {
			return
		}
		for _, other := range w.notices() {
			if other.id == n.id { // the newest counts
				asks = other.TS == n.TS && strings.Contains(other.buttons, "approve")
			}
		}
	}
}

// press lets an admin use a button, and Slack sometimes repeat it.
func (w *stormWorld) press(n notice, action string) {
	who := anyOf(w, bosses)
	if action == "approve" {
		w.mu.Lock()
		w.pressed[[2]string{n.id, who}] = true
		w.mu.Unlock()
	}
	g := w.slack.Press(who, n.Message, action)
	if _, err := g.WaitAck(w.ctx); err == nil { // whoever hears nothing looks at the card
		w.mu.Lock()
		w.taken = append(w.taken, taken{n.id, who, action, time.Now()})
		w.mu.Unlock()
	}
	if w.raging.Load() && w.chance(0.2) {
		_, _ = w.slack.Redeliver(g, w.chance(0.5)).WaitAck(w.ctx)
	}
}

package demo

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// wireEvent is one thing that went over the network, or a change of it.
type wireEvent struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Way  string    `json:"way"` // slack-in: an envelope to the bot; slack-out, graph: a call by the bot; socket
	What string    `json:"what"`
	How  string    `json:"how"` // how it was answered, or not
	Bad  bool      `json:"bad,omitempty"`
	N    int       `json:"n"` // how often it happened in a row
}

// wireKept is how many events the page shows, the newest last.
const wireKept = 80

// wire is the newest of what went over the network, by time.
func (s *session) wire() []wireEvent {
	s.mu.Lock()
	interactions, sockets := slices.Clone(s.interactions), slices.Clone(s.sockets)
	s.mu.Unlock()
	acks := map[string][]slackfake.Ack{}
	for _, a := range s.slack.Acks() {
		acks[a.EnvelopeID] = append(acks[a.EnvelopeID], a)
	}
	list := []wireEvent{}
	for i, g := range interactions {
		how, bad := acknowledged(g, acks[g.EnvelopeID()])
		list = append(list, wireEvent{ID: fmt.Sprint("g", i), At: g.At, Way: "slack-in", What: fmt.Sprintf("%s %s %s", g.Kind, strings.ToLower(called(g.Person)), g.What), How: how, Bad: bad})
	}
	for i, e := range sockets {
		list = append(list, wireEvent{ID: fmt.Sprint("s", i), At: e.At, Way: "socket", What: "socket " + e.What})
	}
	for _, c := range s.slack.Calls() {
		e := wireEvent{ID: fmt.Sprint("c", c.N), At: c.At, Way: "slack-out", What: c.Method, How: fmt.Sprint(c.Status), Bad: c.Error != ""}
		if c.Error != "" {
			e.How += " " + c.Error
		}
		if c.Status == 0 && c.Error == "" {
			e.How = "…"
		}
		list = append(list, e)
	}
	for i, c := range s.tenant.Calls() {
		e := wireEvent{ID: fmt.Sprint("t", i), At: c.At, Way: "graph", What: c.Method + " " + c.Path, How: fmt.Sprint(c.Status), Bad: c.Status >= http.StatusBadRequest}
		if c.InBatch {
			e.What = "· " + e.What
		}
		switch {
		case c.Status == 0:
			e.How, e.Bad = "no answer", true
		case c.Status == http.StatusBadRequest && strings.HasSuffix(c.Grant, "device_code"):
			e.Bad = false // Entra's answer as long as nobody has entered the code
		}
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(a, b wireEvent) int { return a.At.Compare(b.At) })
	folded := list[:0]
	for _, e := range list {
		if n := len(folded); n > 0 && e.Way == folded[n-1].Way && e.What == folded[n-1].What && e.How == folded[n-1].How {
			folded[n-1].N++
			continue
		}
		e.N = 1
		folded = append(folded, e)
	}
	return folded[max(0, len(folded)-wireKept):]
}

// acknowledged says how the bot took an interaction.
func acknowledged(g interaction, acks []slackfake.Ack) (how string, bad bool) {
	switch o := g.Outcome(); o {
	case slackfake.Waiting:
		return "…", false
	case slackfake.Acked, slackfake.Late:
	default:
		return string(o), true
	}
	for _, a := range acks {
		switch {
		case a.Problem == "":
			how = "acknowledged in " + a.Latency.Round(100*time.Microsecond).String() + how
		default:
			how += ", and once more"
		}
	}
	return how, g.Outcome() == slackfake.Late
}

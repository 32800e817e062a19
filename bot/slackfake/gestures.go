package slackfake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Outcome is what became of a gesture.
type Outcome string

const (
	Waiting        Outcome = ""                  // sent, not answered yet
	Acked          Outcome = "acked"             // in time
	Late           Outcome = "late"              // after the person had been told that it failed
	TimedOut       Outcome = "operation_timeout" // no ack by AckDeadline
	DispatchFailed Outcome = "dispatch_failed"   // no socket was open
	Impossible     Outcome = "impossible"        // Slack's client would not let this person do this; nothing was sent
)

// Gesture is one thing a person did, sent to the app once.
type Gesture struct {
	Kind        string // slash_commands, block_actions, view_submission, view_closed, raw
	Person      string
	Channel     string // "" in a view
	Text        string // a command's text as typed
	TriggerID   string
	ResponseURL string
	Payload     json.RawMessage

	w       *Workspace
	env     *envelope
	label   string // what the person used, for Slack's complaints
	answer  func(a *Ack)
	outcome Outcome
	known   chan struct{} // closed when the outcome is no longer Waiting
	ack     Ack
	why     string // when impossible
}

// EnvelopeID is the id it went out under; "" when nothing was sent.
func (g *Gesture) EnvelopeID() string {
	if g.env == nil {
		return ""
	}
	return g.env.id
}

// Outcome is what became of it so far.
func (g *Gesture) Outcome() Outcome {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	return g.outcome
}

// WaitAck returns the app's ack, late ones included. It is an error when the deadline passes without one, when
// nothing could be sent, and when ctx ends.
func (g *Gesture) WaitAck(ctx context.Context) (Ack, error) {
	select {
	case <-g.settled():
	case <-ctx.Done():
		return Ack{}, fmt.Errorf("ack of %s: %w", g.Kind, ctx.Err())
	case <-g.w.done:
		return Ack{}, fmt.Errorf("ack of %s: %w", g.Kind, errClosed)
	}
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	switch g.outcome {
	case Acked, Late:
		return g.ack, nil
	case Impossible:
		return Ack{}, fmt.Errorf("%s by %s: impossible: %s", g.Kind, g.Person, g.why)
	}
	return Ack{}, errors.New(string(g.outcome))
}

// Type lets person use the command in channel; text is what stands behind it (the command itself, at the front, is
// taken off). It is impossible for people who are deactivated, of another organisation, or not in the channel.
func (w *Workspace) Type(person, channel, text string) *Gesture {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), w.cfg.Command+" "))
	if text == w.cfg.Command {
		text = ""
	}
	g := &Gesture{w: w, Kind: "slash_commands", Person: person, Channel: channel, Text: text, label: w.cfg.Command}
	w.change(func() {
		p, r := w.people[person], w.rooms[channel]
		switch {
		case p == nil:
			g.impossible("nobody has this id")
		case r == nil:
			g.impossible("no channel has this id")
		case p.Deleted:
			g.impossible("deactivated")
		case !w.home(p):
			g.impossible("commands are for people of the installing organisation")
		case !slices.Contains(r.Members, person):
			g.impossible("not in the channel")
		case r.Archived:
			g.impossible("the channel is archived")
		default:
			g.TriggerID = w.newTrigger(person)
			g.ResponseURL = w.newLink(&responseLink{kind: "commands", person: person, channel: channel})
			g.Payload = encode(w.commandPayload(g, p, r))
			g.answer = func(a *Ack) { w.commandAnswered(g, a) }
			w.launch(g, uuid())
		}
	})
	return g
}

// Redeliver sends g's payload again, with the same trigger_id and response_url: under the same envelope_id, or under
// a fresh one. The new Gesture waits for an ack of its own.
func (w *Workspace) Redeliver(g *Gesture, sameEnvelope bool) *Gesture {
	again := &Gesture{}
	w.change(func() {
		*again = *g
		again.env, again.ack, again.outcome, again.known = nil, Ack{}, Waiting, nil
		switch {
		case g.env == nil:
			again.impossible("nothing was sent the first time")
		case sameEnvelope:
			w.launchAs(again, g.env.id, g.env.kind, g.env.accepts)
		default:
			w.launchAs(again, uuid(), g.env.kind, g.env.accepts)
		}
	})
	return again
}

// SendRaw sends a payload of the test's own making in an envelope of that type (slash_commands, interactive, …).
func (w *Workspace) SendRaw(envelopeType string, accepts bool, payload any) *Gesture {
	g := &Gesture{w: w, Kind: "raw", Payload: encode(payload), label: envelopeType}
	w.change(func() { w.launchAs(g, uuid(), envelopeType, accepts) })
	return g
}

func (g *Gesture) impossible(why string) {
	g.why = why
	g.settle(Impossible)
}

// settle says what became of g. It is called with the workspace locked.
func (g *Gesture) settle(o Outcome) {
	first := g.outcome == Waiting
	if g.outcome = o; first && g.known != nil {
		close(g.known)
	}
}

// settled is closed once an outcome is known.
func (g *Gesture) settled() <-chan struct{} {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	if g.known == nil {
		g.known = make(chan struct{})
		if g.outcome != Waiting {
			close(g.known)
		}
	}
	return g.known
}

func (w *Workspace) launch(g *Gesture, id string) {
	kind := "interactive"
	if g.Kind == "slash_commands" {
		kind = g.Kind
	}
	w.launchAs(g, id, kind, g.Kind == "slash_commands" || g.Kind == "view_submission")
}

func (w *Workspace) launchAs(g *Gesture, id, kind string, accepts bool) {
	g.env = &envelope{id: id, kind: kind, accepts: accepts,
		frame: encode(answer{"envelope_id": id, "type": kind, "accepts_response_payload": accepts, "payload": g.Payload}),
		answer: func(a *Ack) {
			if !a.Late && g.answer != nil {
				g.answer(a)
			}
			g.ack = *a
			if a.Late {
				g.settle(Late)
			} else {
				g.settle(Acked)
			}
		},
		expire: func() { w.failed(g, TimedOut) },
	}
	if !w.send(g.env) {
		w.failed(g, DispatchFailed)
	}
}

// failed ends g and tells the person the way Slack does.
func (w *Workspace) failed(g *Gesture, o Outcome) {
	g.settle(o)
	switch g.Kind {
	case "slash_commands":
		w.complain(g.Person, g.Channel, fmt.Sprintf("%s failed with the error \"%s\"", g.label, o))
	case "view_submission":
		w.complain(g.Person, "", "We had some trouble connecting. Try again?")
	case "block_actions":
		w.complain(g.Person, g.Channel, fmt.Sprintf("⚠ %s: this app did not respond", g.label))
	}
}

// commandAnswered shows what an ack says to the person who typed.
func (w *Workspace) commandAnswered(g *Gesture, a *Ack) {
	fields, err := readJSON(a.Payload)
	if a.Payload == nil || err == nil && len(fields) == 0 {
		return
	}
	var c content
	if err == nil {
		c, err = readContent(fields, 40_000)
	}
	var no *refusal
	switch {
	case errors.As(err, &no):
		a.Problem = no.code
	case err != nil:
		a.Problem = "invalid_command_response"
	case c.empty():
	case fields["response_type"] == "in_channel":
		if r := w.rooms[g.Channel]; r != nil {
			w.put(r, &Message{User: g.Person, Text: strings.TrimSpace(g.label + " " + w.escape(g.Text))})
			w.put(r, &Message{User: botUser, Text: c.text, Blocks: c.blocks, Attachments: c.attachments})
		}
	default:
		w.whisper(g.Person, g.Channel, "", "ack", c)
	}
	if a.Problem != "" {
		w.complain(g.Person, g.Channel, fmt.Sprintf("%s failed with the error \"%s\"", g.label, a.Problem))
	}
}

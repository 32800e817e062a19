package slackfake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Outcome is what became of an interaction.
type Outcome string

const (
	Waiting        Outcome = ""                  // sent, not acknowledged yet
	Acked          Outcome = "acked"             // acknowledged within AckDeadline
	Late           Outcome = "late"              // acknowledged after the person was told that it had failed
	TimedOut       Outcome = "operation_timeout" // no ack by AckDeadline
	DispatchFailed Outcome = "dispatch_failed"   // no socket was open
	Impossible     Outcome = "impossible"        // Slack's client would not have let this person do it; nothing was sent
)

// Interaction is one interaction of a person with the app, such as a command or a press, sent to the app once.
type Interaction struct {
	Kind        string // slash_commands, block_actions, block_suggestion, shortcut, view_submission, view_closed, raw
	Person      string
	Channel     string // "" for a form and a shortcut
	Text        string // the command's arguments as typed, or what was typed into a menu
	TriggerID   string
	ResponseURL string
	Payload     json.RawMessage

	w       *Workspace
	env     *envelope
	label   string // what the person used, for Slack's error messages
	answer  func(a *Ack)
	offered []Option // in answer to a block_suggestion
	outcome Outcome
	known   chan struct{} // closed when the outcome is no longer Waiting; made by settled
	ack     Ack
	why     string // the reason, if Impossible
}

// EnvelopeID returns the envelope_id under which it was sent, or "" if nothing was sent.
func (g *Interaction) EnvelopeID() string {
	if g.env == nil {
		return ""
	}
	return g.env.id
}

// Outcome returns what has become of it so far.
func (g *Interaction) Outcome() Outcome {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	return g.outcome
}

// WaitAck returns the app's ack, even a late one if it has arrived by the time of the call. It fails if the deadline
// passes without an ack, if nothing could be sent, if ctx ends, or if the workspace is closed.
func (g *Interaction) WaitAck(ctx context.Context) (Ack, error) {
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

// Type lets person use the command in channel. text holds the arguments; the command itself in front of them is removed.
// The outcome is Impossible if the channel is archived, or person is deactivated, of another organisation, or not in the
// channel.
func (w *Workspace) Type(person, channel, text string) *Interaction {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), w.cfg.Command+" "))
	if text == w.cfg.Command {
		text = ""
	}
	g := &Interaction{w: w, Kind: "slash_commands", Person: person, Channel: channel, Text: text, label: w.cfg.Command}
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
			g.TriggerID = w.newTrigger(person, channel)
			g.ResponseURL = w.newLink(&responseLink{kind: "commands", person: person, channel: channel})
			g.Payload = encode(w.commandPayload(g, p, r))
			g.answer = func(a *Ack) { w.commandAnswered(g, a) }
			w.launch(g, uuid())
		}
	})
	return g
}

// Redeliver sends g's payload again, with the same trigger_id and response_url, under the same envelope_id or under a
// new one. The returned Interaction waits for an ack of its own.
func (w *Workspace) Redeliver(g *Interaction, sameEnvelope bool) *Interaction {
	again := &Interaction{}
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

// SendRaw sends any payload in an envelope of the given type (slash_commands, interactive, …). accepts is the
// envelope's accepts_response_payload.
func (w *Workspace) SendRaw(envelopeType string, accepts bool, payload any) *Interaction {
	g := &Interaction{w: w, Kind: "raw", Payload: encode(payload), label: envelopeType}
	w.change(func() { w.launchAs(g, uuid(), envelopeType, accepts) })
	return g
}

func (g *Interaction) impossible(why string) {
	g.why = why
	g.settle(Impossible)
}

// settle sets the outcome of g. The workspace is locked.
func (g *Interaction) settle(o Outcome) {
	first := g.outcome == Waiting
	if g.outcome = o; first && g.known != nil {
		close(g.known)
	}
}

// settled returns a channel that is closed once the outcome is known.
func (g *Interaction) settled() <-chan struct{} {
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

func (w *Workspace) launch(g *Interaction, id string) {
	kind := "interactive"
	if g.Kind == "slash_commands" {
		kind = g.Kind
	}
	answerable := g.Kind == "slash_commands" || g.Kind == "view_submission" || g.Kind == "block_suggestion"
	w.launchAs(g, id, kind, answerable)
}

func (w *Workspace) launchAs(g *Interaction, id, kind string, accepts bool) {
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

// failed sets the outcome of g and shows the person the error that Slack would show.
func (w *Workspace) failed(g *Interaction, o Outcome) {
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

// commandAnswered shows the message in an ack to the person who typed the command, or to the channel.
func (w *Workspace) commandAnswered(g *Interaction, a *Ack) {
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

package slackfake

import (
	"encoding/json"
	"slices"
	"time"
)

// envelope is one payload sent under one envelope_id. Its functions run with the workspace locked.
type envelope struct {
	id      string
	kind    string
	frame   []byte
	accepts bool      // accepts_response_payload
	sockets []int     // the connections it went out on
	sent    time.Time // real time
	acked   bool
	late    bool         // AckDeadline has passed
	answer  func(a *Ack) // handles the ack; may set its Problem
	expire  func()       // called when AckDeadline passes without an ack
}

// Ack is one frame that the app sent: an acknowledgement, or something that should have been one.
type Ack struct {
	EnvelopeID string
	Payload    json.RawMessage // nil = none
	Connection int             // number of the socket, from 1, in the order in which they were opened
	Latency    time.Duration   // since the envelope was sent; real time
	Late       bool            // after AckDeadline

	// Problem says why Slack ignores the ack, or part of it: "too large", "fragmented", "not JSON",
	// "unknown envelope_id", "other connection", "second ack", "payload not accepted", or an error code about its
	// payload. "" = none.
	Problem string
}

// Acks returns all frames that the app sent, in order.
func (w *Workspace) Acks() []Ack {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.acks)
}

// send sends e on one of the sockets, round robin, and starts its deadline. It reports false if no socket is open.
func (w *Workspace) send(e *envelope) bool {
	e.sent = time.Now()
	if !w.sendOnce(e) {
		return false
	}
	w.envelopes[e.id] = append(w.envelopes[e.id], e)
	if w.wire.duplicate {
		w.sendOnce(e)
	}
	time.AfterFunc(w.cfg.AckDeadline, func() {
		w.change(func() {
			if !e.acked {
				e.late = true
				e.expire()
			}
		})
	})
	return true
}

func (w *Workspace) sendOnce(e *envelope) bool {
	ready := w.listening()
	if len(ready) == 0 {
		return false
	}
	s := ready[w.turn%len(ready)]
	w.turn++
	next := w.wire.next
	w.wire.next = nextEnvelope{}
	p := parcel{text: e.frame, event: EnvelopeSent, split: w.wire.split}
	if next.before != "" {
		s.deaf, p.then = true, goodbye
		s.post(parcel{text: s.disconnectFrame(next.before)})
	}
	if next.drop {
		s.deaf, p.then = true, cut
	}
	e.sockets = append(e.sockets, s.n)
	s.post(p)
	if next.after != "" {
		w.part(s, next.after)
	}
	return true
}

// maxAck is the size in bytes from which on Slack silently drops an ack. Slack does not document it; slack-go's
// maintainers measured it.
const maxAck = 20 * 1024

// handleFrame handles a frame that the app sent.
func (w *Workspace) handleFrame(s *socket, data []byte, fragmented bool) {
	w.change(func() {
		a := Ack{Connection: s.n}
		var frame struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		err := json.Unmarshal(data, &frame)
		a.EnvelopeID = frame.EnvelopeID
		if string(frame.Payload) != "null" {
			a.Payload = frame.Payload
		}
		switch {
		case err != nil:
			a.Problem = "not JSON"
		case len(data) >= maxAck:
			a.Problem = "too large"
		case fragmented:
			a.Problem = "fragmented"
		default:
			w.match(&a)
		}
		w.acks = append(w.acks, a)
		w.cfg.Log.Debug("slack ack", "envelope", a.EnvelopeID, "connection", s.n, "problem", a.Problem)
	})
	w.tellSocket(SocketAcked)
}

// match finds the envelope that a acknowledges, and sets a.Problem if there is none.
func (w *Workspace) match(a *Ack) {
	a.Problem = "unknown envelope_id"
	for _, e := range w.envelopes[a.EnvelopeID] {
		switch {
		case !w.cfg.AckAnywhere && !slices.Contains(e.sockets, a.Connection):
			a.Problem = "other connection"
			continue
		case e.acked:
			a.Problem = "second ack"
			continue
		}
		e.acked = true
		a.Problem = ""
		a.Latency = time.Since(e.sent)
		a.Late = e.late
		if !e.accepts && a.Payload != nil && string(a.Payload) != "{}" {
			a.Problem = "payload not accepted"
		}
		e.answer(a)
		return
	}
}

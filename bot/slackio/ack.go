package slackio

import (
	"context"
	"encoding/json"

	"github.com/coder/websocket"
	"github.com/slack-go/slack"
)

// reply is the payload of an acknowledgement that whispers to the person who typed a command.
type reply struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

// complaint is the payload of an acknowledgement that keeps a form open and says what is wrong with it
// (docs.slack.dev/surfaces/modals).
type complaint struct {
	Action string            `json:"response_action"`
	Errors map[string]string `json:"errors"`
}

// acknowledgement returns that of an envelope, and whether it carries r's line. A line that would
// make it too long is left out, and so are the last of too many choices.
func acknowledgement(f frame, r reaction) (raw []byte, carried bool) {
	type ack struct {
		EnvelopeID string `json:"envelope_id"`
		Payload    any    `json:"payload,omitempty"`
	}
	switch {
	case r.suggests:
		raw, _ = json.Marshal(ack{f.EnvelopeID, suggestions{options(r.choices, maxAck-ackFrame-len(f.EnvelopeID))}})
		return raw, false
	case len(r.errors) > 0:
		raw, _ = json.Marshal(ack{f.EnvelopeID, complaint{"errors", r.errors}})
		return raw, false
	}
	if r.inAck && r.Line != "" {
		raw, _ = json.Marshal(ack{f.EnvelopeID, &reply{ResponseType: "ephemeral", Text: string(r.Line), Blocks: pages(r.Response)}})
		if len(raw) < maxAck {
			return raw, true
		}
	}
	raw, _ = json.Marshal(ack{EnvelopeID: f.EnvelopeID})
	return raw, false
}

// acknowledge writes the acknowledgement, and reports whether it carried r's line. If the write fails, it ends
// the socket: everything that came in on it would be executed while Slack tells the person that it failed.
func (c *socket) acknowledge(f frame, r reaction) (carried, written bool) {
	raw, carried := acknowledgement(f, r)
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), ackTimeout) // when it ends, coder/websocket closes the connection
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageText, raw); err != nil {
		c.s.Log.Warn("Slack did not take an acknowledgement", "type", f.Type, "error", err)
		c.end()
		return false, false
	}
	return carried, true
}

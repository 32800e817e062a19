package slackio

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
)

// reaction is a response and where it goes.
type reaction struct {
	intake.Response
	by      auth.Person
	channel string      // of the gesture; empty for a form
	trigger auth.Secret // opens one form within triggerLife
	inAck   bool        // the line goes back in the acknowledgement
}

const (
	triggerLife = 3 * time.Second // since the envelope arrived
	whisperTime = 4 * time.Second // for what is said behind an acknowledgement; a stopping bot waits for it
)

// open reads an envelope and hands it over. What cannot be read is acknowledged all the
// same, because Slack would only show it as a failure of ours once more.
func (s *Client) open(ctx context.Context, h intake.Handler, f frame) reaction {
	var kind struct {
		Type  string          `json:"type"`
		Event json.RawMessage `json:"event"`
		App   any             `json:"api_app_id"`
	}
	if json.Unmarshal(f.Payload, &kind) == nil {
		if app, named := s.app.Load(), kind.App; app != nil && named != nil && named != "" && named != *app {
			s.Log.Warn("envelope of another app refused", "type", f.Type, "app", cut(fmt.Sprint(named), 40))
			return reaction{}
		}
		switch f.Type + " " + kind.Type {
		case "slash_commands ":
			var c command
			if json.Unmarshal(f.Payload, &c) == nil {
				return s.ask(ctx, h, f.EnvelopeID, c)
			}
		case "interactive block_actions":
			var p press
			if json.Unmarshal(f.Payload, &p) == nil && len(p.Actions) > 0 {
				return s.click(ctx, h, f.EnvelopeID, p, s.own(f.Payload))
			}
		case "interactive view_submission":
			var v submission
			if json.Unmarshal(f.Payload, &v) == nil && v.View.Callback == denyReason {
				return s.submit(ctx, h, v)
			}
		case "events_api event_callback":
			s.onEvent(kind.Event)
			return reaction{}
		}
	}
	s.Log.Warn("envelope not understood", "type", f.Type, "payload", cut(kind.Type, 40), "bytes", len(f.Payload), "count", s.unreadable.Add(1))
	return reaction{}
}

// onEvent forgets what is known of a user group or a user who has changed. The manifest
// asks for the events of groups; whoever asks for user_change too has what is true of
// people a minute sooner. Slack brings an event to one of several processes: the others
// know within a minute, and everybody asks anew before a deed.
func (s *Client) onEvent(event json.RawMessage) {
	var e struct {
		Type string `json:"type"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		Group   string `json:"subteam_id"`
		Subteam struct {
			ID string `json:"id"`
		} `json:"subteam"`
	}
	if json.Unmarshal(event, &e) != nil {
		return
	}
	switch e.Type {
	case "user_change":
		s.people.forget(e.User.ID)
	case "subteam_members_changed":
		s.groups.forget(e.Group)
	case "subteam_updated": // disabled, or enabled again
		s.groups.forget(e.Subteam.ID)
	}
}

// follow does what comes behind the acknowledgement: the form while its trigger lives, and
// the line, if that did not go with the acknowledgement.
func (s *Client) follow(ctx context.Context, r reaction, arrived time.Time) {
	defer s.recoverPanic("follow")
	ctx, cancel := context.WithTimeout(ctx, whisperTime)
	defer cancel()
	if r.Form != nil {
		s.openForm(ctx, *r.Form, r.trigger, arrived.Add(triggerLife))
	}
	if r.Line != "" {
		if err := s.whisper(ctx, r.channel, r.by, r.Response); err != nil {
			s.Log.Warn("whisper not delivered", "error", err)
		}
	}
}

// recoverPanic keeps a panic from ending more than the work it happened in.
func (s *Client) recoverPanic(what string) {
	if p := recover(); p != nil {
		s.Log.Error("envelope not taken in", "type", what, "panic", p, "stack", string(debug.Stack()))
	}
}

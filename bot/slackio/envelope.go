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

// reaction is the handler's response together with where it has to go.
type reaction struct {
	intake.Response
	by      auth.Person
	channel string      // of the interaction; empty for a form and a shortcut
	trigger auth.Secret // trigger_id: opens one form, within triggerLife
	inAck   bool        // the line may travel in the acknowledgement

	// What the acknowledgement carries instead of the line.
	suggests bool              // choices are for a menu, even if there are none
	choices  []intake.Choice   // for a menu
	errors   map[string]string // of a form that stays open, as plain text by block_id
}

const (
	triggerLife = 3 * time.Second  // Slack's limit, counted here from the envelope's arrival: docs.slack.dev/interactivity/handling-user-interaction
	whisperTime = 4 * time.Second  // for everything sent after an acknowledgement; a stopping bot waits this long for it
	fillTime    = 10 * time.Second // for what a request form is filled with; ours, Slack has no limit for a view that is open
)

// open decodes an envelope and hands it to the handler. An envelope that cannot be decoded is
// acknowledged as well: without that, Slack would only report a failure to the person, or send the
// same envelope again.
func (s *Client) open(ctx context.Context, h intake.Handler, f frame) reaction {
	var kind struct {
		Type  string          `json:"type"`
		Event json.RawMessage `json:"event"`
		App   any             `json:"api_app_id"`
	}
	if json.Unmarshal(f.Payload, &kind) == nil {
		if app, named := s.app.Load(), kind.App; app != nil && named != nil && named != "" && named != *app {
			s.Log.Warn("the bot refused an envelope of another app", "type", f.Type, "app", cut(fmt.Sprint(named), 40))
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
			if json.Unmarshal(f.Payload, &v) == nil {
				switch v.View.Callback {
				case denyReason:
					return s.explain(ctx, h, v)
				case requestForm:
					return s.submit(ctx, h, f.EnvelopeID, v)
				case confirmForm:
					return s.confirm(ctx, h, v)
				}
			}
		case "interactive block_suggestion":
			var q suggestion
			if json.Unmarshal(f.Payload, &q) == nil {
				return s.suggest(ctx, h, q)
			}
		case "interactive shortcut":
			var p shortcut
			if json.Unmarshal(f.Payload, &p) == nil && p.Callback == requestForm {
				return s.startByShortcut(ctx, h, f.EnvelopeID, p)
			}
		case "events_api event_callback":
			s.onEvent(kind.Event)
			return reaction{}
		}
	}
	s.Log.Warn("the bot cannot decode an envelope from Slack", "type", f.Type, "payload", cut(kind.Type, 40), "bytes", len(f.Payload), "count", s.unreadable.Add(1))
	return reaction{}
}

// onEvent drops the cached answer about a user or user group that has changed. The manifest subscribes
// to the events of groups only; an app that subscribes to user_change as well sees changes to people up
// to a minute sooner. Slack delivers an event to one socket, so of several processes only one sees it:
// the caches of the others expire within a minute, and every process asks Slack again before an
// execution.
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

// follow does what comes after the acknowledgement: it opens the form for a reason while its trigger is valid, and
// whispers the line if the acknowledgement did not carry it.
func (s *Client) follow(ctx context.Context, r reaction, arrived time.Time) {
	defer s.recoverPanic("follow")
	ctx, cancel := context.WithTimeout(ctx, whisperTime)
	defer cancel()
	if r.Form != nil {
		s.openForm(ctx, *r.Form, r.trigger, arrived.Add(triggerLife))
	}
	if r.Confirm != nil {
		s.openConfirmForm(ctx, *r.Confirm, r.trigger, arrived.Add(triggerLife))
	}
	if r.Line != "" {
		if err := s.respondTo(ctx, r.channel, r.by, r.Response); err != nil {
			s.Log.Warn("Slack did not deliver a whisper", "error", err)
		}
	}
}

// recoverPanic is deferred; it confines a panic to the envelope that caused it.
func (s *Client) recoverPanic(what string) {
	if p := recover(); p != nil {
		s.Log.Error("the bot panicked over an envelope", "type", what, "panic", p, "stack", string(debug.Stack()))
	}
}

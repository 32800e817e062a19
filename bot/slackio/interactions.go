package slackio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// The payload types below decode only the fields that the bot uses. slack-go's types are not used,
// because they fail as a whole over one field of an unexpected shape, for instance
// is_enterprise_install as a string or an unusual block in the message.

// command is a slash command.
type command struct {
	Team        string      `json:"team_id"`
	Enterprise  string      `json:"enterprise_id"`
	Channel     string      `json:"channel_id"`
	User        string      `json:"user_id"`
	Text        string      `json:"text"`
	ResponseURL auth.Secret `json:"response_url"`
	Trigger     auth.Secret `json:"trigger_id"`
}

// user is the person who pressed or submitted. The payload's top-level team is not decoded: it is the
// app's team, not the person's.
type user struct {
	ID         string `json:"id"`
	Team       string `json:"team_id"`
	Enterprise string `json:"enterprise_id"`
}

// press is a button pressed on a message (block_actions).
type press struct {
	User      user `json:"user"`
	Container struct {
		Channel string `json:"channel_id"`
		TS      string `json:"message_ts"`
	} `json:"container"`
	Actions []struct {
		ID    string `json:"action_id"`
		Value string `json:"value"`
	} `json:"actions"`
	ResponseURL auth.Secret `json:"response_url"`
	Trigger     auth.Secret `json:"trigger_id"`
}

// submission is a submitted form (view_submission).
type submission struct {
	User user `json:"user"`
	View struct {
		ID       string `json:"id"`
		Callback string `json:"callback_id"`
		Private  string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]struct {
				Value  string `json:"value"`
				Option struct {
					Value string `json:"value"`
				} `json:"selected_option"`
				Conversation string `json:"selected_conversation"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// shortcut is the use of a global shortcut. Its payload names no channel
// (docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload).
type shortcut struct {
	User     user        `json:"user"`
	Callback string      `json:"callback_id"`
	Trigger  auth.Secret `json:"trigger_id"`
}

func (s *Client) ask(ctx context.Context, h intake.Handler, envelope string, c command) reaction {
	s.whispers.hold(c.Channel, c.User, c.ResponseURL)
	by := s.claimed(c.Team, c.Enterprise, c.User)
	response := h.Ask(ctx, intake.Ask{
		Interaction: ledger.Interaction{Envelope: envelope, Trigger: digest(c.Trigger.Reveal())},
		By:          by,
		Channel:     c.Channel,
		Text:        c.Text,
	})
	return reaction{Response: response, by: by, channel: c.Channel, trigger: c.Trigger, inAck: true}
}

func (s *Client) click(ctx context.Context, h intake.Handler, envelope string, p press, own bool) reaction {
	s.whispers.hold(p.Container.Channel, p.User.ID, p.ResponseURL)
	by := s.claimed(p.User.Team, p.User.Enterprise, p.User.ID)
	response := h.Click(ctx, intake.Click{
		Interaction: ledger.Interaction{Envelope: envelope, Trigger: digest(p.Trigger.Reveal())},
		By:          by,
		At:          ledger.Thread{Channel: p.Container.Channel, TS: p.Container.TS},
		Own:         own,
		Action:      words.Action(p.Actions[0].ID),
		Value:       p.Actions[0].Value,
	})
	return reaction{Response: response, by: by, channel: p.Container.Channel, trigger: p.Trigger}
}

// own reports whether the pressed message was posted by this app's own bot. It is false for a payload
// that contains no message, as with an ephemeral one, and for one that does not decode.
func (s *Client) own(payload json.RawMessage) bool {
	var p struct {
		App     string `json:"api_app_id"`
		Message struct {
			App string `json:"app_id"`
			Bot string `json:"bot_id"`
		} `json:"message"`
	}
	if json.Unmarshal(payload, &p) != nil {
		return false
	}
	if app := s.app.Load(); app != nil && p.App != *app {
		return false
	}
	if p.Message.App != "" && p.Message.App != p.App {
		return false
	}
	return p.Message.Bot != "" && p.Message.Bot == s.identity.BotID
}

func (s *Client) startByShortcut(ctx context.Context, h intake.Handler, envelope string, p shortcut) reaction {
	by := s.claimed(p.User.Team, p.User.Enterprise, p.User.ID)
	response := h.Shortcut(ctx, intake.Shortcut{
		Interaction: ledger.Interaction{Envelope: envelope, Trigger: digest(p.Trigger.Reveal())},
		By:          by,
	})
	if response.Opening != nil {
		response.Line = "" // the form says it; there is no place for a whisper
	}
	return reaction{Response: response, by: by, trigger: p.Trigger}
}

func (s *Client) explain(ctx context.Context, h intake.Handler, v submission) reaction {
	by := s.claimed(v.User.Team, v.User.Enterprise, v.User.ID)
	response := h.DenyReason(ctx, intake.Form{
		Request: ledger.ID(v.View.Private),
		By:      by,
		Reason:  v.View.State.Values[reasonInput][reasonInput].Value,
	})
	return reaction{Response: response, by: by}
}

// claimed returns the person behind an interaction, as far as the payload tells. The payload proves the
// user id. Of the organisation it names only one of that person's workspaces, or the app's. Without
// Enterprise Grid that is the person's organisation. On Grid, people of every workspace of the
// enterprise belong to the home organisation, so the payload cannot show that somebody is an outsider,
// and claimed assumes that they are not. users.info decides whenever a person is judged.
func (s *Client) claimed(team, enterprise, user string) auth.Person {
	if s.identity.EnterpriseID != "" {
		return auth.Person{Org: s.Home(), ID: user}
	}
	return s.person(team, enterprise, user)
}

// FormerHome returns the organisation id under which the ledger may still hold people of the home
// organisation: when a workspace joins an Enterprise Grid, the enterprise's id replaces the team's. It
// is empty if the workspace is not on a Grid.
func (s *Client) FormerHome() string {
	if s.identity.EnterpriseID == "" {
		return ""
	}
	return s.identity.TeamID
}

// digest returns a hash by which a trigger_id can be recognised later. The trigger_id itself is not
// stored, because anybody who has it can open a form for three seconds.
func digest(trigger string) string {
	if trigger == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(trigger))
	return hex.EncodeToString(sum[:16])
}

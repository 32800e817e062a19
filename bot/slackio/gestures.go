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

// The payloads hold what is used of them and no more: slack-go's types fail as a whole over
// one field of an odd shape, is_enterprise_install or a block of the message among them.

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

// user is who pressed or submitted. team in the payload is the app's and not theirs.
type user struct {
	ID         string `json:"id"`
	Team       string `json:"team_id"`
	Enterprise string `json:"enterprise_id"`
}

// press is a button pressed on a message.
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

// submission is a form filled in.
type submission struct {
	User user `json:"user"`
	View struct {
		Callback string `json:"callback_id"`
		Private  string `json:"private_metadata"`
		State    struct {
			Values map[string]map[string]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
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

// own reports whether a press came from a message of this app's own bot. A payload that shows
// no message, as of an ephemeral one, does not say so, nor does one of an odd shape.
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
	return p.Message.Bot != "" && p.Message.Bot == s.home.BotID
}

func (s *Client) submit(ctx context.Context, h intake.Handler, v submission) reaction {
	by := s.claimed(v.User.Team, v.User.Enterprise, v.User.ID)
	response := h.DenyReason(ctx, intake.Form{
		Request: ledger.ID(v.View.Private),
		By:      by,
		Reason:  v.View.State.Values[reasonInput][reasonInput].Value,
	})
	return reaction{Response: response, by: by}
}

// claimed is who made a gesture, as far as its payload tells. It proves the user id; of the
// organisation it names one workspace of that person, or the app's. Off Enterprise Grid that is
// theirs. On Grid people of every workspace of the enterprise are at home, so nobody is taken for
// a stranger by it: what users.info says decides, whenever somebody is judged.
func (s *Client) claimed(team, enterprise, user string) auth.Person {
	if s.home.EnterpriseID != "" {
		return auth.Person{Org: s.Home(), ID: user}
	}
	return s.person(team, enterprise, user)
}

// FormerHome is the id by which persons of the home organisation may have been written down before:
// a workspace that joins an Enterprise Grid is known by the enterprise from then on. Empty = none.
func (s *Client) FormerHome() string {
	if s.home.EnterpriseID == "" {
		return ""
	}
	return s.home.TeamID
}

// digest keeps a trigger_id recognisable without keeping it: whoever holds one can open
// forms for three seconds.
func digest(trigger string) string {
	if trigger == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(trigger))
	return hex.EncodeToString(sum[:16])
}

package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// impossible is what a person cannot do in Slack's client, or on Microsoft's sign-in page; nothing was sent.
type impossible struct {
	Why   string `json:"refused"`
	Block string `json:"block,omitempty"` // the input that it is about: in a form of Slack's by its block_id
}

func (e *impossible) Error() string { return e.Why }

func known(person string) bool {
	return slices.ContainsFunc(people, func(r role) bool { return r.id == person })
}

// who is the id of one of the people here.
type who string

func (w *who) UnmarshalText(b []byte) error {
	if !known(string(b)) {
		return fmt.Errorf("%q is nobody here", b)
	}
	*w = who(b)
	return nil
}

const command = "/reprovision"

// typed sends a command, or says something in the channel.
func (s *session) typed(_ context.Context, a struct {
	As            who
	Channel, Text string
}) (any, error) {
	first, _, _ := strings.Cut(strings.TrimSpace(a.Text), " ")
	switch {
	case !s.in(string(a.As), a.Channel):
		return nil, &impossible{Why: "You are not in this channel."}
	case first == command:
		return s.sent(s.slack.Type(string(a.As), a.Channel, a.Text), strings.TrimSpace(a.Text), "")
	case strings.HasPrefix(first, "/"):
		return nil, &impossible{Why: fmt.Sprintf("%s is not a command here. Try %s.", first, command)}
	case first == "":
		return nil, nil
	}
	s.slack.Say(string(a.As), a.Channel, a.Text)
	return nil, nil
}

// in reports whether a person is in a channel.
func (s *session) in(person, channel string) bool {
	return slices.ContainsFunc(s.rooms(person), func(r room) bool { return r.ID == channel })
}

func (s *session) shortcut(_ context.Context, a struct{ As who }) (any, error) {
	return s.sent(s.slack.Shortcut(string(a.As), "reprovision"), "the shortcut", "")
}

// pressed presses a button of a message that the person sees, or saw a moment ago: a dialog that asks stays
// open while the message below it changes, as in Slack's client.
func (s *session) pressed(_ context.Context, a struct {
	As                                who
	Channel, TS, Action, Value, Label string
}) (any, error) {
	m, stale := s.showing(a.Channel, a.TS, a.Action)
	press := func() *slackfake.Interaction {
		switch {
		case stale:
			return s.slack.PressStale(string(a.As), m, a.Action)
		case a.Value == "":
			return s.slack.Press(string(a.As), m, a.Action)
		}
		return s.slack.PressValue(string(a.As), m, a.Action, a.Value)
	}
	return s.sent(press(), "["+a.Label+"]", a.Action)
}

// showing is the message with that ts, and whether its newest version with the button is an earlier one.
func (s *session) showing(channel, ts, action string) (m slackfake.Message, stale bool) {
	for _, m := range s.slack.Messages(channel) {
		if m.TS != ts || hasButton(m.Blocks, action) {
			continue
		}
		for _, v := range slices.Backward(m.History) {
			if hasButton(v.Blocks, action) {
				m.Blocks = v.Blocks
				return m, true
			}
		}
	}
	return slackfake.Message{Channel: channel, TS: ts}, false
}

func hasButton(blocks json.RawMessage, action string) bool {
	return strings.Contains(string(blocks), `"action_id":"`+action+`"`)
}

// submitted sends a form. Values are what was entered, by block_id and action_id.
func (s *session) submitted(_ context.Context, a struct {
	As     who
	View   string
	Values map[string]map[string]any
}) (any, error) {
	return s.sent(s.slack.Submit(string(a.As), a.View, a.Values), "a form", "")
}

func (s *session) closed(_ context.Context, a struct {
	As   who
	View string
}) (any, error) {
	s.slack.CloseView(string(a.As), a.View) // impossible only means that the bot is not told
	return nil, nil
}

// option is a choice of a menu, as the page shows it.
type option struct {
	Text        string `json:"text"`
	Description string `json:"description,omitempty"`
	Value       string `json:"value"`
	Group       string `json:"group,omitempty"`
}

// suggestDeadline is how long the page waits for what the bot suggests: as long as Slack does
// (docs.slack.dev/reference/block-kit/block-elements/select-menu-element).
const suggestDeadline = 3 * time.Second

// suggest is what a menu of a form offers for what was typed: options of the bot's, or channels.
func (s *session) suggest(ctx context.Context, a struct {
	As                         who
	View, Block, Action, Typed string
}) (any, error) {
	options := []option{}
	if s.asksForChannel(string(a.As), a.View, a.Block) {
		for _, r := range s.rooms(string(a.As)) {
			if !r.IM && strings.Contains(r.Name, strings.TrimPrefix(strings.ToLower(a.Typed), "#")) {
				options = append(options, option{Text: "#" + r.Name, Value: r.ID})
			}
		}
		return options, nil
	}
	ctx, cancel := context.WithTimeout(ctx, suggestDeadline)
	defer cancel()
	g := s.slack.Suggest(string(a.As), a.View, a.Block, a.Action, a.Typed)
	if g.Outcome() == slackfake.Impossible { // too little was typed
		return options, nil
	}
	s.did(g, fmt.Sprintf("searches %q", a.Typed), "")
	if _, err := g.WaitAck(ctx); err != nil {
		return nil, &impossible{Why: "The app did not answer in time."}
	}
	for _, o := range g.Options() {
		options = append(options, option{o.Text, o.Description, o.Value, o.Group})
	}
	return options, nil
}

// asksForChannel reports whether the input of that block is a menu of conversations.
func (s *session) asksForChannel(person, view, block string) bool {
	var form struct {
		Blocks []struct {
			BlockID string `json:"block_id"`
			Element struct{ Type string }
		}
	}
	for _, v := range s.slack.Views(person) {
		if v.ID == view && json.Unmarshal(v.JSON, &form) == nil {
			for _, b := range form.Blocks {
				if b.BlockID == block {
					return b.Element.Type == "conversations_select"
				}
			}
		}
	}
	return false
}

// signedIn enters a code on Microsoft's sign-in page, and signs in or declines.
func (s *session) signedIn(_ context.Context, a struct {
	As       who // whose account it is, whoever was shown the code
	Code     string
	Declines bool
}) (any, error) {
	r := roleOf(string(a.As))
	browser := graphfake.Browser{UserID: r.oid, UPN: r.account, Declines: a.Declines}
	if r.id == gil {
		browser.HomeTenant = elsewhere
	}
	if s.tenant.EnterCode(strings.TrimSpace(a.Code), browser) != nil {
		return nil, &impossible{Why: "That code didn't work. Check the code and try again.", Block: "code"} // the page says no more
	}
	return nil, nil
}

// sent remembers what was sent to the bot, or tells why nothing was.
func (s *session) sent(g *slackfake.Interaction, what, action string) (any, error) {
	if g.Outcome() == slackfake.Impossible {
		_, err := g.WaitAck(context.Background()) // returns at once, and says why
		_, why, _ := strings.Cut(err.Error(), "impossible: ")
		if block, of, ok := strings.Cut(why, ": "); ok { // of a form
			return nil, &impossible{Why: "Slack does not send this: " + of + ".", Block: block}
		}
		return nil, &impossible{Why: "Slack would not let you: " + why + "."}
	}
	s.did(g, what, action)
	return nil, nil
}

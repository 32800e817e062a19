package slackio

import (
	"context"
	"encoding/json"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/intake"
)

const (
	mostOptions   = 40 // of a menu at once; ours: Slack takes 100, but not in one acknowledgement
	longestOption = 75 // characters of an option's text, description and value: docs.slack.dev/reference/block-kit/composition-objects/option-object; for the value @slack/types say 75, the page 150
)

// suggestion is what somebody has typed into a menu so far (block_suggestion).
type suggestion struct {
	User   user   `json:"user"`
	Block  string `json:"block_id"`
	Action string `json:"action_id"`
	Value  string `json:"value"`
	View   struct {
		Callback string `json:"callback_id"`
	} `json:"view"`
}

// suggestions is the payload of an acknowledgement that fills a menu
// (docs.slack.dev/reference/interaction-payloads/block_suggestion-payload).
type suggestions struct {
	Options []json.RawMessage `json:"options"`
}

// suggest fills the menu of machines. Slack asks at every letter and drops an answer that takes 3 s, so
// nothing is looked up here. A menu that is not the bot's gets no options.
func (s *Client) suggest(ctx context.Context, h intake.Handler, q suggestion) reaction {
	r := reaction{suggests: true}
	if q.View.Callback != requestForm || q.Action != string(intake.FieldMachine) {
		s.Log.Warn("Slack asked for the options of a menu that the bot does not have", "action", cut(q.Action, 40))
		return r
	}
	r.choices = h.Search(ctx, intake.Search{By: s.claimed(q.User.Team, q.User.Enterprise, q.User.ID), Text: q.Value})
	return r
}

// ackFrame is how many bytes an acknowledgement with options has besides the options and the envelope id.
const ackFrame = len(`{"envelope_id":"","payload":{"options":[]}}`)

// options returns choices as options of a menu, as many as have less than limit bytes together.
func options(choices []intake.Choice, limit int) []json.RawMessage {
	list, size := []json.RawMessage{}, 0 // not nil: Slack takes an empty list, and no null
	for _, c := range choices {
		if len(list) == mostOptions {
			break
		}
		if c.ID == "" || c.Name == "" { // Slack takes no empty text and no empty value
			continue
		}
		var about *slack.TextBlockObject
		if c.About != "" {
			about = plainText(cut(c.About, longestOption))
		}
		raw, err := json.Marshal(slack.NewOptionBlockObject(cut(c.ID, longestOption), plainText(cut(c.Name, longestOption)), about))
		if size += len(raw) + len(","); err != nil || size >= limit {
			break
		}
		list = append(list, raw)
	}
	return list
}

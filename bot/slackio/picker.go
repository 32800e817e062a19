package slackio

import (
	"cmp"
	"context"
	"fmt"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/words"
)

// mostPicks is how many things a picker shows: 40 machines, and a way out. It is ours, Slack would take 50 blocks.
const mostPicks = 41

// Offer whispers a line and below it machines to choose from, each with a button. It goes the way of
// [Client.Whisper]. What is beyond mostPicks is left out.
func (s *Client) Offer(ctx context.Context, channel string, to auth.Person, line words.Line, picks []words.Pick) error {
	return s.deliver(ctx, channel, to, private{line, pickBlocks(line, picks)})
}

// pickBlocks returns a line and machines to choose from as Block Kit. All buttons have the same
// action_id, which Slack allows only once per block, so each machine is a section of its own.
func pickBlocks(line words.Line, picks []words.Pick) []slack.Block {
	var list []slack.Block
	for _, text := range sections(string(line), 3000) {
		list = append(list, slack.NewSectionBlock(mrkdwn(text), nil, nil))
	}
	for i, p := range picks[:min(len(picks), mostPicks)] {
		button := slack.NewButtonBlockElement(string(cmp.Or(p.Action, words.PressPick)), p.Value, plainText(cut(p.Button, 75)))
		button.AccessibilityLabel = cut(p.Label, 75)
		list = append(list, slack.NewSectionBlock(mrkdwn(cut(string(p.Text), 3000)), nil, slack.NewAccessory(button),
			slack.SectionBlockOptionBlockID(fmt.Sprintf("%s-%d", words.PressPick, i))))
	}
	return list
}

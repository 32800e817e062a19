package slackio

import (
	"slices"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/words"
)

// cardOptions returns a card as message options: its blocks, and the fallback text for
// notifications and screen readers. Both are always set: chat.update with text alone removes the
// blocks (docs.slack.dev/reference/methods/chat.update).
func cardOptions(c words.Card) []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(string(c.Fallback()), false),
		slack.MsgOptionBlocks(blocks(c)...),
	}
}

// blocks returns a card as Block Kit, cut to Slack's limits: header 150 characters, section text
// 3000, ten fields of 2000 each, button text 75, and for a confirmation dialog title 100, text 300
// and buttons 30 (docs.slack.dev/reference/block-kit). slack-go does not enforce them. Text
// that came from people or from Graph goes into plain_text objects, in which Slack interprets neither
// markup nor mentions.
func blocks(c words.Card) []slack.Block {
	list := []slack.Block{slack.NewHeaderBlock(plainText(cut(c.Title, 150)))}
	if c.Options != "" {
		list = append(list, slack.NewSectionBlock(plainText(cut(c.Options, 3000)), nil, nil))
	}
	for facts := range slices.Chunk(c.Facts, 10) {
		var fields []*slack.TextBlockObject
		for _, f := range facts {
			fields = append(fields, plainText(cut(f.Name+"\n"+f.Value, 2000)))
		}
		list = append(list, slack.NewSectionBlock(nil, fields, nil))
	}
	if c.Status != "" {
		list = append(list, slack.NewSectionBlock(mrkdwn(cut(string(c.Status), 3000)), nil, nil))
	}
	if len(c.Buttons) > 0 {
		list = append(list, slack.NewActionBlock("decision", buttons(c)...))
	}
	asked := "asked by <@" + c.Asked.ID + "> · " + string(c.Request)
	return append(list, slack.NewContextBlock("", mrkdwn(asked)))
}

// buttons returns a card's buttons. The value of each is the request's id; its action_id says which
// one was pressed.
func buttons(c words.Card) []slack.BlockElement {
	var list []slack.BlockElement
	for _, b := range c.Buttons {
		e := slack.NewButtonBlockElement(string(b.Action), string(c.Request), plainText(cut(b.Text, 75)))
		e.Style = slack.Style(b.Style)
		if q := b.Confirm; q != nil {
			e.Confirm = slack.NewConfirmationBlockObject(plainText(cut(q.Title, 100)), plainText(cut(q.Text, 300)),
				plainText(cut(q.Yes, 30)), plainText(cut(q.No, 30)))
		}
		list = append(list, e)
	}
	return list
}

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}

func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

// cut shortens s to at most n characters, the last of them an ellipsis.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

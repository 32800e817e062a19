package slackio

import (
	"fmt"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// cardOptions returns a card as message options: its blocks, and the text beside them for
// notifications on a phone and for screen readers. Both are always set: chat.update with text alone
// removes the blocks (docs.slack.dev/reference/methods/chat.update).
func cardOptions(c words.Card) []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(string(c.Notice), false),
		slack.MsgOptionBlocks(blocks(c)...),
	}
}

// blocks returns a card as Block Kit, cut to Slack's limits: header 150 characters, section text
// 3000, ten fields of 2000 each, button text and accessibility_label 75, and for a confirmation dialog
// title 100, text 300 and buttons 30 (docs.slack.dev/reference/block-kit). slack-go does not enforce
// them. Text that came from people or from Graph is escaped, or goes into plain_text objects, in which
// Slack interprets neither markup nor mentions. Each redraw has new block_ids, as Slack asks.
func blocks(c words.Card) []slack.Block {
	id := func(name string) string { return fmt.Sprintf("%s-%d", name, c.Version) }
	header := slack.NewHeaderBlock(plainText(cut(c.Title, 150)))
	header.BlockID = id("title")
	list := []slack.Block{header}
	for _, text := range []struct {
		name string
		line words.Line
	}{{"status", c.Status}, {"warning", c.Warning}} {
		if text.line != "" {
			list = append(list, slack.NewSectionBlock(mrkdwn(cut(string(text.line), 3000)), nil, nil, slack.SectionBlockOptionBlockID(id(text.name))))
		}
	}
	var fields []*slack.TextBlockObject
	for _, f := range c.Facts[:min(len(c.Facts), 10)] {
		fields = append(fields, mrkdwn(cut("*"+f.Name+"*\n"+string(f.Value), 2000)))
	}
	if len(fields) > 0 {
		list = append(list, slack.NewSectionBlock(nil, fields, nil, slack.SectionBlockOptionBlockID(id("facts"))))
	}
	if len(c.Buttons) > 0 {
		list = append(list, slack.NewActionBlock(id("decision"), buttons(c.Request, c.Buttons)...))
	}
	if c.Small != "" {
		list = append(list, slack.NewContextBlock(id("small"), mrkdwn(cut(string(c.Small), 2000))))
	}
	return list
}

// noticeBlocks returns a direct message with buttons as Block Kit. Without buttons it is its text alone.
func noticeBlocks(n words.Notice) []slack.Block {
	var list []slack.Block
	for _, text := range sections(string(n.Line), 3000) {
		list = append(list, slack.NewSectionBlock(mrkdwn(text), nil, nil))
	}
	if len(n.Buttons) > 0 {
		list = append(list, slack.NewActionBlock("notice", buttons(n.Request, n.Buttons)...))
	}
	return list
}

// buttons returns the buttons of a request's message. The value of each is the request's id; its
// action_id says which one was pressed.
func buttons(id ledger.ID, of []words.Button) []slack.BlockElement {
	var list []slack.BlockElement
	for _, b := range of {
		e := slack.NewButtonBlockElement(string(b.Action), string(id), plainText(cut(b.Text, 75)))
		e.Style, e.AccessibilityLabel = slack.Style(b.Style), cut(b.Label, 75)
		if q := b.Confirm; q != nil {
			e.Confirm = slack.NewConfirmationBlockObject(plainText(cut(q.Title, 100)), plainText(cut(q.Text, 300)),
				plainText(cut(q.Yes, 30)), plainText(cut(q.No, 30))).WithStyle(slack.Style(q.Style))
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

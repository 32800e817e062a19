package slackio

import (
	"strings"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

// whisperOptions are a whisper as a message: text alone, or what stands on a page.
func whisperOptions(r intake.Response) []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(string(r.Line), false)}
	if list := pages(r); list != nil {
		options = append(options, slack.MsgOptionBlocks(list...))
	}
	return options
}

func blockSet(r intake.Response) *slack.Blocks {
	if list := pages(r); list != nil {
		return &slack.Blocks{BlockSet: list}
	}
	return nil
}

// pages is a whisper as Block Kit, if buttons lead on from it. Both bear one action_id,
// which Slack allows once in a block: so each has a block of its own.
func pages(r intake.Response) []slack.Block {
	if r.Pages == (intake.Pages{}) {
		return nil
	}
	var list []slack.Block
	for _, text := range sections(string(r.Line), 3000) {
		list = append(list, slack.NewSectionBlock(mrkdwn(text), nil, nil))
	}
	for _, b := range []struct{ id, text, value string }{
		{"previous", "Previous page", r.Pages.Previous}, {"next", "Next page", r.Pages.Next},
	} {
		if b.value != "" {
			e := slack.NewButtonBlockElement(string(words.PressPage), b.value, plainText(b.text))
			list = append(list, slack.NewActionBlock(b.id, e))
		}
	}
	return list
}

// sections cuts a text between its lines into parts of at most n runes. A cut elsewhere
// could leave half a link or half an escape behind.
func sections(text string, n int) (parts []string) {
	size := 0
	for line := range strings.SplitSeq(text, "\n") {
		line = cut(line, n)
		more := len([]rune(line)) + 1
		if size > 0 && size+more <= n {
			parts[len(parts)-1] += "\n" + line
			size += more
			continue
		}
		if line != "" { // Slack takes no empty section
			parts, size = append(parts, line), more
		}
	}
	return parts
}

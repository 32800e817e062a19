package slackio

import (
	"strings"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

// pages returns a whisper as Block Kit if it has buttons for the previous or next page, else nil. Both
// buttons have the same action_id, which Slack allows only once per block, so each gets a block of its
// own.
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

// sections splits a text between lines into parts of at most n characters. A split within a line could
// cut a link or an escape sequence in half; only a line longer than n is cut.
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

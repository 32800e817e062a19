package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Question is the level of an item of [Checklist] in JSON.
const Question Level = "check"

// Checklist is what Slack tells no app, for a person to check. Where a symptom is known, it is named.
var Checklist = []string{
	"api.slack.com/apps › your app › Socket Mode is on; else no command arrives",
	"… › Interactivity & Shortcuts: interactivity is on; else no button works",
	"… › Interactivity & Shortcuts has the global shortcut with the callback id reprovision; else it is not offered",
	"… › Slash Commands has /reprovision, with “Escape channels, users, and links” on; else @mentions arrive as names",
	"… › Event Subscriptions has subteam_members_changed and subteam_updated, if a list names a user group; else who left a group still counts for up to a minute",
	"… › App Home: the Messages tab is on; else the bot cannot send direct messages",
	"Slack's admin settings › who may create and edit user groups: only people whom you trust to make admins of this bot, if ADMINS names a group",
	"no other process uses this SLACK_APP_TOKEN, such as a trial on somebody's laptop: it would get a share of the clicks",
}

// Places is one more item where no APPROVAL_CHANNEL is set: cards are posted where the command was typed.
const Places = "without APPROVAL_CHANNEL, the bot is a member of each channel in which people will type (/invite it there), and none of them is shared with another organisation"

// questions are for a person to answer, below a heading that says why the program cannot.
type questions struct {
	why  string
	list []string
}

// line is a finding in JSON.
type line struct {
	Level   Level  `json:"level"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Cure    string `json:"cure"`
}

// write prints findings and what a person has to check.
func write(out io.Writer, found []Finding, asked []questions, asJSON bool) error {
	var b strings.Builder
	if asJSON {
		lines := json.NewEncoder(&b)
		lines.SetEscapeHTML(false)
		for _, f := range found {
			if err := lines.Encode(line{f.Level, f.Subject, f.Text, f.Cure}); err != nil {
				return err
			}
		}
		for _, about := range asked {
			for _, question := range about.list {
				if err := lines.Encode(line{Question, "checklist", question, ""}); err != nil {
					return err
				}
			}
		}
	} else {
		for _, f := range found {
			text := f.Text
			if f.Cure != "" {
				text += ". To do: " + f.Cure
			}
			fmt.Fprintf(&b, "%-4s  %-13s  %s\n", f.Level, f.Subject, text)
		}
		for _, about := range asked {
			fmt.Fprintf(&b, "\n%s; check it yourself:\n", about.why)
			for _, question := range about.list {
				fmt.Fprintln(&b, "  [ ]", question)
			}
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

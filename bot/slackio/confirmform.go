package slackio

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

const (
	confirmForm = "confirm-own" // callback_id of the form in which somebody confirms a machine of their own
	longestName = 200           // characters of a machine's name; ours, Graph documents no limit
)

// openConfirmForm shows the form to the person whose interaction carried the trigger, and gives up at by. If Slack
// does not open it, they can press the button again.
func (s *Client) openConfirmForm(ctx context.Context, f intake.ConfirmForm, trigger auth.Secret, by time.Time) {
	if _, err := s.openView(ctx, confirmView(f), trigger, by); err != nil {
		s.Log.Warn("Slack did not open a form", "request", f.Request, "error", err)
	}
}

// confirmView returns the form. Its private_metadata is the value of the button that opened it: the request's
// id, and which of its machines.
func confirmView(f intake.ConfirmForm) slack.ModalViewRequest {
	says := words.ConfirmForm(f.Machine, f.Needed)
	name := slack.NewPlainTextInputBlockElement(placeholder(says.Name), string(intake.FieldName))
	name.MaxLength = longestName
	reason := slack.NewPlainTextInputBlockElement(nil, string(intake.FieldReason))
	reason.Multiline, reason.MaxLength = true, longestReason
	return slack.ModalViewRequest{
		Type:  slack.VTModal,
		Title: plainText(cut(says.Title, 24)), // Slack's limit: docs.slack.dev/reference/views/modal-views
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(plainText(cut(says.Warning, 3000)), nil, nil),
			input(intake.FieldName, says.Name, false, name),
			input(intake.FieldReason, says.Reason, !f.WantReason, reason),
		}},
		Submit: plainText(says.Send), Close: plainText(says.Cancel),
		CallbackID: confirmForm, PrivateMetadata: fmt.Sprintf("%s %d", f.Request, f.Index),
	}
}

// confirmed matches the private_metadata of the form.
var confirmed = regexp.MustCompile(`^(R-[0-9A-Z]{4,12}) ([0-9]{1,3})$`)

func (s *Client) confirm(ctx context.Context, h intake.Handler, v submission) reaction {
	by := s.claimed(v.User.Team, v.User.Enterprise, v.User.ID)
	m := confirmed.FindStringSubmatch(v.View.Private)
	if m == nil {
		s.Log.Warn("Slack sent a form that the bot cannot read", "by", by.ID)
		return reaction{by: by}
	}
	index, _ := strconv.Atoi(m[2]) // three digits
	r := reaction{by: by, Response: h.Confirm(ctx, intake.Confirmation{
		By: by, Request: ledger.ID(m[1]), Index: index, Name: v.entered(intake.FieldName), Reason: v.entered(intake.FieldReason),
	})}
	r.errors = v.complaints(r.Errors)
	return r
}

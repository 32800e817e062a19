package slackio

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

const (
	denyReason    = "deny-reason" // callback_id of the form that asks for the reason of a denial
	reasonInput   = "reason"      // block_id and action_id of its only input
	longestReason = 300           // characters; ours, Slack would allow 3000
)

// openForm shows a form to the person whose interaction carried the trigger, and gives up at by. It is
// best effort: the decision is already recorded, and does not depend on the form.
func (s *Client) openForm(ctx context.Context, f intake.Form, trigger auth.Secret, by time.Time) {
	if _, err := s.openView(ctx, view(f), trigger, by); err != nil {
		s.Log.Warn("Slack did not open a form", "request", f.Request, "error", err)
	}
}

// openView opens a modal with a trigger, and gives up at by. It returns the view's id.
func (s *Client) openView(ctx context.Context, v slack.ModalViewRequest, trigger auth.Secret, by time.Time) (string, error) {
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	return s.showView(ctx, "views.open", url.Values{"trigger_id": {trigger.Reveal()}}, v)
}

// showView calls views.open or views.update. slack-go's own functions are not used, because they decode
// the whole view of the answer, of which only the id is needed.
func (s *Client) showView(ctx context.Context, method string, args url.Values, v slack.ModalViewRequest) (id string, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	args.Set("view", string(raw))
	var answer struct {
		View struct {
			ID string `json:"id"`
		} `json:"view"`
	}
	err = s.asking(ctx, method, args, &answer)
	return answer.View.ID, err
}

// view returns the form, which asks for an optional reason. Slack limits a modal's title to 24
// characters (docs.slack.dev/surfaces/modals), so a longer title is cut, and shown in full in a section
// above the input. Slack itself writes "(optional)" behind the label of such an input.
func view(f intake.Form) slack.ModalViewRequest {
	says := words.DenyForm(f.Machine)
	input := slack.NewPlainTextInputBlockElement(nil, reasonInput)
	input.Multiline, input.MaxLength = true, longestReason
	block := slack.NewInputBlock(reasonInput, plainText(says.Label), plainText(says.Hint), input)
	block.Optional = true
	blocks := []slack.Block{block}
	title := cut(says.Title, 24)
	if title != says.Title {
		blocks = []slack.Block{slack.NewSectionBlock(plainText(cut(says.Title, 3000)), nil, nil), block}
	}
	return slack.ModalViewRequest{
		Type:            slack.VTModal,
		Title:           plainText(title),
		Blocks:          slack.Blocks{BlockSet: blocks},
		Submit:          plainText(says.Send),
		Close:           plainText(says.Skip),
		CallbackID:      denyReason,
		PrivateMetadata: string(f.Request),
	}
}

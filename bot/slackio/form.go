package slackio

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
)

const (
	denyReason    = "deny-reason" // callback_id of the one form there is
	reasonInput   = "reason"      // its one input, block and action
	longestReason = 300           // runes
)

// openForm shows a form to who made the gesture that the trigger is of. Best effort: what
// was decided is decided without it.
func (s *Client) openForm(ctx context.Context, f intake.Form, trigger auth.Secret, by time.Time) {
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	err := s.callUnlessCooling("views.open", func() error {
		_, err := s.api().OpenViewContext(ctx, trigger.Reveal(), view(f))
		return err
	})
	if err != nil {
		s.Log.Warn("form not opened", "request", f.Request, "error", err)
	}
}

// view asks for a reason and is as well left empty.
func view(f intake.Form) slack.ModalViewRequest {
	input := slack.NewPlainTextInputBlockElement(nil, reasonInput)
	input.Multiline, input.MaxLength = true, longestReason
	block := slack.NewInputBlock(reasonInput, plainText("Reason"), plainText("Everybody who sees the thread can read it."), input)
	block.Optional = true
	blocks := []slack.Block{block}
	title := cut(f.Title, 24)
	if title != f.Title {
		blocks = []slack.Block{slack.NewSectionBlock(plainText(cut(f.Title, 3000)), nil, nil), block}
	}
	return slack.ModalViewRequest{
		Type:            slack.VTModal,
		Title:           plainText(title),
		Blocks:          slack.Blocks{BlockSet: blocks},
		Submit:          plainText("Send"),
		Close:           plainText("Skip"),
		CallbackID:      denyReason,
		PrivateMetadata: string(f.Request),
	}
}

package slackio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/intake"
)

const responseURL = "response_url" // is a method of its own to whoever reckons calls

// respond says something where a gesture was made. Only Slack's own yes counts: slack-go
// looks at the status alone, and would take the page of a proxy for a whisper that arrived.
func (s *Client) respond(ctx context.Context, address auth.Secret, r intake.Response) error {
	off := false
	raw, err := json.Marshal(&slack.WebhookMessage{
		Text: string(r.Line), Blocks: blockSet(r), ResponseType: slack.ResponseTypeEphemeral, UnfurlLinks: &off, UnfurlMedia: &off,
		ReplaceOriginal: false, // is sent: left out, it would replace the card
	})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.Reveal(), bytes.NewReader(raw))
	if err != nil {
		return withoutURL(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	if err := throttled(resp); err != nil {
		return err
	}
	raw, err = io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	var verdict struct {
		OK bool `json:"ok"`
	}
	switch {
	case err != nil:
		return withoutURL(err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("status %d", resp.StatusCode)
	case string(bytes.TrimSpace(raw)) == "ok": // of a command
		return nil
	case json.Unmarshal(raw, &verdict) != nil || !verdict.OK:
		return errors.New("no answer of Slack's")
	}
	return nil
}

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
)

const responseURL = "response_url" // the name under which cooldowns count it, as if it were a Web API method

// respond whispers through an interaction's response_url. Only Slack's own confirmation in the body counts
// as success. slack-go's webhook functions are not used, because they check only the HTTP status and
// would mistake a proxy's page for a delivered whisper.
func (s *Client) respond(ctx context.Context, address auth.Secret, p private) error {
	off := false
	var blocks *slack.Blocks
	if p.blocks != nil {
		blocks = &slack.Blocks{BlockSet: p.blocks}
	}
	raw, err := json.Marshal(&slack.WebhookMessage{
		Text: string(p.text), Blocks: blocks, ResponseType: slack.ResponseTypeEphemeral, UnfurlLinks: &off, UnfurlMedia: &off,
		ReplaceOriginal: false, // must be sent: if it were omitted, Slack would replace the card
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
	case string(bytes.TrimSpace(raw)) == "ok": // the body for a command's response_url; that of a press is JSON
		return nil
	case json.Unmarshal(raw, &verdict) != nil || !verdict.OK:
		return errors.New("the answer is not from Slack")
	}
	return nil
}

package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
)

const longestAnswer = 1 << 20 // bytes read of any answer or frame

// call calls a Web API method without slack-go and decodes into out only the fields that out names.
// It is used where slack-go's types lack a field, or fail as a whole over a field that the bot does
// not need. It returns the same error types as slack-go, and *notSlack for an answer that is not
// Slack's.
func (s *Client) call(ctx context.Context, method string, args url.Values, out any) error {
	form := url.Values{"token": {s.BotToken.Reveal()}}
	maps.Copy(form, args)
	return s.send(ctx, method, form, nil, s.noteScopes, out)
}

// send sends a form and decodes the answer; see call. headers gets the headers of every answer.
func (s *Client) send(ctx context.Context, method string, form url.Values, bearer *auth.Secret, headers func(http.Header), out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.APIURL+method, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("SLACK_API_URL: %w", withoutURL(err))
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if bearer != nil {
		req.Header.Set("Authorization", "Bearer "+bearer.Reveal())
	}
	resp, err := s.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	headers(resp.Header)
	if err := throttled(resp); err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	if err != nil {
		return err
	}
	var no slack.SlackErrorResponse
	var verdict struct {
		OK     bool   `json:"ok"`
		Error  string `json:"error"`
		Needed string `json:"needed"`
		Meta   struct {
			Messages []string `json:"messages"`
		} `json:"response_metadata"`
	}
	switch err := json.Unmarshal(raw, &verdict); {
	case err != nil, !verdict.OK && verdict.Error == "":
		return &notSlack{resp.StatusCode}
	case !verdict.OK:
		no.Err, no.Needed, no.ResponseMetadata.Messages = verdict.Error, verdict.Needed, verdict.Meta.Messages
		return no
	case json.Unmarshal(raw, out) != nil:
		return errors.New("the answer has an unexpected shape")
	}
	return nil
}

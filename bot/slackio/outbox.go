package slackio

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

var _ notify.Outbox = (*Client)(nil)
var _ intake.Inbox = (*Client)(nil)

// Post puts a card up.
func (s *Client) Post(ctx context.Context, channel string, c words.Card) (ledger.Thread, error) {
	return s.post(ctx, channel, string(c.Request), append(plainTextOptions(), cardOptions(c)...)...)
}

// Redraw replaces a card; its blocks are given anew each time, because Slack drops them
// where only a text is given.
func (s *Client) Redraw(ctx context.Context, t ledger.Thread, c words.Card) error {
	return s.callUnlessCooling("chat.update", func() error {
		_, _, _, err := s.api().UpdateMessageContext(ctx, t.Channel, t.TS, append(plainTextOptions(), cardOptions(c)...)...)
		return err
	})
}

// Reply adds to a card's thread.
func (s *Client) Reply(ctx context.Context, t ledger.Thread, l words.Line) error {
	_, err := s.post(ctx, t.Channel, t.TS, append(plainTextOptions(), slack.MsgOptionTS(t.TS), slack.MsgOptionText(string(l), false))...)
	return err
}

// Tell opens the direct messages with a person and writes there.
func (s *Client) Tell(ctx context.Context, to auth.Person, l words.Line) error {
	return s.tell(ctx, to, intake.Response{Line: l})
}

func (s *Client) tell(ctx context.Context, to auth.Person, r intake.Response) error {
	var im *slack.Channel
	err := s.callUnlessCooling("conversations.open", func() (err error) {
		im, _, _, err = s.api().OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{to.ID}})
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.post(ctx, im.ID, to.ID, append(plainTextOptions(), whisperOptions(r)...)...)
	return err
}

// Link is where a browser, or Slack's own app, finds the card.
func (s *Client) Link(t ledger.Thread) string {
	return fmt.Sprintf("%sarchives/%s/p%s", s.home.URL, t.Channel, strings.ReplaceAll(t.TS, ".", ""))
}

// plainTextOptions keep Slack from reading into a text what is not there: names of people and
// channels, and previews of links. chat.update would by default.
func plainTextOptions() []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionParse(false), slack.MsgOptionLinkNames(false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
}

// post keeps the channel's pace. Who is what the post is about: it holds a place in line for
// it where that has to wait, and where it comes to nothing for now.
func (s *Client) post(ctx context.Context, channel, who string, options ...slack.MsgOption) (ledger.Thread, error) {
	const method = "chat.postMessage"
	if rest := s.cooldowns.Left(method); rest > 0 { // before a turn is used up
		return ledger.Thread{}, &causes.ThrottledError{After: rest}
	}
	leave, err := s.limiter.enter(ctx, channel, who)
	if err != nil {
		return ledger.Thread{}, err
	}
	defer func() { leave(err == nil || errors.As(err, new(*causes.RefusedError))) }()
	var at ledger.Thread
	err = s.callUnlessCooling(method, func() (err error) {
		at.Channel, at.TS, err = s.api().PostMessageContext(ctx, channel, options...)
		return err
	})
	if err != nil {
		return ledger.Thread{}, err
	}
	return at, nil
}

// understood turns an error of slack-go into one of the bot's: asked to wait, refused for
// good, or passing.
func (s *Client) understood(op string, err error) error {
	var slow *slack.RateLimitedError
	var no slack.SlackErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &slow):
		return &causes.ThrottledError{After: cooldown.Cap(slow.RetryAfter)}
	case !errors.As(err, &no):
		return fmt.Errorf("slack: %s: %w", op, withoutURL(err))
	case revoked(no.Err):
		s.giveUp(&TokenError{"SLACK_BOT_TOKEN", no.Err})
		return fmt.Errorf("slack: %s: %s", op, no.Err)
	case no.Err == "missing_scope":
		return s.lacks(op, no.Needed)
	case passes(no.Err):
		return fmt.Errorf("slack: %s: %s", op, no.Err)
	}
	if len(no.ResponseMetadata.Messages) > 0 { // says which block it did not like
		s.Log.Error("slack did not take a message", "method", op, "error", no.Err, "messages", no.ResponseMetadata.Messages)
	}
	return &causes.RefusedError{Op: op, Code: no.Err}
}

// revoked reports whether Slack's error says that the token is no longer one. Other
// rejections are about a method, or one channel, and must not end the bot.
func revoked(code string) bool {
	switch code {
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired":
		return true
	}
	return false
}

// passes reports whether Slack's error is about the moment, not about the message.
func passes(code string) bool {
	switch code {
	case "message_limit_exceeded", "internal_error", "fatal_error", "service_unavailable",
		"request_timeout", "team_added_to_org", "accesslimited":
		return true
	}
	return limit(code)
}
